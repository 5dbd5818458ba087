//! What people do, through the daemon. Every action is bounded in time, told as an event, and refused
//! with a reason where it cannot be done.

use signal::{Command, ControlSource};
use units::{JunctionId, Millis, Moment};

use crate::engine::Engine;
use crate::event::EventKind;
use crate::io::OperatorAction;
use crate::junction::{HOLD_MAX, Hold};

impl Engine {
    /// Does what a person asks for, and says in words what was done.
    ///
    /// # Errors
    /// Why it was not; then nothing has changed.
    pub fn operate(&mut self, now: Moment, action: OperatorAction) -> Result<String, String> {
        if self.stopping.is_some() {
            return Err("the daemon is stopping".to_owned());
        }
        let (index, who, what) = match action {
            OperatorAction::Hold { junction, stage, span, who, reason } => {
                let index = self.signal_at(junction)?;
                let row = &mut self.junctions[index];
                let stages = row.layout().stages().len();
                if !row.layout().has_stage(stage) {
                    let asked = u16::from(stage.0.wrapping_add(1));
                    return Err(format!("there is no stage {asked}: they are 1 to {stages}"));
                }
                bounded(span, &reason)?;
                row.hold = Some(Hold { stage, until: now + span });
                (Some(index), who, format!("holds stage {} for {span}: {reason}", stage.0 + 1))
            }
            OperatorAction::Call { junction, group, who } => {
                let index = self.signal_at(junction)?;
                if self.junctions[index].source == ControlSource::Fault {
                    return Err("the daemon has no control there now".to_owned());
                }
                if !self.send(index, &Command::Call { group }, now) {
                    return Err("the interlock refused the call".to_owned());
                }
                self.junctions[index].calls.call(group, now);
                (Some(index), who, format!("calls group {}", group.0 + 1))
            }
            OperatorAction::Preempt { junction, number, span, who, reason } => {
                let index = self.signal_at(junction)?;
                if number == 0 {
                    return Err("preempts count from 1".to_owned());
                }
                bounded(span, &reason)?;
                self.junctions[index].wired.preempt = Some((number, now + span));
                (Some(index), who, format!("raises preempt {number} for {span}: {reason}"))
            }
            OperatorAction::SelectPlan { junction, plan, span, who, reason } => {
                let index = self.signal_at(junction)?;
                if !self.junctions[index].site.plans.iter().any(|known| known.id() == plan) {
                    return Err(format!("there is no plan {}", u16::from(plan.0) + 1));
                }
                bounded(span, &reason)?;
                self.junctions[index].wired.selected = Some((plan, now + span));
                (Some(index), who, format!("selects plan {} for {span}: {reason}", plan.0 + 1))
            }
            OperatorAction::Release { junction, who } => {
                let index = self.signal_at(junction)?;
                let row = &self.junctions[index];
                let asked = [row.wired.preempt.is_some(), row.wired.selected.is_some()];
                if row.hold.is_none() && !asked.contains(&true) {
                    return Err("nothing is held there".to_owned());
                }
                self.end_asked(index, now);
                (Some(index), who, "ends the hold".to_owned())
            }
            OperatorAction::SetMode { mode, who } => {
                self.mode = mode;
                (None, who, format!("sets {}", mode.name()))
            }
        };
        let done = what.clone();
        self.event(now, index, None, EventKind::Operator { who, what });
        Ok(done)
    }

    fn signal_at(&self, junction: JunctionId) -> Result<usize, String> {
        let found = self.junctions.iter().position(|j| j.site.junction == junction);
        found.ok_or_else(|| "that junction has no signals".to_owned())
    }
}

/// Whatever a person asks for ends by itself, and has a reason.
fn bounded(span: Millis, reason: &str) -> Result<(), String> {
    if span.0 <= 0 || span > HOLD_MAX {
        return Err(format!("it lasts up to {HOLD_MAX}, not {span}"));
    }
    if reason.trim().is_empty() {
        return Err("it needs a reason".to_owned());
    }
    Ok(())
}
