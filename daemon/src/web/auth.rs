//! Who asks. A token is 256 random bits, shown once and kept as its hash; a person has a name and a
//! password (`accounts`). A browser hands in either once and is given a session, which ends by itself, at
//! sign-out, when its token leaves the site file, and when its person is kept out or has another
//! password. Where neither tokens nor accounts are configured the daemon listens on loopback only, and
//! whoever is on the machine is `local` and may do everything.
//!
//! ```text
//!   Authorization: Bearer TOKEN ─┐                    ┌─ known ───▶ Who { name, roles }
//!   cookie of a session ─────────┼─▶ hash, compare ───┤
//!   nothing is asked ─── local ──┘  in constant time  └─ unknown ─▶ 401, counted (attempts.rs)
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use blake3::Hash;
use scenario::{Role, ScopeSite, TokenSite};

use super::rights::{Right, rights};
use crate::accounts::Account;

/// What every token begins with, so that a scanner for secrets knows one when it sees it.
const TOKEN_PREFIX: &str = "gw_";
/// A shift with its hand-over; then the token is asked for again.
pub(super) const SESSION_LASTS: Duration = Duration::from_secs(12 * 3_600);
/// Signed-in browsers at a time; the one that signed in first is forgotten beyond.
const SESSIONS_MAX: usize = 64;

/// A fresh token and the hash that goes into the site file as `[[web.token]] hash`. The token is
/// shown once and kept nowhere.
///
/// # Errors
/// Where the system has no random bits to give.
pub fn new_token() -> std::io::Result<(String, String)> {
    let token = format!("{TOKEN_PREFIX}{}", random()?);
    let hash = hash(&token).to_string();
    Ok((token, hash))
}

/// Who asks, and what they may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Who {
    pub(super) name: String,
    /// At least one, in their order.
    pub(super) roles: Vec<Role>,
    /// What a dispatcher may ask for; none: everything.
    pub(super) scope: Option<ScopeSite>,
}

impl Who {
    /// Whoever is on this machine, where nobody need say who they are.
    pub(super) fn local() -> Self {
        let roles = Role::ALL.iter().map(|&(_, role)| role).collect();
        Self { name: "local".to_owned(), roles, scope: None }
    }

    fn holder(token: &TokenSite) -> Self {
        Self { name: token.name.clone(), roles: vec![token.role], scope: token.scope.clone() }
    }

    pub(super) fn person(account: &Account) -> Self {
        Self { name: account.name.clone(), roles: account.roles.clone(), scope: None }
    }

    /// Whether one of the roles allows it.
    pub(super) fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|&role| rights(role).contains(&right))
    }
}

/// Who may enter, at one moment.
pub(super) struct Entry<'e> {
    pub(super) tokens: &'e [TokenSite],
    /// Nobody, where the site file does not ask for accounts.
    pub(super) people: &'e [Account],
}

/// Whose session it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    /// The token with this hash.
    Token(Hash),
    /// A person, for as long as the password is this one.
    Person { name: String, stamp: Hash },
}

impl Holder {
    pub(super) fn token(token: &str) -> Self {
        Self::Token(hash(token))
    }

    pub(super) fn person(account: &Account) -> Self {
        Self::Person { name: account.name.clone(), stamp: account.stamp() }
    }
}

/// Why nobody was recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unknown {
    /// Nothing was shown.
    Nothing,
    /// A token that is not known.
    Token,
    /// A session that is not known, or over.
    Session,
}

/// The signed-in browsers. In memory: after a restart everybody signs in again.
#[derive(Debug)]
pub(super) struct Sessions {
    cookie: String,
    open: Mutex<Vec<Session>>,
}

#[derive(Debug)]
struct Session {
    id: Hash,
    of: Holder,
    until: Instant,
}

impl Sessions {
    /// No sessions; their cookie is named after the port, since a browser keeps cookies for all
    /// ports of a host together.
    pub(super) fn new(port: u16) -> Self {
        Self { cookie: format!("greenwave-{port}"), open: Mutex::default() }
    }

