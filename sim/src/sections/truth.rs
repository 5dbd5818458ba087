//! The judge: who was really too fast, of whom the passages prove it, and whether evidence is true.
//!
//! It has its own limits, bounds and times in numbers of its own (`road`), and reads nothing of what the
//! matcher made but verdicts. A violation counts as provable where both ends were read right and told in
//! time, by clocks that followed their source, with the confidence, class, colour and image that the section
//! asks for, where the limit was constant, and where the lower bound of its speed is above what is pursued.
//! A plate that was truly on the section twice within the time that is waited is told apart from these
//! (`ambiguous`): there its passages do not say which belongs to which.

use interval_speed::{Method, Output, Passage, VehicleClass, Verdict};
use units::{Millis, WallTime};

use super::cameras::{DECLARED, Told, is_synchronised};
use super::drivers::{Pass, wall};
use super::road::{BEGIN, LATENESS, SURVEY_ERROR, TOLERANCE, TRIGGER, is_constant, length, limit};

/// The longest that a vehicle is waited for: 5 km at 20 km/h and ten minutes; and a little more.
const WAITED: f64 = 1_510_000.0;
/// The least confidence that the section asks for.
const CONFIDENCE: u8 = 90;

/// What was found of the truth.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) violations: usize,
    pub(super) read: usize,
    pub(super) ambiguous: usize,
    pub(super) provable: usize,
    pub(super) found: usize,
    pub(super) wrong: usize,
    pub(super) wrong_twins: usize,
    pub(super) trips: usize,
    pub(super) look_alikes: usize,
    pub(super) look_alikes_right: usize,
}

/// The truth of a stream.
pub(super) struct Truth<'d> {
    drivers: &'d [Pass],
    told: &'d [Told],
    /// Of each pass, its right reads at the entry and at the exit: the first and the last by time.
    right: Vec<[Option<&'d Told>; 2]>,
    /// Passes by plate and time of entry.
    by_plate: Vec<u32>,
    /// Where a camera's passages stand, by their numbers.
    places: [Vec<u32>; 3],
    /// When those who left did, and how long they took.
    left: Vec<(f64, f64)>,
}

impl<'d> Truth<'d> {
    pub(super) fn new(drivers: &'d [Pass], told: &'d [Told]) -> Self {
        let mut right: Vec<[Option<&Told>; 2]> = vec![[None; 2]; drivers.len()];
        let mut places: [Vec<u32>; 3] = Default::default();
        for (index, one) in told.iter().enumerate() {
            let of_camera = &mut places[usize::from(one.passage.camera.0)];
            let at = one.passage.sequence as usize;
            if of_camera.len() <= at {
                of_camera.resize(at + 1, u32::MAX);
            }
            of_camera[at] = index as u32;
            let is_late = (one.arrival - one.passage.at).0 > LATENESS;
            if !one.is_right || is_late {
                continue;
            }
            let kept = &mut right[one.pass as usize][usize::from(one.is_exit)];
            let is_better = |old: &Told| match one.is_exit {
                false => one.passage.at < old.passage.at,
                true => one.passage.at > old.passage.at,
            };
            if kept.is_none_or(is_better) {
                *kept = Some(one);
            }
        }
        let mut by_plate: Vec<u32> = (0..drivers.len() as u32).collect();
        let of = |&at: &u32| &drivers[at as usize];
        by_plate.sort_by(|a, b| {
            let (a, b) = (of(a), of(b));
            (a.plate, a.is_car()).cmp(&(b.plate, b.is_car())).then(a.entered.total_cmp(&b.entered))
        });
        let times = drivers.iter().filter_map(|pass| {
            let (_, _, left) = pass.left?;
            Some((left, left - pass.entered))
        });
        let mut left: Vec<(f64, f64)> = times.collect();
        left.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { drivers, told, right, by_plate, places, left }
    }

    /// Who was too fast, of whom it can be proven and was; and what evidence is not true.
    pub(super) fn judge(&self, evidence: &[Verdict]) -> Findings {
        let mut findings = Findings::default();
        let mut is_found = vec![false; self.drivers.len()];
        for verdict in evidence {
            match self.wrong(verdict) {
                None => {
                    if let Some(told) = self.told(&verdict.entry) {
                        is_found[told.pass as usize] = true;
                    }
                }
                Some(by_twins) => {
                    findings.wrong += 1;
                    findings.wrong_twins += usize::from(by_twins);
                }
            }
        }
        for (place, &index) in self.by_plate.iter().enumerate() {
            let pass = &self.drivers[index as usize];
            let ends = self.right[index as usize];
            // What the stream ends before, nobody was told of.
            if !is_too_fast(pass) || !self.was_watched(pass) {
                continue;
            }
            findings.violations += 1;
            let [Some(entry), Some(exit)] = ends else { continue };
            findings.read += 1;
            if self.is_ambiguous(place) {
                findings.ambiguous += 1;
            } else if is_provable(pass, &entry.passage, &exit.passage) {
                findings.provable += 1;
                findings.found += usize::from(is_found[index as usize]);
            }
        }
        findings
    }

    /// Trips that became travel times, and how many of those by look-alikes are one vehicle's.
    pub(super) fn judge_trips(&self, outputs: &[Output], findings: &mut Findings) {
        for output in outputs {
            let Output::Trip(trip) = output else { continue };
            findings.trips += 1;
            if trip.method == Method::LookAlike {
                findings.look_alikes += 1;
                let left = trip.entered + trip.travel;
                let at = |told: &Told, at: WallTime| told.passage.at == at;
                let entries =
                    self.told_at(trip.entered, |told| !told.is_exit && at(told, trip.entered));
                let is_one = self
                    .told_at(left, |told| told.is_exit && at(told, left))
                    .any(|exit| entries.clone().any(|entry| entry.pass == exit.pass));
                findings.look_alikes_right += usize::from(is_one);
            }
        }
    }

