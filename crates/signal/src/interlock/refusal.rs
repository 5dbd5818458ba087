//! Why the interlock does not let a command through, in a name and in words.

use std::fmt;

use units::{Millis, StageId};

/// Why a command was not let through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Nothing was ever read back from the cabinet.
    NeverSeen,
    /// The last read-back is too old.
    Stale {
        /// Its age.
        age: Millis,
    },
    /// The cabinet reports a fault.
    CabinetFault,
    /// A person at the cabinet has control.
    LocalControl,
    /// The junction has no such stage.
    UnknownStage(StageId),
    /// The stage that runs must not be followed by this one.
    TransitionForbidden {
        /// The stage that runs, or is entered.
        from: StageId,
        /// The stage that was demanded.
        to: StageId,
    },
    /// The stage that runs has not had its minimum.
    MinimumGreen {
        /// What is left of it.
        left: Millis,
    },
    /// The lease is zero or negative.
    LeaseMissing,
    /// The lease is longer than the site allows.
    LeaseTooLong {
        /// The lease.
        lease: Millis,
        /// The longest.
        max: Millis,
    },
    /// The junction has no such group.
    UnknownGroup,
    /// Preempts count from 1.
    UnknownPreempt,
}

impl Refusal {
    /// A short name, for events and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NeverSeen => "never-seen",
            Self::Stale { .. } => "stale",
            Self::CabinetFault => "cabinet-fault",
            Self::LocalControl => "local-control",
            Self::UnknownStage(_) => "unknown-stage",
            Self::TransitionForbidden { .. } => "transition-forbidden",
            Self::MinimumGreen { .. } => "minimum-green",
            Self::LeaseMissing => "lease-missing",
            Self::LeaseTooLong { .. } => "lease-too-long",
            Self::UnknownGroup => "unknown-group",
            Self::UnknownPreempt => "unknown-preempt",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverSeen => write!(f, "nothing was read back from the cabinet yet"),
            Self::Stale { age } => write!(f, "the last read-back is {age} old"),
            Self::CabinetFault => write!(f, "the cabinet reports a fault"),
            Self::LocalControl => write!(f, "a person at the cabinet has control"),
            Self::UnknownStage(stage) => write!(f, "there is no stage {}", stage.0 + 1),
            Self::TransitionForbidden { from, to } => {
                write!(f, "stage {} must not follow stage {}", to.0 + 1, from.0 + 1)
            }
            Self::MinimumGreen { left } => write!(f, "the minimum green has {left} left"),
            Self::LeaseMissing => write!(f, "the lease is not positive"),
            Self::LeaseTooLong { lease, max } => {
                write!(f, "a lease of {lease} is over the longest, {max}")
            }
            Self::UnknownGroup => write!(f, "there is no such group"),
            Self::UnknownPreempt => write!(f, "preempts count from 1"),
        }
    }
}