    /// Begins a session of somebody who is known, and returns the cookie that stands for it.
    pub(super) fn begin(&self, of: Holder, now: Instant) -> std::io::Result<String> {
        let id = random()?;
        let session = Session { id: hash(&id), of, until: now + SESSION_LASTS };
        let mut open = self.open();
        open.retain(|session| session.until > now);
        if open.len() >= SESSIONS_MAX {
            open.remove(0);
        }
        open.push(session);
        let (name, seconds) = (&self.cookie, SESSION_LASTS.as_secs());
        Ok(format!("{name}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict"))
    }

    /// Ends the session of this request, if it has one, and returns the cookie that removes it.
    pub(super) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = self.shown(headers) {
            let id = hash(id);
            self.open().retain(|session| session.id != id);
        }
        format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", self.cookie)
    }

    fn holder_of(&self, id: &str, now: Instant) -> Option<Holder> {
        let id = hash(id);
        let open = self.open();
        let found = open.iter().find(|session| session.id == id && session.until > now);
        found.map(|session| session.of.clone())
    }

    fn shown<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|p| p.split_once('='));
        pairs.find(|(name, _)| name.trim() == self.cookie).map(|(_, id)| id.trim())
    }

    fn open(&self) -> MutexGuard<'_, Vec<Session>> {
        // No code that could panic runs under the lock; the list is whole in any case.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who shows these headers. A token in them is looked at before a session.
///
/// # Errors
/// Why nobody was recognised.
pub(super) fn recognise(
    headers: &HeaderMap,
    entry: &Entry<'_>,
    sessions: &Sessions,
    now: Instant,
) -> Result<Who, Unknown> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let shown = value.to_str().ok().and_then(|text| text.split_once(' '));
        let bearer = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let holder = bearer.and_then(|(_, token)| holder(token.trim(), entry.tokens));
        return holder.ok_or(Unknown::Token);
    }
    let Some(id) = sessions.shown(headers) else { return Err(Unknown::Nothing) };
    let known = match sessions.holder_of(id, now).ok_or(Unknown::Session)? {
        Holder::Token(token) => find(token, entry.tokens),
        Holder::Person { name, stamp } => {
            let person = entry.people.iter().find(|account| account.name == name);
            person.filter(|account| !account.locked && account.stamp() == stamp).map(Who::person)
        }
    };
    known.ok_or(Unknown::Session)
}

/// Who holds this token.
pub(super) fn holder(token: &str, tokens: &[TokenSite]) -> Option<Who> {
    find(hash(token), tokens)
}

/// All are compared, each in constant time, so that how long it takes says nothing.
fn find(shown: Hash, tokens: &[TokenSite]) -> Option<Who> {
    let mut found = None;
    for token in tokens {
        if Hash::from_hex(&token.hash).is_ok_and(|hash| hash == shown) {
            found = found.or(Some(token));
        }
    }
    found.map(Who::holder)
}

fn hash(secret: &str) -> Hash {
    blake3::hash(secret.as_bytes())
}

