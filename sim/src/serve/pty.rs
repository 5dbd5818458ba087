//! A pseudo-terminal in place of a serial adapter, found by a link at the path that the site names.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use tokio_serial::{SerialPort, SerialStream};

/// A pseudo-terminal; the link is gone when it is dropped.
pub(super) struct Pty {
    stream: SerialStream,
    /// The far end is kept open: without anybody there the near end would be hung up for good. It is
    /// held as a plain file: the library's own would hold a lock that keeps everybody else out.
    far: OwnedFd,
    link: PathBuf,
    terminal: PathBuf,
}

impl Pty {
    /// Opens a terminal and sets the link. Only a link is ever replaced: what else lies at the path
    /// is somebody's.
    pub(super) fn open(path: &str) -> Result<Self, String> {
        let (stream, mut far) = SerialStream::pair().map_err(|error| error.to_string())?;
        let terminal = PathBuf::from(far.name().ok_or("the terminal has no name")?);
        far.set_exclusive(false).map_err(|error| error.to_string())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let plain = rustix::fs::open(&terminal, flags, Mode::empty());
        let far = plain.map_err(|error| error.to_string())?;
        let link = PathBuf::from(path);
        match std::fs::symlink_metadata(&link) {
            Ok(there) if !there.is_symlink() => {
                return Err("something that is no link is there already".to_owned());
            }
            Ok(_) => std::fs::remove_file(&link).map_err(|error| error.to_string())?,
            Err(_) => {}
        }
        set_link(&terminal, &link)?;
        Ok(Self { stream, far, link, terminal })
    }

    /// Lets anybody open it who asks the system for it. Whoever has it open claims it for himself, and
    /// one that is killed leaves the claim behind.
    pub(super) fn disclaim(&mut self) {
        if let Err(error) = rustix::termios::ioctl_tiocnxcl(&self.far) {
            tracing::debug!(%error, "the terminal is still claimed");
        }
    }

    /// The near end.
    pub(super) fn stream(&mut self) -> &mut SerialStream {
        &mut self.stream
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Another street may have set its own link meanwhile.
        if std::fs::read_link(&self.link).is_ok_and(|to| to == self.terminal) {
            let _ = std::fs::remove_file(&self.link);
        }
    }
}

#[cfg(unix)]
fn set_link(terminal: &Path, link: &Path) -> Result<(), String> {
    std::os::unix::fs::symlink(terminal, link).map_err(|error| error.to_string())
}
