//! The people who sign in: their names, what they are here for, and their passwords, hashed.
//!
//! ```text
//!   no account ── one-time token, name, password ──▶ the first administrator ──▶ the others
//! ```
//!
//! Terms. An *account* is a person's; a *token* is a program's and stands in the site file. The
//! *one-time token* is made anew at each start for as long as there is no account; it lies in a file
//! that only the daemon's user can read, and is good for making the first administrator and nothing
//! else. There is no password that anybody could know before.
//!
//! The list is one value, replaced as a whole: who reads it holds no lock. Whatever changes it writes
//! the file first; what could not be written has not happened.

mod file;
mod password;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use blake3::Hash;
use scenario::Role;
use tokio::sync::watch;

use file::Folder;

/// More people than a district's authority has at its screens.
pub(crate) const ACCOUNTS_MAX: usize = 256;
/// The longest name: it stands beside each action in the event log.
pub(crate) const NAME_MAX: usize = 60;

/// One person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Account {
    /// Stands beside each action in the event log.
    pub(crate) name: String,
    /// What the person is here for; at least one.
    pub(crate) roles: Vec<Role>,
    /// Whether the person is kept out for now.
    pub(crate) locked: bool,
    /// The password's Argon2id hash, as a PHC string.
    pub(crate) password: String,
}

impl Account {
    /// What a session is bound to: a new password ends those of the old one.
    pub(crate) fn stamp(&self) -> Hash {
        blake3::hash(self.password.as_bytes())
    }

    fn administers(&self) -> bool {
        !self.locked && self.roles.contains(&Role::Administer)
    }
}

/// What is to be different; what is `None` stays.
#[derive(Clone, Default, Debug)]
pub(crate) struct Change {
    pub(crate) roles: Option<Vec<Role>>,
    pub(crate) locked: Option<bool>,
    pub(crate) password: Option<String>,
}

/// Why an account was not made, changed or removed. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("the site file does not ask for accounts: [web] accounts = true")]
    Off,
    #[error("name: {0}")]
    Name(&'static str),
    #[error("password: {0}")]
    Password(String),
    #[error("roles: there is none")]
    NoRoles,
    #[error("there is an account {0:?} already")]
    Taken(String),
    #[error("there is no account {0:?}")]
    Unknown(String),
    #[error("{0:?} is the last who administers: make another administrator first")]
    Last(String),
    #[error("there are {ACCOUNTS_MAX} accounts, and no more may be")]
    Full,
    #[error("the one-time token is not known")]
    OneTime,
    #[error("there are accounts already: an administrator makes further ones")]
    NotFirst,
    #[error("accounts cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
    #[error("a password cannot be hashed: {0}")]
    Hashing(String),
}

/// The people of this daemon, or nobody where the site file does not ask for accounts.
#[derive(Clone, Debug)]
pub(crate) struct Accounts(Option<Arc<Book>>);

#[derive(Debug)]
struct Book {
    folder: Folder,
    people: watch::Sender<Arc<Vec<Account>>>,
    /// The hash of the one-time token; also what keeps two changes apart.
    one_time: Mutex<Option<Hash>>,
}

impl Accounts {
    /// None: whoever enters shows a token, or is on this machine.
    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Those that are kept in a folder. Where there are none, a one-time token is laid beside them.
    ///
    /// # Errors
    /// Where the folder cannot be used, or its file is not one of ours.
    pub(crate) fn open(folder: &Path, fresh_token: &str) -> std::io::Result<Self> {
        let folder = Folder::open(folder)?;
        let people = folder.read()?;
        let one_time = if people.is_empty() {
            folder.lay_one_time(fresh_token)?;
            Some(blake3::hash(fresh_token.as_bytes()))
        } else {
            folder.clear_one_time()?;
            None
        };
        let (people, _) = watch::channel(Arc::new(people));
        Ok(Self(Some(Arc::new(Book { folder, people, one_time: Mutex::new(one_time) }))))
    }

    /// Whether people sign in.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Everybody, at this moment.
    pub(crate) fn people(&self) -> Arc<Vec<Account>> {
        self.0.as_ref().map(|book| book.people.borrow().clone()).unwrap_or_default()
    }

    /// Where the one-time token lies, as long as there is no account.
    pub(crate) fn one_time_at(&self) -> Option<String> {
        let book = self.0.as_ref()?;
        let waits = book.one_time().is_some();
        waits.then(|| book.folder.one_time_path().display().to_string())
    }

    /// Whoever has this name and password, and is not kept out. Takes as long for a name that is not
    /// known. Some tens of milliseconds and 19 MiB: not for a task of the runtime.
    pub(crate) fn verify(&self, name: &str, password: &str) -> Option<Account> {
        let people = self.people();
        let account = people.iter().find(|account| account.name == name);
        let hash = account.map_or(password::NOBODY, |account| &account.password);
        let fits = password::fits(password, hash);
        account.filter(|account| fits && !account.locked).cloned()
    }

