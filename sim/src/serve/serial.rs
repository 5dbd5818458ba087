//! A serial line: several units on one wire, frames told apart by silence.

use std::time::Duration;

use field::frame::FRAME_MAX;
use field::frame::rtu::Framer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line::Line;
use super::pty::Pty;
use crate::link::Carried;

/// Real time without a word after which whoever had the line open may be gone.
const NOBODY: Duration = Duration::from_millis(300);
/// The shortest silence that the machine's timers can tell.
const SILENCE_MIN: Duration = Duration::from_millis(1);

/// Serves a line until it is dropped.
pub(super) async fn serve(line: Line, mut pty: Pty) {
    let silence = line.wire.map_or(SILENCE_MIN, |wire| line.real(wire.gap())).max(SILENCE_MIN);
    let mut framer = Framer::default();
    let mut bytes = [0; FRAME_MAX];
    loop {
        let patience = if framer.is_waiting() { silence } else { NOBODY };
        match tokio::time::timeout(patience, pty.stream().read(&mut bytes)).await {
            Ok(Ok(read)) => {
                framer.push(&bytes[..read]);
                continue;
            }
            Ok(Err(error)) => {
                tracing::warn!(line = line.line.0, %error, "the terminal is gone");
                return;
            }
            Err(_) => {}
        }
        let incoming = match framer.silence() {
            Some(Ok(incoming)) => incoming,
            Some(Err(noise)) => {
                tracing::debug!(line = line.line.0, ?noise, "noise");
                continue;
            }
            None => {
                pty.disclaim();
                continue;
            }
        };
        if let Carried::Frame(frame) = line.answer(&incoming).await
            && let Err(error) = pty.stream().write_all(&frame).await
        {
            tracing::debug!(line = line.line.0, %error, "an answer was lost");
        }
    }
}
