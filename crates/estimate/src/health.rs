//! Whether a loop can be believed.
//!
//! ```text
//!            held too long            ┌──────────┐
//!         ┌──────────────────────────▶│ StuckOn  │── let go ──┐
//!         │  others count, it does not├──────────┤            │
//! ┌───────┴┐─────────────────────────▶│ Silent   │── counts ──┤
//! │ Sound  │ more than can drive      ├──────────┤            │
//! │        │─────────────────────────▶│ Chatter  │── calm ────┤
//! └───────▲┘ no such reading exists   ├──────────┤            │
//!         │──────────────────────────▶│Implausible── calm ────┤
//!         │                           └──────────┘            │
//!         └───────────────────────────────────────────────────┘
//! ```

use units::Millis;

use crate::sight::LoopSight;

/// No queue stands so long, seconds,
const HELD_MAX: f64 = 300.0;
/// and whoever waits at a red that lasts moves once he has had so much green.
const GREEN_MAX: f64 = 30.0;
/// Nobody finds room between the loops of a lane any more behind so many.
const BETWEEN: f64 = 9.0;
/// As many are missed by chance once in 160,000 times, if they come as a Poisson process.
const MISSED_MAX: f64 = 12.0;
/// Over so many seconds counts are looked at together.
const WINDOW: f64 = 10.0;
/// No lane lets more pass a second, vehicles.
const FLOW_MAX: f64 = 1.5;
/// After so long without a sign of it a fault is over, seconds.
const CALM: f64 = 60.0;

/// What is wrong with a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Health {
    /// Nothing that shows.
    #[default]
    Sound,
    /// It has been held for longer than any red.
    StuckOn,
    /// Vehicles that others count do not show on it.
    Silent,
    /// It counts more than can drive.
    Chatter,
    /// It says what cannot be.
    Implausible,
}

/// One loop under watch.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Watch {
    health: Health,
    held: f64,
    /// Held on through so many seconds of green.
    held_at_green: f64,
    /// So many passed the other loop of its lane meanwhile.
    beside: f64,
    missed: f64,
    passed: f64,
    /// How long the fault has not shown.
    calm: f64,
}

