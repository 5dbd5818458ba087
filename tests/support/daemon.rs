//! The daemon as a process of its own, and its web interface as any client has it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A machine under load starts a process in far less.
const START_IN: Duration = Duration::from_secs(30);
/// Nothing that a test waits for takes longer.
const WAIT_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Daemon {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Daemon {
    /// Starts the daemon on a site file and waits until it listens.
    pub(crate) fn start(site: &Path, speed: f64, more: &[&str], env: &[(&str, &str)]) -> Self {
        Self::try_start(site, speed, more, env).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The same; an error holds what it said where it did not start.
    pub(crate) fn try_start(
        site: &Path,
        speed: f64,
        more: &[&str],
        env: &[(&str, &str)],
    ) -> Result<Self, String> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_greenwave"))
            .args(["daemon", "--speed", &speed.to_string(), "--site"])
            .arg(site)
            .args(more)
            .envs(env.iter().copied())
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("its standard output");
        let ready: Option<Value> = serde_json::from_str(&line).ok();
        let listen = ready.as_ref().and_then(|ready| ready["ready"]["listen"].as_str());
        let Some(address) = listen else {
            let mut said = line;
            let mut stderr = process.stderr.take().expect("piped");
            stderr.read_to_string(&mut said).expect("its standard error");
            process.wait().expect("its end");
            return Err(said);
        };
        let address = address.parse().expect("an address");
        let mut daemon = Self { process, address };
        daemon.forward_errors();
        Ok(daemon)
    }

    fn forward_errors(&mut self) {
        let stderr = self.process.stderr.take().expect("piped");
        std::thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).for_each(|l| eprintln!("{l}"));
        });
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("its end");
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(status.success(), "kill -s {name}");
    }

    /// Asks it to terminate and waits for its end.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        let asked = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("its state") {
                return status;
            }
            assert!(asked.elapsed() < WAIT_MAX, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Status and body of a request.
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        request(self.address, method, path, &[], body).expect("the daemon answers")
    }

    /// The JSON of a 200 answer.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.request("GET", path, None);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// Every acknowledged event after the one numbered `after`.
    pub(crate) fn events(&self, mut after: u64) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let page = self.get(&format!("/api/v1/events?after={after}&limit=1000"));
            let events = page["events"].as_array().expect("events").clone();
            let next = page["next"].as_u64().expect("a cursor");
            if events.is_empty() || next == after {
                return all;
            }
            after = next;
            all.extend(events);
        }
    }

    /// Waits until the state satisfies `until`.
    pub(crate) fn wait(&self, what: &str, until: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let state = self.get("/api/v1/state");
            if until(&state) {
                return state;
            }
            assert!(began.elapsed() < WAIT_MAX, "waited for {what}: {state:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether every junction is controlled by `source`.
pub(crate) fn all_by(state: &Value, source: &str) -> bool {
    let junctions = state["junctions"].as_array().expect("junctions");
    !junctions.is_empty() && junctions.iter().all(|junction| junction["source"] == source)
}

/// One HTTP/1.0 exchange.
pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(START_IN))?;
    let mut text = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    write!(stream, "{text}\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok((status, body.to_owned()))
}
