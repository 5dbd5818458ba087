//! The planner's safety net at one junction: what came is held against what was foretold, and where
//! it is much worse for [`SPAN`], max-pressure has the junction for a while.
//!
//! ```text
//!            worse than foretold by MARGIN and FLOOR over SPAN
//!   planner ─────────────────────────────────────────────────▶ max-pressure
//!      ▲                                                            │
//!      └── after AWAY; twice as long each time within RELAPSE ──────┘
//! ```

use std::collections::VecDeque;

use units::Millis;

/// Over how long realised and foretold delay are compared.
pub const SPAN: Millis = Millis(300_000);
/// The planner is let down where more than this many times of what it foretold came.
pub const MARGIN: f64 = 1.5;
/// And more than this beside, vehicle-seconds in [`SPAN`]: one vehicle that stands all the time says
/// nothing.
pub const FLOOR: f64 = 300.0;
/// How long max-pressure then has the junction.
pub const AWAY: Millis = Millis(900_000);
/// The longest that it has it.
pub const AWAY_MAX: Millis = Millis(14_400_000);
/// Who is let down again within so long of coming back stays away twice as long.
const RELAPSE: Millis = Millis(3_600_000);

/// A change of who has the junction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Turn {
    /// The planner lost it.
    Fell {
        /// Delay that came in [`SPAN`], vehicle-seconds.
        realised: f64,
        /// Delay that it had foretold.
        foretold: f64,
        /// For how long.
        away: Millis,
    },
    /// It has it again.
    CameBack,
}

/// One stretch of time that was foretold.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Stretch {
    begin: Millis,
    end: Millis,
    foretold: f64,
    realised: f64,
}

/// The watch over one junction.
#[derive(Clone, PartialEq, Debug)]
pub struct Watch {
    stretches: VecDeque<Stretch>,
    running: Option<Stretch>,
    seen: Option<Millis>,
    away_until: Option<Millis>,
    back_since: Option<Millis>,
    away: Millis,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            stretches: VecDeque::new(),
            running: None,
            seen: None,
            away_until: None,
            back_since: None,
            away: AWAY,
        }
    }
}

impl Watch {
    /// Whether max-pressure has the junction.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away_until.is_some()
    }

    /// Nobody compares while somebody else controls: what ran is forgotten, how long it stays away is
    /// not.
    pub fn pause(&mut self) {
        (self.running, self.seen) = (None, None);
        self.stretches.clear();
    }

    /// Looks again, at times that go on: `waiting` vehicles stand; the planner foretells so much delay
    /// in so long from now, where it has decided.
    pub fn look(
        &mut self,
        now: Millis,
        waiting: f64,
        foretold: Option<(f64, Millis)>,
    ) -> Option<Turn> {
        if let Some(until) = self.away_until {
            if now < until {
                return None;
            }
            self.away_until = None;
            self.back_since = Some(now);
            self.pause();
            return Some(Turn::CameBack);
        }
        let passed = self.seen.replace(now).map_or(Millis::ZERO, |seen| now - seen);
        if let Some(stretch) = &mut self.running {
            stretch.realised += waiting.max(0.0) * passed.as_secs_f64();
            if now >= stretch.end {
                self.stretches.push_back(*stretch);
                self.running = None;
            }
        }
        if let (None, Some((delay, span))) = (self.running, foretold)
            && span > Millis::ZERO
        {
            let foretold = delay.max(0.0);
            self.running = Some(Stretch { begin: now, end: now + span, foretold, realised: 0.0 });
        }
        self.judge(now)
    }

    fn judge(&mut self, now: Millis) -> Option<Turn> {
        // The oldest goes once the others last long enough by themselves.
        while self.compared() - self.stretches.front().map_or(Millis::ZERO, Stretch::span) >= SPAN {
            self.stretches.pop_front();
        }
        if self.compared() < SPAN {
            return None;
        }
        let sum = |of: fn(&Stretch) -> f64| self.stretches.iter().map(of).sum::<f64>();
        let (realised, foretold) = (sum(|one| one.realised), sum(|one| one.foretold));
        if realised <= MARGIN * foretold + FLOOR {
            return None;
        }
        let is_relapse = self.back_since.is_some_and(|since| now - since <= RELAPSE);
        self.away = if is_relapse { (self.away * 2).min(AWAY_MAX) } else { AWAY };
        self.away_until = Some(now + self.away);
        self.pause();
        Some(Turn::Fell { realised, foretold, away: self.away })
    }

    fn compared(&self) -> Millis {
        self.stretches.iter().map(Stretch::span).fold(Millis::ZERO, |sum, span| sum + span)
    }
}

