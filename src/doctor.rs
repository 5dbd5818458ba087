//! `greenwave doctor`: what of this machine keeps a daemon from its work, and the command that mends it.
//! It changes nothing.

use std::net::TcpListener;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use scenario::Transport;

/// Less free room than this, and events will soon push each other out.
const ROOM_MIN_MB: u64 = 512;
/// A clock before this has never been set: 1 January 2026.
const CLOCK_MIN_S: u64 = 1_767_225_600;
/// Open files that a district of a thousand lines and its web interface need.
const FILES_MIN: u64 = 4_096;
/// How long a line's host may take to accept.
const REACH: Duration = Duration::from_secs(2);
/// The oldest kernel that has what the daemon asks of it, RS-485 and sandboxing among it.
const KERNEL_MIN: (u32, u32) = (5, 4);

/// Check the machine: permissions, ports, clocks, disk, watchdog, with the command that mends each.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Serial devices or site files; the lines of a site file are looked at one by one
    places: Vec<PathBuf>,
    /// Where events are kept
    #[arg(long, default_value = "/var/lib/greenwave")]
    store: PathBuf,
}

/// What was found.
enum Finding {
    Well(String),
    /// Something to know, which keeps nothing from working.
    Note(String, String),
    Wrong(String, String),
}

use Finding::{Note, Well, Wrong};

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut found =
        vec![kernel(), clock(), time_sync(), watchdog(), files(), room(&arguments.store)];
    found.extend(serial_devices());
    for place in &arguments.places {
        if place.extension().is_some_and(|extension| extension == "toml") {
            found.extend(site(place));
        } else {
            found.push(serial(place));
        }
    }
    let mut sound = true;
    for finding in &found {
        match finding {
            Well(what) => println!("well   {what}"),
            Note(what, mend) => println!("note   {what}\n       {mend}"),
            Wrong(what, mend) => {
                sound = false;
                println!("WRONG  {what}\n       {mend}");
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn kernel() -> Finding {
    let Some(release) = text("/proc/sys/kernel/osrelease") else {
        return Note("the kernel does not say its version".to_owned(), "uname -r".to_owned());
    };
    let mut parts = release.split('.').map(|part| part.parse().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version >= KERNEL_MIN {
        return Well(format!("kernel {release}"));
    }
    let (major, minor) = KERNEL_MIN;
    Note(format!("kernel {release} is older than {major}.{minor}"), "apt full-upgrade".to_owned())
}

fn clock() -> Finding {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if now >= CLOCK_MIN_S {
        return Well("the clock has been set".to_owned());
    }
    Wrong("the clock has never been set".to_owned(), "timedatectl set-ntp true".to_owned())
}

fn time_sync() -> Finding {
    // systemd-timesyncd leaves this file where it has set the clock; chrony and ntpd tell timedatectl.
    let marked = Path::new("/run/systemd/timesync/synchronized").exists();
    let asked =
        Command::new("timedatectl").args(["show", "-p", "NTPSynchronized", "--value"]).output();
    let told = asked.is_ok_and(|output| output.stdout.starts_with(b"yes"));
    if marked || told {
        return Well("the clock is kept by a time server".to_owned());
    }
    let mend =
        "apt install chrony, or timedatectl set-ntp true; plans and speeds rest on the clock";
    Wrong("no time server keeps the clock".to_owned(), mend.to_owned())
}

fn watchdog() -> Finding {
    if Path::new("/dev/watchdog").exists() {
        return Well("there is a hardware watchdog".to_owned());
    }
    let mend = "modprobe the board's driver (softdog where there is none), and RuntimeWatchdogSec=20 \
                in /etc/systemd/system.conf";
    Note("no hardware watchdog: a machine that hangs stays so".to_owned(), mend.to_owned())
}

fn files() -> Finding {
    let limits = text("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_ascii_whitespace().nth(3));
    match soft.map(str::parse::<u64>) {
        Some(Ok(files)) if files < FILES_MIN => Note(
            format!("{files} files may be open: enough for about {} lines", files / 2),
            "ulimit -n 8192, or LimitNOFILE=8192 in the service".to_owned(),
        ),
        _ => Well("enough files may be open".to_owned()),
    }
}

fn room(store: &Path) -> Finding {
    let there = store.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    let Ok(room) = rustix::fs::statvfs(there) else {
        let mend = format!("ls -ld {}", store.display());
        return Note(format!("{}: its room is not known", store.display()), mend);
    };
    let megabytes = room.f_bavail.saturating_mul(room.f_frsize) >> 20;
    if megabytes < ROOM_MIN_MB {
        let mend = "a larger disk, or [store] retention_days smaller".to_owned();
        return Wrong(format!("{}: {megabytes} MB are free", there.display()), mend);
    }
    Well(format!("{}: {megabytes} MB are free", there.display()))
}

/// The adapters that are plugged in, by names that stay.
fn serial_devices() -> Vec<Finding> {
    let folder = std::fs::read_dir("/dev/serial/by-id");
    let entries: Vec<PathBuf> = folder.into_iter().flatten().flatten().map(|e| e.path()).collect();
    if entries.is_empty() {
        let mend = "lsusb; udevadm info /dev/ttyUSB0: an adapter without a serial number needs a rule \
                    by its port (docs/operating.md)";
        return vec![Note("no serial adapter has a lasting name".to_owned(), mend.to_owned())];
    }
    entries.iter().map(|entry| serial(entry)).collect()
}

/// A serial device: is it one, is it ours to open, is anybody else on it.
fn serial(path: &Path) -> Finding {
    let name = path.display();
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => {
            let mend =
                "ls -l /dev/serial/by-id; dmesg | tail: is the adapter plugged in?".to_owned();
            return Wrong(format!("{name}: {error}"), mend);
        }
    };
    if !meta.file_type().is_char_device() {
        return Wrong(format!("{name} is no serial device"), "ls -l /dev/serial/by-id".to_owned());
    }
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(path);
    match opened {
        Ok(_) if path.starts_with("/dev/ttyUSB") || path.starts_with("/dev/ttyACM") => Note(
            format!("{name} can be opened, but is another adapter's name after the next start"),
            "use its name in /dev/serial/by-id".to_owned(),
        ),
        Ok(_) => Well(format!("{name} can be opened")),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let (group, mode) = (meta.gid(), meta.permissions().mode() & 0o777);
            let mend = "usermod --append --groups dialout $USER, and sign in anew".to_owned();
            Wrong(format!("{name}: not ours to open (group {group}, mode {mode:o})"), mend)
        }
        Err(error) => {
            let mend = format!("fuser -v {name}: who has it open?");
            Wrong(format!("{name}: {error}"), mend)
        }
    }
}

/// A site file: its mistakes, its lines, its port.
fn site(path: &Path) -> Vec<Finding> {
    let name = path.display();
    let site = match daemon::check(path) {
        Ok(site) => site,
        Err(problems) => {
            let count = crate::load::counted(problems.len());
            return vec![Wrong(format!("{name}: {count}"), format!("greenwave check {name}"))];
        }
    };
    let mut found = vec![Well(format!("{name}: sound"))];
    for line in &site.lines {
        found.push(match &line.transport {
            Transport::Serial(settings) => serial(Path::new(&settings.path)),
            Transport::Tcp { address } | Transport::RtuTcp { address } => {
                reach(&line.name, address)
            }
        });
    }
    let listen = &site.web.listen;
    found.push(match TcpListener::bind(listen) {
        Ok(_) => Well(format!("{listen} is free for the web interface")),
        Err(error) => Note(
            format!("{listen}: {error}"),
            format!("ss -ltnp 'sport = :{}': the daemon itself, or somebody else?", port(listen)),
        ),
    });
    found
}

fn port(address: &str) -> &str {
    address.rsplit(':').next().unwrap_or(address)
}

/// Whether somebody takes connections there.
fn reach(line: &str, address: &str) -> Finding {
    use std::net::{TcpStream, ToSocketAddrs};
    let found = address.to_socket_addrs().ok().and_then(|mut all| all.next());
    let Some(found) = found else {
        let mend = "an address in numbers needs no name server".to_owned();
        return Wrong(format!("line {line:?}: {address} is no address that is known"), mend);
    };
    match TcpStream::connect_timeout(&found, REACH) {
        Ok(_) => Well(format!("line {line:?}: {address} takes connections")),
        Err(error) => {
            let mend = format!("ping {}; greenwave probe {address}", found.ip());
            Wrong(format!("line {line:?}: {address}: {error}"), mend)
        }
    }
}
