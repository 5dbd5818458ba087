//! The widest green band through a road, in both directions together, exactly.
//!
//! A *band* is a stretch of the cycle in which whoever drives at the planned speed meets green at
//! every stop. The *outward* one goes from the first stop to the last, the *homeward* one back.
//! Little (1966) and MAXBAND find the widest pair by mixed integers. On a grid of whole seconds no
//! solver is needed. Let the outward band be where it is: then only the second at which the homeward
//! one begins is open, and for each such second every stop can do one of a few things, each of
//! which bounds the two bands apart from all other stops:
//!
//! ```text
//!   the offset puts both bands into both greens, and one of the two reaches into red:
//!     outward <= green,       homeward <= green - e        e: how far the homeward band is late
//!     outward <= green - e',  homeward <= green            e' = period - e
//!   or one of the bands is given up
//! ```
//!
//! So `f(b)`, the homeward band that all stops leave where the outward one is `b`, is the least over
//! the stops of a table each; the best `b` and the best second are looked up. That is all there is:
//! with integer greens and times every pair of bands that integer offsets give is among them.

use super::window::Window;

/// The greens of one stop under one order of its stages: outward, homeward.
pub type Pair = [Window; 2];

/// A junction on the road.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Its own cycle, seconds: that of the road, or half of it.
    pub period: u32,
    /// The greens of both directions, for each order of the stages that it may have; at least one.
    pub orders: Vec<Pair>,
}

/// A road with signals, from one end to the other.
#[derive(Clone, PartialEq, Debug)]
pub struct Road {
    /// The common cycle, seconds.
    pub cycle: u32,
    /// The stops, at least one.
    pub stops: Vec<Stop>,
    /// Seconds from each stop to the next, outward; one fewer than stops.
    pub outward: Vec<u32>,
    /// Seconds from the next stop back to each, homeward.
    pub homeward: Vec<u32>,
    /// Vehicles an hour outward and homeward: between pairs of bands that are as wide together, the
    /// one whose ratio is nearer to theirs is taken.
    pub volumes: [f64; 2],
}

/// The widest pair of bands, and what it asks of each stop.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bands {
    /// The outward band, seconds.
    pub outward: u32,
    /// The homeward band, seconds.
    pub homeward: u32,
    /// Which order each stop has.
    pub orders: Vec<usize>,
    /// Which offsets of each stop leave both bands as wide, in ascending order; within its period.
    pub offsets: Vec<Vec<u32>>,
}

impl Bands {
    /// Both bands together, seconds.
    #[must_use]
    pub fn both(&self) -> u32 {
        self.outward + self.homeward
    }
}

/// One thing that a stop can do: the widest outward and homeward band then.
type Choice = (u32, u32);

/// Seconds to each stop from the first, outward and homeward.
struct Times {
    outward: Vec<u32>,
    homeward: Vec<u32>,
}

impl Times {
    fn of(road: &Road) -> Self {
        let sums = |parts: &[u32]| {
            let mut sums = vec![0];
            parts.iter().for_each(|part| sums.push(sums[sums.len() - 1] + part));
            sums
        };
        Self { outward: sums(&road.outward), homeward: sums(&road.homeward) }
    }

    /// How far the homeward band, begun at the first stop at `second`, comes after the outward one at
    /// stop `at`, both measured from the begins of their greens; within the stop's period.
    fn late(&self, at: usize, pair: &Pair, second: u32, period: u32) -> u32 {
        let wrap = |value: i64| value.rem_euclid(i64::from(period.max(1)));
        let homeward = i64::from(second) - i64::from(self.homeward[at]) - i64::from(pair[1].start);
        let outward = i64::from(self.outward[at]) - i64::from(pair[0].start);
        u32::try_from(wrap(homeward - outward)).unwrap_or(0)
    }
}

/// All that a stop can do with one order, where the homeward band is `late`.
fn choices(pair: &Pair, late: u32, period: u32, cycle: u32) -> [Choice; 6] {
    let [out, home] = [pair[0].length, pair[1].length];
    let whole = |length: u32| if length >= period { cycle } else { length };
    let (out_all, home_all) = (whole(out), whole(home));
    let never = (0, 0);
    [
        (0, home_all),
        (out_all, 0),
        if late <= home { (out, home - late) } else { never },
        if period - late <= out { (out - (period - late), home) } else { never },
        // A green without end hinders nobody.
        if out >= period { (cycle, home_all) } else { never },
        if home >= period { (out_all, cycle) } else { never },
    ]
}

