//! Cyclic flow profiles: how many vehicles pass a place in each second of the cycle, cycle after cycle.
//!
//! A platoon that leaves a stop line spreads on its way. Robertson (1969), as TRANSYT has it:
//! `q2(t + T) = F q1(t) + (1 - F) q2(t + T - 1)`, with `T = beta t` and `F = 1 / (1 + alpha beta t)`,
//! where `t` is the mean time along the link; alpha 0.35 (0.25 on roads with little friction, 0.5 on
//! roads with much) and beta 0.8. The constants are recalled and *unverified* here.

/// Vehicles in each second of the cycle.
pub type Profile = Vec<f64>;

/// How platoons spread.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Dispersion {
    /// How much they spread.
    pub alpha: f64,
    /// The time of the first vehicle as a share of the mean time.
    pub beta: f64,
}

impl Default for Dispersion {
    /// Robertson's constants, unverified.
    fn default() -> Self {
        Self { alpha: 0.35, beta: 0.8 }
    }
}

/// After so many cycles nothing is left of how the recursion began: the slowest platoon halves each
/// 30 s.
const SETTLED: usize = 4;

impl Dispersion {
    /// The profile at the end of a link that takes `mean` seconds.
    #[must_use]
    pub fn along(self, departures: &[f64], mean: f64) -> Profile {
        let count = departures.len();
        let first = self.beta * mean.max(0.0);
        let share = 1.0 / (1.0 + self.alpha * first);
        let shift = first.round() as usize;
        let (mut arrivals, mut last) = (vec![0.0; count], 0.0);
        for at in 0..SETTLED * count {
            last = share * departures[at % count] + (1.0 - share) * last;
            arrivals[(at + shift) % count] = last;
        }
        arrivals
    }
}

/// What a stop line lets pass, and what its red costs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Served {
    /// Vehicles that leave in each second of the cycle.
    pub departures: Profile,
    /// Vehicle-seconds of delay in a cycle.
    pub delay: f64,
    /// Vehicles that stop, in a cycle.
    pub stops: f64,
}

/// The most of its capacity that a profile may use here: beyond, the queue grows from cycle to cycle,
/// which no cyclic profile shows. What comes above is left to the formula of the overflow.
const LOAD_MAX: f64 = 0.98;

/// A vertical queue at a stop line, cycle after cycle: `arrivals` a second, at most `capacity` leave in
/// a second. Where more arrive than can leave, as many as can are looked at.
#[must_use]
pub fn serve(arrivals: &[f64], capacity: &[f64]) -> Served {
    let count = arrivals.len();
    let (scale, start) = (scale(arrivals, capacity), start(capacity));
    let mut served = Served { departures: vec![0.0; count], delay: 0.0, stops: 0.0 };
    let mut queue = 0.0_f64;
    for turn in 0..2 {
        if turn == 1 && queue <= f64::EPSILON {
            break;
        }
        (served.delay, served.stops) = (0.0, 0.0);
        for at in (start..count).chain(0..start) {
            let come = arrivals[at] * scale;
            let left = (queue + come - capacity[at]).max(0.0);
            served.departures[at] = queue + come - left;
            served.stops += left.min(come);
            served.delay += left;
            queue = left;
        }
    }
    served
}

/// Delay and stops in a cycle where the arrivals come 0, 1, 2, … seconds sooner; as [`serve`] has them.
#[must_use]
pub(super) fn costs(arrivals: &[f64], capacity: &[f64]) -> Vec<(f64, f64)> {
    let count = arrivals.len();
    let (scale, start) = (scale(arrivals, capacity), start(capacity));
    let twice: Vec<f64> = arrivals.iter().chain(arrivals).map(|come| come * scale).collect();
    let mut queues = vec![0.0_f64; count];
    let (mut delays, mut stops) = (vec![0.0; count], vec![0.0; count]);
    for turn in 0..2 {
        if turn == 1 && queues.iter().all(|&queue| queue <= f64::EPSILON) {
            break;
        }
        delays.fill(0.0);
        stops.fill(0.0);
        for at in (start..count).chain(0..start) {
            // All shifts side by side: none waits for another.
            let go = capacity[at];
            let shifts = queues.iter_mut().zip(&mut delays).zip(&mut stops).zip(&twice[at..]);
            for (((queue, delay), stops), &come) in shifts {
                let left = (*queue + come - go).max(0.0);
                *stops += left.min(come);
                *delay += left;
                *queue = left;
            }
        }
    }
    delays.into_iter().zip(stops).collect()
}

