//! What the runs say: means with their intervals, and the differences of each controller from one that
//! all are measured by.

use std::fmt::Write;

use optimizer::Control;
use serde::Serialize;

use super::{Case, Measures, NAMES, Plan, PlannerTime, Run, Times, Who};
use crate::compare::Interval;

/// All that came of an evaluation. The names are those that other programs read: a test holds them.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Verdict {
    /// The protocol.
    pub preset: &'static str,
    /// How many stages junctions have; none: as many as their site gives them.
    pub stages: Option<usize>,
    /// Simulated seconds of a run.
    pub sim_seconds: f64,
    /// The seeds, in order.
    pub seeds: Vec<u64>,
    /// What was seen.
    pub sensors: String,
    /// The share of sensors that were dead.
    pub dead: f64,
    /// Against which controller the differences are.
    pub baseline: String,
    /// Case by case.
    pub scenarios: Vec<CaseVerdict>,
}

/// What came of one case.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CaseVerdict {
    /// Its name.
    pub name: String,
    /// Signalised junctions.
    pub junctions: usize,
    /// Vehicles of the demand.
    pub vehicles: usize,
    /// Controller by controller.
    pub controls: Vec<ControlVerdict>,
}

/// What came of one controller on one case.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ControlVerdict {
    /// Its name.
    pub name: String,
    /// Measure by measure.
    pub measures: Vec<Row>,
    /// Seed by seed.
    pub runs: Vec<Measures>,
    /// How long its decisions took, where that was asked for: no two runs have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planner: Option<PlannerTime>,
}

/// One measure of one controller.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub measure: &'static str,
    /// Its mean over the seeds, with its 95 % interval.
    pub value: Interval,
    /// By how much it differs from the baseline's, seed by seed, with its 95 % interval.
    pub difference: Interval,
    /// The difference as a share of the baseline's mean.
    pub relative: f64,
    /// Whether zero lies outside the interval.
    pub differs: bool,
}

impl Verdict {
    /// Sums runs up: of each case, seed by seed, controller by controller.
    #[must_use]
    pub fn of(cases: &[Case], plan: &Plan, runs: &[Vec<Vec<Run>>], with_times: bool) -> Self {
        let baseline = baseline(plan);
        let case = |(case, seeds): (&Case, &Vec<Vec<Run>>)| CaseVerdict {
            name: case.name.clone(),
            junctions: case.site.signals.len(),
            vehicles: case.demand.vehicles(),
            controls: (0..plan.controls.len())
                .map(|control| of_control(plan, seeds, control, baseline, with_times))
                .collect(),
        };
        Self {
            preset: plan.preset.name(),
            stages: plan.stages.or(plan.preset.stages()),
            sim_seconds: plan.duration.as_secs_f64(),
            seeds: (0..u64::from(plan.seeds)).map(|n| plan.first_seed.wrapping_add(n)).collect(),
            sensors: plan.sensing.to_string(),
            dead: plan.dead.0,
            baseline: plan.controls.get(baseline).map_or_else(String::new, |one| one.0.clone()),
            scenarios: cases.iter().zip(runs).map(case).collect(),
        }
    }

