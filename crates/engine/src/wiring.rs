//! Which line, device, channel, lane and junction belong together.

mod check;

use std::sync::Arc;

use estimate::Loop;
use field::DeviceMap;
use field::line::{Line, LineSettings, UnitSettings};
use field::outputs::{OutputPort, OutputRole};
use field::wire::Wire;
use hw_profiles::CommandName;
use scenario::{DetectorKind, Site, Transport};
use units::{DeviceId, LineId, Millis, Moment};

pub(crate) use check::problems;

/// What a device's elements stand for.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) line: LineId,
    pub(crate) junction: Option<usize>,
    /// Lane and loop of each loop channel, lane of each tracker channel.
    pub(crate) loops: Vec<Option<(units::LaneId, Loop)>>,
    pub(crate) trackers: Vec<Option<units::LaneId>>,
    /// The site's input on each digital input.
    pub(crate) inputs: Vec<Option<usize>>,
    /// What it can be told.
    pub(crate) commands: Vec<CommandName>,
}

/// The lines of a site, with the units on them.
pub(crate) fn lines(site: &Site, maps: &[Arc<DeviceMap>], now: Moment, seed: u64) -> Vec<Line> {
    let line = |(index, row): (usize, &scenario::LineSite)| {
        let on_it = site.devices.iter().enumerate().filter(|(_, d)| d.line.index() == index);
        let units = on_it.map(|(device, row)| {
            let device = DeviceId::from_index(device);
            let map = maps[device.index()].clone();
            UnitSettings { device, unit: row.unit, map, outputs: ports(site, device) }
        });
        let gap = wire(row).map_or(Millis::ZERO, |wire| wire.gap());
        let settings = LineSettings { timeout: row.timeout, gap, ..LineSettings::default() };
        Line::new(settings, units.collect(), now, seed.wrapping_add(index as u64))
    };
    site.lines.iter().enumerate().map(line).collect()
}

/// The wire of a serial line.
pub(crate) fn wire(line: &scenario::LineSite) -> Option<Wire> {
    match &line.transport {
        Transport::Serial(serial) => {
            Some(Wire { baud: serial.baud, bits: serial.character_bits() })
        }
        Transport::Tcp { .. } | Transport::RtuTcp { .. } => None,
    }
}

/// Where a device's outputs are wired to.
fn ports(site: &Site, device: DeviceId) -> Vec<OutputPort> {
    let port = |output: &scenario::OutputSite| OutputPort {
        channel: output.channel,
        junction: output.junction,
        role: match output.role {
            scenario::OutputRole::Call { group, pulse } => OutputRole::Call { group, pulse },
            scenario::OutputRole::Preempt { number } => OutputRole::Preempt { number },
            scenario::OutputRole::PlanBit { bit } => OutputRole::PlanBit { bit },
        },
    };
    site.outputs.iter().filter(|output| output.device == device).map(port).collect()
}

/// The devices of a site, with what their channels watch.
pub(crate) fn devices(site: &Site, maps: &[Arc<DeviceMap>]) -> Vec<Device> {
    let device = |(index, row): (usize, &scenario::DeviceSite)| {
        let id = DeviceId::from_index(index);
        let mut device = Device {
            line: row.line,
            junction: site.signals.iter().position(|signal| signal.device == id),
            loops: Vec::new(),
            trackers: Vec::new(),
            inputs: Vec::new(),
            commands: maps[index].profile().commands.iter().map(|entry| entry.name).collect(),
        };
        for detector in site.detectors.iter().filter(|detector| detector.device == id) {
            let channel = usize::from(detector.channel);
            match loop_of(detector.kind) {
                Some(which) => put(&mut device.loops, channel, (detector.lane, which)),
                None => put(&mut device.trackers, channel, detector.lane),
            }
        }
        for (at, input) in site.inputs.iter().enumerate().filter(|(_, i)| i.device == id) {
            put(&mut device.inputs, usize::from(input.channel), at);
        }
        device
    };
    site.devices.iter().enumerate().map(device).collect()
}

/// Which loop a detector is; none for a tracker.
pub(crate) fn loop_of(kind: DetectorKind) -> Option<Loop> {
    match kind {
        DetectorKind::StopLine => Some(Loop::StopLine),
        DetectorKind::Advance { .. } => Some(Loop::Advance),
        DetectorKind::Tracker => None,
    }
}

fn put<T: Clone>(table: &mut Vec<Option<T>>, at: usize, value: T) {
    if table.len() <= at {
        table.resize(at + 1, None);
    }
    table[at] = Some(value);
}