    /// The first administrator, by the one-time token, which is good for nothing afterwards.
    pub(crate) fn make_first(
        &self,
        token: &str,
        name: &str,
        password: &str,
    ) -> Result<Account, AccountError> {
        let book = self.book()?;
        let mut one_time = book.one_time();
        let Some(known) = *one_time else { return Err(AccountError::NotFirst) };
        if blake3::hash(token.as_bytes()) != known {
            return Err(AccountError::OneTime);
        }
        let account = new(name, vec![Role::Administer], password)?;
        book.replace(vec![account.clone()])?;
        *one_time = None;
        if let Err(error) = book.folder.clear_one_time() {
            tracing::warn!("the one-time token, which is good for nothing, stays: {error}");
        }
        Ok(account)
    }

    /// Makes an account.
    pub(crate) fn make(
        &self,
        name: &str,
        roles: Vec<Role>,
        password: &str,
    ) -> Result<Account, AccountError> {
        let book = self.book()?;
        let account = new(name, roles, password)?;
        let _one_at_a_time = book.one_time();
        let mut people = Vec::clone(&self.people());
        if people.iter().any(|other| other.name == account.name) {
            return Err(AccountError::Taken(account.name));
        }
        if people.len() >= ACCOUNTS_MAX {
            return Err(AccountError::Full);
        }
        people.push(account.clone());
        book.replace(people)?;
        Ok(account)
    }

    /// Changes an account.
    pub(crate) fn change(&self, name: &str, change: Change) -> Result<Account, AccountError> {
        let book = self.book()?;
        // Hashed before the others are kept waiting.
        let password = match &change.password {
            Some(password) => Some(password::hash(name, password)?),
            None => None,
        };
        self.edit(book, name, |people, at| {
            let account = &mut people[at];
            if let Some(roles) = change.roles {
                account.roles = sorted(roles)?;
            }
            account.locked = change.locked.unwrap_or(account.locked);
            account.password = password.unwrap_or_else(|| account.password.clone());
            Ok(account.clone())
        })
    }

    /// Removes an account.
    pub(crate) fn remove(&self, name: &str) -> Result<Account, AccountError> {
        let book = self.book()?;
        self.edit(book, name, |people, at| Ok(people.remove(at)))
    }

    /// Whether these are everybody still.
    pub(crate) fn are_still(&self, people: &Arc<Vec<Account>>) -> bool {
        self.0.as_ref().is_none_or(|book| Arc::ptr_eq(&book.people.borrow(), people))
    }

    /// Resolves when somebody was made, changed or removed; never, where there are no accounts.
    pub(crate) async fn changed(&self, since: &Arc<Vec<Account>>) {
        let Some(book) = &self.0 else { return std::future::pending().await };
        let mut people = book.people.subscribe();
        // The book is held: its sender outlives this.
        let _ = people.wait_for(|now| !Arc::ptr_eq(now, since)).await;
    }

    fn edit(
        &self,
        book: &Book,
        name: &str,
        change: impl FnOnce(&mut Vec<Account>, usize) -> Result<Account, AccountError>,
    ) -> Result<Account, AccountError> {
        let _one_at_a_time = book.one_time();
        let mut people = Vec::clone(&self.people());
        let at = people.iter().position(|account| account.name == name);
        let at = at.ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
        let changed = change(&mut people, at)?;
        if !people.iter().any(Account::administers) {
            return Err(AccountError::Last(name.to_owned()));
        }
        book.replace(people)?;
        Ok(changed)
    }

    fn book(&self) -> Result<&Book, AccountError> {
        self.0.as_deref().ok_or(AccountError::Off)
    }
}

impl Book {
    fn one_time(&self) -> MutexGuard<'_, Option<Hash>> {
        // The value is whole whatever happened under the lock.
        self.one_time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, people: Vec<Account>) -> std::io::Result<()> {
        self.folder.write(&people)?;
        self.people.send_replace(Arc::new(people));
        Ok(())
    }
}

fn new(name: &str, roles: Vec<Role>, password: &str) -> Result<Account, AccountError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(AccountError::Name("it has 1 to 60 characters"));
    }
    if name.chars().any(|c| c.is_control() || c == '/') {
        return Err(AccountError::Name("it has no line break and no slash"));
    }
    let roles = sorted(roles)?;
    let password = password::hash(name, password)?;
    Ok(Account { name: name.to_owned(), roles, locked: false, password })
}

