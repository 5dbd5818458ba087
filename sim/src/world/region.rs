//! Where vehicles are: a region holds the tracks of some junctions, and their vehicles in columns,
//! track by track, each from its front backwards.
//!
//! A region's state is read by all while the next one is written apart; so nothing depends on which
//! region, or which thread, comes first.

use std::ops::Range;

use super::ahead::Ahead;
use super::detect::Sensors;
use super::follow::Motion;
use super::kind::Kind;
use super::mixed::Mixed;
use super::roster::{Queue, Roster};
use super::settings::Settings;
use super::signals::Signals;
use super::stalled::Stalls;
use super::tracks::{PathRow, Sets, Tracks};
use super::walkers::Walkers;

/// What travels with a vehicle but is not its motion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tag {
    /// Its number in the demand.
    pub(super) vehicle: u32,
    /// The path it takes from its lane, or which it is on; see [`super::tracks`].
    pub(super) path: u32,
    /// Which link of its route it is on.
    pub(super) leg: u16,
    pub(super) kind: u16,
    /// How fast a driver it is: 128 is the mean.
    pub(super) manner: u8,
    /// Steps until it may change lanes again for comfort.
    pub(super) calm: u8,
    /// The side of its lane that it rides on; see [`super::mixed`].
    pub(super) side: u8,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// Fronts, metres from the begin of the track.
    pub(super) position: Vec<f32>,
    pub(super) speed: Vec<f32>,
    pub(super) tag: Vec<Tag>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.tag.len()
    }

    pub(super) fn clear(&mut self) {
        self.position.clear();
        self.speed.clear();
        self.tag.clear();
    }

    pub(super) fn push(&mut self, position: f32, speed: f32, tag: Tag) {
        self.position.push(position);
        self.speed.push(speed);
        self.tag.push(tag);
    }

    pub(super) fn file(&self, range: Range<usize>) -> File<'_> {
        File {
            position: &self.position[range.clone()],
            speed: &self.speed[range.clone()],
            tag: &self.tag[range],
        }
    }
}

/// The vehicles of one track, front first.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    pub(super) position: &'a [f32],
    pub(super) speed: &'a [f32],
    pub(super) tag: &'a [Tag],
}

impl File<'_> {
    pub(super) fn len(&self) -> usize {
        self.tag.len()
    }
}

/// A track as its region has it: what is looked at in every step, on one line of the cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Track {
    /// Its number in the network.
    pub(super) number: u32,
    pub(super) length: f32,
    pub(super) limit: f32,
    /// The junction that it ends at or crosses, as its place in `occupied`, and a path's own place
    /// there.
    crossing: u32,
}

/// In place of a path's own place: the track is a lane.
const IS_LANE: u32 = 0xff;

impl Track {
    pub(super) fn lane(number: u32, length: f32, limit: f32, at: u32) -> Self {
        Self { number, length, limit, crossing: at << 8 | IS_LANE }
    }

    pub(super) fn path(number: u32, length: f32, limit: f32, at: u32, place: u8) -> Self {
        Self { number, length, limit, crossing: at << 8 | u32::from(place) }
    }

    pub(super) fn is_lane(&self) -> bool {
        self.crossing & 0xff == IS_LANE
    }

    /// The junction that it ends at or crosses, as its place in `occupied`.
    pub(super) fn junction(&self) -> usize {
        (self.crossing >> 8) as usize
    }

    /// A path's junction, as its place in `occupied`, and its own place there; none for a lane.
    pub(super) fn crossing(&self) -> Option<(u32, u8)> {
        (!self.is_lane()).then_some((self.crossing >> 8, (self.crossing & 0xff) as u8))
    }
}

/// What a thread needs while it works on one region after another: always the same memory, so that it
/// stays in the nearest cache.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) ahead: Ahead,
    pub(super) spare: Columns,
    pub(super) spare_begin: Vec<u32>,
    pub(super) inbox: Vec<Transfer>,
    /// Where regions put what their vehicles do, between the two halves of a step; see
    /// [`super::wave`].
    pub(super) motions: Vec<Motion>,
}

/// In place of a tail: nobody is there.
pub(super) const NO_TAIL: (f32, f32) = (f32::INFINITY, 0.0);

