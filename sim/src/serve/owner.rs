//! The street's owner: one thread that moves it by the scaled clock and answers for it in between.

use std::sync::mpsc::{Receiver, RecvTimeoutError};

use field::Request;
use signal::controller::TICK;
use tokio::sync::oneshot;
use units::{LineId, Millis, Moment};

use super::clock::Clock;
use super::{Notice, Progress};
use crate::fault::Injection;
use crate::report::{Course, StreetSummary};
use crate::street::{Answer, Street};

/// The most messages that are served before the street's next tick, so that no crowd of clients can
/// hold up its time.
const MESSAGES_PER_TICK: usize = 256;
/// Real seconds from one progress to the next.
const PROGRESS_S: f64 = 1.0;

/// What the owner is asked.
pub(super) enum Message {
    /// What a unit does with a request, and by how much its answer is late.
    Request { line: LineId, unit: u8, request: Request, answer: oneshot::Sender<(Answer, Millis)> },
    /// Whether a line takes a connection.
    Knock { line: LineId, open: oneshot::Sender<bool> },
    /// A line that somebody typed.
    Command(String),
    /// The end.
    Stop,
}

/// The owner.
pub(super) struct Owner<N> {
    street: Street,
    messages: Receiver<Message>,
    notify: N,
    course: Course,
    until: Option<Moment>,
}

impl<N: FnMut(&Notice)> Owner<N> {
    pub(super) fn new(
        street: Street,
        messages: Receiver<Message>,
        notify: N,
        course: Course,
        duration: Option<Millis>,
    ) -> Self {
        Self {
            street,
            messages,
            notify,
            course,
            until: duration.map(|duration| Moment::ORIGIN + duration),
        }
    }

    /// Runs the street to its end.
    pub(super) fn run(mut self) -> StreetSummary {
        let mut clock = Clock::start(self.course.speed);
        let mut told = 0.0;
        while self.until.is_none_or(|until| self.street.now() < until) {
            let next = self.street.now() + TICK;
            if !self.listen(&clock, next) {
                break;
            }
            self.street.advance(next);
            clock.forgive(next);
            let real = clock.real_seconds();
            if real - told >= PROGRESS_S {
                told = real;
                self.tell(&clock);
            }
        }
        self.take_course(&clock);
        StreetSummary::of(&self.street, self.course)
    }

    /// Serves messages until the time of the next tick; false at the end.
    fn listen(&mut self, clock: &Clock, next: Moment) -> bool {
        for _ in 0..MESSAGES_PER_TICK {
            match self.messages.recv_timeout(clock.until(next)) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
                Ok(message) => {
                    if !self.serve(message) {
                        return false;
                    }
                }
                Err(RecvTimeoutError::Timeout) => return true,
            }
        }
        std::thread::sleep(clock.until(next));
        true
    }

    /// Serves one message; false where it ends the street. Nobody may wait for an answer any more:
    /// then it is dropped.
    fn serve(&mut self, message: Message) -> bool {
        match message {
            Message::Request { line, unit, request, answer } => {
                let late = self.street.delay(line, unit);
                let given = self.street.answer(line, unit, &request);
                self.course.requests += 1;
                self.course.exceptions += u64::from(matches!(given, Answer::Reply(Err(_))));
                let _ = answer.send((given, late));
            }
            Message::Knock { line, open } => {
                let _ = open.send(!self.street.is_cut(line));
            }
            Message::Command(line) => return self.command(&line),
            Message::Stop => return false,
        }
        true
    }

    fn command(&mut self, line: &str) -> bool {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let outcome = match word {
            "" => return true,
            "stop" => return false,
            "inject" => self.inject(rest.trim()),
            _ => Err(format!("{line:?}: the commands are inject FAULT, stop")),
        };
        let notice = outcome.map_or_else(Notice::Refused, Notice::Injected);
        (self.notify)(&notice);
        true
    }

    fn inject(&mut self, text: &str) -> Result<Injection, String> {
        // This tick is over: what begins, begins with the next.
        let next = self.street.now() + TICK;
        let live = Injection::live(text, next).map_err(|error| error.to_string())?;
        self.street.inject(live.clone())?;
        Ok(live)
    }

    fn tell(&mut self, clock: &Clock) {
        self.take_course(clock);
        let world = self.street.summary();
        let progress = Progress {
            sim_seconds: (self.street.now() - Moment::ORIGIN).as_secs_f64(),
            speed_held: self.course.speed_held,
            world,
            violations: self.street.violations().0,
            requests: self.course.requests,
        };
        (self.notify)(&Notice::Progress(progress));
    }

    fn take_course(&mut self, clock: &Clock) {
        self.course.speed_held = clock.held(self.street.now());
        self.course.seconds_given_up = clock.given_up().as_secs_f64();
    }
}
