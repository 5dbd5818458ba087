//! A proposal: the cycle, and each junction's splits and offset, with what speaks for them.

use signal::Problem;
use units::{GroupId, LinkId, Millis, StageId};

use super::area::{Area, Objective, Segment};
use super::band::{Bands, Pair, Road, Stop, through, widest};
use super::cycle::{Cycles, Reason, cycles};
use super::order::orders;
use super::trial::{Outlook, Trial};
use super::window::{Splits, Window, greens, longest};

/// A cycle with a wider band or more arrivals on green is taken only where it costs no more delay
/// than this share above the least.
const DELAY_ROOM: f64 = 1.1;

/// One junction's part.
#[derive(Clone, PartialEq, Debug)]
pub struct JunctionPlan {
    /// Its own cycle, seconds: the common one, or half of it.
    pub period: u32,
    /// Its offset, seconds; within its own cycle.
    pub offset: u32,
    /// Its stages and splits.
    pub splits: Splits,
    /// The group that is worst off.
    pub worst: Option<GroupId>,
    /// The worst degree of saturation.
    pub saturation: f64,
    /// What it would want by itself, seconds.
    pub wants: u32,
    /// Whether the stages stand in another order than today.
    pub is_reordered: bool,
}

/// The bands through a road.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BandReport {
    /// From the first junction to the last, seconds.
    pub outward: u32,
    /// Back, seconds.
    pub homeward: u32,
    /// Both over two cycles: under 0.13 poor, to 0.24 fair, to 0.36 good, above great (the scale of
    /// PASSER and the Signal Timing Manual; recalled).
    pub efficiency: f64,
    /// Both over the shortest greens of the two directions: 1 is no interference, from 0.7 on fine
    /// tuning, less a larger change (as above; recalled).
    pub attainability: f64,
}

/// What is proposed.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    /// The common cycle, seconds.
    pub cycle: u32,
    /// Why this one.
    pub reason: Reason,
    /// All that was tried, and what speaks for them.
    pub cycles: Cycles,
    /// Each junction's part.
    pub junctions: Vec<JunctionPlan>,
    /// The bands, where the junctions are a road.
    pub bands: Option<BandReport>,
    /// What comes of it, by the model.
    pub outlook: Outlook,
    /// Whether no other offsets are better under the same splits, by the objective.
    pub is_exact: bool,
}

/// A cycle with its offsets.
struct Candidate<'a> {
    trial: Trial<'a>,
    reason: Reason,
    orders: Vec<Vec<StageId>>,
    bands: Option<Bands>,
    offsets: Vec<u32>,
    is_exact: bool,
    /// What the offsets are worth by the objective, in a second of the cycle.
    worth: f64,
    outlook: Outlook,
}

/// Proposes plans; with the cycle `asked`, where somebody asks for one.
///
/// # Errors
/// Every junction that cannot run the cycle that is asked for, or that has none with the others.
pub fn propose(area: &Area<'_>, asked: Option<u32>) -> Result<Proposal, Vec<Problem>> {
    let cycles = cycles(area, asked)?;
    let mut all: Vec<Candidate<'_>> = Vec::new();
    for &(cycle, reason) in &cycles.tried {
        all.extend(candidate(area, &cycles, cycle, reason));
    }
    let least = all.iter().map(|c| c.outlook.delay_s).fold(f64::INFINITY, f64::min);
    let rank = |c: &Candidate<'_>| match area.settings.objective {
        Objective::Delay => -c.outlook.delay_s,
        Objective::Bandwidth => c.worth,
        Objective::Arrivals => c.outlook.on_green,
    };
    let fits = |c: &&Candidate<'_>| c.outlook.delay_s <= least * DELAY_ROOM;
    let best =
        all.iter().filter(fits).fold(None, |best: Option<&Candidate<'_>>, next| match best {
            Some(best) if rank(best) >= rank(next) => Some(best),
            _ => Some(next),
        });
    let Some(best) = best else {
        return Err(vec![Problem("no common cycle fits all the junctions".to_owned())]);
    };
    Ok(finish(area, cycles, best))
}

