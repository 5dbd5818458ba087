//! Where the vehicles of a lane are that a tracker only counts: whoever is new comes from the lane's
//! begin and drives freely until the queue's end; whoever leaves was nearest to the stop line.

use units::Millis;

use crate::sight::{self, Class, Vehicle};

const ROOM: f32 = sight::ROOM as f32;
/// Whoever should have passed the stop line so long ago, with nobody queued, has, seconds.
const PASSED: f32 = 1.0;
/// No lane holds more.
const VEHICLES_MAX: u32 = 400;
/// A longer pause between looks tells nothing of who is where, seconds.
const PAUSE: f32 = 10.0;

/// The vehicles of one lane.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Followed {
    /// How far each is from the stop line if nothing held it, metres, nearest first.
    free: Vec<f32>,
    at: Option<Millis>,
}

impl Followed {
    /// Looks again: so many are on a lane of this length and speed limit, so many of them queue; the
    /// stop line's loop has counted `passed` since the look before, where there is one. Hands on
    /// everybody, nearest first.
    pub fn look(
        &mut self,
        (count, queue): (u32, u32),
        passed: Option<u32>,
        (length, speed): (f32, f32),
        now: Millis,
        seen: &mut Vec<Vehicle>,
    ) {
        let (count, queue) = (count.min(VEHICLES_MAX), queue.min(count).min(VEHICLES_MAX));
        let since = self.at.replace(now).map(|at| (now - at).as_secs_f32());
        match since.filter(|seconds| (0.0..=PAUSE).contains(seconds)) {
            Some(seconds) => self.follow(count as usize, queue, passed, (length, speed), seconds),
            None => {
                let all = sight::spread(count, queue, length.into());
                self.free.clear();
                self.free.extend(all.map(|distance| distance as f32));
            }
        }
        seen.clear();
        let mut ahead = 0.0_f32;
        for (place, &free) in self.free.iter().enumerate() {
            let slot = place as f32 * ROOM;
            let stands = place < queue as usize;
            // Nobody passes whoever is ahead.
            ahead = ahead.max(if stands { slot } else { free.max(slot) });
            let speed = if stands { 0.0 } else { speed };
            seen.push(Vehicle { distance: ahead, speed, next: None, class: Class::Other });
        }
    }

    fn follow(
        &mut self,
        count: usize,
        queue: u32,
        passed: Option<u32>,
        (length, speed): (f32, f32),
        seconds: f32,
    ) {
        for (place, free) in self.free.iter_mut().enumerate() {
            let held = if place < queue as usize { place as f32 * ROOM } else { f32::NEG_INFINITY };
            *free = (*free - speed * seconds).max(held);
        }
        let gone = match passed {
            Some(passed) => passed as usize,
            None if queue > 0 => self.free.len().saturating_sub(count),
            None => self.free.iter().take_while(|&&free| free < -PASSED * speed).count(),
        };
        self.free.drain(..gone.min(self.free.len()));
        // Whoever has gone and did not pass has taken another lane, which one does soon or not at all.
        self.free.truncate(count);
        let new = count - self.free.len();
        let begin = length - speed * seconds / 2.0;
        self.free.extend(std::iter::repeat_n(begin.max(0.0), new));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn look(
        followed: &mut Followed,
        counts: (u32, u32),
        passed: Option<u32>,
        second: i64,
    ) -> Vec<(i32, bool)> {
        let mut seen = Vec::new();
        let now = Millis::from_secs(second);
        followed.look(counts, passed, (100.0, 10.0), now, &mut seen);
        seen.iter().map(|vehicle| (vehicle.distance as i32, vehicle.speed > 0.0)).collect()
    }

    #[test]
    fn whoever_is_new_comes_from_the_begin_and_joins_the_queue() {
        for passed in [Some(0), None] {
            let mut lane = Followed::default();
            assert_eq!(look(&mut lane, (0, 0), passed, 0), []);
            assert_eq!(look(&mut lane, (1, 0), passed, 1), [(95, true)]);
            assert_eq!(look(&mut lane, (2, 0), passed, 2), [(85, true), (95, true)]);
            assert_eq!(look(&mut lane, (2, 0), passed, 6), [(45, true), (55, true)]);
            assert_eq!(look(&mut lane, (2, 1), passed, 11), [(0, false), (7, true)]);
            assert_eq!(look(&mut lane, (2, 2), passed, 12), [(0, false), (7, false)]);
        }
    }

    #[test]
    fn one_that_leaves_and_one_that_comes_at_once_are_told_apart() {
        // The loop at the stop line tells.
        let mut lane = Followed::default();
        look(&mut lane, (2, 2), Some(0), 0);
        assert_eq!(look(&mut lane, (2, 1), Some(1), 1), [(0, false), (95, true)]);
        // Without one whoever drives on past a stop line where nobody stands has left.
        let mut lane = Followed::default();
        look(&mut lane, (0, 0), None, 0);
        look(&mut lane, (1, 0), None, 1);
        assert_eq!(look(&mut lane, (1, 0), None, 10), [(5, true)]);
        assert_eq!(look(&mut lane, (1, 0), None, 12), [(90, true)]);
    }

    #[test]
    fn after_a_pause_it_begins_anew() {
        let mut lane = Followed::default();
        look(&mut lane, (1, 0), Some(0), 0);
        let seen = look(&mut lane, (4, 2), Some(0), 60);
        assert_eq!(seen, [(0, false), (7, false), (43, true), (71, true)]);
    }

    proptest! {
        /// As many as were counted, nearest first, and nobody where nobody can be.
        #[test]
        fn everybody_who_is_counted_is_somewhere(
            looks in prop::collection::vec((0_u32..30, 0_u32..40, any::<Option<u8>>(), 0_i64..15), 1..40),
        ) {
            let mut lane = Followed::default();
            let mut second = 0;
            for (count, queue, passed, wait) in looks {
                second += wait;
                let seen = look(&mut lane, (count, queue), passed.map(u32::from), second);
                prop_assert_eq!(seen.len(), count as usize);
                prop_assert!(seen.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{:?}", seen);
                prop_assert!(seen.iter().all(|&(distance, _)| distance >= 0));
            }
        }
    }
}
