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
    let line = |(index, row): (usize, &scenario::LineSite)| {
        let on_it = site.devices.iter().enumerate().filter(|(_, d)| d.line.index() == index);
        let units = on_it.map(|(device, row)| UnitSettings {
            device: DeviceId::from_index(device),
            unit: row.unit,
            map: maps[device].clone(),
        });
        let settings = LineSettings { timeout: row.timeout, ..LineSettings::default() };
        Line::new(settings, units.collect(), now, seed.wrapping_add(index as u64))
    };
    site.lines.iter().enumerate().map(line).collect()
}

/// The devices of a site, with what their channels watch.
pub(crate) fn devices(site: &Site) -> Vec<Device> {
    let device = |(index, row): (usize, &scenario::DeviceSite)| {
        let id = DeviceId::from_index(index);
        let mut device = Device {
            line: row.line,
            junction: site.signals.iter().position(|signal| signal.device == id),
            loops: Vec::new(),
            trackers: Vec::new(),
            boot_count: None,
        };
        for detector in site.detectors.iter().filter(|detector| detector.device == id) {
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
        device
    };
    site.devices.iter().enumerate().map(device).collect()
}

fn put<T: Clone>(table: &mut Vec<Option<T>>, at: usize, value: T) {
    if table.len() <= at {
        table.resize(at + 1, None);
    }
    table[at] = Some(value);
}