/// Tries one cycle. For a road and the band, the orders of stages are part of it, and among the offsets
/// that leave the band as wide the ones with the least delay are taken.
fn candidate<'a>(
    area: &'a Area<'a>,
    cycles: &Cycles,
    cycle: u32,
    reason: Reason,
) -> Option<Candidate<'a>> {
    let half = |&wants: &u32| cycle.is_multiple_of(2) && wants <= cycle / 2;
    let halves: Vec<bool> = cycles.wants.iter().map(half).collect();
    let today: Vec<Vec<StageId>> = area.signals.iter().map(|s| s.order.clone()).collect();
    let objective = area.settings.objective;
    if objective != Objective::Bandwidth || !area.is_road {
        let trial = Trial::new(area, cycle, &halves, &today)?;
        let found = trial.net(objective, None).solve();
        let outlook = trial.outlook(&found.offsets);
        let (offsets, is_exact) = (found.offsets, found.exact);
        let worth = found.value / f64::from(cycle);
        let (orders, bands) = (today, None);
        return Some(Candidate { trial, reason, orders, bands, offsets, is_exact, worth, outlook });
    }
    let choices: Vec<Vec<Vec<StageId>>> = today
        .iter()
        .enumerate()
        .map(|(at, order)| match area.settings.lead_lag {
            true => orders(area.signals[at].layout, order),
            false => vec![order.clone()],
        })
        .collect();
    let (road, usable) = road(area, cycle, &halves, &choices)?;
    let bands = widest(&road);
    let orders: Vec<Vec<StageId>> = bands
        .orders
        .iter()
        .enumerate()
        .map(|(at, &o)| choices[at][usable[at][o]].clone())
        .collect();
    let trial = Trial::new(area, cycle, &halves, &orders)?;
    let offsets: Vec<u32> = bands.offsets.iter().map(|all| all[0]).collect();
    let outlook = trial.outlook(&offsets);
    let (worth, is_exact) = (f64::from(bands.both()) / f64::from(cycle), true);
    let bands = Some(bands);
    Some(Candidate { trial, reason, orders, bands, offsets, is_exact, worth, outlook })
}

fn finish(area: &Area<'_>, cycles: Cycles, best: &Candidate<'_>) -> Proposal {
    let mut offsets = best.offsets.clone();
    if let Some(bands) = &best.bands {
        offsets = best.trial.net(Objective::Delay, Some(&bands.offsets)).solve().offsets;
    }
    // The common zero is anybody's choice: the first junction's begin.
    let first = offsets.first().copied().unwrap_or(0);
    let cycle = best.trial.cycle;
    for (offset, period) in offsets.iter_mut().zip(&best.trial.periods) {
        *offset = (*offset + cycle - first) % period;
    }
    let junctions = (0..offsets.len())
        .map(|at| {
            let splits = best.trial.splits[at].clone();
            let (worst, saturation) = area.need(at, &best.orders[at]).saturation(&splits);
            JunctionPlan {
                period: best.trial.periods[at],
                offset: offsets[at],
                splits,
                worst,
                saturation,
                wants: cycles.wants[at],
                is_reordered: best.orders[at] != area.signals[at].order,
            }
        })
        .collect::<Vec<_>>();
    let plans: Vec<(Splits, u32)> =
        junctions.iter().map(|j| (j.splits.clone(), j.offset)).collect();
    Proposal {
        cycle,
        reason: best.reason,
        bands: bands_of(area, cycle, &plans),
        outlook: best.trial.outlook(&offsets),
        is_exact: best.is_exact,
        cycles,
        junctions,
    }
}

/// The bands that plans leave through a road, each with the offset in seconds; none where the junctions
/// are no road, or their cycles do not go into the common one.
#[must_use]
pub fn bands_of(area: &Area<'_>, cycle: u32, plans: &[(Splits, u32)]) -> Option<BandReport> {
    let fits = |(splits, _): &(Splits, u32)| {
        let own: Millis = splits.iter().map(|&(_, split)| split).sum();
        own > Millis::ZERO && Millis::from_secs(cycle.into()).modulo(own) == Millis::ZERO
    };
    if !area.is_road || plans.len() < 2 || !plans.iter().all(fits) {
        return None;
    }
    let pairs: Vec<Vec<(Pair, u32)>> =
        plans.iter().enumerate().map(|(at, (s, _))| vec![pair(area, at, s)]).collect();
    let road = of_pairs(area, cycle, &pairs);
    let offsets: Vec<u32> = plans.iter().map(|&(_, offset)| offset).collect();
    let [outward, homeward] = through(&road, &offsets);
    let shortest = |direction: usize| {
        road.stops.iter().map(|stop| stop.orders[0][direction].length).min().unwrap_or(0)
    };
    let both = f64::from(outward + homeward);
    Some(BandReport {
        outward,
        homeward,
        efficiency: both / f64::from(2 * cycle),
        attainability: both / f64::from((shortest(0) + shortest(1)).max(1)),
    })
}

