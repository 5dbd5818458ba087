//! The connection of a line: when to make it, and why it went.
//!
//! ```text
//!   Down ──retry is due──▶ Connecting ──up──▶ Up
//!    ▲ ▲                      │                │ │
//!    │ └── refused, too long ─┘                │ │
//!    ├───── lost from outside: back-off ───────┘ │
//!    └───── dropped by us: at once ──────────────┘
//! ```
//!
//! A connection that we drop, because an answer did not come or did not fit, is made again at once,
//! and what was behind it is still what it was. One that is lost from outside, or that could not be
//! made again, may lead to another device when it is back.

use units::{Millis, Moment};

use super::settings::LineSettings;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Down { retry: Moment },
    Connecting { until: Moment },
    Up,
}

/// What a link wants at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Connect,
    /// The attempt takes too long.
    GiveUp,
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    settings: LineSettings,
    state: State,
    backoff: Millis,
    jitter: u64,
    /// Whether the connection was lost from outside since it was last up.
    lost: bool,
}

impl Link {
    pub(super) fn new(settings: LineSettings, now: Moment, seed: u64) -> Self {
        let (state, backoff) = (State::Down { retry: now }, settings.reconnect_first);
        Self { settings, state, backoff, jitter: seed, lost: true }
    }

    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    pub(super) fn is_down(&self) -> bool {
        matches!(self.state, State::Down { .. })
    }

    /// What is due now.
    pub(super) fn step(&mut self, now: Moment) -> Step {
        match self.state {
            State::Down { retry } if now >= retry => {
                self.state = State::Connecting { until: now + self.settings.connect_give_up };
                Step::Connect
            }
            State::Connecting { until } if now >= until => Step::GiveUp,
            _ => Step::Nothing,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Moment> {
        match self.state {
            State::Down { retry } => Some(retry),
            State::Connecting { until } => Some(until),
            State::Up => None,
        }
    }

    /// It is up; whether it had been lost from outside. None where nobody had asked for it.
    pub(super) fn up(&mut self) -> Option<bool> {
        if !matches!(self.state, State::Connecting { .. }) {
            return None;
        }
        self.state = State::Up;
        Some(std::mem::take(&mut self.lost))
    }

    /// We drop it, to make it again at once.
    pub(super) fn dropped(&mut self, now: Moment) {
        self.state = State::Down { retry: now };
    }

    /// It was lost from outside, or could not be made.
    pub(super) fn lose(&mut self, now: Moment) {
        self.lost = true;
        self.state = State::Down { retry: now + self.backoff + self.jittered() };
        self.backoff = (self.backoff * 2).min(self.settings.reconnect_max);
    }

    /// An answer came over it: the next loss is a first one again.
    pub(super) fn proved(&mut self) {
        self.backoff = self.settings.reconnect_first;
    }

    /// Up to a quarter of the back-off, so that many lines do not come back in one moment (the
    /// constants are Knuth's MMIX generator's).
    fn jittered(&mut self) -> Millis {
        self.jitter = self
            .jitter
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let quarter = u64::try_from(self.backoff.0 / 4).unwrap_or(0) + 1;
        Millis(i64::try_from((self.jitter >> 33) % quarter).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link() -> Link {
        Link::new(LineSettings::default(), Moment(0), 9)
    }

    fn up(link: &mut Link, now: Moment) -> Option<bool> {
        assert_eq!(link.step(now), Step::Connect);
        link.up()
    }

    #[test]
    fn it_is_asked_for_at_once_and_only_what_was_asked_for_is_up() {
        let mut link = link();
        assert_eq!(link.up(), None, "nobody had asked");
        assert_eq!(link.poll_timeout(), Some(Moment(0)));
        assert_eq!(link.step(Moment(0)), Step::Connect);
        assert_eq!(link.step(Moment(1)), Step::Nothing);
        assert!(!link.is_up() && !link.is_down());
        assert_eq!(link.up(), Some(true), "the first is as new as one that was lost");
        assert!(link.is_up());
        assert_eq!((link.poll_timeout(), link.up()), (None, None));
    }

    #[test]
    fn what_we_drop_is_made_again_at_once_and_leads_where_it_led() {
        let mut link = link();
        up(&mut link, Moment(0));
        for now in [Moment(10), Moment(20), Moment(30)] {
            link.dropped(now);
            assert!(link.is_down());
            assert_eq!(up(&mut link, now), Some(false));
        }
        // It could not be made again: what is there later may be another.
        link.dropped(Moment(40));
        assert_eq!(link.step(Moment(40)), Step::Connect);
        link.lose(Moment(41));
        let retry = link.poll_timeout().expect("it tries again");
        assert!(retry >= Moment(241));
        assert_eq!(up(&mut link, retry), Some(true));
    }

    #[test]
    fn the_back_off_doubles_to_its_bound_and_begins_anew_once_the_link_is_proved() {
        let mut link = link();
        let mut now = Moment(0);
        let mut waits = Vec::new();
        for _ in 0..6 {
            assert_eq!(link.step(now), Step::Connect);
            link.lose(now);
            let retry = link.poll_timeout().expect("it tries again");
            waits.push((retry - now).0);
            now = retry;
        }
        for (wait, base) in waits.iter().zip([200, 400, 800, 1_000, 1_000, 1_000]) {
            assert!((base..=base + base / 4).contains(wait), "{waits:?}");
        }
        // A connection that is up and lost again, with no answer over it, is no proof.
        assert_eq!(up(&mut link, now), Some(true));
        link.lose(now);
        assert!(link.poll_timeout().expect("some") - now >= Millis(1_000));
        now += Millis(2_000);
        assert_eq!(up(&mut link, now), Some(true));
        link.proved();
        link.lose(now);
        assert!(link.poll_timeout().expect("some") - now <= Millis(250));
    }

    #[test]
    fn an_attempt_of_which_nothing_is_heard_is_given_up_once() {
        let mut link = link();
        link.step(Moment(0));
        let until = link.poll_timeout().expect("bounded");
        assert_eq!(until, Moment(4_000));
        assert_eq!(link.step(until - Millis(1)), Step::Nothing);
        assert_eq!(link.step(until), Step::GiveUp);
        link.lose(until);
        assert_eq!(link.step(until), Step::Nothing);
        assert!(link.is_down());
    }

    proptest! {
        /// Whatever happens in whatever order, it is always up, or has a moment at which it goes on.
        #[test]
        fn it_never_stops_trying(steps in prop::collection::vec((0_u8..6, 0_i64..3_000), 1..80)) {
            let mut link = link();
            let mut now = Moment(0);
            for (what, wait) in steps {
                now += Millis(wait);
                match what {
                    0 => { link.up(); }
                    1 => link.lose(now),
                    2 => link.dropped(now),
                    3 => link.proved(),
                    _ => {
                        if link.step(now) == Step::GiveUp {
                            link.lose(now);
                        }
                    }
                }
                match link.poll_timeout() {
                    None => prop_assert!(link.is_up()),
                    Some(at) => {
                        prop_assert!(!link.is_up());
                        prop_assert!(at <= now + Millis(4_000), "{at} at {now}");
                    }
                }
            }
        }
    }
}
