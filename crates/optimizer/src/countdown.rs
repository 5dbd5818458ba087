//! Displays that count a green's last seconds down: what they have announced stands.
//!
//! ```text
//!   free ── another stage is wanted ──▶ announced: ends at now + span ── that time has come ──▶ changed
//! ```
//!
//! A display of `span` seconds shows when a green ends as soon as that is `span` away. So every end is
//! decided `span` before it happens. Until then the green is neither shortened nor held longer, whatever
//! is wanted meanwhile, and the stage that was wanted follows: the displays that are meant cannot take a
//! number back.

use units::Millis;

/// The end of a green that displays show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Announced {
    /// The stage that ends.
    pub from: usize,
    /// The stage that follows it.
    pub to: usize,
    /// When, by the clock that decisions are handed.
    pub at: Millis,
}

/// The displays of one junction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Countdown {
    span: Millis,
    announced: Option<Announced>,
}

impl Countdown {
    /// Displays that announce the last `span` of a green.
    #[must_use]
    pub fn new(span: Millis) -> Self {
        Self { span, announced: None }
    }

    /// How long before its end a green is announced to end.
    #[must_use]
    pub fn span(&self) -> Millis {
        self.span
    }

    /// What is announced.
    #[must_use]
    pub fn announced(&self) -> Option<Announced> {
        self.announced
    }

    /// The stage to demand now, where `running` is green and `wanted` is to be shown as soon as that is
    /// possible. A green of another stage than the one that was announced to end ends nothing.
    pub fn decide(&mut self, running: usize, wanted: usize, now: Millis) -> usize {
        let announced = self.announced.filter(|known| known.from == running);
        let is_new = announced.is_none() && wanted != running;
        let at = now + self.span;
        let new = is_new.then_some(Announced { from: running, to: wanted, at });
        self.announced = announced.or(new);
        match self.announced {
            Some(announced) if now >= announced.at => announced.to,
            _ => running,
        }
    }

    /// The stage to demand now where somebody wants one without announcing it: the end that is announced
    /// already stands, and what is wanted follows it, if that is another stage.
    pub fn honour(&mut self, running: usize, wanted: usize, now: Millis) -> usize {
        let Some(mut known) = self.announced.filter(|known| known.from == running) else {
            self.announced = None;
            return wanted;
        };
        if wanted != running {
            known.to = wanted;
        }
        self.announced = Some(known);
        if now < known.at { running } else { known.to }
    }

    /// Forgets what was announced: the junction is not in anybody's hands.
    pub fn forget(&mut self) {
        self.announced = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Millis = Millis(1_000);

    #[test]
    fn an_end_comes_when_it_was_announced_whatever_is_wanted_meanwhile() {
        let mut countdown = Countdown::new(SECOND * 5);
        let mut told = Vec::new();
        for (second, wanted) in [0, 0, 2, 0, 1, 2, 0, 0].into_iter().enumerate() {
            told.push(countdown.decide(0, wanted, SECOND * second as i64));
        }
        assert_eq!(told, [0, 0, 0, 0, 0, 0, 0, 2], "wanted at 2 s, it ends at 7 s");
        assert_eq!(
            countdown.announced(),
            Some(Announced { from: 0, to: 2, at: SECOND * 7 }),
            "until it is seen that it ended"
        );
        assert_eq!(countdown.decide(2, 2, SECOND * 12), 2);
        assert_eq!(countdown.announced(), None);
    }

    #[test]
    fn who_does_not_announce_waits_for_what_is_announced() {
        let mut countdown = Countdown::new(SECOND * 5);
        assert_eq!(countdown.honour(0, 3, SECOND), 3, "nothing is announced");
        countdown.decide(0, 1, SECOND);
        assert_eq!(countdown.honour(0, 0, SECOND * 6), 1, "nor is it held longer");
        // What follows is what is wanted now, and is said to be: it was once said to be what the planner
        // had wanted.
        assert_eq!(countdown.honour(0, 3, SECOND * 5), 0);
        assert_eq!(countdown.announced(), Some(Announced { from: 0, to: 3, at: SECOND * 6 }));
        assert_eq!(countdown.honour(0, 0, SECOND * 5), 0);
        assert_eq!(countdown.honour(0, 0, SECOND * 6), 3);
        assert_eq!(countdown.honour(0, 2, SECOND * 6), 2);
        assert_eq!(countdown.honour(2, 2, SECOND * 9), 2, "it has ended");
        assert_eq!(countdown.announced(), None);
    }

    proptest! {
        /// Whatever is wanted, by whom: a green that was announced ends at that time and at no other.
        #[test]
        fn no_announced_green_is_shortened_or_held(
            span in 5_i64..99,
            wishes in prop::collection::vec((0_usize..4, any::<bool>()), 1..400),
        ) {
            let mut countdown = Countdown::new(SECOND * span);
            let (mut running, mut announced) = (0, None);
            for (second, (wanted, announces)) in (0..).zip(wishes) {
                let now = SECOND * second;
                let before = countdown.announced().filter(|known| known.from == running);
                let stage = match announces {
                    true => countdown.decide(running, wanted, now),
                    false => countdown.honour(running, wanted, now),
                };
                let ended = stage != running;
                if let Some(Announced { at, .. }) = before {
                    prop_assert_eq!(ended, now >= at, "{} at {}, announced for {}", stage, now, at);
                    prop_assert!(announced.is_none_or(|known| known == at), "it was changed");
                    announced = Some(at);
                } else if announces {
                    prop_assert!(!ended, "{} ends unannounced", running);
                }
                if ended {
                    (running, announced) = (stage, None);
                }
            }
        }
    }
}
