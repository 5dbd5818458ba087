//! One cycle tried: splits of every junction, greens, what offsets are worth, and the outlook.
//!
//! Vehicles leave a stop line as a queue that came evenly does; that platoon spreads on its way
//! ([`Dispersion`](super::Dispersion)) and meets the greens of the next stop line. So what two neighbours are worth to each
//! other depends on their own offsets alone, which makes the search over trees exact; that a platoon is
//! itself the fruit of the platoon before it is left out.

use units::{GroupId, Millis, MovementId};

use super::area::{Area, Objective, Segment};
use super::offsets::{Edge, Net, Node};
use super::profile::{Profile, Served, costs, on_green, serve};
use super::timing::Need;
use super::window::{Green, Splits, greens, longest, shares};

/// How long after green the discharge begins, and how long after it the last vehicle passes: what is
/// lost at the begin is won in yellow (HCM; recalled).
const LATE: Millis = Millis::from_secs(2);
/// How much the delay counts between bands that are as wide.
const TIE: f64 = 1e-3;

/// Splits and greens of all junctions under one cycle.
#[derive(Clone, Debug)]
pub(super) struct Trial<'a> {
    pub(super) area: &'a Area<'a>,
    pub(super) cycle: u32,
    /// Each junction's own cycle: the common one or half of it.
    pub(super) periods: Vec<u32>,
    pub(super) splits: Vec<Splits>,
    /// Each junction's, each group's.
    greens: Vec<Vec<Vec<Green>>>,
    /// What comes to the end of each segment.
    streams: Vec<Stream>,
}

/// The traffic of a segment, whatever the offsets are.
#[derive(Clone, Debug)]
struct Stream {
    /// What comes to its end, in the seconds of the cycle of where it begins.
    platoon: Profile,
    /// The movements that leave it under the signal at its end, and their vehicles an hour.
    leaving: Vec<MovementId>,
    volume: f64,
}

/// What comes of plans, by the model.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outlook {
    /// Seconds of delay of a vehicle at a stop line, over all of them.
    pub delay_s: f64,
    /// Stops of a vehicle at a stop line.
    pub stops: f64,
    /// The share of vehicles between the junctions that come while it is green.
    pub on_green: f64,
    /// Seconds of delay of a vehicle at each junction.
    pub delays_s: Vec<f64>,
}

impl<'a> Trial<'a> {
    /// The plans of a cycle under these orders of stages; a junction that is light enough has half of
    /// it. None where a junction's floor is above.
    pub(super) fn new(
        area: &'a Area<'a>,
        cycle: u32,
        halves: &[bool],
        orders: &[Vec<units::StageId>],
    ) -> Option<Self> {
        let mut trial = Self {
            area,
            cycle,
            periods: Vec::new(),
            splits: Vec::new(),
            greens: Vec::new(),
            streams: Vec::new(),
        };
        for (at, order) in orders.iter().enumerate() {
            let period = if halves[at] { cycle / 2 } else { cycle };
            let need: Need<'_> = area.need(at, order);
            let splits = need.splits(period, area.settings.share)?;
            let layout = area.signals[at].layout;
            trial.greens.push(layout.group_ids().map(|g| greens(layout, &splits, g)).collect());
            trial.periods.push(period);
            trial.splits.push(splits);
        }
        trial.streams = area.segments.iter().map(|segment| trial.stream(segment)).collect();
        Some(trial)
    }

    pub(super) fn green(&self, at: usize, group: GroupId) -> &[Green] {
        &self.greens[at][group.index()]
    }

    /// What a movement may discharge in each second of its junction's cycle.
    fn capacity(&self, at: usize, movement: MovementId) -> Vec<f64> {
        let discharge = self.area.discharge(at, movement);
        match self.area.group(at, movement) {
            Some(group) => {
                let green = shares(self.green(at, group), self.periods[at], self.cycle, LATE);
                green.into_iter().map(|share| share * discharge).collect()
            }
            None => vec![discharge; self.cycle as usize],
        }
    }

    fn a_cycle(&self, movement: MovementId) -> f64 {
        self.area.volumes[movement.index()] * f64::from(self.cycle) / 3_600.0
    }

    fn stream(&self, segment: &Segment) -> Stream {
        let (filling, leaving) = self.area.streams(segment);
        let platoon = self.platoon(segment, filling, &leaving);
        let volume = leaving.iter().map(|&m| self.area.volumes[m.index()]).sum();
        Stream { platoon, leaving, volume }
    }

