//! Sensors of the street that the site does not wire to a cabinet: lane trackers behind devices of
//! their own, cameras, position reports of emergency vehicles.

use std::collections::VecDeque;

use scenario::{Demand, DetectorSite, Sensors};
use units::DeviceId;

use super::Street;
use crate::fault::Fault;
use crate::world::{Cameras, PositionReport, Positions, World};

/// Position reports that wait for whoever listens; then the oldest are dropped. Ten vehicles say where
/// they are for a minute and a half.
const REPORTS_MAX: usize = 1_000;

/// What looks at the world and changes nothing in it.
#[derive(Clone, Debug)]
pub(super) struct Watchers {
    cameras: Cameras,
    positions: Positions,
    reports: VecDeque<PositionReport>,
}

impl Watchers {
    /// No camera, exact positions.
    pub(super) fn new(demand: &Demand) -> Self {
        let sensors = Sensors::default();
        Self {
            cameras: Cameras::new(&sensors, demand),
            positions: Positions::new(&sensors.noise.position),
            reports: VecDeque::new(),
        }
    }

    pub(super) fn observe(&mut self, world: &World) {
        self.cameras.observe(world);
        self.reports.extend(self.positions.observe(world));
        let over = self.reports.len().saturating_sub(REPORTS_MAX);
        self.reports.drain(..over);
    }
}

impl Street {
    /// Gives the street the sensors of a sensor file. Its time must not have begun: what came before
    /// was seen by none of them.
    pub fn equip(&mut self, sensors: &Sensors) {
        self.world.set_noise(&sensors.noise);
        self.watchers.cameras.equip(sensors);
        self.watchers.positions = Positions::new(&sensors.noise.position);
    }

    /// The cameras, with what they have seen.
    #[must_use]
    pub fn cameras(&self) -> &Cameras {
        &self.watchers.cameras
    }

    /// The position reports that have arrived since the last call, in the order of their arrival.
    pub fn take_positions(&mut self) -> Vec<PositionReport> {
        self.watchers.reports.drain(..).collect()
    }

    /// Every lane tracker, tick by tick.
    pub(super) fn step_heads(&mut self) {
        let now = self.now;
        for index in 0..self.heads.len() {
            if self.heads[index].is_none() {
                continue;
            }
            let reboots = self.begins(DeviceId::from_index(index), Fault::Reboot);
            if let Some(head) = &mut self.heads[index] {
                if reboots {
                    head.reboot(now);
                }
                head.step(now);
            }
        }
    }

    /// Every lane tracker begins a measurement.
    pub(super) fn measure(&mut self) {
        let (range, full) = (self.world.tracker_range(), self.world.noise().radar.range);
        for head in self.heads.iter_mut().flatten() {
            head.measure(range, full);
        }
    }

    /// What a lane tracker has of one of its lanes; `sensor` is its number among the world's.
    pub(super) fn track(&mut self, wired: &DetectorSite, sensor: usize) {
        let track = self.world.track(u32::try_from(sensor).unwrap_or(u32::MAX), wired.lane);
        if let Some(head) = &mut self.heads[wired.device.index()] {
            head.set_lane(wired.channel, &track);
        }
    }
}
