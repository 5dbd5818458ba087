//! What the digital inputs and outputs of a site's devices are wired to.

use units::{DeviceId, GroupId, JunctionId, LaneId, LinkId, Metres, Millis, StageId};

use super::DetectorKind;

/// What an input says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum InputRole {
    /// It is the relay of a loop.
    Detector {
        /// The lane it watches.
        lane: LaneId,
        /// Where the loop lies; never a tracker.
        kind: DetectorKind,
    },
    /// It is on while somebody who walks has called this group: the contact of a button, or of the lamp
    /// that says that the call is known.
    Call {
        /// The junction.
        junction: JunctionId,
        /// The group.
        group: GroupId,
    },
    /// It is on while the controller runs this stage.
    StageConfirmation {
        /// The junction.
        junction: JunctionId,
        /// The stage.
        stage: StageId,
    },
    /// It is on while the cabinet's own detector for preemption hears a vehicle that has the right to it.
    Preempt {
        /// The link on which it is heard.
        link: LinkId,
        /// How far before the stop line.
        distance: Metres,
        /// The preempt that the detector calls, from 1.
        number: u8,
    },
}

/// A digital input of the site.
#[derive(Clone, PartialEq, Debug)]
pub struct InputSite {
    /// The device that reports it.
    pub device: DeviceId,
    /// Its channel there, from 0.
    pub channel: u16,
    /// What it says.
    pub role: InputRole,
    /// Whether an open contact says it.
    pub inverted: bool,
    /// How long it must say the same before it is believed.
    pub filter: Millis,
}

/// What an output does at its junction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputRole {
    /// It calls a group, as a detector would.
    Call {
        /// The group.
        group: GroupId,
        /// How long it is on.
        pulse: Millis,
    },
    /// It raises a preempt while it is on.
    Preempt {
        /// The preempt, from 1.
        number: u8,
    },
    /// It is one bit of the number of the plan that is to run, counted from 1.
    PlanBit {
        /// Which bit; 0 is the least significant.
        bit: u8,
    },
}

/// A digital output of the site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputSite {
    /// The device that sets it.
    pub device: DeviceId,
    /// Its channel there, from 0.
    pub channel: u16,
    /// The junction whose controller it is wired to.
    pub junction: JunctionId,
    /// What it does there.
    pub role: OutputRole,
}
