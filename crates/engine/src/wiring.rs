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

/// Lines that begin at once: their answers are taken within a few milliseconds.
const AT_ONCE: usize = 64;
/// What most devices are read in, and what the lines of a larger site are spread over.
const BEAT: Millis = Millis(1_000);

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
    let mut units: Vec<Vec<UnitSettings>> = vec![Vec::new(); site.lines.len()];
    for (index, row) in site.devices.iter().enumerate() {
        let device = DeviceId::from_index(index);
        let (map, outputs) = (maps[index].clone(), ports(site, device));
        let watchdog_tried = row.watchdog_tried;
        let unit = UnitSettings { device, unit: row.unit, map, watchdog_tried, outputs };
        units[row.line.index()].push(unit);
    }
    let line = |(index, (row, units)): (usize, (&scenario::LineSite, Vec<UnitSettings>))| {
        let gap = wire(row).map_or(Millis::ZERO, |wire| wire.gap());
        let first = begin(index, site.lines.len());
        let settings = LineSettings { timeout: row.timeout, first, gap, ..LineSettings::default() };
        Line::new(settings, units, now, seed.wrapping_add(index as u64))
    };
    site.lines.iter().zip(units).enumerate().map(line).collect()
}

/// When a line of so many connects first. A few lines all begin at once.
fn begin(index: usize, lines: usize) -> Millis {
    if lines <= AT_ONCE {
        return Millis::ZERO;
    }
    let spread = BEAT.0.saturating_mul(i64::try_from(index).unwrap_or(0));
    Millis(spread / i64::try_from(lines).unwrap_or(i64::MAX))
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

/// The devices of a site, with what their channels watch. Where two junctions name one device, the
/// first one has it.
pub(crate) fn devices(site: &Site, maps: &[Arc<DeviceMap>]) -> Vec<Device> {
    let device = |(index, row): (usize, &scenario::DeviceSite)| Device {
        line: row.line,
        junction: None,
        loops: Vec::new(),
        trackers: Vec::new(),
        inputs: Vec::new(),
        commands: maps[index].profile().commands.iter().map(|entry| entry.name).collect(),
    };
    let mut devices: Vec<_> = site.devices.iter().enumerate().map(device).collect();
    for (index, signal) in site.signals.iter().enumerate() {
        devices[signal.device.index()].junction.get_or_insert(index);
    }
    for detector in &site.detectors {
        let device = &mut devices[detector.device.index()];
        let channel = usize::from(detector.channel);
        match loop_of(detector.kind) {
            Some(which) => put(&mut device.loops, channel, (detector.lane, which)),
            None => put(&mut device.trackers, channel, detector.lane),
        }
    }
    for (at, input) in site.inputs.iter().enumerate() {
        let device = &mut devices[input.device.index()];
        put(&mut device.inputs, usize::from(input.channel), at);
    }
    devices
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
