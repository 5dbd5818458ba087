//! What has changed from one picture to the next. Ages do not count as changes: they grow by
//! themselves, and whoever listens has the clock.

use engine::{CoordinationSnapshot, DeviceSnapshot, JunctionSnapshot};
use serde::Serialize;
use units::{Millis, Moment};
use utoipa::ToSchema;

use super::dto::{
    CorridorDto, CountersDto, DeviceDto, JunctionDto, ModeName, StoreDto, TimeDto, open_corridors,
    tenths,
};
use crate::view::View;

/// What has changed; what is missing has not.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct ChangeDto {
    /// When it was so.
    pub(super) time: TimeDto,
    /// The mode, where it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<ModeName>,
    /// Junctions that changed or were read again, each as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) junctions: Vec<JunctionDto>,
    /// Devices that changed or answered again, each as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) devices: Vec<DeviceDto>,
    /// All corridors that are open, where anything of them has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) corridors: Option<Vec<CorridorDto>>,
    /// All counters, where one has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) counters: Option<CountersDto>,
    /// The event store, where it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store: Option<StoreDto>,
}

impl ChangeDto {
    /// What has changed between two pictures of the same epoch.
    pub(super) fn between(before: &View, now: &View, stores: (StoreDto, StoreDto)) -> Self {
        let (old, new) = (&before.snapshot, &now.snapshot);
        let (then, at) = (old.at, new.at);
        let junctions = old.junctions.iter().zip(&new.junctions).enumerate();
        let devices = old.devices.iter().zip(&new.devices).enumerate();
        Self {
            time: TimeDto::of(now),
            mode: (old.mode != new.mode).then(|| new.mode.into()),
            junctions: junctions
                .filter(|(_, (a, b))| !same_junction((a, then), (b, at)))
                .map(|(index, _)| JunctionDto::of(now, index))
                .collect(),
            devices: devices
                .filter(|(_, (a, b))| !same_device((a, then), (b, at)))
                .map(|(index, _)| DeviceDto::of(now, index))
                .collect(),
            corridors: (before.corridors != now.corridors).then(|| open_corridors(now)),
            counters: (old.counters != new.counters).then(|| new.counters.into()),
            store: (stores.0 != stores.1).then_some(stores.1),
        }
    }
}

fn read_at(age: Option<Millis>, at: Moment) -> Option<Moment> {
    age.map(|age| at - age)
}

fn same_junction(a: (&JunctionSnapshot, Moment), b: (&JunctionSnapshot, Moment)) -> bool {
    // Named one by one: a field that is added must be thought of here.
    let JunctionSnapshot {
        name,
        position,
        source,
        stage,
        next,
        elapsed,
        aspects,
        queue,
        age,
        lease_left,
        announced,
        reason,
        shadow,
        coordination,
        asked,
    } = a.0;
    read_at(*age, a.1) == read_at(b.0.age, b.1)
        && (stage, next, elapsed) == (&b.0.stage, &b.0.next, &b.0.elapsed)
        && (source, lease_left, position) == (&b.0.source, &b.0.lease_left, &b.0.position)
        && queue.map(tenths) == b.0.queue.map(tenths)
        && (aspects, reason, name) == (&b.0.aspects, &b.0.reason, &b.0.name)
        && (shadow, announced, asked) == (&b.0.shadow, &b.0.announced, &b.0.asked)
        && same_plan(coordination, &b.0.coordination)
}

/// Whatever but the second of the cycle, which moves by itself.
fn same_plan(a: &CoordinationSnapshot, b: &CoordinationSnapshot) -> bool {
    let CoordinationSnapshot { plan, next, cycle, cycle_time: _, out_of_step, state } = a;
    (plan, next, cycle) == (&b.plan, &b.next, &b.cycle)
        && (out_of_step, state) == (&b.out_of_step, &b.state)
}

fn same_device(a: (&DeviceSnapshot, Moment), b: (&DeviceSnapshot, Moment)) -> bool {
    let DeviceSnapshot { name, state, connected, requests, failures, age, data_age, last_failure } =
        a.0;
    read_at(*age, a.1) == read_at(b.0.age, b.1)
        && read_at(*data_age, a.1) == read_at(b.0.data_age, b.1)
        && (state, connected) == (&b.0.state, &b.0.connected)
        && (requests, failures) == (&b.0.requests, &b.0.failures)
        && (last_failure, name) == (&b.0.last_failure, &b.0.name)
}
