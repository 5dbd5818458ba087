//! What people do, through the daemon. Every action is bounded in time, told as an event, and refused
//! with a reason where it cannot be done.

use units::{JunctionId, Moment};

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
                if span.0 <= 0 || span > HOLD_MAX {
                    return Err(format!("a hold lasts up to {HOLD_MAX}, not {span}"));
                }
                if reason.trim().is_empty() {
                    return Err("a hold needs a reason".to_owned());
                }
                row.hold = Some(Hold { stage, until: now + span });
                (Some(index), who, format!("holds stage {} for {span}: {reason}", stage.0 + 1))
            }
            OperatorAction::Release { junction, who } => {
                let index = self.signal_at(junction)?;
                if self.junctions[index].hold.take().is_none() {
                    return Err("nothing is held there".to_owned());
                }
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
