//! What may be asked of a cabinet. There is no command for a lamp.

use units::{GroupId, Millis, PlanId, StageId, WallTime};

/// A request to a cabinet. Everything that holds control carries its lease.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Serve this stage, and hold it until another is demanded or the lease ends.
    DemandStage {
        /// The stage.
        stage: StageId,
        /// How long the demand lives without renewal.
        lease: Millis,
    },
    /// Run this one of the cabinet's own plans.
    SelectPlan {
        /// The plan.
        plan: PlanId,
        /// How long the selection lives without renewal.
        lease: Millis,
    },
    /// Return to the local plan now.
    Release,
    /// Set the cabinet's clock.
    SetClock(WallTime),
    /// Register a call for a group, as if its button was pressed.
    Call {
        /// The group.
        group: GroupId,
    },
    /// Raise one of the cabinet's own preempt inputs.
    Preempt {
        /// The preempt's number, from 1.
        number: u8,
        /// How long the call lives without renewal.
        lease: Millis,
    },
}

impl Command {
    /// The lease, where the command carries one.
    #[must_use]
    pub fn lease(&self) -> Option<Millis> {
        match self {
            Self::DemandStage { lease, .. }
            | Self::SelectPlan { lease, .. }
            | Self::Preempt { lease, .. } => Some(*lease),
            Self::Release | Self::SetClock(_) | Self::Call { .. } => None,
        }
    }
}
