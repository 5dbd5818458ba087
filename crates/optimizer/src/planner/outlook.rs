//! Who comes to each ruled lane of a junction, and when: what the search goes over.
//!
//! Times are seconds from now. A vehicle *arrives* when it would pass the stop line if nothing held it.

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
    /// How much of a vehicle it is.
    pub(crate) size: f32,
}

/// The arrivals of all ruled lanes, lane by lane, in the order in which they will pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlook {
    arrivals: Vec<Arrival>,
    /// Where each lane begins; one more than there are lanes.
    begin: Vec<usize>,
    /// Before each arrival of a lane the sum of weights, and of weights times arrivals; each lane has
    /// one entry more than arrivals.
    sums: Vec<(f32, f32)>,
    /// For each point of the grid and each lane how many have arrived.
    arrived: Vec<u8>,
}

impl Outlook {
    /// Begins anew, with the memory that there is.
    pub(crate) fn clear(&mut self) {
        self.arrivals.clear();
        self.begin.clear();
        self.begin.push(0);
        self.sums.clear();
    }

    /// Adds the next lane. They pass in the order given: whoever is ahead is passed by nobody.
    pub(crate) fn push_lane(&mut self, arrivals: &[Arrival]) {
        let mut sum = (0.0, 0.0);
        self.sums.push(sum);
        let mut last = f32::NEG_INFINITY;
        for arrival in &arrivals[..arrivals.len().min(VEHICLES_MAX)] {
            last = arrival.at.max(last);
            self.arrivals.push(Arrival { at: last, ..*arrival });
            sum = (sum.0 + arrival.weight, sum.1 + arrival.weight * last);
            self.sums.push(sum);
        }
        self.begin.push(self.arrivals.len());
    }

    /// Counts who has arrived at each point of the grid.
    pub(crate) fn seal(&mut self, grid: &[f32]) {
        self.arrived.clear();
        for &time in grid {
            for lane in 0..self.lanes() {
                let arrived = self.lane(lane).iter().take_while(|arrival| arrival.at < time);
                self.arrived.push(arrived.count() as u8);
            }
        }
    }

    pub(crate) fn lanes(&self) -> usize {
        self.begin.len() - 1
    }

    /// The arrivals of one lane.
    #[inline]
    pub(crate) fn lane(&self, lane: usize) -> &[Arrival] {
        &self.arrivals[self.begin[lane]..self.begin[lane + 1]]
    }

    /// How many may have left each lane at most, and so how long a lane's row of costs is.
    pub(crate) fn longest(&self) -> usize {
        (0..self.lanes()).map(|lane| self.lane(lane).len()).max().unwrap_or(0) + 1
    }

    /// The weight of those of a lane that wait at a point of the grid, and how long they have waited
    /// by then, weighed, where the first `gone` have left.
    pub(crate) fn waiting(&self, lane: usize, gone: usize, point: usize, time: f32) -> (f32, f32) {
        let arrived = usize::from(self.arrived[point * self.lanes() + lane]);
        if arrived <= gone {
            return (0.0, 0.0);
        }
        // Each lane before this one has one sum more than arrivals.
        let first = self.begin[lane] + lane;
        let (from, to) = (self.sums[first + gone], self.sums[first + arrived]);
        let weight = to.0 - from.0;
        (weight, weight * time - (to.1 - from.1))
    }
}