/// Finds the widest pair of bands. Of pairs that are as wide, the one nearest to the ratio of the
/// volumes is taken, then the earliest; of orders the first that serves.
///
/// Takes `cycle * stops * (cycle + orders)` steps.
#[must_use]
pub fn widest(road: &Road) -> Bands {
    let times = Times::of(road);
    let most = road.stops.iter().map(|stop| widest_green(stop, road.cycle)).min().unwrap_or(0);
    let mut left = vec![0; most as usize + 1];
    let mut table = vec![0; most as usize + 1];
    let mut best: Option<(u32, f64, [u32; 3])> = None;
    for second in 0..road.cycle {
        left.fill(road.cycle);
        for (at, stop) in road.stops.iter().enumerate() {
            table.fill(0);
            for pair in &stop.orders {
                let late = times.late(at, pair, second, stop.period);
                for (out, home) in choices(pair, late, stop.period, road.cycle) {
                    let cell = &mut table[out.min(most) as usize];
                    *cell = home.max(*cell);
                }
            }
            let mut above = 0;
            for (cell, left) in table.iter().zip(left.iter_mut()).rev() {
                above = above.max(*cell);
                *left = above.min(*left);
            }
        }
        for (out, &home) in (0_u32..).zip(&left) {
            let far = (f64::from(out) * road.volumes[1] - f64::from(home) * road.volumes[0]).abs();
            let wider = best.is_none_or(|(both, apart, _)| {
                out + home > both || (out + home == both && far < apart)
            });
            if wider {
                best = Some((out + home, far, [second, out, home]));
            }
        }
    }
    let [second, outward, homeward] = best.map_or([0; 3], |(_, _, found)| found);
    settle(road, &times, second, outward, homeward)
}

fn widest_green(stop: &Stop, cycle: u32) -> u32 {
    let whole = |length: u32| if length >= stop.period { cycle } else { length };
    stop.orders.iter().map(|pair| whole(pair[0].length)).max().unwrap_or(0)
}

/// The orders and the offsets that leave these bands.
fn settle(road: &Road, times: &Times, second: u32, outward: u32, homeward: u32) -> Bands {
    let (mut orders, mut offsets) = (Vec::new(), Vec::new());
    for (at, stop) in road.stops.iter().enumerate() {
        let period = i64::from(stop.period.max(1));
        let holds = |pair: &Pair, offset: u32| {
            let within = |window: Window, begin: i64, band: u32| {
                let ahead =
                    (begin - i64::from(offset) - i64::from(window.start)).rem_euclid(period);
                band == 0
                    || window.length >= stop.period
                    || ahead + i64::from(band) <= i64::from(window.length)
            };
            within(pair[0], times.outward[at].into(), outward)
                && within(pair[1], i64::from(second) - i64::from(times.homeward[at]), homeward)
        };
        let of = |pair: &Pair| (0..stop.period).filter(|&o| holds(pair, o)).collect::<Vec<_>>();
        let found = stop.orders.iter().map(of).enumerate().find(|(_, found)| !found.is_empty());
        // There always is one: the bands are no wider than what every stop leaves.
        let (order, found) = found.unwrap_or_else(|| (0, (0..stop.period).collect()));
        orders.push(order);
        offsets.push(found);
    }
    Bands { outward, homeward, orders, offsets }
}

/// The widest bands that these offsets leave, outward and homeward, each by itself, where every stop
/// has its first order.
#[must_use]
pub fn through(road: &Road, offsets: &[u32]) -> [u32; 2] {
    let times = Times::of(road);
    let green = |direction: usize, second: i64| {
        road.stops.iter().zip(offsets).enumerate().all(|(at, (stop, &offset))| {
            let window = stop.orders[0][direction];
            let time = if direction == 0 {
                second + i64::from(times.outward[at])
            } else {
                second - i64::from(times.homeward[at])
            };
            let into = (time - i64::from(offset) - i64::from(window.start))
                .rem_euclid(i64::from(stop.period.max(1)));
            into < i64::from(window.length)
        })
    };
    [0, 1].map(|direction| {
        let (mut run, mut best) = (0_u32, 0_u32);
        for second in 0..2 * road.cycle {
            run = if green(direction, second.into()) { run + 1 } else { 0 };
            best = best.max(run);
        }
        best.min(road.cycle)
    })
}
