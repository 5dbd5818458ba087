//! The wires of the street: detectors to whatever reports them, a remote I/O unit's outputs to a
//! cabinet's inputs, a cabinet's stage outputs to the unit's inputs.

use std::sync::Arc;

use field::DeviceMap;
use scenario::{DetectorKind, DetectorSite, InputRole, OutputRole, OutputSite, Site};
use units::{DeviceId, Millis, Moment};

use super::Street;
use crate::cabinet::Channel;
use crate::fault::Fault;

/// The time that a cabinet's occupancy is over; a whole number of the world's steps.
const OCCUPANCY_SPAN: Millis = Millis(1_000);

/// What a detector of the world reports to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sensor {
    /// A cabinet, where the device is one, as this detector of the site.
    Detector(usize, Option<usize>),
    /// A lane tracker, as this detector of the site.
    Head(usize),
    /// A remote I/O unit, as this input of the site.
    Input(usize),
}

/// The detectors of the world: the site's own, and those behind inputs.
pub(super) fn sensors(
    site: &Site,
    is_head: &dyn Fn(DeviceId) -> bool,
) -> (Vec<DetectorSite>, Vec<Sensor>) {
    let own = site.detectors.iter().cloned().enumerate();
    let own = own.map(|(index, detector)| {
        let cabinet = site.signals.iter().position(|signal| signal.device == detector.device);
        let sensor = if is_head(detector.device) {
            Sensor::Head(index)
        } else {
            Sensor::Detector(index, cabinet)
        };
        (detector, sensor)
    });
    let behind = site.inputs.iter().enumerate().filter_map(|(index, input)| match input.role {
        InputRole::Detector { lane, kind } => {
            let (device, channel) = (input.device, input.channel);
            Some((DetectorSite { device, channel, lane, kind }, Sensor::Input(index)))
        }
        InputRole::StageConfirmation { .. }
        | InputRole::Call { .. }
        | InputRole::Preempt { .. } => None,
    });
    own.chain(behind).unzip()
}

/// The register map of a cabinet that nobody can talk to.
pub(super) fn unseen_map() -> Arc<DeviceMap> {
    let profile = hw_profiles::builtin("open-stage-controller");
    Arc::new(DeviceMap::new(profile.expect("it ships with the profiles")))
}

impl Street {
    /// What the outputs that are wired to a cabinet make of its inputs.
    pub(super) fn wire_to_cabinet(&mut self, index: usize) {
        if self.site.outputs.is_empty() {
            return;
        }
        let site = self.site.clone();
        let junction = site.signals[index].junction;
        let (mut preempt, mut plan) = (None, 0);
        for (at, output) in site.outputs.iter().enumerate().filter(|(_, o)| o.junction == junction)
        {
            let block = self.blocks[output.device.index()].as_ref();
            let levels = block.map(|block| block.outputs()).unwrap_or_default();
            let level = levels.get(usize::from(output.channel)).copied().unwrap_or(false);
            let rose = !std::mem::replace(&mut self.levels[at], level) && level;
            match output.role {
                OutputRole::Call { group, .. } if rose => self.cabinets[index].call(group),
                OutputRole::Preempt { number } if level => preempt = Some(number),
                OutputRole::PlanBit { bit } => plan |= u8::from(level) << bit,
                OutputRole::Call { .. } | OutputRole::Preempt { .. } => {}
            }
        }
        self.cabinets[index].set_wired_preempt(preempt);
        self.cabinets[index].set_wired_plan(plan);
    }

    /// Whoever waits at a crossing pushes its button, where the site says that the group has an input
    /// for calls at its cabinet, or one of a unit.
    pub(super) fn push_buttons(&mut self) {
        self.wire_buttons();
        for (index, waits_for) in self.world.walker_calls() {
            let junction = self.site.signals[index].junction;
            let is_button = |output: &OutputSite| {
                let called =
                    matches!(output.role, OutputRole::Call { group, .. } if group == waits_for);
                output.junction == junction && called
            };
            if self.site.outputs.iter().any(is_button) {
                self.cabinets[index].call(waits_for);
            }
        }
    }

    /// What the buttons make of the units' inputs: they are on while somebody waits.
    fn wire_buttons(&mut self) {
        let site = self.site.clone();
        for input in &site.inputs {
            let InputRole::Call { junction, group } = input.role else {
                continue;
            };
            let index = site.signals.iter().position(|signal| signal.junction == junction);
            let waits = self.world.walker_calls().any(|(at, of)| (Some(at), of) == (index, group));
            if let Some(block) = &mut self.blocks[input.device.index()] {
                block.set_input(input.channel, waits != input.inverted);
            }
        }
    }

    /// What the cabinets' stage outputs make of the units' inputs.
    pub(super) fn wire_stages(&mut self) {
        let site = self.site.clone();
        for input in &site.inputs {
            let InputRole::StageConfirmation { junction, stage } = input.role else {
                continue;
            };
            let index = site.signals.iter().position(|signal| signal.junction == junction);
            let runs = index.is_some_and(|index| self.cabinets[index].stage() == Some(stage));
            if let Some(block) = &mut self.blocks[input.device.index()] {
                block.set_input(input.channel, runs != input.inverted);
            }
        }
    }

    /// Hands what the detectors say to whatever reports them.
    pub(super) fn report(&mut self) {
        let site = self.site.clone();
        self.measure();
        for at in 0..self.sensors.len() {
            let state = self.world.detector(at);
            match self.sensors[at] {
                Sensor::Detector(index, cabinet) => {
                    let wired = &site.detectors[index];
                    let number = wired.channel;
                    let stuck = self.is_stuck(wired.device, number);
                    let (channel, occupancy) = match wired.kind {
                        DetectorKind::Tracker => {
                            (Channel::Tracker(number, state.queue, state.count), None)
                        }
                        _ if stuck => (Channel::Loop(number, true, 0), self.occupancy(at, true)),
                        _ => (
                            Channel::Loop(number, state.present, state.count),
                            self.occupancy(at, false),
                        ),
                    };
                    let occupancy = occupancy.map(|share| Channel::Occupancy(number, share));
                    if let Some(cabinet) = cabinet {
                        let said = std::iter::once(channel).chain(occupancy);
                        self.cabinets[cabinet].detect(said);
                    }
                }
                Sensor::Head(index) => self.track(&site.detectors[index], at),
                Sensor::Input(index) => {
                    let wired = &site.inputs[index];
                    let stuck = self.is_stuck(wired.device, wired.channel);
                    let level = (stuck || state.present) != wired.inverted;
                    let count = if stuck { 0 } else { state.count };
                    if let Some(block) = &mut self.blocks[wired.device.index()] {
                        block.set_counted(wired.channel, level, count);
                    }
                }
            }
        }
    }

    /// For how many thousandths of the last second a loop was occupied, at each full second.
    fn occupancy(&mut self, at: usize, is_stuck: bool) -> Option<u16> {
        if (self.now - Moment::ORIGIN).modulo(OCCUPANCY_SPAN) != Millis::ZERO {
            return None;
        }
        let occupied = self.world.detector(at).occupied;
        let passed = occupied - std::mem::replace(&mut self.occupied[at], occupied);
        let thousandths = passed.0 * 1_000 / OCCUPANCY_SPAN.0;
        let share = if is_stuck { 1_000 } else { thousandths.clamp(0, 1_000) };
        u16::try_from(share).ok()
    }

    fn is_stuck(&self, device: DeviceId, channel: u16) -> bool {
        self.active(device).any(|fault| match fault {
            Fault::StuckDetector(which) => which.is_none_or(|which| which == channel),
            _ => false,
        })
    }
}