    fn platoon(
        &self,
        segment: &Segment,
        filling: Vec<MovementId>,
        leaving: &[MovementId],
    ) -> Profile {
        let count = self.cycle as usize;
        let mut sum = vec![0.0; count];
        for movement in filling {
            let even = vec![self.a_cycle(movement) / count as f64; count];
            let served = serve(&even, &self.capacity(segment.ends[0], movement));
            sum.iter_mut().zip(&served.departures).for_each(|(sum, out)| *sum += out);
        }
        let (has, wanted): (f64, f64) =
            (sum.iter().sum(), leaving.iter().map(|&m| self.a_cycle(m)).sum());
        if has <= 0.0 {
            return vec![wanted / count as f64; count];
        }
        // Counts of two junctions seldom agree: the shape is that of the first, the size the second's.
        let mut arrivals = self.area.settings.dispersion.along(&sum, segment.travel);
        arrivals.iter_mut().for_each(|q| *q *= wanted / has);
        arrivals
    }

    /// What of a segment's vehicles a movement takes, and as which part of them.
    fn taken(&self, stream: &Stream, movement: MovementId) -> (Profile, f64) {
        let all = stream.volume;
        let part = if all > 0.0 { self.area.volumes[movement.index()] / all } else { 0.0 };
        (stream.platoon.iter().map(|q| q * part).collect(), part)
    }

    /// The greens on the grid that the road takes into and out of a segment.
    pub(super) fn main_greens(&self, segment: &Segment) -> Option<[super::Window; 2]> {
        let into = self.area.into_segment(segment, None)?;
        let out = self.area.out_of_segment(segment, None)?;
        let [a, b] = segment.ends;
        let window = |at: usize, movement| {
            let group = self.area.group(at, movement)?;
            Some(longest(self.green(at, group), self.periods[at]))
        };
        Some([window(a, into)?, window(b, out)?])
    }

    /// What a segment is worth for each second by which its end begins its cycle after its begin, an
    /// hour.
    fn worth(&self, segment: &Segment, stream: &Stream, objective: Objective) -> Vec<f64> {
        let cycle = self.cycle as usize;
        let an_hour = 3_600.0 / f64::from(self.cycle);
        let mut worth = vec![0.0; cycle];
        let end = segment.ends[1];
        for &movement in &stream.leaving {
            let (arrivals, part) = self.taken(stream, movement);
            if part <= 0.0 {
                continue;
            }
            let capacity = self.capacity(end, movement);
            match objective {
                Objective::Arrivals => {
                    let green: Vec<f64> = self.green_shares(end, movement);
                    for (ahead, worth) in worth.iter_mut().enumerate() {
                        *worth += on_green(&arrivals, ahead, &green) * an_hour;
                    }
                }
                Objective::Delay | Objective::Bandwidth => {
                    let costs = costs(&arrivals, &capacity);
                    for (worth, (delay, stops)) in worth.iter_mut().zip(costs) {
                        *worth -= (delay + self.area.settings.stop_s * stops) * an_hour;
                    }
                }
            }
        }
        worth
    }

    fn green_shares(&self, at: usize, movement: MovementId) -> Vec<f64> {
        let group = self.area.group(at, movement);
        let green = group.map(|group| self.green(at, group)).unwrap_or_default();
        shares(green, self.periods[at], self.cycle, Millis::ZERO)
    }

    /// The seconds of band between two neighbours for each second as above, times the traffic.
    fn bands(&self, segment: &Segment) -> Vec<f64> {
        let cycle = i64::from(self.cycle);
        let Some([into, out]) = self.main_greens(segment) else {
            return vec![0.0; self.cycle as usize];
        };
        let volume = self.area.out_of_segment(segment, None);
        let volume = volume.map_or(0.0, |m| self.area.volumes[m.index()]);
        let period = i64::from(self.periods[segment.ends[1]]);
        let shift = i64::from(into.start) + segment.travel.round() as i64 - i64::from(out.start);
        (0..cycle)
            .map(|later| {
                let at = (shift - later).rem_euclid(period);
                volume * overlap(at, into.length.into(), out.length.into(), period) as f64
            })
            .collect()
    }

