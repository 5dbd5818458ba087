//! Which common cycles are worth trying, and why.
//!
//! The *critical junction* is the one that needs the longest cycle: its floor, what keeps every group
//! under the saturation that is aimed at, and Webster's. Above what all need, cycles are tried in steps,
//! and those at which a segment *resonates*: where twice or four times its travel time is a whole number
//! of cycles, platoons of both directions meet green (single and double alternate systems).

use signal::Problem;

use super::area::Area;

/// How far above the critical junction's wish cycles are tried, and how far below Webster's: between
/// three quarters and one and a half of the optimum the delay hardly changes (Webster 1958).
const ABOVE: f64 = 1.25;
const BELOW: f64 = 0.75;
/// From one cycle that is tried to the next, seconds.
const STEP: u32 = 5;
/// The most cycles that one segment divides its time into.
const DIVIDED_MAX: u32 = 6;

/// Why a cycle is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Somebody asked for it.
    Asked,
    /// The critical junction wants it.
    Critical,
    /// A step between others.
    Step,
    /// So many times (2 or 4) the travel time of a segment is so many cycles.
    Resonance {
        /// Which, as a place in the area's segments.
        segment: usize,
        /// 2 for a single alternate, 4 for a double one.
        times: u32,
        /// How many cycles.
        cycles: u32,
    },
}

/// What each junction wants, and what is tried.
#[derive(Clone, PartialEq, Debug)]
pub struct Cycles {
    /// The junction that needs the longest cycle.
    pub critical: usize,
    /// What each wants for itself, seconds.
    pub wants: Vec<u32>,
    /// The shortest cycle that all can run unsaturated, seconds, and the longest that is tried.
    pub range: (u32, u32),
    /// Junctions that no cycle relieves.
    pub saturated: Vec<usize>,
    /// The cycles, in ascending order, each once.
    pub tried: Vec<(u32, Reason)>,
}

/// The cycles worth trying for an area; only `asked` where somebody asks for one.
///
/// # Errors
/// Every junction whose floor is above, or whose longest red is below what is asked for or needed.
pub fn cycles(area: &Area<'_>, asked: Option<u32>) -> Result<Cycles, Vec<Problem>> {
    let mut problems = Vec::new();
    let (mut wants, mut least, mut saturated) = (Vec::new(), 0, Vec::new());
    let mut most = u32::MAX;
    let needs = || (0..area.signals.len()).map(|at| area.need(at, &area.signals[at].order));
    let floor = needs().map(|need| need.floor()).max().unwrap_or(0);
    for (at, need) in needs().enumerate() {
        let (floor_here, ceiling) = (need.floor(), need.ceiling());
        let cycle = asked.unwrap_or(floor);
        let name = area.name(at);
        if asked.is_some_and(|asked| asked < floor_here) {
            problems.push(Problem(format!(
                "junction {name:?}: a cycle of {cycle} s is under the {floor_here} s that its \
                 clearances and minimum greens need"
            )));
        } else if cycle > ceiling {
            problems.push(Problem(format!(
                "junction {name:?}: a cycle of {cycle} s is over the {ceiling} s that it may have, \
                 by its maximum reds and the {} s that people on foot wait at most",
                super::CYCLE_MOST
            )));
        }
        let unsaturated = need.unsaturated();
        if unsaturated.is_none() {
            saturated.push(at);
        }
        let calm = unsaturated.unwrap_or(ceiling).min(ceiling).max(floor_here);
        let webster = (need.webster().round() as u32).clamp(floor_here, ceiling.max(floor_here));
        wants.push(calm.max(webster));
        least = least.max(calm).max((f64::from(webster) * BELOW) as u32);
        most = most.min(ceiling);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let critical = (0..wants.len()).fold(0, |a, b| if wants[b] > wants[a] { b } else { a });
    let wish = wants.get(critical).copied().unwrap_or(floor);
    let low = least.max(floor).min(most);
    let high = ((f64::from(wish) * ABOVE) as u32).clamp(low, most.max(low));
    let mut tried = match asked {
        Some(asked) => vec![(asked, Reason::Asked)],
        None => between(area, low, high, wish),
    };
    tried.sort_by_key(|&(cycle, _)| cycle);
    tried.dedup_by_key(|&mut (cycle, _)| cycle);
    Ok(Cycles { critical, wants, range: (low, high), saturated, tried })
}

fn between(area: &Area<'_>, low: u32, high: u32, wish: u32) -> Vec<(u32, Reason)> {
    let mut tried = vec![(wish.clamp(low, high), Reason::Critical)];
    for (segment, of) in area.segments.iter().enumerate() {
        for (times, cycles) in
            [2, 4].into_iter().flat_map(|t| (1..=DIVIDED_MAX).map(move |c| (t, c)))
        {
            let cycle = (f64::from(times) * of.travel / f64::from(cycles)).round() as u32;
            // An even number over four is a single alternate, which stands there already.
            let is_new = times == 2 || cycles % 2 == 1;
            let is_known = tried.iter().any(|&(known, _)| known == cycle);
            if is_new && (low..=high).contains(&cycle) && !is_known {
                tried.push((cycle, Reason::Resonance { segment, times, cycles }));
            }
        }
    }
    let steps = (low..=high).step_by(STEP as usize).filter(|c| !tried.iter().any(|t| t.0 == *c));
    let steps: Vec<_> = steps.map(|cycle| (cycle, Reason::Step)).collect();
    tried.extend(steps);
    tried
}
