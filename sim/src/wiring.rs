//! Which line, unit, signal and detector of a site belong together: looked up at every request and
//! at every step of the world.

use std::collections::BTreeMap;

use scenario::Site;
use units::{DeviceId, LineId};

/// The lookups of one site.
#[derive(Clone, Debug)]
pub(crate) struct Wiring {
    units: BTreeMap<(LineId, u8), DeviceId>,
    /// For each device, its signal.
    signals: Vec<Option<usize>>,
    /// For each line, the signals that are reached by it.
    on_line: Vec<Vec<usize>>,
    /// For each device, its detectors as rows of the site's table.
    detectors: Vec<Vec<usize>>,
}

impl Wiring {
    /// The lookups of `site`. Where a file names a unit or a device twice, the first one counts.
    pub(crate) fn new(site: &Site) -> Self {
        let mut wiring = Self {
            units: BTreeMap::new(),
            signals: vec![None; site.devices.len()],
            on_line: vec![Vec::new(); site.lines.len()],
            detectors: vec![Vec::new(); site.devices.len()],
        };
        for (index, device) in site.devices.iter().enumerate() {
            let id = DeviceId::from_index(index);
            wiring.units.entry((device.line, device.unit)).or_insert(id);
        }
        for (index, signal) in site.signals.iter().enumerate() {
            wiring.signals[signal.device.index()].get_or_insert(index);
            let line = site.devices[signal.device.index()].line;
            wiring.on_line[line.index()].push(index);
        }
        for (index, detector) in site.detectors.iter().enumerate() {
            wiring.detectors[detector.device.index()].push(index);
        }
        wiring
    }

    /// The device behind a unit of a line.
    pub(crate) fn device(&self, line: LineId, unit: u8) -> Option<DeviceId> {
        self.units.get(&(line, unit)).copied()
    }

    /// The signal that a device drives.
    pub(crate) fn signal(&self, device: DeviceId) -> Option<usize> {
        self.signals.get(device.index()).copied().flatten()
    }

    /// The signals that a line reaches.
    pub(crate) fn on_line(&self, line: LineId) -> &[usize] {
        self.on_line.get(line.index()).map_or(&[], Vec::as_slice)
    }

    /// The detectors that are wired to a device.
    pub(crate) fn detectors(&self, device: DeviceId) -> &[usize] {
        self.detectors.get(device.index()).map_or(&[], Vec::as_slice)
    }
}