/// The road under a cycle, and which of the orders fit it.
fn road(
    area: &Area<'_>,
    cycle: u32,
    halves: &[bool],
    choices: &[Vec<Vec<StageId>>],
) -> Option<(Road, Vec<Vec<usize>>)> {
    let (mut pairs, mut usable) = (Vec::new(), Vec::new());
    for (at, orders) in choices.iter().enumerate() {
        let period = if halves[at] { cycle / 2 } else { cycle };
        let of = |order: &Vec<StageId>| area.need(at, order).splits(period, area.settings.share);
        let fit: Vec<(usize, (Pair, u32))> = orders
            .iter()
            .enumerate()
            .filter_map(|(index, order)| Some((index, pair(area, at, &of(order)?))))
            .collect();
        if fit.is_empty() {
            return None;
        }
        usable.push(fit.iter().map(|&(index, _)| index).collect());
        pairs.push(fit.into_iter().map(|(_, pair)| pair).collect());
    }
    Some((of_pairs(area, cycle, &pairs), usable))
}

fn of_pairs(area: &Area<'_>, cycle: u32, pairs: &[Vec<(Pair, u32)>]) -> Road {
    let stops = pairs.iter().map(|orders| Stop {
        period: orders[0].1,
        orders: orders.iter().map(|&(pair, _)| pair).collect(),
    });
    let seconds = |from: usize, to: usize| {
        let segment = between(area, from, to).or_else(|| between(area, to, from));
        segment.map_or(0, |segment| segment.travel.round() as u32)
    };
    let last = pairs.len().saturating_sub(1);
    let volume = |outward: bool| {
        let of = |at: usize| {
            let segment =
                if outward { between(area, at, at + 1) } else { between(area, at + 1, at) };
            let movement = segment.and_then(|segment| area.out_of_segment(segment, None));
            movement.map_or(0.0, |movement| area.volumes[movement.index()])
        };
        (0..last).map(of).sum::<f64>()
    };
    Road {
        cycle,
        stops: stops.collect(),
        outward: (0..last).map(|at| seconds(at, at + 1)).collect(),
        homeward: (0..last).map(|at| seconds(at + 1, at)).collect(),
        volumes: [volume(true), volume(false)],
    }
}

fn between<'s>(area: &'s Area<'_>, from: usize, to: usize) -> Option<&'s Segment> {
    area.segments.iter().find(|segment| segment.ends == [from, to])
}

/// The greens of a junction outward and homeward, and its own cycle.
fn pair(area: &Area<'_>, at: usize, splits: &Splits) -> (Pair, u32) {
    let cycle: Millis = splits.iter().map(|&(_, split)| split).sum();
    let period = u32::try_from(cycle.0 / 1_000).unwrap_or(1).max(1);
    let last = area.signals.len() - 1;
    let of = |before: Option<&Segment>, after: Option<&Segment>| {
        let from: Option<LinkId> = before.and_then(|s| s.links.last().copied());
        let movement = match (before, after) {
            (_, Some(after)) => area.into_segment(after, from),
            (Some(before), None) => area.out_of_segment(before, None),
            (None, None) => None,
        };
        // No way there is no band there; a way without a signal is never red.
        let Some(movement) = movement else { return Window::default() };
        match area.group(at, movement) {
            Some(group) => longest(&greens(area.signals[at].layout, splits, group), period),
            None => Window { start: 0, length: period },
        }
    };
    let before = at.checked_sub(1);
    let after = (at < last).then_some(at + 1);
    let from = |other: Option<usize>| other.and_then(|other| between(area, other, at));
    let to = |other: Option<usize>| other.and_then(|other| between(area, at, other));
    ([of(from(before), to(after)), of(from(after), to(before))], period)
}
