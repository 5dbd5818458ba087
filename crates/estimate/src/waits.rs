//! How long each vehicle on a lane has stood so far, where vehicles are seen but have no names: from
//! one look to the next each is taken for the one that was due nearest to where it is now.

use units::Millis;

use crate::sight::{SAME, STANDING, Vehicle};

/// A longer pause between looks tells nothing of who stood through it, seconds.
const PAUSE: f32 = 60.0;

/// The vehicles of one lane, nearest the stop line first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Waits {
    /// Where each is due at the next look, metres before the stop line, and how long it has stood, seconds.
    known: Vec<(f32, f32)>,
    before: Vec<(f32, f32)>,
    at: Option<Millis>,
}

impl Waits {
    /// Looks again: `seen` is sorted by distance.
    pub fn look(&mut self, seen: impl IntoIterator<Item = Vehicle>, now: Millis) {
        let passed = self.at.map_or(0.0, |at| (now - at).as_secs_f32().clamp(0.0, PAUSE));
        self.at = Some(now);
        std::mem::swap(&mut self.known, &mut self.before);
        self.known.clear();
        let mut next = 0;
        for vehicle in seen {
            // Whoever was due nearer to the stop line than this one has left, or has changed lane.
            while self.before.get(next).is_some_and(|&(due, _)| due < vehicle.distance - SAME) {
                next += 1;
            }
            let same = self.before.get(next).filter(|&&(due, _)| due <= vehicle.distance + SAME);
            let mut stood = same.map_or(0.0, |&(_, stood)| stood);
            next += usize::from(same.is_some());
            if vehicle.speed < STANDING {
                stood += passed;
            }
            // The next look is taken to be as far off as this one was.
            self.known.push((vehicle.distance - vehicle.speed * passed, stood));
        }
    }

    /// How long each has stood, seconds, in the order of what was seen.
    pub fn stood(&self) -> impl Iterator<Item = f32> + '_ {
        self.known.iter().map(|&(_, stood)| stood)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sight::Class;

    fn lane(vehicles: &[(f32, f32)]) -> Vec<Vehicle> {
        let vehicle =
            |&(distance, speed)| Vehicle { distance, speed, next: None, class: Class::Other };
        vehicles.iter().map(vehicle).collect()
    }

    #[test]
    fn each_keeps_its_own_wait_when_others_leave_or_come_between() {
        let mut waits = Waits::default();
        let looks: [&[(f32, f32)]; 5] = [
            &[(2.0, 0.0), (9.5, 0.0), (40.0, 10.0)],
            &[(2.0, 0.0), (9.5, 0.0), (30.0, 10.0)],
            // The first leaves, the second creeps, the third brakes.
            &[(8.0, 2.0), (20.0, 5.0)],
            // One comes from the other lane, between them.
            &[(6.0, 0.0), (11.0, 0.0), (16.0, 0.0)],
            &[(6.0, 0.0), (11.0, 0.0), (16.0, 0.0)],
        ];
        let expected: [&[f32]; 5] =
            [&[0.0, 0.0, 0.0], &[1.0, 1.0, 0.0], &[1.0, 0.0], &[2.0, 1.0, 1.0], &[3.0, 2.0, 2.0]];
        for (second, (look, expected)) in looks.iter().zip(expected).enumerate() {
            waits.look(lane(look), Millis::from_secs(second as i64));
            assert_eq!(waits.stood().collect::<Vec<_>>(), expected, "second {second}");
        }
    }
}
