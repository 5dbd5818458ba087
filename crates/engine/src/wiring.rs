//! Which line, device, channel, lane and junction belong together.

use std::sync::Arc;

use estimate::Loop;
use field::DeviceMap;
use field::line::{Line, LineSettings, UnitSettings};
use scenario::{DetectorKind, Site};
use units::{DeviceId, LineId, Moment};

/// What a device's elements stand for.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) line: LineId,
    pub(crate) junction: Option<usize>,
    /// Lane and loop of each loop channel, lane of each tracker channel.
    pub(crate) loops: Vec<Option<(units::LaneId, Loop)>>,
    pub(crate) trackers: Vec<Option<units::LaneId>>,
    pub(crate) boot_count: Option<u64>,
}

/// The lines of a site, with the units on them.
pub(crate) fn lines(site: &Site, maps: &[Arc<DeviceMap>], now: Moment, seed: u64) -> Vec<Line> {
    let mut units: Vec<Vec<UnitSettings>> = vec![Vec::new(); site.lines.len()];
    for (index, row) in site.devices.iter().enumerate() {
        units[row.line.index()].push(UnitSettings {
            device: DeviceId::from_index(index),
            unit: row.unit,
            map: maps[index].clone(),
        });
    }
    let line = |(index, (row, units)): (usize, (&scenario::LineSite, Vec<UnitSettings>))| {
        let settings = LineSettings { timeout: row.timeout, ..LineSettings::default() };
        Line::new(settings, units, now, seed.wrapping_add(index as u64))
    };
    site.lines.iter().zip(units).enumerate().map(line).collect()
}

/// The devices of a site, with what their channels watch. Where two junctions name one device, the
/// first one has it.
pub(crate) fn devices(site: &Site) -> Vec<Device> {
    let device = |row: &scenario::DeviceSite| Device {
        line: row.line,
        junction: None,
        loops: Vec::new(),
        trackers: Vec::new(),
        boot_count: None,
    };
    let mut devices: Vec<_> = site.devices.iter().map(device).collect();
    for (index, signal) in site.signals.iter().enumerate() {
        devices[signal.device.index()].junction.get_or_insert(index);
    }
    for detector in &site.detectors {
        let device = &mut devices[detector.device.index()];
        let channel = usize::from(detector.channel);
        let which = match detector.kind {
            DetectorKind::StopLine => Some(Loop::StopLine),
            DetectorKind::Advance { .. } => Some(Loop::Advance),
            DetectorKind::Tracker => None,
        };
        match which {
            Some(which) => put(&mut device.loops, channel, (detector.lane, which)),
            None => put(&mut device.trackers, channel, detector.lane),
        }
    }
    devices
}

fn put<T: Clone>(table: &mut Vec<Option<T>>, at: usize, value: T) {
    if table.len() <= at {
        table.resize(at + 1, None);
    }
    table[at] = Some(value);
}
