//! One unit of a line: what it is, what is due, and how it fares.
//!
//! ```text
//!   Identifying ──it is the model, and falls back when nobody writes──▶ Online
//!        ▲   │                                                          │   ▲
//!        │   └──it is the model, its fail-safe is off──▶ Unguarded ◀────┘───┘
//!        │                                                  │   (as its guards are read)
//!        └── the connection was lost, it has started again ─┘
//!   any ──three failures, another model──▶ Open ──a probe is answered──▶ Identifying
//! ```

mod checks;
mod health;
mod polls;

use units::{Millis, Moment};

use super::breaker::{Breaker, Crowd};
use super::settings::UnitSettings;
use crate::map::PointValue;
use crate::message::{ExceptionCode, Failure, Request};
use crate::outputs::Board;
use checks::{Guards, Starts, another, watchdog};
pub use health::{UnitHealth, UnitState};
use polls::Polls;

/// The wait, for each connection that was lost over a unit, before it is asked on a new one where
/// others are on the line too.
const FEARED_WAIT: Millis = Millis(1_000);

/// The wait from one try to bring a tripped unit back to the next.
const CLEAR_WAIT: Millis = Millis(2_000);

/// Why a request was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Identity(usize),
    Poll(usize, usize),
    Command(u64),
    /// The outputs, at these levels.
    Outputs(Vec<bool>),
    /// What ends the state of a unit whose watchdog has tripped.
    Clear,
}

/// What an answer has shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum News {
    /// The state has changed, and why.
    State(String),
    Rebooted,
}

#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) settings: UnitSettings,
    pub(super) health: UnitHealth,
    pub(super) breaker: Breaker,
    pub(super) board: Board,
    identity: Vec<Request>,
    identified: usize,
    identify_at: Moment,
    guards: Guards,
    /// A tripped unit is not brought back before this moment.
    clear_at: Moment,
    starts: Starts,
    polls: Polls,
    /// When its pause after the last request is over.
    ready: Moment,
}

impl Unit {
    pub(super) fn new(settings: UnitSettings, now: Moment) -> Self {
        let map = &settings.map;
        Self {
            health: UnitHealth::new(map.polls().len()),
            breaker: Breaker::default(),
            board: Board::new(map, &settings.outputs),
            identity: map.identity_requests(),
            identified: 0,
            identify_at: now,
            guards: Guards::of(map.profile(), settings.watchdog_tried),
            clear_at: now,
            starts: Starts::of(map.profile()),
            polls: Polls::new(map, now),
            ready: now,
            settings,
        }
    }

    /// The connection is new, and may lead to another device. One that connections were lost over is
    /// asked after the others, or stays alone.
    pub(super) fn identify_again(&mut self, now: Moment, crowded: bool) {
        self.board.forget();
        if crowded && self.breaker.is_feared() {
            return;
        }
        let wait = if crowded { FEARED_WAIT * i64::from(self.breaker.losses()) } else { Millis(0) };
        self.begin_identity(now + wait);
    }

    fn begin_identity(&mut self, at: Moment) {
        self.identified = 0;
        self.identify_at = at;
        self.health.state = UnitState::Identifying;
    }

    /// When this unit wants to be asked next.
    pub(super) fn due(&self, now: Moment, crowd: Crowd) -> Moment {
        let wanted = match self.health.state {
            UnitState::Online => self.polls.due().min(self.board.due(now)),
            UnitState::Unguarded => {
                self.polls.due().min(self.board.fall_due(now)).min(self.clear_due(now))
            }
            UnitState::Identifying => return self.identify_at.max(self.ready),
            UnitState::Open => Moment(i64::MIN),
        };
        wanted.max(self.breaker.not_before(crowd)).max(self.ready)
    }

    /// When a tripped unit may be brought back: nothing must be to be raised, so that what it then
    /// takes is that all is off.
    fn clear_due(&self, now: Moment) -> Moment {
        if !self.guards.is_clearable() || self.settings.map.clear_request().is_none() {
            return Moment(i64::MAX);
        }
        self.clear_at.max(self.board.lowered_at(now))
    }

    /// When a write to it may leave. Where it has just failed and others answer, they get their turn
    /// before it may hold the line up again; one that is open is refused its writes at once.
    pub(super) fn writable(&self, crowd: Crowd) -> Moment {
        if crowd.healthy && !self.breaker.is_open() {
            self.ready.max(self.breaker.not_before(crowd))
        } else {
            self.ready
        }
    }

    /// The write of its outputs, where one is due.
    pub(super) fn output_request(&self, now: Moment) -> Option<(Purpose, Request)> {
        if self.health.state == UnitState::Unguarded && self.clear_due(now) <= now {
            return self.settings.map.clear_request().map(|request| (Purpose::Clear, request));
        }
        let is_due = match self.health.state {
            UnitState::Online => self.board.due(now) <= now,
            UnitState::Unguarded => self.board.fall_due(now) <= now,
            UnitState::Identifying | UnitState::Open => false,
        };
        let (request, levels) = self.board.request(&self.settings.map, now).filter(|_| is_due)?;
        Some((Purpose::Outputs(levels), request))
    }

