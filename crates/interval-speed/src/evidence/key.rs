//! The station's key: what signs every entry, and how its public half is named.
//!
//! A key is handed in; nothing here makes one. Its fingerprint, the first 16 bytes of the BLAKE3 hash
//! of the public half in groups of four hexadecimal digits, is short enough to be read over the telephone
//! or printed on the certificate of the section.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::hexadecimal;

/// What a fingerprint's hash is derived for.
const CONTEXT: &str = "greenwave evidence fingerprint v1";
/// What stands before every hash that is signed, so that no other use of the key can be taken for it.
const SIGNED: &[u8] = b"greenwave evidence signature v1";

/// A station's key, both halves.
#[derive(Clone)]
pub struct StationKey(SigningKey);

impl std::fmt::Debug for StationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StationKey({})", self.public().fingerprint())
    }
}

impl StationKey {
    /// From the 32 secret bytes, which must be random.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a hash (Ed25519, RFC 8032).
    pub(super) fn sign(&self, hash: &[u8; 32]) -> [u8; 64] {
        self.0.sign(&[SIGNED, hash].concat()).to_bytes()
    }
}

/// The public half of a station's key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// From its 32 bytes; none where they are no key.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).map(Self)
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(&hexadecimal::parse(text.trim())?)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Eight groups of four hexadecimal digits.
    #[must_use]
    pub fn fingerprint(self) -> String {
        let hash = blake3::derive_key(CONTEXT, &self.to_bytes());
        let digits = hexadecimal::text(&hash[..16]);
        let groups: Vec<&str> = (0..8).map(|group| &digits[4 * group..4 * group + 4]).collect();
        groups.join("-")
    }

    /// Whether it signed this hash. Strict: no other bytes count as the same signature.
    #[must_use]
    pub fn signed(self, hash: &[u8; 32], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(&[SIGNED, hash].concat(), &signature).is_ok()
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hexadecimal::text(&self.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_key_signed_another_did_not() {
        let (one, other) = (StationKey::from_secret(&[1; 32]), StationKey::from_secret(&[2; 32]));
        let signature = one.sign(&[9; 32]);
        assert!(one.public().signed(&[9; 32], &signature));
        assert!(!one.public().signed(&[8; 32], &signature));
        assert!(!other.public().signed(&[9; 32], &signature));
        assert_ne!(one.public().fingerprint(), other.public().fingerprint());
        assert_eq!(one.public().fingerprint().len(), 39);
        assert_eq!(PublicKey::parse(&one.public().to_string()), Some(one.public()));
        assert!(PublicKey::parse("12").is_none() && PublicKey::parse(&"0".repeat(64)).is_none());
        assert!(!format!("{one:?}").contains("0101"), "a key shows its fingerprint alone");
    }
}
