//! For how long each group has been red, and which the cabinet will serve by its own rule.
//!
//! A cabinet serves a group that nears its longest red before anything that it is asked for. Where that
//! falls into a vehicle's window it takes the junction away from under it. So whoever would be served so is
//! better served before, while there is time.

use units::{GroupId, Moment, StageId};

use crate::crossing::{Crossing, Shown, Signals};
use crate::opened::Traffic;

/// When each group of each signal was last seen green.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reds {
    green: Vec<Vec<Moment>>,
}

impl Reds {
    /// Looks at what is shown. A group that was never seen green is taken to have been until now.
    pub(crate) fn look(&mut self, signals: &Signals, now: Moment, traffic: &dyn Traffic) {
        if self.green.is_empty() {
            let groups = |at: usize| signals.signal(at).layout.groups().len();
            self.green = (0..signals.count()).map(|at| vec![now; groups(at)]).collect();
        }
        for (at, green) in self.green.iter_mut().enumerate() {
            let Shown::Stage { stage, .. } = traffic.shown(at) else { continue };
            let layout = &signals.signal(at).layout;
            if !layout.has_stage(stage) {
                continue;
            }
            for group in layout.stage(stage).groups.iter() {
                green[group.index()] = now;
            }
        }
    }

    /// The stages that the signal of a crossing would serve by its own rule until a moment, a bit each: the
    /// first that shows the group. Those that open the crossing itself are none.
    pub(crate) fn overdue(
        &self,
        signals: &Signals,
        crossing: &Crossing,
        now: Moment,
        until: Moment,
    ) -> u64 {
        let Some(green) = self.green.get(crossing.signal) else { return 0 };
        let layout = &signals.signal(crossing.signal).layout;
        let reserve = layout.starvation_reserve();
        let is_overdue = |group: GroupId| {
            let seen = green[group.index()];
            // What is green now is red again at once at the soonest.
            seen < now && seen + layout.group(group).max_red - reserve <= until
        };
        let shows = |stage: StageId, group: GroupId| layout.stage(stage).groups.contains(group);
        let overdue = layout.group_ids().filter(|&group| is_overdue(group));
        let stages = overdue.filter_map(|group| {
            let is_own = crossing.stages.iter().any(|&stage| shows(stage, group));
            let home = layout.stage_ids().find(|&stage| shows(stage, group));
            home.filter(|_| !is_own)
        });
        stages.fold(0, |all, stage| all | 1 << (stage.0 & 63))
    }
}