    /// The read that is due.
    pub(super) fn next_read(&mut self, now: Moment) -> Option<(Purpose, Request)> {
        if matches!(self.health.state, UnitState::Identifying | UnitState::Open) {
            let request = self.identity.get(self.identified)?.clone();
            return Some((Purpose::Identity(self.identified), request));
        }
        let (poll, part, request) = self.polls.next(&self.settings.map, now)?;
        Some((Purpose::Poll(poll, part), request))
    }

    /// Takes an answer; says what is new.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        sent: Moment,
        purpose: &Purpose,
        points: &[PointValue],
    ) -> Vec<News> {
        self.health.last_answer = Some(now);
        self.health.failures_in_a_row = 0;
        self.breaker.answered();
        self.ready = now + self.settings.map.pause();
        if let Some(reason) = another(self.settings.map.profile(), points) {
            return self.refuse(now, reason);
        }
        self.guards.look(points);
        if let Some(timeout) = watchdog(self.settings.map.profile(), points) {
            self.board.watchdog(timeout);
        }
        if let Purpose::Poll(poll, _) = purpose {
            self.health.read[*poll] = Some(sent);
        }
        let mut news = Vec::new();
        if self.starts.again(points) {
            news.push(News::Rebooted);
            self.board.forget();
            self.begin_identity(now);
        }
        match purpose {
            Purpose::Identity(part) => {
                self.begin_identity(now);
                self.identified = part + 1;
                if self.identified == self.identity.len() {
                    self.polls.start(now);
                    news.push(self.stand());
                }
            }
            Purpose::Outputs(levels) => self.board.wrote(now, levels.clone()),
            // Whether it is back is what it then says of itself.
            Purpose::Clear => {
                self.clear_at = now + CLEAR_WAIT;
                self.polls.start(now);
            }
            Purpose::Poll(..) | Purpose::Command(_) => {
                let reads = [UnitState::Online, UnitState::Unguarded].contains(&self.health.state);
                if reads && self.health.state != self.guarded() {
                    news.push(self.stand());
                }
            }
        }
        news
    }

    /// Takes a failure; says whether the breaker has opened just now.
    pub(super) fn failed(
        &mut self,
        now: Moment,
        sent: Moment,
        purpose: &Purpose,
        failure: &Failure,
    ) -> bool {
        self.health.failures += 1;
        self.health.last_failure = Some(failure.to_string());
        self.ready = now + self.settings.map.pause();
        match purpose {
            Purpose::Outputs(_) => self.board.failed(now),
            Purpose::Clear => self.clear_at = now + CLEAR_WAIT,
            _ => self.set_back(now, purpose),
        }
        if is_refusal(purpose, failure) {
            return false;
        }
        let opened = self.breaker.failed(now, sent);
        self.health.failures_in_a_row = self.breaker.failures();
        if self.breaker.is_open() {
            self.identified = 0;
            self.health.state = UnitState::Open;
        } else if self.health.state == UnitState::Identifying {
            self.begin_identity(now + FEARED_WAIT);
        }
        opened
    }

    /// The connection was lost while this was under way: it does not count, and is done again.
    /// Says whether the unit is now taken for the cause.
    pub(super) fn lost(&mut self, now: Moment, purpose: &Purpose, crowded: bool) -> bool {
        self.set_back(now, purpose);
        let feared = self.breaker.lost(now) && crowded;
        if feared {
            self.health.state = UnitState::Open;
        }
        feared
    }

    /// What was under way is done anew with its next turn.
    fn set_back(&mut self, now: Moment, purpose: &Purpose) {
        match purpose {
            Purpose::Poll(poll, _) => self.polls.set_back(&self.settings.map, *poll, now),
            Purpose::Outputs(_) => self.board.forget(),
            Purpose::Identity(_) | Purpose::Command(_) | Purpose::Clear => {}
        }
    }

    fn refuse(&mut self, now: Moment, reason: String) -> Vec<News> {
        let known = self.health.state == UnitState::Open
            && self.health.last_failure.as_ref() == Some(&reason);
        self.breaker.refuse(now);
        self.identified = 0;
        self.health.state = UnitState::Open;
        self.health.last_failure = Some(reason.clone());
        if known { Vec::new() } else { vec![News::State(reason)] }
    }

    fn guarded(&self) -> UnitState {
        match self.guards.failing() {
            Some(_) => UnitState::Unguarded,
            None => UnitState::Online,
        }
    }

    fn stand(&mut self) -> News {
        self.health.state = self.guarded();
        let reason = match self.guards.failing() {
            Some(reason) => {
                self.health.last_failure = Some(reason.clone());
                reason
            }
            None => "it answers, and is what the site says".to_owned(),
        };
        News::State(reason)
    }
}

/// Whether a device that is there refused a command, which is its right and no fault of its line.
fn is_refusal(purpose: &Purpose, failure: &Failure) -> bool {
    let of_gateway = |code: &ExceptionCode| matches!(code.code(), 10 | 11);
    matches!(purpose, Purpose::Command(_) | Purpose::Outputs(_) | Purpose::Clear)
        && matches!(failure, Failure::Exception(code) if !of_gateway(code))
}
