//! In which order one thread drives regions and puts them together.
//!
//! Each driver must see the state before the step. But once all regions that look into a region, or
//! send vehicles there, have been driven, nobody needs its old state any more, and it is put together
//! at once: what was read to drive it is still in the cache then. Where near junctions have near
//! numbers, few regions lie between.
//!
//! ```text
//!   drive 0  drive 1  drive 2  put together 0  drive 3  put together 1  …
//! ```

use super::kind::Kind;
use super::region::Region;
use super::settings::Model;
use super::tracks::{PathRow, Tracks};

/// How much faster than it wants to drive a vehicle may be for a moment, as a share of that speed.
const SPEED_SPARE: f32 = 2.0;

/// The order for one thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Wave {
    /// Regions, each with the one after whose drive it may be put together; in the order of these.
    ready: Vec<(u32, u32)>,
    /// Whether a vehicle may come to a region that is not beside its own, or sees so far: then all wait
    /// for the last.
    pub(super) is_far: bool,
}

impl Wave {
    /// The order for regions among which nobody drives faster than `fastest`, metres a step.
    pub(super) fn new(regions: &[Region], tracks: &Tracks, fastest: f32) -> Self {
        let last = (regions.len() as u32).saturating_sub(1);
        let is_far = crosses_two(tracks, fastest) || tracks.paths.iter().any(PathRow::is_brief);
        let ready = |(own, region): (u32, &Region)| {
            let nearest = region.sources.iter().map(|&(source, _)| source).max();
            let ready = if is_far { last } else { nearest.unwrap_or(own).max(own) };
            (ready, own)
        };
        let mut ready: Vec<(u32, u32)> = (0_u32..).zip(regions).map(ready).collect();
        ready.sort_unstable();
        Self { ready, is_far }
    }

    /// The regions that may be put together when a region, and all before it, have been driven.
    pub(super) fn ready(&self, driven: usize) -> impl Iterator<Item = usize> {
        let first = self.ready.partition_point(|&(ready, _)| (ready as usize) < driven);
        let ready = self.ready[first..].iter();
        ready.take_while(move |(ready, _)| *ready as usize == driven).map(|(_, own)| *own as usize)
    }
}

/// The longest way that anybody of these kinds drives in a step, metres, where nobody starts faster
/// than `begin`, metres a second.
pub(super) fn way_a_step(tracks: &Tracks, kinds: &[Kind], model: Model, begin: f32) -> f32 {
    let limits = (0..tracks.count()).map(|track| tracks.limit(track));
    let limit = match model {
        Model::CityFlow => f32::MAX,
        Model::Urban | Model::Krauss | Model::Sumo => limits.fold(0.0, f32::max),
    };
    let dt = model.step().as_secs_f32();
    let wants = |kind: &Kind| {
        let share = kind.manner.0 + kind.manner.1 * 255.0;
        kind.max_speed.min(limit) * share.max(1.0) + kind.acceleration * dt
    };
    kinds.iter().map(wants).fold(begin, f32::max) * SPEED_SPARE * dt
}

/// Whether a vehicle could cross a whole lane and a whole path behind it in one step: then it may come
/// to a region that is not beside its own.
fn crosses_two(tracks: &Tracks, way: f32) -> bool {
    tracks.lanes.iter().any(|lane| {
        let paths = &tracks.paths[lane.paths.start as usize..lane.paths.end as usize];
        paths.iter().any(|path| lane.length + path.length <= way)
    })
}

#[cfg(test)]
mod tests {
    use scenario::generate;

    use super::*;
    use crate::world::World;

    fn order(wave: &Wave, regions: usize) -> Vec<(usize, usize)> {
        let order =
            (0..regions).flat_map(|driven| wave.ready(driven).map(move |own| (own, driven)));
        let mut order: Vec<(usize, usize)> = order.collect();
        order.sort_unstable();
        order
    }

    #[test]
    fn a_region_is_put_together_once_and_after_all_who_look_into_it() {
        let (site, demand) = generate::district(1, 16, 12);
        let world = World::new(site.network.clone(), &site.signals, &site.detectors, &demand);
        let count = world.regions.len();
        assert!(count > 4, "only {count} regions");
        let order = order(&world.wave, count);
        assert!(order.iter().map(|(own, _)| *own).eq(0..count), "{order:?}");
        assert!(order[0].1 < count - 1, "the first waits for the last: {order:?}");
        for (own, driven) in order {
            let sources = &world.regions[own].sources;
            assert!(sources.iter().all(|&(source, _)| source as usize <= driven) && own <= driven);
        }
    }

    #[test]
    fn where_a_vehicle_may_cross_a_lane_and_a_path_in_a_step_all_wait_for_the_last() {
        let (site, demand) = generate::district(1, 16, 12);
        let world = World::new(site.network.clone(), &site.signals, &site.detectors, &demand);
        let count = world.regions.len();
        let wave = Wave::new(&world.regions, &world.tracks, 10_000.0);
        assert!(order(&wave, count).iter().all(|(_, driven)| *driven == count - 1));
    }
}
