//! What has happened. Closed: whoever reads events can know them all.

use std::fmt;

use optimizer::Ending;
use signal::{Aspect, ControlSource, Refusal, Violation};
use units::{DeviceId, GroupId, JunctionId, Moment, StageId};

/// Something that has happened, and where.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When the engine knew.
    pub at: Moment,
    /// At which junction.
    pub junction: Option<JunctionId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// What.
    pub kind: EventKind,
}

/// What has happened.
#[derive(Clone, PartialEq, Debug)]
pub enum EventKind {
    /// A group shows something else.
    AspectSeen {
        /// The group.
        group: GroupId,
        /// What it shows.
        aspect: Aspect,
    },
    /// Another stage is demanded.
    Demanded {
        /// The stage.
        stage: StageId,
        /// How the green before it ends.
        ending: Option<Ending>,
        /// Why.
        reason: String,
    },
    /// The interlock refused a demand.
    Refused {
        /// The stage.
        stage: StageId,
        /// Why.
        refusal: Refusal,
    },
    /// A demand was not written, or never showed.
    Unanswered {
        /// Why.
        reason: String,
    },
    /// The street broke the table.
    Violated(Violation),
    /// Another source controls the junction.
    Control {
        /// The source.
        source: ControlSource,
        /// Why.
        reason: String,
    },
    /// A device's health has changed.
    Health {
        /// Its state.
        state: &'static str,
        /// Why.
        reason: String,
    },
    /// A device has started again.
    Rebooted,
    /// A person acted.
    Operator {
        /// Who.
        who: String,
        /// What was done, and why.
        what: String,
    },
    /// What a device said cannot be.
    Implausible {
        /// What.
        what: String,
    },
}

impl EventKind {
    /// A short name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AspectSeen { .. } => "aspect",
            Self::Demanded { .. } => "demand",
            Self::Refused { .. } => "refusal",
            Self::Unanswered { .. } => "unanswered",
            Self::Violated(_) => "violation",
            Self::Control { .. } => "control",
            Self::Health { .. } => "health",
            Self::Rebooted => "reboot",
            Self::Operator { .. } => "operator",
            Self::Implausible { .. } => "implausible",
        }
    }

    /// The Indiana high-resolution code and its parameter, where one exists (Purdue enumerations,
    /// 2019 revision); groups count from 1 there.
    #[must_use]
    pub fn indiana(&self) -> Option<(u16, u16)> {
        match self {
            Self::AspectSeen { group, aspect } => {
                let code = match aspect {
                    Aspect::Green => 1,
                    Aspect::Yellow => 8,
                    Aspect::Red => 10,
                    Aspect::FlashingGreen => 22,
                    _ => return None,
                };
                Some((code, u16::from(group.0) + 1))
            }
            Self::Demanded { ending: Some(ending), stage, .. } => {
                let code = match ending {
                    Ending::GapOut => 4,
                    Ending::MaxOut => 5,
                    Ending::ForceOff => 6,
                };
                Some((code, u16::from(stage.0) + 1))
            }
            _ => None,
        }
    }

    /// Whether it must be on the disk before anything else is done.
    #[must_use]
    pub fn is_safety(&self) -> bool {
        matches!(self, Self::Violated(_) | Self::Operator { .. })
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AspectSeen { group, aspect } => {
                write!(f, "group {} shows {aspect:?}", group.0 + 1)
            }
            Self::Demanded { stage, reason, .. } => write!(f, "stage {}: {reason}", stage.0 + 1),
            Self::Refused { stage, refusal } => {
                write!(f, "stage {} refused: {refusal}", stage.0 + 1)
            }
            Self::Unanswered { reason } => write!(f, "a demand was not answered: {reason}"),
            Self::Violated(violation) => violation.fmt(f),
            Self::Control { source, reason } => write!(f, "{source} control: {reason}"),
            Self::Health { state, reason } => write!(f, "{state}: {reason}"),
            Self::Rebooted => write!(f, "it has started again"),
            Self::Operator { who, what } => write!(f, "{who}: {what}"),
            Self::Implausible { what } => what.fmt(f),
        }
    }
}