    /// The tables, as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for case in &self.scenarios {
            let CaseVerdict { name, junctions, vehicles, .. } = case;
            let _ = writeln!(text, "## {name}: {junctions} junctions, {vehicles} vehicles\n");
            self.table(&mut text, case);
            if case.controls.len() > 1 {
                let _ = writeln!(text, "\nDifference from {}:\n", self.baseline);
                self.differences(&mut text, case);
            }
            text.push('\n');
        }
        text
    }

    fn table(&self, text: &mut String, case: &CaseVerdict) {
        head(text, "control");
        for control in &case.controls {
            let _ = write!(text, "| {} |", control.name);
            for row in &control.measures {
                let _ = write!(text, " {} |", with_reach(&row.value, false));
            }
            text.push('\n');
        }
    }

    fn differences(&self, text: &mut String, case: &CaseVerdict) {
        head(text, "control");
        for control in case.controls.iter().filter(|control| control.name != self.baseline) {
            let _ = write!(text, "| {} |", control.name);
            for row in &control.measures {
                let share = match row.relative {
                    share if share.is_finite() && share != 0.0 => {
                        format!(" ({:+.1} %)", 100.0 * share)
                    }
                    _ => String::new(),
                };
                let sure = if row.differs { "" } else { "?" };
                let _ = write!(text, " {}{share}{sure} |", with_reach(&row.difference, true));
            }
            text.push('\n');
        }
    }

    /// The times of the decisions, as Markdown; empty where nobody asked for them.
    #[must_use]
    pub fn times(&self) -> String {
        let mut text = String::new();
        for case in &self.scenarios {
            for control in &case.controls {
                let Some(time) = control.planner else { continue };
                if text.is_empty() {
                    text.push_str(
                        "| scenario | control | decisions | p50 µs | p99 µs | max µs |\n",
                    );
                    text.push_str("|---|---|---:|---:|---:|---:|\n");
                }
                let PlannerTime { decisions, p50_us, p99_us, max_us } = time;
                let (case, name) = (&case.name, &control.name);
                let _ = writeln!(
                    text,
                    "| {case} | {name} | {decisions} | {p50_us:.1} | {p99_us:.1} | {max_us:.1} |"
                );
            }
        }
        text
    }
}

/// Max-pressure, where it is among them; else the first.
fn baseline(plan: &Plan) -> usize {
    plan.controls.iter().position(|one| one.1 == Who::Rule(Control::MaxPressure)).unwrap_or(0)
}

fn of_control(
    plan: &Plan,
    seeds: &[Vec<Run>],
    control: usize,
    baseline: usize,
    with_times: bool,
) -> ControlVerdict {
    let runs: Vec<Measures> = seeds.iter().map(|runs| runs[control].measures).collect();
    let of = |which: usize, measure: usize| {
        seeds.iter().map(move |runs| runs[which].measures.all()[measure])
    };
    let row = |(index, measure): (usize, &'static str)| {
        let own: Vec<f64> = of(control, index).collect();
        let apart: Vec<f64> = of(baseline, index).zip(&own).map(|(base, own)| own - base).collect();
        let base = of(baseline, index).sum::<f64>() / seeds.len().max(1) as f64;
        let difference = Interval::of(&apart);
        let relative = if base == 0.0 { 0.0 } else { difference.mean / base };
        let differs = difference.low > 0.0 || difference.high < 0.0;
        Row { measure, value: Interval::of(&own), difference, relative, differs }
    };
    let mut times = Times::default();
    seeds.iter().for_each(|runs| times.merge(&runs[control].times));
    ControlVerdict {
        name: plan.controls[control].0.clone(),
        measures: NAMES.into_iter().enumerate().map(row).collect(),
        runs,
        planner: with_times.then(|| times.summary()),
    }
}

fn head(text: &mut String, first: &str) {
    let _ = writeln!(text, "| {first} | {} |", NAMES.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(NAMES.len()));
}