fn sorted(mut roles: Vec<Role>) -> Result<Vec<Role>, AccountError> {
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { Err(AccountError::NoRoles) } else { Ok(roles) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "a long enough one";

    fn opened() -> (tempfile::TempDir, Accounts) {
        let folder = tempfile::tempdir().unwrap();
        let accounts = Accounts::open(folder.path(), "gw_once").unwrap();
        (folder, accounts)
    }

    fn with_ann() -> (tempfile::TempDir, Accounts) {
        let (folder, accounts) = opened();
        accounts.make_first("gw_once", "ann", GOOD).unwrap();
        (folder, accounts)
    }

    #[test]
    fn the_one_time_token_makes_one_administrator_and_is_gone() {
        let (folder, accounts) = opened();
        let path = accounts.one_time_at().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "gw_once\n");
        assert_eq!(file::mode_of(path.as_ref()), 0o600);
        let wrong = accounts.make_first("gw_other", "ann", GOOD);
        assert!(matches!(wrong, Err(AccountError::OneTime)));
        let ann = accounts.make_first("gw_once", " ann ", GOOD).unwrap();
        assert_eq!((ann.name.as_str(), ann.roles), ("ann", vec![Role::Administer]));
        assert!(!std::path::Path::new(&path).exists());
        let again = accounts.make_first("gw_once", "bob", GOOD);
        assert!(matches!(again, Err(AccountError::NotFirst)));
        // After a restart as well.
        let accounts = Accounts::open(folder.path(), "gw_once").unwrap();
        assert_eq!(accounts.one_time_at(), None);
        assert!(matches!(accounts.make_first("gw_once", "bob", GOOD), Err(AccountError::NotFirst)));
        assert!(accounts.verify("ann", GOOD).is_some());
    }

    #[test]
    fn who_has_the_password_and_is_not_kept_out_enters() {
        let (_folder, accounts) = with_ann();
        assert_eq!(accounts.verify("ann", "a long enough one "), None);
        assert_eq!(accounts.verify("Ann", GOOD), None);
        assert_eq!(accounts.verify("", ""), None);
        accounts.make("bob", vec![Role::Operate], "another long one").unwrap();
        let locked = Change { locked: Some(true), ..Change::default() };
        accounts.change("bob", locked).unwrap();
        assert_eq!(accounts.verify("bob", "another long one"), None);
        let opened = Change {
            locked: Some(false),
            password: Some("and a third one".to_owned()),
            ..Change::default()
        };
        let before = accounts.people()[1].stamp();
        assert_ne!(accounts.change("bob", opened).unwrap().stamp(), before);
        assert_eq!(accounts.verify("bob", "another long one"), None);
        assert_eq!(accounts.verify("bob", "and a third one").unwrap().name, "bob");
    }

    #[test]
    fn somebody_can_always_let_others_in() {
        let (_folder, accounts) = with_ann();
        let roles = |roles: &[Role]| Change { roles: Some(roles.to_vec()), ..Change::default() };
        let locked = Change { locked: Some(true), ..Change::default() };
        let last = |outcome| assert!(matches!(outcome, Err(AccountError::Last(_))), "{outcome:?}");
        last(accounts.remove("ann"));
        last(accounts.change("ann", roles(&[Role::Engineer])));
        last(accounts.change("ann", locked.clone()));
        accounts.make("bob", vec![Role::Administer, Role::Audit, Role::Audit], GOOD).unwrap();
        assert_eq!(accounts.people()[1].roles, [Role::Audit, Role::Administer]);
        accounts.change("ann", locked).unwrap();
        last(accounts.change("bob", roles(&[Role::Audit])));
        assert_eq!(accounts.remove("ann").unwrap().name, "ann");
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let (_folder, accounts) = with_ann();
        let before = accounts.people();
        for (name, roles, password, why) in [
            ("", vec![Role::View], GOOD, "name: it has 1 to 60 characters"),
            ("a\nb", vec![Role::View], GOOD, "name: it has no line break and no slash"),
            ("bob", vec![], GOOD, "roles: there is none"),
            ("bob", vec![Role::View], "short", "password: it has 12 to 200 characters"),
            (
                "bob the builder",
                vec![Role::View],
                "Bob the Builder!",
                "password: the name is in it",
            ),
            ("ann", vec![Role::View], GOOD, "there is an account \"ann\" already"),
        ] {
            let outcome = accounts.make(name, roles, password).unwrap_err();
            assert_eq!(outcome.to_string(), why);
        }
        let unknown = accounts.remove("bob").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no account \"bob\"");
        assert!(Arc::ptr_eq(&before, &accounts.people()));
        assert!(matches!(Accounts::off().make("a", vec![], GOOD), Err(AccountError::Off)));
    }

    #[test]
    fn a_disk_that_refuses_leaves_everything_as_it_was() {
        let (folder, accounts) = with_ann();
        // A folder where the new file should be written.
        std::fs::create_dir(folder.path().join("accounts.json.new")).unwrap();
        let before = accounts.people();
        let outcome = accounts.make("bob", vec![Role::View], GOOD);
        assert!(matches!(outcome, Err(AccountError::Disk(_))), "{outcome:?}");
        assert!(Arc::ptr_eq(&before, &accounts.people()));
    }
}