    /// The junctions and what their offsets are worth to each other; `allowed` are the offsets that
    /// each may have, all where there are none.
    pub(super) fn net(&self, objective: Objective, allowed: Option<&[Vec<u32>]>) -> Net {
        let nodes = (0..self.splits.len())
            .map(|at| Node {
                allowed: allowed
                    .map_or_else(|| (0..self.periods[at]).collect(), |all| all[at].clone()),
            })
            .collect();
        let mut edges: Vec<Edge> = Vec::new();
        for (segment, stream) in self.area.segments.iter().zip(&self.streams) {
            let mut values = self.worth(segment, stream, objective);
            if objective == Objective::Bandwidth {
                let bands = self.bands(segment);
                values.iter_mut().zip(bands).for_each(|(value, band)| *value = *value * TIE + band);
            }
            let [a, b] = segment.ends;
            let nodes = [a.min(b), a.max(b)];
            if a > b {
                values[1..].reverse();
            }
            match edges.iter_mut().find(|edge| edge.nodes == nodes) {
                Some(edge) => edge.values.iter_mut().zip(values).for_each(|(sum, v)| *sum += v),
                None => edges.push(Edge { nodes, values }),
            }
        }
        Net { cycle: self.cycle, nodes, edges }
    }

    /// What comes of these offsets.
    pub(super) fn outlook(&self, offsets: &[u32]) -> Outlook {
        let cycle = self.cycle as usize;
        let mut outlook = Outlook::default();
        let (mut all, mut coordinated, mut green) = (0.0, 0.0, 0.0);
        for at in 0..self.splits.len() {
            let (mut delay, mut vehicles) = (0.0, 0.0);
            for &(movement, _) in self.area.signals[at].movements {
                let volume = self.a_cycle(movement);
                if volume <= 0.0 {
                    continue;
                }
                let from = self.area.network.movement(movement).from;
                let comes = |segment: &Segment| {
                    segment.ends[1] == at && segment.links[segment.links.len() - 1] == from
                };
                let capacity = self.capacity(at, movement);
                let place = self.area.segments.iter().position(comes);
                let served: Served = match place {
                    None => serve(&vec![volume / cycle as f64; cycle], &capacity),
                    Some(place) => {
                        let begin = self.area.segments[place].ends[0];
                        let later = (offsets[at] + self.cycle - offsets[begin]) % self.cycle;
                        let (mut arrivals, _) = self.taken(&self.streams[place], movement);
                        arrivals.rotate_left(later as usize);
                        green += on_green(&arrivals, 0, &self.green_shares(at, movement));
                        coordinated += arrivals.iter().sum::<f64>();
                        serve(&arrivals, &capacity)
                    }
                };
                let can: f64 = capacity.iter().sum::<f64>() * 3_600.0 / f64::from(self.cycle);
                let over = overflow(volume, can, self.cycle);
                delay += served.delay + over * volume;
                outlook.stops += served.stops;
                vehicles += volume;
            }
            outlook.delay_s += delay;
            outlook.delays_s.push(if vehicles > 0.0 { delay / vehicles } else { 0.0 });
            all += vehicles;
        }
        if all > 0.0 {
            outlook.delay_s /= all;
            outlook.stops /= all;
        }
        outlook.on_green = if coordinated > 0.0 { green / coordinated } else { 0.0 };
        outlook
    }
}

/// The longest stretch that a green of `first` seconds that begins `at` has in common with one of
/// `second` seconds that begins at 0 and comes again each period.
fn overlap(at: i64, first: i64, second: i64, period: i64) -> i64 {
    if second >= period {
        return first;
    }
    let begins = [at - period, at];
    let common = |begin: i64| ((begin + first).min(second) - begin.max(0)).max(0);
    begins.into_iter().map(common).max().unwrap_or(0)
}

/// The delay of a vehicle, seconds, by chance and by what exceeds the capacity: the second term of the
/// HCM's (2000) over a quarter of an hour, with fixed greens (k = 0.5) and no metering (I = 1).
fn overflow(volume: f64, capacity: f64, cycle: u32) -> f64 {
    const HOURS: f64 = 0.25;
    if capacity <= 0.0 {
        return 0.0;
    }
    let x = volume * 3_600.0 / f64::from(cycle) / capacity;
    let above = x - 1.0;
    900.0 * HOURS * (above + (above * above + 4.0 * x / (capacity * HOURS)).sqrt())
}