    /// How far medians were from the true ones on average, seconds.
    pub(super) fn median_error(&self, medians: &[(WallTime, Millis)]) -> f64 {
        let errors = medians.iter().filter_map(|&(until, median)| {
            let until = (until.0 - BEGIN) as f64;
            let from = self.left.partition_point(|&(left, _)| left <= until - 300_000.0);
            let to = self.left.partition_point(|&(left, _)| left <= until);
            let mut times: Vec<f64> = self.left[from..to].iter().map(|&(_, took)| took).collect();
            times.sort_by(f64::total_cmp);
            let of_truth = times.get(times.len().saturating_sub(1) / 2)?;
            Some((median.0 as f64 - of_truth).abs() / 1_000.0)
        });
        let (count, sum) = errors.fold((0, 0.0), |(count, sum), error| (count + 1, sum + error));
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    }

    /// Why evidence is not true: whether by two vehicles with one plate; none where it is.
    fn wrong(&self, verdict: &Verdict) -> Option<bool> {
        let (Some(entry), Some(exit)) = (self.told(&verdict.entry), self.told(&verdict.exit))
        else {
            return Some(false);
        };
        let (pass, other) = (&self.drivers[entry.pass as usize], &self.drivers[exit.pass as usize]);
        if entry.pass != exit.pass {
            return Some(pass.is_twin && other.is_twin && pass.plate == other.plate);
        }
        let allowed = limit(pass.is_car(), pass.entered as i64);
        let is_true = allowed.is_some_and(|allowed| {
            verdict.limit.is_some_and(|applied| applied.limit.0 == allowed)
                && f64::from(verdict.certified.0) <= pass.speed
                && pass.speed > f64::from(allowed)
        });
        (!is_true).then_some(false)
    }

    /// The told passage that this one is.
    fn told(&self, passage: &Passage) -> Option<&'d Told> {
        let places = &self.places[usize::from(passage.camera.0)];
        self.told.get(*places.get(passage.sequence as usize)? as usize)
    }

    /// Told passages about an instant of their own time that are so.
    fn told_at<'t>(
        &'t self,
        at: WallTime,
        is_so: impl Fn(&Told) -> bool + Clone + 't,
    ) -> impl Iterator<Item = &'t Told> + Clone {
        let from = self.told.partition_point(|told| told.arrival < at);
        let to = self.told.partition_point(|told| told.arrival <= at + Millis(LATENESS));
        self.told[from..to].iter().filter(move |told| is_so(told))
    }

    /// Whether the plate was on the section once more within the time that is waited.
    fn is_ambiguous(&self, place: usize) -> bool {
        let pass = &self.drivers[self.by_plate[place] as usize];
        let is_near = |other: &u32| {
            let other = &self.drivers[*other as usize];
            let near = |at: f64| (at - pass.entered).abs() <= WAITED;
            let is_same = (other.plate, other.is_car()) == (pass.plate, pass.is_car());
            is_same && (near(other.entered) || other.left.is_some_and(|(_, _, left)| near(left)))
        };
        // A plate has few passes: its neighbours in the list are all of them.
        let before = self.by_plate[..place].iter().rev().take(2).any(is_near);
        before || self.by_plate[place + 1..].iter().take(2).any(is_near)
    }

    /// Whether the stream lasted until the pass could be told of.
    fn was_watched(&self, pass: &Pass) -> bool {
        let end = self.told.last().map_or(0, |last| last.arrival.0 - LATENESS);
        pass.left.is_some_and(|(_, _, left)| wall(left) < end as f64)
    }
}

/// Above what is pursued, by the limit when it entered.
fn is_too_fast(pass: &Pass) -> bool {
    let allowed = limit(pass.is_car(), pass.entered as i64);
    allowed.is_some_and(|allowed| pass.speed > f64::from(threshold(allowed)))
}

/// The highest whole km/h that is not pursued.
fn threshold(allowed: u16) -> u32 {
    u32::from(allowed) + (u32::from(allowed) * TOLERANCE).div_ceil(100)
}

fn is_provable(pass: &Pass, entry: &Passage, exit: &Passage) -> bool {
    let Some((camera, lane, left)) = pass.left else { return false };
    let shown = |end: &Passage| end.at.0 - BEGIN;
    let is_judged = is_constant(pass.is_car(), shown(entry), shown(exit));
    let are_sure = entry.confidence >= CONFIDENCE && exit.confidence >= CONFIDENCE;
    let unknown = interval_speed::VehicleColour::Unknown;
    let colours = [entry.colour, exit.colour];
    let is_one = entry.class == exit.class
        && (entry.class == VehicleClass::Car) == pass.is_car()
        && (colours[0] == colours[1] || colours.contains(&unknown));
    let are_set =
        is_synchronised(entry.camera.0, pass.entered) && is_synchronised(exit.camera.0, left);
    let way = f64::from(length(pass.entry_lane, camera, lane) - SURVEY_ERROR);
    let took = (shown(exit) - shown(entry)) + i64::from(2 * DECLARED) + TRIGGER;
    let at_least = (way * 3.6 / took as f64).floor();
    let Some(allowed) = limit(pass.is_car(), shown(entry)) else { return false };
    is_judged && are_sure && is_one && are_set && at_least > f64::from(threshold(allowed))
}
