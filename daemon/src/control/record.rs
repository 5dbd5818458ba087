//! The engine's events as they are kept: with names instead of ids, and civil time.

use engine::Event;
use scenario::Site;
use units::WallTime;

use crate::store::Record;

/// The event as a record, not yet numbered.
pub(super) fn of(event: &Event, site: &Site, at: WallTime) -> Record {
    let junction = event.junction.map(|id| site.network.junction(id).name.clone());
    let device = event.device.and_then(|id| site.devices.get(id.index()));
    Record {
        sequence: 0,
        at: at.0,
        kind: event.kind.name().to_owned(),
        junction,
        device: device.map(|device| device.name.clone()),
        indiana: event.kind.indiana(),
        text: event.kind.to_string(),
        safety: event.kind.is_safety(),
    }
}
