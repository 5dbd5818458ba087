//! The station's key in its file: 64 hexadecimal digits, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use interval_speed::evidence::{StationKey, hexadecimal};

use super::{EvidenceError, io, random};

/// A key file is 64 digits and a line end; whatever is much longer is something else.
const FILE_MAX: u64 = 1_024;

/// Makes a key and writes it into a new file with mode 0600.
///
/// # Errors
/// Where the file is there already, cannot be written, or the system has no random bits to give.
pub fn generate(path: &Path) -> Result<StationKey, EvidenceError> {
    let secret = random()?;
    let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = io(path, open)?;
    let text = format!("{}\n", hexadecimal::text(&secret));
    io(path, file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))?;
    Ok(StationKey::from_secret(&secret))
}

/// Reads a key.
///
/// # Errors
/// Where the file cannot be read, is open to others than its owner, or holds no key.
pub fn read_key(path: &Path) -> Result<StationKey, EvidenceError> {
    let file = io(path, File::open(path))?;
    let mode = io(path, file.metadata())?.permissions().mode();
    if mode & 0o077 != 0 {
        let mode = mode & 0o777;
        let path = path.display();
        return Err(EvidenceError::Key(format!(
            "the key file {path} is open to others (mode {mode:o}): it must be 600"
        )));
    }
    let mut text = String::new();
    io(path, file.take(FILE_MAX).read_to_string(&mut text))?;
    match hexadecimal::parse(text.trim()) {
        Some(secret) => Ok(StationKey::from_secret(&secret)),
        None => Err(EvidenceError::Key(format!("{} holds no key", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_owners_alone_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("station.key");
        let key = generate(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(read_key(&path).unwrap().public(), key.public());
        assert!(generate(&path).is_err(), "a key that is there stays");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_key(&path).unwrap_err().to_string().contains("mode 640"));
        let other = folder.path().join("other");
        std::fs::write(&other, "no key").unwrap();
        std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read_key(&other).unwrap_err().to_string().contains("holds no key"));
    }
}
