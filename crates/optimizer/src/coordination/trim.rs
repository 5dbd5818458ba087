//! Offsets trimmed by what was measured: link pivot (Day and Bullock 2011, as Utah's ATSPM has it).
//!
//! For each link the vehicles of both directions are counted by the second of the cycle in which they
//! come to the stop line. Moving the second junction later by `s` lets those of the forward direction
//! come `s` earlier in its cycle, and those of the other direction `s` later in the first junction's.
//! The `s` with most arrivals on green is the link's; along a road they add up. A move that wins little
//! is not made: offsets that wander cost more in transitions than they win.

/// The least share of all arrivals that a move must win: 2 to 3 % is usual (recalled).
pub const GAIN_LEAST: f64 = 0.03;
/// The most that one link is moved at a time, seconds, either way; the way into step of a larger one is
/// longer than what was measured holds.
pub const MOVE_MAX: u32 = 10;
/// So few vehicles tell nothing.
const VEHICLES_LEAST: f64 = 30.0;

/// What was measured at a stop line: by the second of its junction's cycle.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured {
    /// Vehicles that came.
    pub arrivals: Vec<f64>,
    /// The share of the second that was green.
    pub green: Vec<f64>,
}

/// A link of a road, both ways.
#[derive(Clone, PartialEq, Debug)]
pub struct Pivot {
    /// At the second junction, of those who come from the first.
    pub forward: Measured,
    /// At the first junction, of those who come from the second.
    pub back: Measured,
}

/// What is to be done at one link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Move {
    /// How much later the second junction's cycle should begin, seconds; earlier where it is negative.
    pub later: i32,
    /// Arrivals on green as they are, as a share of all.
    pub now: f64,
    /// Arrivals on green after the move.
    pub then: f64,
}

/// A link's measurements that cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unusable {
    /// Arrivals and greens do not have as many seconds as the cycle.
    Seconds,
    /// A count or a share is negative, not a number, or a share above 1.
    Value,
}

impl Pivot {
    /// The move of this link; none where staying is nearly as good, or too few came.
    ///
    /// # Errors
    /// What of the measurements cannot be used.
    pub fn best(&self) -> Result<Move, Unusable> {
        let cycle = self.forward.arrivals.len();
        for of in [&self.forward, &self.back] {
            if cycle == 0 || of.arrivals.len() != cycle || of.green.len() != cycle {
                return Err(Unusable::Seconds);
            }
            let sound = of.arrivals.iter().all(|&n| n.is_finite() && n >= 0.0)
                && of.green.iter().all(|share| (0.0..=1.0).contains(share));
            if !sound {
                return Err(Unusable::Value);
            }
        }
        let vehicles: f64 = self.forward.arrivals.iter().chain(&self.back.arrivals).sum();
        if vehicles < VEHICLES_LEAST {
            return Ok(Move { later: 0, now: 0.0, then: 0.0 });
        }
        let share =
            |later: i32| (on_green(&self.forward, later) + on_green(&self.back, -later)) / vehicles;
        let now = share(0);
        let most = i32::try_from((MOVE_MAX as usize).min(cycle / 2)).unwrap_or(0);
        // Of moves that are as good, the shortest.
        let mut tried: Vec<i32> = (-most..=most).collect();
        tried.sort_by_key(|later| later.abs());
        let best = tried.into_iter().map(|later| (later, share(later)));
        let (later, then) =
            best.fold((0, now), |best, next| if next.1 > best.1 + 1e-12 { next } else { best });
        if then - now < GAIN_LEAST {
            return Ok(Move { later: 0, now, then: now });
        }
        Ok(Move { later, now, then })
    }
}

/// Arrivals on green where the cycle begins `later`: each vehicle comes so much earlier in it.
fn on_green(of: &Measured, later: i32) -> f64 {
    let cycle = of.arrivals.len() as i64;
    let green = |second: usize| {
        let at = (second as i64 - i64::from(later)).rem_euclid(cycle);
        of.green[usize::try_from(at).unwrap_or(0)]
    };
    of.arrivals.iter().enumerate().map(|(second, count)| count * green(second)).sum()
}

