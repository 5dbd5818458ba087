//! Going over to a changed site: a new engine takes over from the old one whatever is the same by
//! name and by definition. What it takes over it neither reads anew nor lets go of.

use std::sync::Arc;

use hw_profiles::Profile;
use scenario::{SignalSite, Site};
use units::{LineId, Moment};

use crate::engine::Engine;

/// A new engine, and what it took over.
#[derive(Debug)]
pub struct Succession {
    /// The engine.
    pub engine: Engine,
    /// Junctions that run on.
    pub runs_on: usize,
    /// Whether it took the lines over as they are: what they have asked is still to be answered to
    /// them. Else they connect anew; a shell that kept a connection says so at once.
    pub keeps_lines: bool,
}

impl Engine {
    /// The engine of `site`, with the running state of every junction of `old` whose signals,
    /// device and plans are the same, with every lane of the same name, and with the counters; and
    /// with the lines, where lines, devices and what is wired to them are the same.
    ///
    /// # Errors
    /// Every device whose profile is not known; `old` is as it was.
    pub fn succeed(
        old: &Self,
        site: Arc<Site>,
        profiles: &dyn Fn(&str) -> Option<Profile>,
        now: Moment,
    ) -> Result<Succession, Vec<String>> {
        let mode_was_set = old.mode != old.site.control.mode;
        let mut new = Self::new(site, profiles, now, old.seed)?;
        new.clock = old.clock;
        new.counters = old.counters;
        new.tags = old.tags;
        if mode_was_set {
            new.mode = old.mode;
        }
        let keeps_lines = same_wires(&old.site, &new.site);
        if keeps_lines {
            new.lines.clone_from(&old.lines);
            new.filters.clone_from(&old.filters);
            // What the new lines wanted is not asked for by the old ones.
            new.outputs.clear();
            new.touched = (0..new.lines.len()).map(LineId::from_index).collect();
            new.drain(now);
        }
        new.take_corridors(old, now);
        let mut runs_on = 0;
        for index in 0..new.junctions.len() {
            if let Some(before) = same_signal(old, &new, index) {
                new.junctions[index].go_on_as(&old.junctions[before], keeps_lines);
                runs_on += 1;
            } else if let Some(before) = same_name(old, &new, index) {
                new.junctions[index].keep_ladder(&old.junctions[before]);
            }
        }
        let (before, after) = (&old.site.network, new.site.network.clone());
        for lane in (0..after.lanes().len()).map(units::LaneId::from_index) {
            if let Some(known) = before.lane_named(&after.lane_name(lane)) {
                new.lanes.take_over(lane, *old.lanes.get(known));
            }
        }
        Ok(Succession { engine: new, runs_on, keeps_lines })
    }
}

/// Whether lines, devices and what is wired to them are the same, by name and by number.
fn same_wires(old: &Site, new: &Site) -> bool {
    let names = |site: &Site| {
        let junctions = site.network.junctions().iter();
        junctions.map(|junction| junction.name.clone()).collect::<Vec<_>>()
    };
    (&old.lines, &old.devices) == (&new.lines, &new.devices)
        && (&old.inputs, &old.outputs) == (&new.inputs, &new.outputs)
        && names(old) == names(new)
}

fn same_name(old: &Engine, new: &Engine, index: usize) -> Option<usize> {
    let name =
        |site: &Site, at: usize| site.network.junction(site.signals[at].junction).name.clone();
    (0..old.site.signals.len()).find(|&at| name(&old.site, at) == name(&new.site, index))
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
            && before.countdown == row.countdown
            && name(&old.site, before) == wanted
    };
    old.site.signals.iter().position(same)
}
