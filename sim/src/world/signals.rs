//! What the signals say to each path.

use scenario::SignalSite;
use signal::Aspect;
use units::GroupId;

use super::settings::Model;
use super::tracks::Tracks;

/// What a path's light means to a driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Light {
    /// It may be driven; who gives way is a matter of rank.
    Go,
    /// Who can stop in comfort stops.
    Closing,
    /// Nobody passes.
    Stop,
}

#[derive(Clone, Debug)]
pub(super) struct Signals {
    aspects: Vec<Vec<Aspect>>,
    /// For each signal the paths it rules.
    ruled: Vec<Vec<u32>>,
    /// For each path.
    lights: Vec<Light>,
    /// For each path the step from which it has been open.
    since: Vec<u32>,
    /// For each junction the paths that may be driven.
    open: Vec<u128>,
    /// For each junction the last step in which a light changed.
    changed: Vec<u32>,
    model: Model,
}

impl Signals {
    pub(super) fn new(sites: &[SignalSite], tracks: &Tracks, model: Model) -> Self {
        let red = |site: &SignalSite| vec![Aspect::Red; site.layout.groups().len()];
        let mut signals = Self {
            aspects: sites.iter().map(red).collect(),
            ruled: vec![Vec::new(); sites.len()],
            lights: vec![Light::Go; tracks.paths.len()],
            since: vec![0; tracks.paths.len()],
            open: vec![0; tracks.junctions],
            changed: vec![0; tracks.junctions],
            model,
        };
        for (index, path) in (0_u32..).zip(&tracks.paths) {
            match tracks.ruled[index as usize] {
                Some((signal, _)) => {
                    signals.ruled[signal as usize].push(index);
                    signals.lights[index as usize] = Light::Stop;
                }
                None => signals.open[path.junction as usize] |= path.bit(),
            }
        }
        signals
    }

    /// What a group of a signal shows.
    pub(super) fn aspect(&self, signal: usize, group: GroupId) -> Aspect {
        self.aspects[signal][group.index()]
    }

    pub(super) fn light(&self, path: u32) -> Light {
        self.lights[path as usize]
    }

    /// The step from which a path has been open.
    pub(super) fn open_since(&self, path: u32) -> u32 {
        self.since[path as usize]
    }

    /// The paths of a junction that may be driven now.
    pub(super) fn open(&self, junction: u32) -> u128 {
        self.open[junction as usize]
    }

    pub(super) fn changed(&self, junction: u32) -> u32 {
        self.changed[junction as usize]
    }

    pub(super) fn set(&mut self, signal: usize, aspects: &[Aspect], tracks: &Tracks, step: u32) {
        if self.aspects[signal] == aspects {
            return;
        }
        self.aspects[signal].copy_from_slice(aspects);
        for &path in &self.ruled[signal] {
            let row = &tracks.paths[path as usize];
            let Some((_, group)) = tracks.ruled[path as usize] else { continue };
            let light = light(aspects[usize::from(group)], self.model);
            let before = std::mem::replace(&mut self.lights[path as usize], light);
            if light == Light::Go && before != Light::Go {
                self.since[path as usize] = step;
            }
            let open = &mut self.open[row.junction as usize];
            if light == Light::Stop {
                *open &= !row.bit();
            } else {
                *open |= row.bit();
            }
            self.changed[row.junction as usize] = step;
        }
    }
}

fn light(aspect: Aspect, model: Model) -> Light {
    match aspect {
        Aspect::Green | Aspect::FlashingYellow | Aspect::Dark => Light::Go,
        Aspect::Yellow if model != Model::CityFlow => Light::Closing,
        Aspect::Red | Aspect::RedYellow | Aspect::FlashingGreen | Aspect::Yellow => Light::Stop,
    }
}