impl Watch {
    /// What is wrong with it.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health
    }

    /// Takes what it says of a time, in which the other loop of its lane, where that tells, was passed by
    /// so many, in which others expect so many vehicles on it, and in which its lane has green or not.
    pub fn look(
        &mut self,
        told: &LoopSight,
        other: Option<u32>,
        passed: Millis,
        is_green: bool,
        expected: f64,
    ) -> Health {
        let seconds = passed.as_secs_f64().clamp(0.0, 600.0);
        let count = f64::from(told.passed);
        let moved = told.passed > 0 || !told.present;
        self.held = if moved { 0.0 } else { self.held + seconds };
        let at_green = if is_green { seconds } else { 0.0 };
        self.held_at_green = if moved { 0.0 } else { self.held_at_green + at_green };
        self.beside =
            if moved { 0.0 } else { self.beside + f64::from(other.unwrap_or(0)).min(1e6) };
        // A lane that is blocked holds both of its loops, for as long as it is.
        let is_blocked = other.is_some() && self.beside <= BETWEEN;
        let is_alive = told.passed > 0 || told.present || told.occupied > Millis::ZERO;
        let expected = if expected.is_finite() { expected.max(0.0) } else { 0.0 };
        self.missed = if is_alive { 0.0 } else { (self.missed + expected).min(1e6) };
        // A window that forgets evenly: what flows at a steady rate fills it to that rate.
        self.passed = self.passed * (-seconds / WINDOW).exp() + count.min(1e6);
        let occupied = told.occupied.as_secs_f64();
        let absurd = !(0.0..=seconds + 1.0).contains(&occupied)
            || count > FLOW_MAX * 2.0 * (seconds + 1.0)
            || !(0.0..=10_000.0).contains(&told.distance);
        let shown = if absurd {
            Health::Implausible
        } else if self.passed > FLOW_MAX * WINDOW {
            Health::Chatter
        } else if self.held > HELD_MAX && self.held_at_green > GREEN_MAX && !is_blocked {
            Health::StuckOn
        } else if self.missed > MISSED_MAX {
            Health::Silent
        } else {
            Health::Sound
        };
        self.calm = if shown == Health::Sound { self.calm + seconds } else { 0.0 };
        let lasts = matches!(self.health, Health::Chatter | Health::Implausible);
        if shown != Health::Sound || !lasts || self.calm >= CALM {
            self.health = shown;
        }
        self.health
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Millis = Millis(1_000);

    fn told(passed: u32, occupied: i64, present: bool) -> LoopSight {
        LoopSight { distance: 0.0, passed, occupied: Millis(occupied), present }
    }

    fn after(seconds: usize, told: &LoopSight, expected: f64) -> Watch {
        let mut watch = Watch::default();
        for second in 0..seconds {
            watch.look(told, None, SECOND, second % 4 == 0, expected);
        }
        watch
    }

    #[test]
    fn each_fault_shows_and_ends() {
        let (empty, held, one) = (told(0, 0, false), told(0, 1_000, true), told(1, 400, false));
        for (story, seconds, told, expected, health) in [
            ("a red", 180, held, 0.2, Health::Sound),
            ("held for ever", 400, held, 0.2, Health::StuckOn),
            ("an empty night", 4_000, empty, 0.001, Health::Sound),
            ("others count", 200, empty, 0.1, Health::Silent),
            ("a platoon", 30, one, 0.5, Health::Sound),
            ("three a second", 30, self::told(3, 400, false), 0.5, Health::Chatter),
            ("a hundred a second", 1, self::told(100, 0, false), 0.5, Health::Implausible),
            ("occupied before it was", 1, self::told(0, -5, false), 0.5, Health::Implausible),
            (
                "occupied for longer than was",
                1,
                self::told(0, 9_000, false),
                0.5,
                Health::Implausible,
            ),
        ] {
            let mut watch = after(seconds, &told, expected);
            assert_eq!(watch.health(), health, "{story}");
            for _ in 0..90 {
                watch.look(&empty, None, SECOND, true, 0.0);
            }
            watch.look(&one, None, SECOND, true, 0.0);
            assert_eq!(watch.health(), Health::Sound, "after {story}");
        }
    }

    #[test]
    fn whoever_waits_at_a_red_without_end_is_not_a_fault() {
        let held = told(0, 1_000, true);
        let mut watch = Watch::default();
        for _ in 0..2_000 {
            assert_eq!(watch.look(&held, None, SECOND, false, 0.2), Health::Sound);
        }
        let found = (0..60).find(|_| watch.look(&held, None, SECOND, true, 0.2) == Health::StuckOn);
        assert_eq!(found, Some(30), "it stays held at green");
    }

    /// Where the link behind is full the first stands on the loop through green after green: it was once
    /// taken for stuck, and the queue for gone.
    #[test]
    fn a_lane_that_is_blocked_is_not_a_fault_while_nobody_passes_its_other_loop() {
        let held = told(0, 1_000, true);
        for (passes, health) in [(0, Health::Sound), (1, Health::StuckOn)] {
            let mut watch = Watch::default();
            for second in 0..1_000 {
                let other = if second % 10 == 0 { passes } else { 0 };
                watch.look(&held, Some(other), SECOND, second % 3 == 0, 0.0);
            }
            assert_eq!(watch.health(), health, "{passes} pass the other loop each ten seconds");
        }
    }

    #[test]
    fn nothing_that_it_says_of_itself_makes_it_panic() {
        let mut watch = Watch::default();
        for distance in [f32::NAN, f32::INFINITY, -1.0] {
            let told =
                LoopSight { distance, passed: u32::MAX, occupied: Millis(i64::MAX), present: true };
            assert_eq!(
                watch.look(&told, None, Millis(i64::MIN), true, f64::NAN),
                Health::Implausible
            );
        }
    }
}
