//! The figures by which the world is measured against traffic: what `validity.rs` holds and
//! `cargo xtask plots` draws.

use scenario::VehicleType;
use signal::Aspect;
use sim::world::{Model, Ring, Settings};
use units::{MetresPerSecond, Millis};

use crate::support::crossroads::{Arm, Crossroads, Way, poisson, queue};

pub(crate) const HOUR: Millis = Millis(3_600_000);

/// Flow (vehicles an hour) at a density (vehicles a kilometre) on a ring.
pub(crate) fn ring_flow(model: Model, density: f64) -> f64 {
    let length = 3_000.0;
    let count = (density * 3.0).round() as usize;
    let settings = Settings { model, ..Settings::default() };
    let mut ring = Ring::new(&settings, &car(), count, length, 13.9);
    (0..2_400).for_each(|_| ring.step());
    let mut sum = 0.0;
    for _ in 0..1_200 {
        ring.step();
        sum += ring.speeds().iter().map(|&speed| f64::from(speed)).sum::<f64>() / count as f64;
    }
    sum / 1_200.0 * 3.6 * density
}

/// A car that the street's limit holds, not its own.
pub(crate) fn car() -> VehicleType {
    VehicleType { max_speed: MetresPerSecond(20.0), ..VehicleType::default() }
}

/// The mean seconds after green at which the 1st, 2nd, … vehicle of a queue passes the stop line.
pub(crate) fn discharge(way: Way) -> Vec<f64> {
    let (vehicles, seeds) = (24, 12);
    let mut times = vec![0.0; vehicles];
    for seed in 0..seeds {
        let settings = Settings { seed, ..Settings::default() };
        let flows = queue(Arm::West, way, vehicles);
        let mut street = Crossroads::new(&flows, &settings);
        street.run(Millis(150_000), |_, _| Aspect::Red);
        let lane = street.lane(Arm::West, way);
        // A vehicle passes at some moment of a step: in the mean half a step before its end.
        let start = street.world.now() + Millis(street.world.step_length().0 / 2);
        let mut passed = 0;
        while passed < vehicles {
            street.run(street.world.step_length(), |_, _| Aspect::Green);
            let left = vehicles - street.world.vehicles(lane).count();
            for time in &mut times[passed..left] {
                *time += (street.world.now() - start).as_secs_f64() / seeds as f64;
            }
            passed = left;
            assert!(street.world.now() - start < Millis(150_000), "{way:?}: stuck at {passed}");
        }
    }
    times
}

/// Saturation flow (vehicles an hour) and the time lost at the start (seconds).
pub(crate) fn saturation(times: &[f64]) -> (f64, f64) {
    let headway = (times[23] - times[5]) / 18.0;
    (3_600.0 / headway, times[5] - 6.0 * headway)
}

pub(crate) const CYCLE: i64 = 90;
pub(crate) const GREEN: i64 = 40;
pub(crate) const YELLOW: i64 = 3;
/// The share of the yellow that is driven, seconds: the end gain.
pub(crate) const END_GAIN: f64 = 2.0;

pub(crate) fn plan(second: i64, _: Way) -> Aspect {
    match second % CYCLE {
        0..GREEN => Aspect::Green,
        s if s < GREEN + YELLOW => Aspect::Yellow,
        _ => Aspect::Red,
    }
}

/// s · g / C, vehicles an hour.
pub(crate) fn capacity() -> f64 {
    let (flow, lost) = saturation(&discharge(Way::Straight));
    flow * (GREEN as f64 - lost + END_GAIN) / CYCLE as f64
}

/// The light of [`plan`] as the world has it.
pub(crate) struct Light {
    /// Saturation flow, vehicles an hour.
    flow: f64,
    /// Effective green, seconds.
    green: f64,
}

/// Mean delays of the same arrivals, seconds.
pub(crate) struct Delays {
    /// In the world.
    pub(crate) measured: f64,
    /// In a queue that is served one by one; see [`served_delay`].
    pub(crate) served: f64,
    /// By the formula of the HCM.
    pub(crate) hcm: f64,
}

impl Light {
    pub(crate) fn measured() -> Self {
        let (flow, lost) = saturation(&discharge(Way::Straight));
        Self { flow, green: GREEN as f64 - lost + END_GAIN }
    }

    /// An hour at a degree of saturation, over ten draws of the arrivals.
    pub(crate) fn delays(&self, x: f64) -> Delays {
        let capacity = self.flow * self.green / CYCLE as f64;
        let volume = x * capacity;
        let (mut delay, mut served, seeds) = (0.0, 0.0, 10);
        for seed in 0..seeds {
            let flows = poisson(Arm::West, Way::Straight, volume, HOUR, 17 + seed);
            let mean = |plan: &dyn Fn(i64, Way) -> Aspect| {
                let mut street = Crossroads::new(&flows, &Settings::default());
                street.run(HOUR, plan);
                street.run(Millis(400_000), plan);
                street.world.summary().mean_delay_s
            };
            delay += (mean(&plan) - mean(&|_, _| Aspect::Green)) / seeds as f64;
            served += served_delay(&flows[0].due, 3_600.0 / self.flow, self.green) / seeds as f64;
        }
        let hcm = hcm_delay(volume, capacity, self.green / CYCLE as f64);
        Delays { measured: delay, served, hcm }
    }
}

/// The delay of the HCM for an hour of random arrivals, seconds.
pub(crate) fn hcm_delay(volume: f64, capacity: f64, share: f64) -> f64 {
    let (cycle, x) = (CYCLE as f64, volume / capacity);
    let uniform = 0.5 * cycle * (1.0 - share).powi(2) / (1.0 - x.min(1.0) * share);
    let root = ((x - 1.0).powi(2) + 4.0 * x / capacity).sqrt();
    uniform + 900.0 * ((x - 1.0) + root)
}

/// The mean delay of these arrivals at a stop line that serves one each `headway` during the
/// effective green and does nothing else: what the HCM's formula approximates, without its
/// approximation. Seconds.
pub(crate) fn served_delay(due: &[Millis], headway: f64, green: f64) -> f64 {
    let (mut last, mut sum, cycle) = (f64::MIN, 0.0, CYCLE as f64);
    for due in due {
        let due = due.as_secs_f64();
        let mut at = due.max(last + headway);
        if at % cycle >= green {
            at = (at / cycle).ceil() * cycle;
        }
        last = at;
        sum += at - due;
    }
    sum / due.len() as f64
}
