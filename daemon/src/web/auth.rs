//! Who asks. A token is 256 random bits, shown once and kept as its hash; a browser hands it in once
//! and is given a session, which ends by itself, at sign-out, and when its token leaves the site
//! file. Where no tokens are configured the daemon listens on loopback only, and whoever is on the
//! machine is `local` and may operate.
//!
//! ```text
//!   Authorization: Bearer TOKEN ─┐                    ┌─ known ───▶ Who { name, role }
//!   cookie of a session ─────────┼─▶ hash, compare ───┤
//!   nothing, no tokens ─ local ──┘  in constant time  └─ unknown ─▶ 401, counted (attempts.rs)
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use blake3::Hash;
use scenario::{Role, ScopeSite, TokenSite};

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
    pub(super) role: Role,
    /// What a dispatcher may ask for; none: everything.
    pub(super) scope: Option<ScopeSite>,
}

impl Who {
    /// Whoever is on this machine, where no tokens are configured.
    pub(super) fn local() -> Self {
        Self { name: "local".to_owned(), role: Role::Operate, scope: None }
    }

    fn holder(token: &TokenSite) -> Self {
        Self { name: token.name.clone(), role: token.role, scope: token.scope.clone() }
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
    /// The hash of the token that was handed in.
    token: Hash,
    until: Instant,
}

impl Sessions {
    /// No sessions; their cookie is named after the port, since a browser keeps cookies for all
    /// ports of a host together.
    pub(super) fn new(port: u16) -> Self {
        Self { cookie: format!("greenwave-{port}"), open: Mutex::default() }
    }

    /// Begins a session of a known token, and returns the cookie that stands for it.
    pub(super) fn begin(&self, token: &str, now: Instant) -> std::io::Result<String> {
        let id = random()?;
        let session = Session { id: hash(&id), token: hash(token), until: now + SESSION_LASTS };
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

    fn token_of(&self, id: &str, now: Instant) -> Option<Hash> {
        let id = hash(id);
        let open = self.open();
        let found = open.iter().find(|session| session.id == id && session.until > now);
        found.map(|session| session.token)
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
    tokens: &[TokenSite],
    sessions: &Sessions,
    now: Instant,
) -> Result<Who, Unknown> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let shown = value.to_str().ok().and_then(|text| text.split_once(' '));
        let bearer = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let holder = bearer.and_then(|(_, token)| holder(token.trim(), tokens));
        return holder.ok_or(Unknown::Token);
    }
    let Some(id) = sessions.shown(headers) else { return Err(Unknown::Nothing) };
    let token = sessions.token_of(id, now).ok_or(Unknown::Session)?;
    find(token, tokens).ok_or(Unknown::Session)
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
        let ask =
            |value: String| recognise(&headers(AUTHORIZATION, &value), &tokens, &sessions, now);
        assert_eq!(ask(format!("Bearer {ann}")).unwrap().role, Role::View);
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
        let nothing = recognise(&HeaderMap::new(), &tokens, &sessions, now);
        assert_eq!(nothing, Err(Unknown::Nothing));
    }

    #[test]
    fn a_session_ends_by_itself_at_sign_out_and_with_its_token() {
        let (token, row) = site("ann", Role::Operate);
        let (tokens, sessions) = ([row], Sessions::new(8080));
        let now = steady();
        let begin = |at| {
            let cookie = sessions.begin(&token, at).unwrap();
            assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
            let pair = cookie.split(';').next().unwrap().to_owned();
            headers(COOKIE, &format!("other=1; {pair}; more=2"))
        };
        let shown = begin(now);
        let ask =
            |shown: &HeaderMap, tokens: &[TokenSite], at| recognise(shown, tokens, &sessions, at);
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
        let all: Vec<String> =
            (0..=SESSIONS_MAX).map(|_| sessions.begin(&token, now).unwrap()).collect();
        let known = |cookie: &String| {
            let shown = headers(COOKIE, cookie.split(';').next().unwrap());
            recognise(&shown, &tokens, &sessions, now).is_ok()
        };
        assert!(!known(&all[0]));
        assert!(all[1..].iter().all(known));
    }
}
