//! What those who wait have lost at a point of the grid, and what they will still lose: at each place of
//! each lane, where the lane is closed and where it is open. All nodes of a point share the table.

use super::lane::Lane;
use super::search::Ground;

/// The table of one point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Costs {
    closed: Vec<f32>,
    open: Vec<f32>,
}

impl Costs {
    /// Fills it for a point and its time; no lane is before its least place.
    pub(crate) fn fill(&mut self, ground: &Ground<'_>, (point, time): (usize, f32), least: &[u32]) {
        let Ground { table, outlook, terms, .. } = *ground;
        self.closed.resize(outlook.len(), 0.0);
        self.open.resize(outlook.len(), 0.0);
        for (lane, &least) in least.iter().enumerate() {
            // All who walk leave at once.
            let is_walk = lane >= table.approaches.len();
            let headway = if is_walk { 0.0 } else { terms.law.headway };
            for place in least as usize..outlook.places(lane).end {
                let (weight, waited) = outlook.waiting(lane, place, point, time);
                let coming = outlook.coming(lane, place, point);
                let of = |open| waited + terms.value.of(weight, coming, open, headway);
                (self.closed[place], self.open[place]) = (of(false), of(true));
            }
        }
    }

    /// What all lanes of a node cost, closed.
    #[inline]
    pub(crate) fn all_closed(&self, lanes: &[Lane]) -> f32 {
        // Four sums, so that none waits for another.
        let mut sums = [0.0; 4];
        let mut fours = lanes.chunks_exact(4);
        for four in &mut fours {
            for (sum, lane) in sums.iter_mut().zip(four) {
                *sum += self.closed[lane.place as usize];
            }
        }
        let rest = fours.remainder().iter().map(|lane| self.closed[lane.place as usize]);
        rest.sum::<f32>() + (sums[0] + sums[1]) + (sums[2] + sums[3])
    }

    /// What a lane costs more at another place, where it may be open, than it cost closed.
    #[inline]
    pub(crate) fn change(&self, before: u32, after: u32, is_open: bool) -> f32 {
        let costs = if is_open { &self.open } else { &self.closed };
        costs[after as usize] - self.closed[before as usize]
    }
}
