//! One of the demo's two processes: this very binary with another subcommand, its standard input
//! held open as its life line, its standard output read as JSON lines.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// How long a child may take to say that it is ready: the largest site loads in far less.
const READY_IN: Duration = Duration::from_secs(30);
/// How long a child may take to stop before it is killed: the daemon's own bound is five seconds.
const STOP_IN: Duration = Duration::from_secs(15);

/// A running child.
pub(crate) struct Child {
    name: &'static str,
    process: tokio::process::Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts this binary with `words`.
    pub(crate) fn start(name: &'static str, words: &[OsString]) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C reaches the demo alone: it stops the two in their order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let stdin = process.stdin.take();
        let stdout = process.stdout.take().context("a child without standard output")?;
        Ok(Self { name, process, stdin, lines: BufReader::new(stdout).lines() })
    }

    /// The next line it prints; `None` when it has ended.
    pub(crate) async fn next_line(&mut self) -> anyhow::Result<Option<Value>> {
        let Some(line) = self.lines.next_line().await? else { return Ok(None) };
        let value = serde_json::from_str(&line)
            .with_context(|| format!("{} printed {line:?}, which is not JSON", self.name))?;
        Ok(Some(value))
    }

    /// Waits for a line with the member `key`, and returns that member.
    pub(crate) async fn expect(&mut self, key: &str) -> anyhow::Result<Value> {
        let found = tokio::time::timeout(READY_IN, async {
            while let Some(line) = self.next_line().await? {
                if let Some(value) = line.get(key) {
                    return Ok(value.clone());
                }
            }
            let status = self.process.wait().await?;
            let name = self.name;
            bail!("{name} ended with {status} before its {key:?} came")
        });
        found.await.with_context(|| format!("{} was not {key} in {READY_IN:?}", self.name))?
    }

    /// Ends when the process does.
    pub(crate) async fn ended(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Closes its standard input, which asks it to stop, and waits for its end.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        drop(self.stdin.take());
        // Read on, so that it never blocks on a full pipe while it stops.
        let drained = async { while let Ok(Some(_)) = self.lines.next_line().await {} };
        let ended = async {
            let ((), status) = tokio::join!(drained, self.process.wait());
            status
        };
        let status = tokio::time::timeout(STOP_IN, ended)
            .await
            .with_context(|| format!("{} did not stop in {STOP_IN:?}", self.name))??;
        if !status.success() {
            bail!("{} ended with {status}", self.name);
        }
        Ok(())
    }

    /// Asks it to stop and returns the summary that it prints last.
    pub(crate) async fn finish(&mut self) -> anyhow::Result<Value> {
        drop(self.stdin.take());
        let summary = self.expect("summary").await?;
        self.stop().await?;
        Ok(summary)
    }
}
