//! What the sensors mean: how many vehicles queue on each lane, who comes, and how sure that is.
//!
//! [`Picture`] makes a whole of what is seen of many lanes ([`Sight`]): a filter holds each lane's
//! queue, vehicles between loops are counted in and out, and whoever leaves one stop line is due at the
//! next. [`Lanes`] is what the engine keeps of its own readings: a tracker's queue where it is fresh,
//! else one vehicle where the stop line is occupied: little, but never invented.

mod believed;
mod discharge;
mod followed;
mod health;
mod picture;
mod queue;
mod recent;
mod sight;
mod told;
mod turns;
mod waits;

use units::{LaneId, Millis, Moment};

pub use believed::Believed;
pub use discharge::{Discharging, Surface};
pub use followed::Followed;
pub use health::{Health, Watch};
pub use picture::Picture;
pub use queue::Queue;
pub use recent::{MINUTES, Recent};
pub use sight::{Class, LoopSight, ROOM, SAME, STANDING, Sight, Vehicle};
pub use turns::Turns;
pub use waits::Waits;

/// A reading older than this says nothing about the present.
pub const FRESH: Millis = Millis(5_000);

/// What is known of one lane.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LaneView {
    /// Vehicles in the queue, by the tracker, and when.
    tracked: Option<(f64, Moment)>,
    /// Whether the stop line is occupied, and since when it is known.
    present: Option<(bool, Moment)>,
    /// Whether the loop before it is, and since when that is known.
    advance: Option<(bool, Moment)>,
    /// The last count of each loop: stop line, advance.
    counts: [Option<u16>; 2],
    /// When a vehicle was last seen by a loop.
    last_seen: Option<Moment>,
    /// Vehicles on the lane, by the tracker, and when.
    on_lane: Option<(f64, Moment)>,
    /// What each loop has counted lately: stop line, advance.
    recent: [Recent; 2],
}

impl LaneView {
    /// Vehicles in the queue; zero where nothing is known.
    #[must_use]
    pub fn queue(&self, now: Moment) -> f64 {
        let fresh = |at: Moment| now - at <= FRESH;
        match (self.tracked, self.present) {
            (Some((queue, at)), _) if fresh(at) => queue,
            (_, Some((true, at))) if fresh(at) => 1.0,
            _ => 0.0,
        }
    }

    /// The queue by the tracker; none where it has not said so lately.
    #[must_use]
    pub fn tracked(&self, now: Moment) -> Option<f64> {
        self.tracked.filter(|&(_, at)| now - at <= FRESH).map(|(queue, _)| queue)
    }

    /// Whether a loop is occupied; none where it has not said so lately.
    #[must_use]
    pub fn occupied(&self, which: Loop, now: Moment) -> Option<bool> {
        let said = match which {
            Loop::StopLine => self.present,
            Loop::Advance => self.advance,
        };
        said.filter(|&(_, at)| now - at <= FRESH).map(|(occupied, _)| occupied)
    }

    /// A loop's count, which wraps at 65,536; none before the first.
    #[must_use]
    pub fn total(&self, which: Loop) -> Option<u16> {
        self.counts[which as usize]
    }

    /// Whether anything fresh is known at all.
    #[must_use]
    pub fn is_known(&self, now: Moment) -> bool {
        let times = [self.tracked.map(|(_, at)| at), self.present.map(|(_, at)| at)];
        times.into_iter().flatten().any(|at| now - at <= FRESH)
    }

    /// Vehicles on the lane, queue and all; none where no tracker has said so lately.
    #[must_use]
    pub fn vehicles(&self, now: Moment) -> Option<f64> {
        self.on_lane.filter(|&(_, at)| now - at <= FRESH).map(|(count, _)| count)
    }

    /// The age of what is known of the queue; none where nothing is.
    #[must_use]
    pub fn age(&self, now: Moment) -> Option<Millis> {
        let times = [self.tracked.map(|(_, at)| at), self.present.map(|(_, at)| at)];
        times.into_iter().flatten().max().map(|at| now - at)
    }

    /// What a loop has counted in the last [`MINUTES`], and in what time.
    #[must_use]
    pub fn counted(&self, which: Loop, now: Moment) -> Option<(u32, Millis)> {
        self.recent[which as usize].counted(now)
    }

    /// How long ago a loop last saw a vehicle.
    #[must_use]
    pub fn gap(&self, now: Moment) -> Option<Millis> {
        self.last_seen.map(|at| now - at)
    }
}

/// Which loop of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loop {
    /// At the stop line.
    StopLine,
    /// Before it.
    Advance,
}

/// All lanes of a network.
#[derive(Clone, Debug)]
pub struct Lanes(Vec<LaneView>);

impl Lanes {
    /// `count` lanes of which nothing is known.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(vec![LaneView::default(); count])
    }

    /// One lane.
    #[must_use]
    pub fn get(&self, lane: LaneId) -> &LaneView {
        &self.0[lane.index()]
    }

    /// What another table knew of a lane.
    pub fn take_over(&mut self, lane: LaneId, known: LaneView) {
        self.0[lane.index()] = known;
    }

    /// A tracker's queue, vehicles.
    pub fn tracked(&mut self, lane: LaneId, queue: f64, at: Moment) {
        self.0[lane.index()].tracked = Some((queue, at));
    }

    /// A tracker's vehicles on the lane.
    pub fn on_lane(&mut self, lane: LaneId, vehicles: f64, at: Moment) {
        self.0[lane.index()].on_lane = Some((vehicles, at));
    }

    /// Whether a loop is occupied.
    pub fn presence(&mut self, lane: LaneId, which: Loop, occupied: bool, at: Moment) {
        let view = &mut self.0[lane.index()];
        match which {
            Loop::StopLine => view.present = Some((occupied, at)),
            Loop::Advance => view.advance = Some((occupied, at)),
        }
        if occupied {
            view.last_seen = Some(at);
        }
    }

    /// A loop's count, which wraps at 65,536. The first one only sets the mark.
    pub fn count(&mut self, lane: LaneId, which: Loop, count: u16, at: Moment) {
        let view = &mut self.0[lane.index()];
        let known = view.counts[which as usize].replace(count);
        view.recent[which as usize].add(count.wrapping_sub(known.unwrap_or(count)), at);
        if known.is_some_and(|known| known != count) {
            view.last_seen = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracker_is_believed_while_it_is_fresh() {
        let mut lanes = Lanes::new(1);
        let lane = LaneId(0);
        lanes.tracked(lane, 7.0, Moment(0));
        lanes.presence(lane, Loop::StopLine, true, Moment(6_000));
        assert_eq!(lanes.get(lane).queue(Moment(5_000)).to_bits(), 7.0_f64.to_bits());
        assert_eq!(lanes.get(lane).queue(Moment(6_000)).to_bits(), 1.0_f64.to_bits());
        assert_eq!(lanes.get(lane).queue(Moment(20_000)).to_bits(), 0.0_f64.to_bits());
        assert!(!lanes.get(lane).is_known(Moment(20_000)));
    }

    #[test]
    fn a_count_that_moves_is_a_vehicle_even_when_it_wraps() {
        let mut lanes = Lanes::new(1);
        let lane = LaneId(0);
        lanes.count(lane, Loop::Advance, 65_535, Moment(0));
        assert_eq!(lanes.get(lane).gap(Moment(0)), None);
        lanes.count(lane, Loop::Advance, 0, Moment(1_000));
        assert_eq!(lanes.get(lane).gap(Moment(3_000)), Some(Millis(2_000)));
    }
}
