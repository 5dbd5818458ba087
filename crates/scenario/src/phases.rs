//! The signals of a foreign network phase by phase, under the file's own names and numbers: for whoever
//! commands another simulator, which knows no others.
//!
//! Terms. A *place* is what one letter of a phase rules: a link index of a SUMO `tlLogic`, a road link of
//! a CityFlow intersection. A *way* leads from a lane to a link; several places may rule one way, and one
//! place several ways. Unlike an import for the world, nothing is left out because no cabinet could run
//! it: all phases are kept, and all lanes on which vehicles of any class drive.

use std::collections::BTreeMap;
use std::sync::Arc;

use network::Network;
use units::{LaneId, LinkId};

/// What a place shows in a phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Light {
    /// Go.
    Green,
    /// Go, and give way to others that have green.
    GreenYielding,
    /// Right after a stop, and give way: a green arrow beside the red.
    Arrow,
    /// The end of a green.
    Yellow,
    /// A green is about to begin.
    RedYellow,
    /// Stop.
    Red,
    /// The signals are out, and this way has the right.
    Off,
    /// The signals are out or blink, and this way gives way.
    Flashing,
}

impl Light {
    /// Whether vehicles may go.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Yellow | Self::RedYellow | Self::Red)
    }

    /// Whether they go after others.
    #[must_use]
    pub fn yields(self) -> bool {
        matches!(self, Self::GreenYielding | Self::Arrow | Self::Flashing)
    }

    /// Whether it is a green light.
    #[must_use]
    pub fn is_green(self) -> bool {
        matches!(self, Self::Green | Self::GreenYielding)
    }

    /// Whether a yellow light is on, so that the phase is the end or the begin of another.
    #[must_use]
    pub fn is_yellow(self) -> bool {
        matches!(self, Self::Yellow | Self::RedYellow)
    }
}

/// From a lane to a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PhasedWay {
    /// The lane that is left.
    pub lane: LaneId,
    /// The link that is entered.
    pub exit: LinkId,
    /// What rules it; none where nothing does and it is always open, to give way.
    pub place: Option<usize>,
}

/// A signal as its file has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhasedSignal {
    /// The file's name for it.
    pub name: String,
    /// The ways of all lanes that end at its stop lines, by lane and exit.
    pub ways: Vec<PhasedWay>,
    /// Its phases in the order of the file, each with what every place shows.
    pub phases: Vec<Vec<Light>>,
}

/// A foreign network with its signals and its names.
#[derive(Clone, Debug)]
pub struct PhasedNetwork {
    /// The roads: every lane on which vehicles of any class drive.
    pub network: Arc<Network>,
    /// The file's lanes by their ids; none for those on which nobody drives.
    pub lanes: BTreeMap<String, Option<LaneId>>,
    /// The file's links by their ids; none for those on which nobody drives.
    pub links: BTreeMap<String, Option<LinkId>>,
    /// The signals in the order of the file.
    pub signals: Vec<PhasedSignal>,
    /// What was left out or read otherwise, with counts.
    pub notes: Vec<String>,
}
