//! The folder in which accounts are kept: one file, replaced as a whole and never half.
//!
//! ```text
//!   accounts.json.new, synced ── renamed ──▶ accounts.json ── folder synced
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use scenario::Role;
use serde::{Deserialize, Serialize};

use super::Account;

/// The layout that this version writes.
const VERSION: u32 = 1;
/// Nobody but the daemon's user reads hashes of passwords.
const MODE: u32 = 0o600;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    accounts: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    roles: Vec<String>,
    locked: bool,
    password: String,
}

#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder, made where it is not there.
    pub(super) fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(path.to_owned()))
    }

    fn path(&self) -> PathBuf {
        self.0.join("accounts.json")
    }

    pub(super) fn one_time_path(&self) -> PathBuf {
        self.0.join("first-administrator")
    }

    /// Everybody who is kept; nobody where there is no file.
    pub(super) fn read(&self) -> Result<Vec<Account>> {
        let path = self.path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let bad = |why: String| Error::other(format!("{}: {why}", path.display()));
        let written: Written = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
        if written.version != VERSION {
            return Err(bad(format!("version {}, this one knows {VERSION}", written.version)));
        }
        written.accounts.into_iter().map(|row| account(row).map_err(bad)).collect()
    }

    pub(super) fn write(&self, people: &[Account]) -> Result<()> {
        let row = |account: &Account| Row {
            name: account.name.clone(),
            roles: account.roles.iter().map(|role| role.name().to_owned()).collect(),
            locked: account.locked,
            password: account.password.clone(),
        };
        let written = Written { version: VERSION, accounts: people.iter().map(row).collect() };
        let text = serde_json::to_string_pretty(&written).map_err(Error::other)?;
        self.replace(&self.path(), &text)
    }

    pub(super) fn lay_one_time(&self, token: &str) -> Result<()> {
        self.replace(&self.one_time_path(), token)
    }

    pub(super) fn clear_one_time(&self) -> Result<()> {
        match fs::remove_file(self.one_time_path()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn replace(&self, path: &Path, text: &str) -> Result<()> {
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(".new");
        let fresh = PathBuf::from(fresh);
        // A file that was left over may be readable for others.
        let _ = fs::remove_file(&fresh);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&fresh)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        File::open(&self.0)?.sync_all()
    }
}

fn account(row: Row) -> std::result::Result<Account, String> {
    let role = |name: &String| {
        Role::named(name).ok_or_else(|| format!("account {:?}: no role {name:?}", row.name))
    };
    let roles = row.roles.iter().map(role).collect::<std::result::Result<_, _>>()?;
    Ok(Account { name: row.name, roles, locked: row.locked, password: row.password })
}

#[cfg(test)]
pub(super) fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_only_by_us() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("deep/er")).unwrap();
        assert_eq!(folder.read().unwrap(), []);
        let roles = Role::ALL.iter().map(|&(_, role)| role).collect();
        let ann =
            Account { name: "安".to_owned(), roles, locked: true, password: "$x".to_owned() };
        folder.write(std::slice::from_ref(&ann)).unwrap();
        assert_eq!(folder.read().unwrap(), [ann]);
        assert_eq!(mode_of(&folder.path()), 0o600);
    }

    #[test]
    fn a_file_that_is_not_ours_is_refused_with_its_place() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let row = r#"{"name": "ann", "roles": ["king"], "locked": false, "password": ""}"#;
        for (text, why) in [
            ("", "EOF while parsing"),
            (r#"{"version": 2, "accounts": []}"#, "version 2, this one knows 1"),
            (
                &format!(r#"{{"version": 1, "accounts": [{row}]}}"#),
                r#"account "ann": no role "king""#,
            ),
        ] {
            fs::write(folder.path(), text).unwrap();
            let error = folder.read().unwrap_err().to_string();
            assert!(error.contains("accounts.json: ") && error.contains(why), "{error}");
        }
    }
}