/// By what arrivals are multiplied so that they can leave.
fn scale(arrivals: &[f64], capacity: &[f64]) -> f64 {
    let (come, go): (f64, f64) = (arrivals.iter().sum(), capacity.iter().sum());
    if come > LOAD_MAX * go { LOAD_MAX * go / come.max(f64::MIN_POSITIVE) } else { 1.0 }
}

/// The second after a green: the queue is empty then, or soon after the first pass.
fn start(capacity: &[f64]) -> usize {
    let count = capacity.len();
    let end = (0..count).find(|&at| capacity[at] > 0.0 && capacity[(at + 1) % count] == 0.0);
    end.map_or(0, |at| (at + 1) % count)
}

/// Vehicles of a profile that arrive in green, `ahead` seconds sooner than it says; `green` are the
/// shares of each second.
#[must_use]
pub fn on_green(arrivals: &[f64], ahead: usize, green: &[f64]) -> f64 {
    let (late, early) = arrivals.split_at(ahead % arrivals.len().max(1));
    early.iter().chain(late).zip(green).map(|(come, green)| come * green).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_even_flow_stays_even_and_a_platoon_spreads_as_worked_out() {
        let even = Dispersion::default().along(&[0.25; 60], 30.0);
        assert!(even.iter().all(|q| (q - 0.25).abs() < 1e-3), "{even:?}");
        // Mean 12.5 s: T = 10, F = 1 / (1 + 0.35 * 10) = 0.2222.
        let mut platoon = vec![0.0; 60];
        platoon[0] = 9.0;
        let spread = Dispersion::default().along(&platoon, 12.5);
        assert!(
            (spread[10] - 2.0).abs() < 1e-3 && (spread[11] - 1.5556).abs() < 1e-3,
            "{spread:?}"
        );
        assert!((spread.iter().sum::<f64>() - 9.0).abs() < 1e-2);
    }

    /// Webster's uniform delay (1958), `C (1 - g/C)² / 2 / (1 - y)` a vehicle.
    #[test]
    fn the_delay_of_an_even_flow_is_the_uniform_delay() {
        for (flow, green) in [(0.2, 30), (0.1, 20), (0.05, 45)] {
            let mut capacity = vec![0.0; 60];
            capacity[..green].fill(0.5);
            let got = serve(&[flow; 60], &capacity);
            let share = green as f64 / 60.0;
            let uniform = 60.0 * (1.0 - share).powi(2) / 2.0 / (1.0 - flow / 0.5);
            let delay = got.delay / (60.0 * flow);
            assert!((delay - uniform).abs() < 0.04 * uniform + 0.2, "{flow} {green}: {delay}");
            assert!((got.departures.iter().sum::<f64>() - 60.0 * flow).abs() < 1e-6);
        }
    }

    #[test]
    fn who_comes_in_green_neither_waits_nor_stops() {
        let mut capacity = vec![0.0; 60];
        capacity[10..40].fill(0.5);
        let mut platoon = vec![0.0; 60];
        platoon[15..30].fill(0.4);
        let got = serve(&platoon, &capacity);
        assert_eq!((got.delay, got.stops), (0.0, 0.0));
        let (delay, stops) = costs(&platoon, &capacity)[30];
        assert!(delay > 60.0 && (stops - 6.0).abs() < 1e-9, "{delay} {stops}");
        assert!((on_green(&platoon, 0, &capacity) - 3.0).abs() < 1e-9);
        assert!(on_green(&platoon, 30, &capacity) == 0.0);
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_more_than_can_pass_does_not_break_it(
            arrivals in prop::collection::vec(0.0..1.0_f64, 20..80),
            green in 1_usize..20,
            ahead in 0_usize..20,
        ) {
            let mut capacity = vec![0.0; arrivals.len()];
            capacity[..green].fill(0.5);
            let got = serve(&arrivals, &capacity);
            let can: f64 = capacity.iter().sum::<f64>() * LOAD_MAX;
            let come: f64 = arrivals.iter().sum::<f64>().min(can);
            prop_assert!((got.departures.iter().sum::<f64>() - come).abs() < 1e-6);
            prop_assert!(got.delay >= 0.0 && got.stops <= come + 1e-6);
            let all = costs(&arrivals, &capacity);
            let (delay, stops) = all[ahead];
            prop_assert!((all[0].0 - got.delay).abs() < 1e-6 && (all[0].1 - got.stops).abs() < 1e-6);
            prop_assert!(delay.is_finite() && delay >= 0.0 && stops <= come + 1e-6);
        }
    }
}
