//! Who comes to each ruled lane of a junction, and when: what the search goes over.
//!
//! Times are seconds from now. A vehicle *arrives* when it would pass the stop line if nothing held it.

use std::ops::Range;

use crate::spec::Ways;

/// The most vehicles of one lane that are looked at: more do not leave within any horizon.
pub(crate) const VEHICLES_MAX: usize = 120;

/// One vehicle, or a part of one that may come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: f32,
    /// The ways that it may take.
    pub(crate) ways: Ways,
    /// What a second of its delay counts.
    pub(crate) weight: f32,
    /// How much of a vehicle it is: so much of a headway it takes.
    pub(crate) size: f32,
    /// Whether it leaves only where it gives way to nobody.
    pub(crate) freely: bool,
}

impl Arrival {
    /// The ways of an opening that it may use.
    #[inline]
    pub(crate) fn usable(&self, open: Ways, yielding: Ways) -> Ways {
        if self.freely { open & !yielding } else { open }
    }
}

/// The arrivals of all ruled lanes, lane by lane, in the order in which they will pass.
///
/// A *place* is a number that may have left a lane: its first place says that nobody has, the next that
/// one has, and so on to the one that says that all have. The places of all lanes follow each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlook {
    /// At each place who is the next to leave; at the last of a lane somebody who never comes.
    next: Vec<Arrival>,
    /// At each place the weight of those who have left, and that of each times its arrival.
    sums: Vec<(f32, f32)>,
    /// The first place of each lane, and of one more.
    first: Vec<usize>,
    /// For each lane and stage until when nobody leaves under it; empty where nobody is held up.
    held: Vec<f32>,
    stages: usize,
    /// For each point of the grid and each lane the place that says that all have left who have arrived.
    arrived: Vec<u32>,
}

/// After the last of a lane.
const NOBODY: Arrival =
    Arrival { at: f32::INFINITY, ways: 0, weight: 0.0, size: 0.0, freely: false };

impl Outlook {
    /// Begins anew, with the memory that there is.
    pub(crate) fn clear(&mut self) {
        self.next.clear();
        self.sums.clear();
        self.held.clear();
        self.first.clear();
        self.first.push(0);
    }

    /// Adds the next lane. They pass in the order given: whoever is ahead is passed by nobody.
    pub(crate) fn push_lane(&mut self, arrivals: &[Arrival]) {
        let mut sum = (0.0, 0.0);
        let mut last = f32::NEG_INFINITY;
        for arrival in &arrivals[..arrivals.len().min(VEHICLES_MAX)] {
            last = arrival.at.max(last);
            self.next.push(Arrival { at: last, ..*arrival });
            self.sums.push(sum);
            sum = (sum.0 + arrival.weight, sum.1 + arrival.weight * last);
        }
        self.next.push(NOBODY);
        self.sums.push(sum);
        self.first.push(self.next.len());
    }

    /// Says that under one stage, of so many, nobody leaves the lane that was added last before a time.
    pub(crate) fn hold(&mut self, stage: usize, stages: usize, held: f32) {
        let first = (self.lanes() - 1) * stages;
        self.held.resize(self.held.len().max(first + stages), f32::NEG_INFINITY);
        self.held[first + stage] = held;
        self.stages = stages;
    }

    /// Until when nobody leaves a lane under a stage; before all time where nothing holds them up.
    #[inline]
    pub(crate) fn held(&self, lane: u16, stage: usize) -> f32 {
        let at = usize::from(lane) * self.stages + stage;
        self.held.get(at).copied().unwrap_or(f32::NEG_INFINITY)
    }

    /// Counts who has arrived at each point of the grid.
    pub(crate) fn seal(&mut self, grid: &[f32]) {
        let lanes = self.lanes();
        self.arrived.clear();
        self.arrived.resize(grid.len() * lanes, 0);
        for lane in 0..lanes {
            let mut place = self.first[lane];
            for (point, &time) in grid.iter().enumerate() {
                place += self.next[place..].iter().take_while(|one| one.at < time).count();
                self.arrived[point * lanes + lane] = place as u32;
            }
        }
    }

    pub(crate) fn lanes(&self) -> usize {
        self.first.len() - 1
    }

    /// The places of one lane.
    #[inline]
    pub(crate) fn places(&self, lane: usize) -> Range<usize> {
        self.first[lane]..self.first[lane + 1]
    }

    /// The arrivals of one lane.
    pub(crate) fn lane(&self, lane: usize) -> &[Arrival] {
        let places = self.places(lane);
        &self.next[places.start..places.end - 1]
    }

    /// How many places all lanes have together.
    pub(crate) fn len(&self) -> usize {
        self.next.len()
    }

    /// Who leaves next at a place; after the last somebody who never comes.
    #[inline]
    pub(crate) fn next(&self, place: usize) -> &Arrival {
        &self.next[place]
    }

    /// The weight of those of a lane that wait at a point of the grid, and how long they have waited
    /// by then, weighed, where the lane is at a place.
    #[inline]
    pub(crate) fn waiting(&self, lane: usize, place: usize, point: usize, time: f32) -> (f32, f32) {
        let arrived = self.arrived(lane, point);
        if arrived <= place {
            return (0.0, 0.0);
        }
        let (from, to) = (self.sums[place], self.sums[arrived]);
        let weight = to.0 - from.0;
        (weight, weight * time - (to.1 - from.1))
    }

    /// The weight of those of a lane that are still to come at a point of the grid, where the lane is at
    /// a place.
    #[inline]
    pub(crate) fn coming(&self, lane: usize, place: usize, point: usize) -> f32 {
        let last = self.first[lane + 1] - 1;
        self.sums[last].0 - self.sums[self.arrived(lane, point).max(place)].0
    }

    #[inline]
    fn arrived(&self, lane: usize, point: usize) -> usize {
        self.arrived[point * self.lanes() + lane] as usize
    }
}
