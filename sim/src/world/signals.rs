//! What the signals say to each path.

use scenario::SignalSite;
use signal::Aspect;
use units::GroupId;

use super::settings::Model;
use super::tracks::{SHARED, Tracks};

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
    /// What all groups show, signal by signal, and for each signal where its groups and the paths
    /// that it rules begin; one more than there are signals.
    aspects: Vec<Aspect>,
    begin: Vec<(u32, u32)>,
    ruled: Vec<Ruled>,
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

/// A path that a signal rules, as it is needed when lights change.
#[derive(Clone, Copy, Debug)]
struct Ruled {
    path: u32,
    junction: u32,
    group: u8,
    /// Its place in its junction's sets.
    place: u8,
}

impl Signals {
    pub(super) fn new(sites: &[SignalSite], tracks: &Tracks, model: Model) -> Self {
        let mut signals = Self {
            aspects: Vec::new(),
            begin: vec![(0, 0)],
            ruled: Vec::new(),
            lights: vec![Light::Go; tracks.paths.len()],
            since: vec![0; tracks.paths.len()],
            open: vec![0; tracks.junctions],
            changed: vec![0; tracks.junctions],
            model,
        };
        let mut ruled = vec![Vec::new(); sites.len()];
        for (index, path) in (0_u32..).zip(&tracks.paths) {
            match tracks.ruled[index as usize] {
                Some((signal, group)) => {
                    let (junction, place) = (path.junction, path.place);
                    ruled[signal as usize].push(Ruled { path: index, junction, group, place });
                    signals.lights[index as usize] = Light::Stop;
                }
                None => signals.open[path.junction as usize] |= path.bit(),
            }
        }
        for (site, paths) in sites.iter().zip(ruled) {
            let groups = signals.aspects.len() + site.layout.groups().len();
            signals.aspects.resize(groups, Aspect::Red);
            signals.ruled.extend(paths);
            signals.begin.push((groups as u32, signals.ruled.len() as u32));
        }
        signals
    }

    /// What a group of a signal shows.
    pub(super) fn aspect(&self, signal: usize, group: GroupId) -> Aspect {
        self.aspects[self.begin[signal].0 as usize + group.index()]
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

    pub(super) fn set(&mut self, signal: usize, aspects: &[Aspect], step: u32) {
        let ((first, first_ruled), (last, last_ruled)) =
            (self.begin[signal], self.begin[signal + 1]);
        let before = &mut self.aspects[first as usize..last as usize];
        if before == aspects {
            return;
        }
        for ruled in &self.ruled[first_ruled as usize..last_ruled as usize] {
            self.changed[ruled.junction as usize] = step;
            let (was, is) = (before[usize::from(ruled.group)], aspects[usize::from(ruled.group)]);
            // Of paths that share a place the last one speaks for all.
            if was == is && usize::from(ruled.place) != SHARED {
                continue;
            }
            let light = light(is, self.model);
            let before = std::mem::replace(&mut self.lights[ruled.path as usize], light);
            if light == Light::Go && before != Light::Go {
                self.since[ruled.path as usize] = step;
            }
            let open = &mut self.open[ruled.junction as usize];
            *open = *open & !(1 << ruled.place) | u128::from(light != Light::Stop) << ruled.place;
        }
        before.copy_from_slice(aspects);
    }
}

fn light(aspect: Aspect, model: Model) -> Light {
    match aspect {
        Aspect::Green | Aspect::FlashingYellow | Aspect::Dark => Light::Go,
        Aspect::Yellow if model != Model::CityFlow => Light::Closing,
        Aspect::Red | Aspect::RedYellow | Aspect::FlashingGreen | Aspect::Yellow => Light::Stop,
    }
}