/// A region's vehicles.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    /// The tracks, in the order of their vehicles.
    pub(super) tracks: Vec<Track>,
    /// The regions that vehicles may go to from here in a step, itself among them, and from which
    /// they may come, with this region's place among theirs.
    pub(super) targets: Vec<u32>,
    pub(super) sources: Vec<(u32, u32)>,
    /// The tracks that have anybody on them, in their order.
    pub(super) busy: Vec<u32>,
    /// For each track the rear and speed of its last vehicle, [`NO_TAIL`] where there is none: what
    /// others look at most, apart from the columns.
    pub(super) tails: Vec<(f32, f32)>,
    /// Where each track's vehicles begin; one more than there are tracks.
    pub(super) begin: Vec<u32>,
    pub(super) columns: Columns,
    /// For each lane whether all on it stand before a red light: nothing there will change by itself.
    pub(super) asleep: Vec<bool>,
    /// Which vehicles let another in: their place, and the gap and speed to mind.
    pub(super) courtesy: Vec<Courtesy>,
    /// The links that end here, each with its lanes.
    pub(super) links: Vec<Gate>,
    /// For each of them when the first who enters there is due, milliseconds, and who waits: before
    /// that nobody need look into the queues.
    pub(super) dues: Vec<u32>,
    pub(super) waiting: Vec<Vec<Queue>>,
    /// The paths that have a vehicle on them, by junction, and the places here that have changed.
    pub(super) occupied: Vec<(u32, u128)>,
    pub(super) crossed: Vec<u32>,
    /// Those of them with so many paths that some share a place.
    pub(super) crowded: Vec<u32>,
    pub(super) sensors: Sensors,
    /// When the first of all who wait here is due, milliseconds.
    pub(super) due: u32,
    pub(super) entered: u64,
    /// Vehicles slower than 0.1 m/s after the step.
    pub(super) standing: u64,
    /// Where the next state is put together, and who comes in this step; lent by [`Scratch`].
    pub(super) spare: Columns,
    pub(super) spare_begin: Vec<u32>,
    pub(super) inbox: Vec<Transfer>,
    /// Who enters in this step; kept for its memory.
    pub(super) entrants: Vec<Transfer>,
}

/// A link as its region has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    pub(super) link: u32,
    /// Of which lanes the one to the left, and the one to the right, leads to a link that they lead to.
    pub(super) shares: [u16; 2],
    pub(super) first: u32,
    pub(super) lanes: u32,
}

/// A vehicle makes room for another that must change lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Courtesy {
    pub(super) place: u32,
    pub(super) gap: f32,
    pub(super) speed: f32,
}

impl Region {
    pub(super) fn range(&self, local: usize) -> Range<usize> {
        self.begin[local] as usize..self.begin[local + 1] as usize
    }

    /// Whether no light has changed for a lane that is asleep: then it sleeps through this step.
    pub(super) fn sleeps_on(&self, local: usize, signals: &Signals, step: u32) -> bool {
        let (junction, _) = self.occupied[self.tracks[local].junction()];
        signals.changed(junction) + 1 < step
    }
}

/// A vehicle on its way to another track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    /// The track's number in the region that it goes to.
    pub(super) local: u32,
    pub(super) position: f32,
    pub(super) speed: f32,
    pub(super) tag: Tag,
}

/// Where a track's vehicles are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    pub(super) region: u32,
    pub(super) local: u32,
}

/// All that drivers see: the state before the step.
#[derive(Clone, Copy)]
pub(super) struct Street<'a> {
    pub(super) tracks: &'a Tracks,
    pub(super) homes: &'a [Home],
    pub(super) regions: &'a [Region],
    pub(super) kinds: &'a [Kind],
    pub(super) roster: &'a Roster,
    pub(super) signals: &'a Signals,
    /// Which paths of each junction have a vehicle on them.
    pub(super) occupied: &'a [u128],
    /// Whether anything stands on any lane.
    pub(super) has_obstacles: bool,
    /// For each lane where something stands on it; see [`super::incident`].
    pub(super) obstacles: &'a [f32],
    pub(super) walkers: &'a Walkers,
    pub(super) stalls: &'a Stalls,
    pub(super) mixed: &'a Mixed,
    pub(super) settings: &'a Settings,
    /// The step's number.
    pub(super) step: u32,
    /// Its length, seconds.
    pub(super) dt: f32,
}

impl<'a> Street<'a> {
    /// The vehicles on a track.
    pub(super) fn file(&self, track: usize) -> File<'a> {
        let home = self.homes[track];
        let region = &self.regions[home.region as usize];
        region.columns.file(region.range(home.local as usize))
    }

    pub(super) fn kind(&self, tag: &Tag) -> &'a Kind {
        &self.kinds[usize::from(tag.kind)]
    }

    pub(super) fn path(&self, path: u32) -> &'a PathRow {
        &self.tracks.paths[path as usize]
    }

    pub(super) fn sets(&self, path: u32) -> &'a Sets {
        &self.tracks.sets[path as usize]
    }

    /// The rear and speed of the last vehicle on a track.
    pub(super) fn tail(&self, track: usize) -> Option<(f32, f32)> {
        if self.mixed.is_any() {
            return self.tail_mixed(track, None);
        }
        let home = self.homes[track];
        let tail = self.regions[home.region as usize].tails[home.local as usize];
        (tail.0 < NO_TAIL.0).then_some(tail)
    }
}