impl Stretch {
    fn span(&self) -> Millis {
        self.end - self.begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks each second from `from` on; every decision foretells `delay` a second for 20 s.
    fn watched(
        watch: &mut Watch,
        (from, until): (i64, i64),
        waiting: f64,
        delay: f64,
    ) -> Vec<(i64, Turn)> {
        let look = |second: i64| {
            let foretold = Some((delay * 20.0, Millis::from_secs(20)));
            watch.look(Millis::from_secs(second), waiting, foretold).map(|turn| (second, turn))
        };
        (from..until).filter_map(look).collect()
    }

    #[test]
    fn only_what_is_much_worse_than_foretold_lets_the_planner_down() {
        for (waiting, delay, falls) in [
            (10.0, 10.0, false),
            (15.0, 10.0, false), // the margin alone
            (15.9, 10.0, false), // and the floor, one vehicle all the time
            (16.1, 10.0, true),
            (1.0, 0.0, false),
            (1.1, 0.0, true),
            (0.0, 50.0, false),
            (f64::MAX, 1.0, true),
        ] {
            let turns = watched(&mut Watch::default(), (0, 400), waiting, delay);
            assert_eq!(!turns.is_empty(), falls, "{waiting} {delay}: {turns:?}");
            // Never before five minutes were compared.
            assert!(turns.iter().all(|&(second, _)| second >= 300), "{turns:?}");
        }
    }

    #[test]
    fn it_comes_back_and_stays_away_longer_each_time() {
        let mut watch = Watch::default();
        let turns = watched(&mut watch, (0, 90_000), 30.0, 1.0);
        let away: Vec<i64> = turns
            .iter()
            .filter_map(|(_, turn)| match turn {
                Turn::Fell { away, .. } => Some(away.0 / 60_000),
                Turn::CameBack => None,
            })
            .collect();
        assert_eq!(away[..7], [15, 30, 60, 120, 240, 240, 240]);
        for pair in turns.chunks_exact(2) {
            let [(fell, Turn::Fell { away, .. }), (back, Turn::CameBack)] = pair else {
                panic!("{pair:?}");
            };
            assert_eq!(Millis::from_secs(back - fell), *away);
        }
        // After a good hour the next time is the first again.
        let mut watch = Watch::default();
        watched(&mut watch, (0, 1_000), 30.0, 1.0);
        watched(&mut watch, (1_000, 6_000), 0.0, 1.0);
        let turns = watched(&mut watch, (6_000, 6_700), 30.0, 1.0);
        assert!(matches!(turns[..], [(_, Turn::Fell { away: AWAY, .. })]), "{turns:?}");
    }

    #[test]
    fn what_ran_under_somebody_else_is_not_compared() {
        let mut watch = Watch::default();
        for round in 0..20 {
            assert_eq!(watched(&mut watch, (round * 300, round * 300 + 250), 30.0, 1.0), []);
            watch.pause();
        }
        // Nor is what nobody has foretold.
        let silent = |second: i64| watch.look(Millis::from_secs(second), 30.0, None);
        assert!((6_000..7_000).filter_map(silent).next().is_none());
    }
}