/// 256 random bits as hexadecimal digits.
fn random() -> std::io::Result<String> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(std::io::Error::other)?;
    Ok(Hash::from_bytes(bits).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::steady;
    use axum::http::HeaderValue;

    fn site(name: &str, role: Role) -> (String, TokenSite) {
        let (token, hash) = new_token().unwrap();
        (token, TokenSite { name: name.to_owned(), role, hash, scope: None })
    }

    fn headers(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        [(name, HeaderValue::from_str(value).unwrap())].into_iter().collect()
    }

    #[test]
    fn tokens_are_long_all_different_and_kept_as_their_hash() {
        let (one, hash) = new_token().unwrap();
        let (other, _) = new_token().unwrap();
        assert_ne!(one, other);
        assert_eq!((one.len(), hash.len()), (TOKEN_PREFIX.len() + 64, 64));
        assert_eq!(blake3::hash(one.as_bytes()).to_string(), hash);
        assert!(!hash.contains(&one[3..]) && !one.contains(&hash));
    }

    #[test]
    fn a_token_is_recognised_and_nothing_that_is_almost_it() {
        let ((ann, a), (bob, b)) = (site("ann", Role::View), site("bob", Role::Operate));
        let (tokens, sessions) = ([a, b], Sessions::new(80));
        let now = steady();
        let entry = Entry { tokens: &tokens, people: &[] };
        let ask =
            |value: String| recognise(&headers(AUTHORIZATION, &value), &entry, &sessions, now);
        assert_eq!(ask(format!("Bearer {ann}")).unwrap().roles, [Role::View]);
        assert_eq!(ask(format!("bearer  {bob}")).unwrap().name, "bob");
        for wrong in [
            format!("Bearer {}", &ann[1..]),
            format!("Bearer {ann}0"),
            format!("Basic {ann}"),
            ann,
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            format!("Bearer {}", tokens[0].hash),
        ] {
            assert_eq!(ask(wrong.clone()), Err(Unknown::Token), "{wrong}");
        }
        let nothing = recognise(&HeaderMap::new(), &entry, &sessions, now);
        assert_eq!(nothing, Err(Unknown::Nothing));
    }

    #[test]
    fn a_session_ends_by_itself_at_sign_out_and_with_its_token() {
        let (token, row) = site("ann", Role::Operate);
        let (tokens, sessions) = ([row], Sessions::new(8080));
        let now = steady();
        let begin = |at| {
            let cookie = sessions.begin(Holder::token(&token), at).unwrap();
            assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
            let pair = cookie.split(';').next().unwrap().to_owned();
            headers(COOKIE, &format!("other=1; {pair}; more=2"))
        };
        let shown = begin(now);
        let ask = |shown: &HeaderMap, tokens: &[TokenSite], at| {
            recognise(shown, &Entry { tokens, people: &[] }, &sessions, at)
        };
        assert_eq!(ask(&shown, &tokens, now).unwrap().name, "ann");
        assert_eq!(ask(&shown, &[], now), Err(Unknown::Session), "the token is gone");
        assert_eq!(ask(&shown, &tokens, now + SESSION_LASTS), Err(Unknown::Session));
        let second = begin(now);
        assert!(sessions.end(&shown).contains("Max-Age=0"));
        assert_eq!(ask(&shown, &tokens, now), Err(Unknown::Session));
        assert_eq!(ask(&second, &tokens, now).unwrap().name, "ann", "the other one stays");
        // The token itself is no session, and a session is no token.
        let cookie = headers(COOKIE, &format!("greenwave-8080={token}"));
        assert_eq!(ask(&cookie, &tokens, now), Err(Unknown::Session));
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_goes() {
        let (token, row) = site("ann", Role::View);
        let (tokens, sessions, now) = ([row], Sessions::new(80), steady());
        let all: Vec<String> = (0..=SESSIONS_MAX)
            .map(|_| sessions.begin(Holder::token(&token), now).unwrap())
            .collect();
        let known = |cookie: &String| {
            let shown = headers(COOKIE, cookie.split(';').next().unwrap());
            recognise(&shown, &Entry { tokens: &tokens, people: &[] }, &sessions, now).is_ok()
        };
        assert!(!known(&all[0]));
        assert!(all[1..].iter().all(known));
    }

    #[test]
    fn a_persons_session_ends_with_the_password_and_the_account() {
        let ann = |password: &str, locked| Account {
            name: "ann".to_owned(),
            roles: vec![Role::Review, Role::Operate],
            locked,
            password: password.to_owned(),
        };
        let (sessions, now) = (Sessions::new(80), steady());
        let cookie = sessions.begin(Holder::person(&ann("$one", false)), now).unwrap();
        let shown = headers(COOKIE, cookie.split(';').next().unwrap());
        let ask =
            |people: &[Account]| recognise(&shown, &Entry { tokens: &[], people }, &sessions, now);
        let who = ask(&[ann("$one", false)]).unwrap();
        assert!(who.may(Right::Review) && who.may(Right::Operate) && !who.may(Right::Engineer));
        assert_eq!(ask(&[ann("$two", false)]), Err(Unknown::Session));
        assert_eq!(ask(&[ann("$one", true)]), Err(Unknown::Session));
        assert_eq!(ask(&[]), Err(Unknown::Session));
    }
}
