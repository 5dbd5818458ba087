//! A serial line: several units on one wire, frames told apart by silence.

use std::time::Duration;

use field::frame::FRAME_MAX;
use field::frame::rtu::Framer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line::Line;
use super::pty::Pty;
use crate::link::Carried;

/// Real time before the next look where nobody has the line open.
const NOBODY_PAUSE: Duration = Duration::from_millis(20);
/// The shortest silence that the machine's timers can tell.
const SILENCE_MIN: Duration = Duration::from_millis(1);

/// Serves a line until it is dropped.
pub(super) async fn serve(line: Line, mut pty: Pty) {
    let silence = line.wire.map_or(SILENCE_MIN, |wire| line.real(wire.gap())).max(SILENCE_MIN);
    let mut framer = Framer::default();
    let mut bytes = [0; FRAME_MAX];
    loop {
        if !framer.is_waiting() {
            match pty.stream().read(&mut bytes).await {
                Ok(read) if read > 0 => framer.push(&bytes[..read]),
                // Nobody has it open, or somebody has just closed it.
                _ => tokio::time::sleep(NOBODY_PAUSE).await,
            }
            continue;
        }
        match tokio::time::timeout(silence, pty.stream().read(&mut bytes)).await {
            Ok(Ok(read)) if read > 0 => {
                framer.push(&bytes[..read]);
                continue;
            }
            Ok(_) => {
                framer = Framer::default();
                continue;
            }
            Err(_) => {}
        }
        let incoming = match framer.silence() {
            Some(Ok(incoming)) => incoming,
            Some(Err(noise)) => {
                tracing::debug!(line = line.line.0, ?noise, "noise");
                continue;
            }
            None => continue,
        };
        // What cannot be written is lost on the wire; the reader notices where nobody is there.
        if let Carried::Frame(frame) = line.answer(&incoming).await
            && let Err(error) = pty.stream().write_all(&frame).await
        {
            tracing::debug!(line = line.line.0, %error, "an answer was lost");
        }
    }
}
