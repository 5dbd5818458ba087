//! The interlock: the only place that makes an [`Admitted`] command, and so the only way to a device.
//!
//! It judges a command against the junction's table and against what was last read back. It knows
//! nothing of why the command is wanted.

mod refusal;

use std::sync::Arc;

use units::{Millis, Moment, StageId};

use crate::command::Command;
use crate::group::Aspect;
use crate::layout::Layout;

pub use refusal::Refusal;

/// A command that the interlock let through. Nothing else can make one:
///
/// ```compile_fail
/// let command = signal::Command::Release;
/// let forged = signal::Admitted { command };
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted<C> {
    command: C,
}

impl<C> Admitted<C> {
    /// The command.
    #[must_use]
    pub fn get(&self) -> &C {
        &self.command
    }
}

/// What was last read back from a cabinet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// When it was read.
    pub at: Moment,
    /// The stage that runs; none in a transition.
    pub running: Option<StageId>,
    /// The stage that a transition leads to.
    pub next: Option<StageId>,
    /// The time in the stage, or in the transition.
    pub elapsed: Millis,
    /// What the groups show.
    pub aspects: Vec<Aspect>,
    /// Whether the cabinet reports a fault that takes the junction out of control.
    pub fault: bool,
    /// Whether a person at the cabinet has control.
    pub local_control: bool,
}

/// The bounds that a site sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InterlockLimits {
    /// The longest lease.
    pub max_lease: Millis,
    /// The oldest read-back that a command may rest on.
    pub max_age: Millis,
}

/// The guard of one junction.
#[derive(Clone, Debug)]
pub struct Interlock {
    layout: Arc<Layout>,
    limits: InterlockLimits,
}

impl Interlock {
    /// A guard that judges by `layout` and `limits`.
    #[must_use]
    pub fn new(layout: Arc<Layout>, limits: InterlockLimits) -> Self {
        Self { layout, limits }
    }

    /// Lets a command through, or says why not. A release is always let through: it only ever
    /// gives control back.
    ///
    /// # Errors
    /// The first rule that the command breaks.
    pub fn admit(
        &self,
        command: Command,
        seen: Option<&Seen>,
        now: Moment,
    ) -> Result<Admitted<Command>, Refusal> {
        if command != Command::Release {
            self.judge_lease(&command)?;
            let seen = self.judge_read_back(seen, now)?;
            self.judge(&command, seen, now)?;
        }
        Ok(Admitted { command })
    }

    fn judge_lease(&self, command: &Command) -> Result<(), Refusal> {
        match command.lease() {
            Some(lease) if lease <= Millis::ZERO => Err(Refusal::LeaseMissing),
            Some(lease) if lease > self.limits.max_lease => {
                Err(Refusal::LeaseTooLong { lease, max: self.limits.max_lease })
            }
            _ => Ok(()),
        }
    }

    fn judge_read_back<'s>(
        &self,
        seen: Option<&'s Seen>,
        now: Moment,
    ) -> Result<&'s Seen, Refusal> {
        let seen = seen.ok_or(Refusal::NeverSeen)?;
        let age = now - seen.at;
        if age > self.limits.max_age {
            return Err(Refusal::Stale { age });
        }
        if seen.fault {
            return Err(Refusal::CabinetFault);
        }
        if seen.local_control {
            return Err(Refusal::LocalControl);
        }
        Ok(seen)
    }

    fn judge(&self, command: &Command, seen: &Seen, now: Moment) -> Result<(), Refusal> {
        match *command {
            Command::DemandStage { stage, .. } => self.judge_stage(stage, seen, now),
            Command::Call { group } if group.index() >= self.layout.groups().len() => {
                Err(Refusal::UnknownGroup)
            }
            Command::Preempt { number: 0, .. } => Err(Refusal::UnknownPreempt),
            _ => Ok(()),
        }
    }

    fn judge_stage(&self, to: StageId, seen: &Seen, now: Moment) -> Result<(), Refusal> {
        if !self.layout.has_stage(to) {
            return Err(Refusal::UnknownStage(to));
        }
        let Some(from) = seen.running.or(seen.next).filter(|&stage| self.layout.has_stage(stage))
        else {
            return Ok(());
        };
        if from == to {
            return Ok(());
        }
        if !self.layout.allowed(from, to) {
            return Err(Refusal::TransitionForbidden { from, to });
        }
        // In a transition the cabinet finishes it first; the demand waits there.
        if seen.running == Some(from) {
            let elapsed = seen.elapsed + (now - seen.at);
            let left = self.layout.stage(from).min_green - elapsed;
            if left > Millis::ZERO {
                return Err(Refusal::MinimumGreen { left });
            }
        }
        Ok(())
    }
}