/// How much later each junction of a road should begin its cycle, seconds, the first being where it is:
/// the sum of the moves of the links before it, within the cycle.
#[must_use]
pub fn along(moves: &[Move], cycle: u32) -> Vec<u32> {
    let mut sum = 0_i64;
    let mut all = vec![0];
    for one in moves {
        sum += i64::from(one.later);
        let within = sum.rem_euclid(i64::from(cycle.max(1)));
        all.push(u32::try_from(within).unwrap_or(0));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn green(cycle: usize, from: usize, length: usize) -> Vec<f64> {
        let mut green = vec![0.0; cycle];
        (from..from + length).for_each(|second| green[second % cycle] = 1.0);
        green
    }

    /// A platoon of 40 that comes 6 s before its green, on a link whose other direction is empty.
    fn early() -> Pivot {
        let mut arrivals = vec![0.0; 80];
        arrivals[14..34].fill(2.0);
        Pivot {
            forward: Measured { arrivals, green: green(80, 20, 30) },
            back: Measured { arrivals: vec![0.0; 80], green: green(80, 0, 30) },
        }
    }

    #[test]
    fn a_platoon_that_comes_early_pulls_the_next_green_forward() {
        let best = early().best().expect("sound");
        assert_eq!((best.later, best.now, best.then), (-6, 0.7, 1.0));
    }

    #[test]
    fn what_helps_one_direction_may_hurt_the_other() {
        let mut pivot = early();
        // Back, as many come in the last seconds of their green: later arrivals meet red.
        pivot.back.arrivals[12..30].fill(2.0);
        let best = pivot.best().expect("sound");
        assert!(best.then >= best.now && best.later == 0 || best.then - best.now >= GAIN_LEAST);
        pivot.forward.arrivals.fill(0.0);
        pivot.forward.arrivals[20..50].fill(2.0);
        assert_eq!(pivot.best().expect("sound").later, 0, "all is green as it is");
    }

    #[test]
    fn little_to_win_few_vehicles_and_nonsense_move_nothing() {
        let mut pivot = early();
        pivot.forward.arrivals = vec![1.0; 80];
        assert_eq!(pivot.best().expect("sound").later, 0, "even arrivals");
        pivot.forward.arrivals = vec![0.0; 80];
        pivot.forward.arrivals[14] = 20.0;
        assert_eq!(pivot.best().expect("sound").later, 0, "too few");
        pivot.forward.arrivals[3] = -1.0;
        assert_eq!(pivot.best(), Err(Unusable::Value));
        pivot.forward.arrivals.pop();
        assert_eq!(pivot.best(), Err(Unusable::Seconds));
    }

    #[test]
    fn moves_add_up_along_the_road() {
        let of = |later| Move { later, now: 0.0, then: 0.0 };
        assert_eq!(along(&[of(5), of(-8), of(10)], 60), [0, 5, 57, 7]);
        assert_eq!(along(&[], 60), [0]);
    }

    proptest! {
        #[test]
        fn a_move_is_short_and_wins_what_it_says(
            forward in prop::collection::vec(0.0..3.0_f64, 60),
            back in prop::collection::vec(0.0..3.0_f64, 60),
            greens in (0_usize..60, 5_usize..50, 0_usize..60, 5_usize..50),
        ) {
            let pivot = Pivot {
                forward: Measured { arrivals: forward, green: green(60, greens.0, greens.1) },
                back: Measured { arrivals: back, green: green(60, greens.2, greens.3) },
            };
            let best = pivot.best().expect("sound");
            prop_assert!(best.later.unsigned_abs() <= MOVE_MAX);
            prop_assert!(best.later == 0 || best.then >= best.now + GAIN_LEAST - 1e-9);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&best.then));
        }
    }
}
