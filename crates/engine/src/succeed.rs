//! Going over to a changed site: a new engine takes over from the old one whatever is the same by
//! name and by definition. What it takes over it neither reads anew nor lets go of.

use std::sync::Arc;

use hw_profiles::Profile;
use scenario::{SignalSite, Site};
use units::Moment;

use crate::engine::Engine;

impl Engine {
    /// The engine of `site`, with the running state of every junction of `old` whose signals,
    /// device and plans are the same, with every lane of the same name, and with the counters. Its
    /// lines connect anew: a shell that kept a connection says so at once. Says too how many
    /// junctions run on.
    ///
    /// # Errors
    /// Every device whose profile is not known; `old` is as it was.
    pub fn succeed(
        old: &Self,
        site: Arc<Site>,
        profiles: &dyn Fn(&str) -> Option<Profile>,
        now: Moment,
    ) -> Result<(Self, usize), Vec<String>> {
        let mode_was_set = old.mode != old.site.control.mode;
        let mut new = Self::new(site, profiles, now, old.seed)?;
        new.clock = old.clock.clone();
        new.counters = old.counters;
        new.tags = old.tags;
        if mode_was_set {
            new.mode = old.mode;
        }
        let mut runs_on = 0;
        for index in 0..new.junctions.len() {
            let Some(before) = same_signal(old, &new, index) else { continue };
            // The table of movements may be numbered otherwise: the site's own row is kept.
            let row = new.junctions[index].site.clone();
            new.junctions[index] = old.junctions[before].clone();
            new.junctions[index].site = row;
            runs_on += 1;
        }
        let (before, after) = (&old.site.network, new.site.network.clone());
        for lane in (0..after.lanes().len()).map(units::LaneId::from_index) {
            if let Some(known) = before.lane_named(&after.lane_name(lane)) {
                new.lanes.take_over(lane, *old.lanes.get(known));
            }
        }
        Ok((new, runs_on))
    }
}

/// The old engine's row of a junction that is the same: its name, its signals, its plans, and the
/// device that drives it.
fn same_signal(old: &Engine, new: &Engine, index: usize) -> Option<usize> {
    let row = &new.site.signals[index];
    let name = |site: &Site, signal: &SignalSite| {
        let junction = site.network.junction(signal.junction).name.clone();
        let device = &site.devices[signal.device.index()];
        let line = &site.lines[device.line.index()];
        (junction, device.name.clone(), device.unit, device.profile.clone(), line.transport.clone())
    };
    let wanted = name(&new.site, row);
    let same = |before: &SignalSite| {
        before.layout == row.layout
            && before.rings == row.rings
            && before.plans == row.plans
            && before.calendar == row.calendar
            && before.transition == row.transition
            && name(&old.site, before) == wanted
    };
    old.site.signals.iter().position(same)
}
