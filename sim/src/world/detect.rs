//! Loops and trackers.

use std::collections::VecDeque;

use network::Network;
use scenario::{DetectorKind, DetectorSite};

use super::Vehicle;

/// A loop's length along the lane, metres.
const LOOP_LENGTH: f64 = 2.0;
/// Slower than this a vehicle queues, m/s.
const QUEUE_SPEED: f64 = 1.4;

/// What a detector says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DetectorState {
    /// A loop: whether it is occupied. A tracker: whether there is any vehicle.
    pub present: bool,
    /// A loop: vehicles so far. A tracker: vehicles on the lane.
    pub count: u32,
    /// A tracker: vehicles that queue.
    pub queue: u16,
}

#[derive(Clone, Copy, Debug)]
struct Detector {
    lane: usize,
    /// Where a loop begins and ends; none for a tracker.
    span: Option<(f64, f64)>,
}

#[derive(Clone, Debug)]
pub(super) struct Detectors {
    detectors: Vec<Detector>,
    states: Vec<DetectorState>,
}

impl Detectors {
    pub(super) fn new(network: &Network, sites: &[DetectorSite]) -> Self {
        let detector = |site: &DetectorSite| {
            let length = network.link(network.lane(site.lane).link).length.0;
            let span = match site.kind {
                DetectorKind::StopLine => Some((length - LOOP_LENGTH, length)),
                DetectorKind::Advance { distance } => {
                    let begin = (length - distance.0 - LOOP_LENGTH).max(0.0);
                    Some((begin, begin + LOOP_LENGTH))
                }
                DetectorKind::Tracker => None,
            };
            Detector { lane: site.lane.index(), span }
        };
        let detectors: Vec<_> = sites.iter().map(detector).collect();
        Self { states: vec![DetectorState::default(); detectors.len()], detectors }
    }

    pub(super) fn states(&self) -> &[DetectorState] {
        &self.states
    }

    pub(super) fn look(&mut self, lanes: &[VecDeque<Vehicle>]) {
        for (detector, state) in self.detectors.iter().zip(&mut self.states) {
            let lane = &lanes[detector.lane];
            let Some((begin, end)) = detector.span else {
                let on_it = lane.iter().filter(|v| v.position > 0.0);
                let queue = on_it.clone().filter(|v| v.speed < QUEUE_SPEED).count();
                state.count = u32::try_from(on_it.count()).unwrap_or(u32::MAX);
                state.queue = u16::try_from(queue).unwrap_or(u16::MAX);
                state.present = state.count > 0;
                continue;
            };
            let present = lane.iter().any(|v| v.position >= begin && v.rear() < end);
            // A vehicle that follows so closely that the loop never frees is counted with the next.
            state.count += u32::from(present && !state.present);
            state.present = present;
        }
    }
}
