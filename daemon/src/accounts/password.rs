//! Passwords: what is asked of one, and its Argon2id hash.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::AccountError;

/// Memory in KiB, passes and lanes: the second of OWASP's equal choices for Argon2id (Password Storage
/// Cheat Sheet, 2024), some tens of milliseconds on a small machine.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Characters: long is what makes a password hard to guess; the attempts are counted as well.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=200;
/// The hash of nobody's password, of the same cost, for names that are not known.
pub(super) const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn argon2() -> Result<Argon2<'static>, AccountError> {
    let (memory, passes, lanes) = COST;
    let cost = Params::new(memory, passes, lanes, None);
    let cost = cost.map_err(|error| AccountError::Hashing(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, cost))
}

/// The hash of a password of this person, as a PHC string with a salt of its own.
///
/// # Errors
/// What the password lacks, or that the system has no random bits to give.
pub(super) fn hash(name: &str, password: &str) -> Result<String, AccountError> {
    if !LENGTH.contains(&password.chars().count()) {
        let (least, most) = LENGTH.into_inner();
        return Err(AccountError::Password(format!("it has {least} to {most} characters")));
    }
    if password.to_lowercase().contains(&name.to_lowercase()) {
        return Err(AccountError::Password("the name is in it".to_owned()));
    }
    let hashed = argon2()?.hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| AccountError::Hashing(error.to_string()))
}

/// Whether a password is the one that was hashed.
pub(super) fn fits(password: &str, hash: &str) -> bool {
    let Ok(argon2) = argon2() else { return false };
    PasswordHash::new(hash)
        .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_says_its_cost_and_no_two_are_alike() {
        let [one, two] = [(); 2].map(|()| hash("ann", "a long enough one").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        assert!(fits("a long enough one", &one) && fits("a long enough one", &two));
        assert!(!fits("a long enough 0ne", &one));
        assert!(!fits("", "") && !fits("", "$argon2id$"));
    }

    #[test]
    fn nobodys_hash_costs_as_much_and_fits_nothing() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!fits("", NOBODY) && !fits("a long enough one", NOBODY));
    }
}