/// A mean and how far its interval reaches, where there is one.
fn with_reach(interval: &Interval, signed: bool) -> String {
    let Interval { mean, high, .. } = *interval;
    let mean_text = if signed { format!("{mean:+.2}") } else { format!("{mean:.2}") };
    if high.is_finite() { format!("{mean_text} ± {:.2}", high - mean) } else { mean_text }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use scenario::generate;
    use units::Millis;

    use super::super::{Death, Preset, Sensing};
    use super::*;
    use crate::run::Arrivals;

    fn run(lane_approach_s: f64, finished: f64) -> Run {
        let measures = Measures { lane_approach_s, finished, ..Measures::default() };
        Run { measures, times: Times::default() }
    }

    fn verdict(seeds: &[Vec<Run>]) -> Verdict {
        let (site, demand) = generate::arterial(1, 2);
        let name = "case".to_owned();
        let case = Case { name, site: Arc::new(site), programs: Vec::new(), demand };
        let who = |name: &str, who| (name.to_owned(), who);
        let plan = Plan {
            controls: vec![
                who("fixed", Who::Rule(Control::Fixed)),
                who("max-pressure", Who::Rule(Control::MaxPressure)),
            ],
            preset: Preset::XLight,
            stages: Some(8),
            first_seed: 7,
            seeds: seeds.len() as u32,
            duration: Millis::from_secs(60),
            arrivals: Arrivals::Random,
            sensing: Sensing::Range(40.0),
            dead: (0.1, Death::Known),
            threads: 1,
        };
        Verdict::of(&[case], &plan, &[seeds.to_vec()], true)
    }

    #[test]
    fn differences_are_paired_by_seed() {
        // The seeds lie far apart, the pairs 10, 11 and 12.
        let seeds: Vec<Vec<Run>> = [(100.0, 10.0), (200.0, 11.0), (300.0, 12.0)]
            .map(|(base, apart)| vec![run(base + apart, 50.0), run(base, 50.0)])
            .to_vec();
        let verdict = verdict(&seeds);
        assert_eq!(verdict.seeds, [7, 8, 9]);
        let controls = &verdict.scenarios[0].controls;
        let row = controls[0].measures[0];
        assert_eq!((row.measure, row.value.mean), ("lane_approach_s", 211.0));
        // Standard error 1 / √3, t(2) = 4.303.
        assert!((row.difference.mean - 11.0).abs() < 1e-9);
        assert!((row.difference.high - 11.0 - 4.303 / 3.0_f64.sqrt()).abs() < 1e-3);
        assert!(row.differs && (row.relative - 0.055).abs() < 1e-9);
        assert!(row.value.high - row.value.mean > 100.0);
        assert!(!controls[1].measures[0].differs);
        let text = verdict.markdown();
        assert!(text.contains("+11.00 ± 2.48 (+5.5 %) |"), "{text}");
        assert!(text.contains("| +0.00 ± 0.00? |"), "{text}");
    }

    #[test]
    fn of_one_seed_there_is_no_interval_and_nothing_is_sure() {
        let verdict = verdict(&[vec![run(110.0, 40.0), run(100.0, 50.0)]]);
        let text = verdict.markdown();
        assert!(text.contains("| fixed | 110.00 |"), "{text}");
        assert!(text.contains("| fixed | +10.00 (+10.0 %)? |"), "{text}");
        assert!(!text.contains("inf") && !text.contains("NaN"), "{text}");
    }

    #[test]
    fn the_names_are_those_that_other_programs_read() {
        let all = serde_json::to_value(verdict(&[vec![run(1.0, 1.0), run(1.0, 1.0)]]));
        let all = all.expect("it can be written");
        let keys = |value: &serde_json::Value| {
            let mut keys: Vec<String> =
                value.as_object().expect("an object").keys().cloned().collect();
            keys.sort();
            keys.join(" ")
        };
        assert_eq!(keys(&all), "baseline dead preset scenarios seeds sensors sim_seconds stages");
        let case = &all["scenarios"][0];
        assert_eq!(keys(case), "controls junctions name vehicles");
        let control = &case["controls"][0];
        assert_eq!(keys(control), "measures name planner runs");
        assert_eq!(keys(&control["planner"]), "decisions max_us p50_us p99_us");
        assert_eq!(keys(&control["measures"][0]), "difference differs measure relative value");
        let mut names = NAMES;
        names.sort_unstable();
        assert_eq!(keys(&control["runs"][0]), names.join(" "));
        assert_eq!(all["sensors"], "range=40");
        assert_eq!(control["measures"][0]["value"]["high"], serde_json::Value::Null);
    }
}
