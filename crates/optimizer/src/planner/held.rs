//! Who stands at green and does not get away: the link behind is full, others are in the way, a vehicle
//! has broken down. A search that counts on him would hold that green for ever.

use units::Millis;

use super::table::Table;

/// Whoever stands within this of the stop line is the next to leave, metres: a vehicle and a half.
pub(super) const AT_LINE: f32 = 11.0;

/// Whoever stands at green for longer is held up by something else than the light, seconds: the first
/// of a queue is off sooner.
const HELD_UP: f32 = 6.0;

/// More is not believed of what he has tried, seconds: half of the time that is looked ahead, so that
/// nobody is given up.
const TRIED_MAX: f32 = 30.0;
/// So much of what was tried is forgotten in each second in which it is not: where several greens let
/// nobody go, each is remembered until all have been tried.
const FORGOTTEN: f32 = 0.25;

/// A longer pause between two looks says nothing, seconds.
const PAUSE: f32 = 5.0;

/// What the first of one lane is known to have tried.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// For each stage how long he has stood at its green without getting away, seconds.
    tried: Vec<f32>,
    noted: Option<Millis>,
}

/// How the first of a lane stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum First {
    /// He drives, or nobody is there.
    Goes,
    /// He stands at the stop line, and may not go.
    Waits,
    /// He stands at the stop line though this stage lets him go.
    Stands(usize),
}

impl Held {
    pub(super) fn new(stages: usize) -> Self {
        Self { tried: vec![0.0; stages], noted: None }
    }

    /// Notes how the first stands now. What was tried under other stages is forgotten by and by.
    pub(super) fn note(&mut self, first: First, now: Millis) {
        let passed = self.noted.replace(now).map_or(0.0, |at| (now - at).as_secs_f32());
        // Who left between two looks that are far apart is not known.
        let passed = if (0.0..=PAUSE).contains(&passed) { passed } else { 0.0 };
        for (stage, tried) in self.tried.iter_mut().enumerate() {
            *tried = match first {
                First::Goes => 0.0,
                First::Stands(shown) if shown == stage => (*tried + passed).min(TRIED_MAX),
                First::Stands(_) | First::Waits => (*tried - FORGOTTEN * passed).max(0.0),
            };
        }
    }

    /// For how long nobody is believed to leave under a stage, seconds; none where nothing holds them up.
    ///
    /// What has held the first up for so long will do so for as long again, since nothing is known of it
    /// but that, under every stage that opens all that was open: the same others are in his way.
    pub(super) fn until(&self, table: &Table, stage: usize) -> Option<f32> {
        let tried = self.tried.iter().enumerate().filter(|&(_, &tried)| tried >= HELD_UP);
        let alike = tried.filter(|&(tried, _)| table.opens_all(stage, tried));
        alike.map(|(_, &tried)| tried).reduce(f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::testing::row;
    use crate::spec::Opening;

    #[test]
    fn what_held_him_up_does_so_for_as_long_again_and_is_forgotten_meanwhile() {
        let mut spec = row(1, false).junctions.remove(0);
        // A third stage opens what the first does, and the side road too.
        let mut both = spec.stages[0].clone();
        both.opens = vec![Opening { open: 1, yielding: 0 }; 2];
        spec.stages.push(both);
        spec.clearance = vec![Millis::ZERO; 9];
        let table = Table::new(&spec);
        let mut held = Held::new(3);
        let note = |held: &mut Held, first, seconds: std::ops::Range<i64>| {
            seconds.for_each(|second| held.note(first, Millis::from_secs(second)));
        };
        note(&mut held, First::Stands(0), 0..6);
        assert_eq!(held.until(&table, 0), None, "the first of a queue takes his time");
        note(&mut held, First::Stands(0), 6..11);
        assert_eq!(held.until(&table, 0), Some(10.0));
        assert_eq!(held.until(&table, 2), Some(10.0), "all that was open is open in it");
        assert_eq!(held.until(&table, 1), None);
        note(&mut held, First::Waits, 11..15);
        assert_eq!(held.until(&table, 0), Some(9.0));
        note(&mut held, First::Stands(1), 15..23);
        assert_eq!((held.until(&table, 0), held.until(&table, 1)), (Some(7.0), Some(8.0)));
        note(&mut held, First::Waits, 23..31);
        assert_eq!((held.until(&table, 0), held.until(&table, 1)), (None, Some(6.0)), "forgotten");
        note(&mut held, First::Stands(1), 31..200);
        assert_eq!(held.until(&table, 1), Some(TRIED_MAX), "nobody is given up");
        held.note(First::Waits, Millis::from_secs(190));
        held.note(First::Stands(0), Millis::from_secs(260));
        assert_eq!(held.until(&table, 0), None, "nobody knows what was between");
        note(&mut held, First::Goes, 200..201);
        assert_eq!(held.until(&table, 1), None, "he is off");
    }
}
