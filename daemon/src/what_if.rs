//! What-if questions: each is answered by a child process, which lowers itself, one at a time.
//!
//! ```text
//!   ask ─▶ running ─┬─ it answers ──▶ answered
//!                   ├─ it fails ────▶ failed (its mistakes)
//!                   └─ too long, ended by a person, the daemon stops ──▶ ended: the child is killed
//! ```
//!
//! The control loop has no part in it: the question is a picture that was published anyhow.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// The longest that a question may take.
const ANSWER_IN: Duration = Duration::from_secs(600);
/// An answer, some figures a junction, is far smaller, bytes.
const ANSWER_MAX: u64 = 16 << 20;

/// How far a question is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Progress {
    /// The child runs; its process.
    Running(Option<u32>),
    /// It has answered.
    Answered(Value),
    /// It could not: every reason.
    Failed(Vec<String>),
    /// It was ended before, and why.
    Ended(String),
}

/// Why a question was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// One at a time.
    #[error("question {0} is still being answered: wait for it, or end it")]
    Busy(u64),
    /// There is no program for it, or it does not start.
    #[error("questions are not taken here: {0}")]
    NoProgram(String),
}

#[derive(Debug)]
struct Question {
    number: u64,
    progress: Progress,
    end: CancellationToken,
}

/// The desk where questions are asked. It keeps the last one.
#[derive(Clone, Debug)]
pub(crate) struct WhatIf {
    program: Option<PathBuf>,
    shutdown: CancellationToken,
    last: Arc<Mutex<Option<Question>>>,
}

impl WhatIf {
    /// A desk whose questions `program` answers; they end with `shutdown`.
    pub(crate) fn new(program: Option<PathBuf>, shutdown: CancellationToken) -> Self {
        Self { program, shutdown, last: Arc::default() }
    }

    /// Begins to answer a question, and returns its number. `told` hears how it ended.
    ///
    /// # Errors
    /// Why it was not taken.
    pub(crate) fn ask(
        &self,
        question: &Value,
        told: impl FnOnce(u64, &Progress) + Send + 'static,
    ) -> Result<u64, NotTaken> {
        let program = self.program.as_ref();
        let program = program.ok_or_else(|| NotTaken::NoProgram("no program".to_owned()))?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let number = match &*last {
            Some(Question { number, progress: Progress::Running(_), .. }) => {
                return Err(NotTaken::Busy(*number));
            }
            Some(Question { number, .. }) => number + 1,
            None => 1,
        };
        let child = Command::new(program)
            .args(["what-if", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| NotTaken::NoProgram(error.to_string()))?;
        let end = self.shutdown.child_token();
        let progress = Progress::Running(child.id());
        *last = Some(Question { number, progress, end: end.clone() });
        drop(last);
        let (shared, text) = (self.last.clone(), question.to_string());
        tokio::spawn(async move {
            let progress = answered(child, text, end).await;
            told(number, &progress);
            let mut last = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(question) = last.as_mut().filter(|question| question.number == number) {
                question.progress = progress;
            }
        });
        Ok(number)
    }

    /// How far a question is; none where it is not the last.
    pub(crate) fn progress(&self, number: u64) -> Option<Progress> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|last| last.number == number).map(|last| last.progress.clone())
    }

    /// Ends a question; false where it is not the last.
    pub(crate) fn end(&self, number: u64) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = last.as_ref().filter(|last| last.number == number);
        found.inspect(|last| last.end.cancel()).is_some()
    }
}

/// Waits for the child; where it takes too long or is ended, kills it and waits until it is gone.
async fn answered(mut child: Child, question: String, end: CancellationToken) -> Progress {
    let why = tokio::select! {
        output = conversed(&mut child, question) => return match output {
            Ok(output) => read(&output),
            Err(error) => Progress::Failed(vec![error.to_string()]),
        },
        () = end.cancelled() => "it was ended".to_owned(),
        () = tokio::time::sleep(ANSWER_IN) => format!("it took longer than {ANSWER_IN:?}"),
    };
    match child.kill().await {
        Ok(()) => Progress::Ended(why),
        Err(error) => Progress::Ended(format!("{why}; the process: {error}")),
    }
}

async fn conversed(child: &mut Child, question: String) -> std::io::Result<Output> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut said, mut complained) = (Vec::new(), Vec::new());
    let ask = async {
        if let Some(mut stdin) = stdin {
            // A child that ends before it has read all says why itself.
            let _ = stdin.write_all(question.as_bytes()).await;
        }
    };
    let hear = async {
        if let Some(stdout) = stdout {
            stdout.take(ANSWER_MAX).read_to_end(&mut said).await?;
        }
        std::io::Result::Ok(())
    };
    let listen = async {
        if let Some(stderr) = stderr {
            stderr.take(ANSWER_MAX).read_to_end(&mut complained).await?;
        }
        std::io::Result::Ok(())
    };
    let ((), heard, listened) = tokio::join!(ask, hear, listen);
    heard?;
    listened?;
    Ok(Output { status: child.wait().await?, stdout: said, stderr: complained })
}

fn read(output: &Output) -> Progress {
    if output.status.success() {
        return match serde_json::from_slice(&output.stdout) {
            Ok(answer) => Progress::Answered(answer),
            Err(error) => Progress::Failed(vec![format!("its answer is no JSON: {error}")]),
        };
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let plain = |line: &str| line.strip_prefix("greenwave: ").unwrap_or(line).to_owned();
    let mut why: Vec<String> = text.lines().map(plain).collect();
    if why.is_empty() {
        why.push(format!("the process ended with {}", output.status));
    }
    Progress::Failed(why)
}
