//! A section: its cameras, its survey, its limits, and the rules that it is measured by.
//!
//! A section that exists is one whose description holds together. What it is *worth* at an instant (a
//! certificate that has run out, a clock that is lost) is asked elsewhere.

use std::fmt;

use units::{Millis, WallTime};

use crate::limits::{LimitHistory, LimitProblem};
use crate::passage::CameraId;
use crate::quantities::{Kmh, Millimetres};

/// The most cameras at either side of a section.
const GATES_MAX: usize = 16;
/// The most lanes under a camera.
const LANES_MAX: u8 = 16;
/// The most surveyed pairs of lanes.
const PAIRS_MAX: usize = 1_024;
/// The lengths that sections have: half a kilometre to 50 km in the provinces' regulations.
const LENGTH_MIN: Millimetres = Millimetres(100_000);
const LENGTH_MAX: Millimetres = Millimetres(50_000_000);
/// The longest that anything of a section's times may be: two hours of driving and a rest.
const SPAN_MAX: Millis = Millis(6 * 3_600_000);
/// The latest that a passage may come, and be matched: what a camera keeps over an outage.
const LATENESS_MAX: Millis = Millis(1_800_000);

/// A section of the site, by its place in the site's table of sections.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SectionId(pub u16);

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A camera at one end of a section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Which camera.
    pub camera: CameraId,
    /// The lanes under it that belong to the section.
    pub lanes: Vec<u8>,
}

/// A lane under a camera.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The camera.
    pub camera: CameraId,
    /// The lane.
    pub lane: u8,
}

/// The surveyed way from a lane at the entry to one at the exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LanePair {
    /// Where it begins.
    pub entry: Place,
    /// Where it ends.
    pub exit: Place,
    /// The shortest way that a vehicle can take between the two.
    pub shortest: Millimetres,
}

/// How long a section is, and who says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    /// The number of the certificate.
    pub certificate: String,
    /// Who surveyed it.
    pub surveyor: String,
    /// From when on the certificate is valid.
    pub valid_from: WallTime,
    /// Until when.
    pub valid_until: WallTime,
    /// How much shorter any of the ways may really be.
    pub uncertainty: Millimetres,
    /// The ways. What is not among them is not surveyed, and makes no evidence.
    pub pairs: Vec<LanePair>,
}

/// How far above the limit is not pursued: the sum of both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tolerance {
    /// Per cent of the limit, rounded up to a whole km/h.
    pub per_cent: u8,
    /// And so much.
    pub kmh: u8,
}

impl Tolerance {
    /// The highest certified speed that is still not pursued under a limit.
    #[must_use]
    pub fn threshold(self, limit: Kmh) -> Kmh {
        let share = (u32::from(limit.0) * u32::from(self.per_cent)).div_ceil(100);
        let all = u32::from(limit.0) + share + u32::from(self.kmh);
        Kmh(u16::try_from(all).unwrap_or(u16::MAX))
    }
}

/// What a section is measured by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// How far above the limit is not pursued.
    pub tolerance: Tolerance,
    /// The slowest that anybody is waited for.
    pub slowest: Kmh,
    /// What is waited beyond that: a stop at a service area, a queue.
    pub margin: Millis,
    /// How late after its time a passage may come and still be matched.
    pub lateness: Millis,
    /// Reads of one plate under one camera within this time are one passage.
    pub duplicate: Millis,
    /// What the detection at both ends together may add to or take from a trip's time, beyond what
    /// the cameras declare.
    pub trigger: Millis,
    /// A trip faster than this was not made by one vehicle.
    pub plausible: Kmh,
    /// The least confidence of a read that may be evidence, per cent.
    pub confidence: u8,
    /// The greatest uncertainty of a passage's time that may be evidence.
    pub clock: Millis,
    /// The longest ago that a clock may have been synchronised, where a passage may be evidence.
    pub sync_age: Millis,
}

impl Default for Rules {
    /// No tolerance; trips down to 20 km/h and ten minutes more; a minute late; the rest as a
    /// careful operator would have it.
    fn default() -> Self {
        Self {
            tolerance: Tolerance::default(),
            slowest: Kmh(20),
            margin: Millis(600_000),
            lateness: Millis(60_000),
            duplicate: Millis(5_000),
            trigger: Millis(20),
            plausible: Kmh(250),
            confidence: 90,
            clock: Millis(200),
            sync_age: Millis(3_600_000),
        }
    }
}

/// A section as it is described.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SectionSpec {
    /// Which one.
    pub id: SectionId,
    /// What it is called.
    pub name: String,
    /// The version of this description; each change makes a higher one.
    pub version: u32,
    /// Where vehicles come on.
    pub entries: Vec<Gate>,
    /// Where they leave.
    pub exits: Vec<Gate>,
    /// How long it is.
    pub survey: Survey,
    /// What is allowed on it.
    pub limits: LimitHistory,
    /// What it is measured by.
    pub rules: Rules,
}

/// What is wrong with the description of a section.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SectionProblem {
    /// It has no name.
    #[error("it has no name")]
    NoName,
    /// A side has no camera, or too many.
    #[error("it has {1} cameras at its {0}; it takes 1 to {GATES_MAX}")]
    Gates(&'static str, usize),
    /// A camera is named twice.
    #[error("camera {0} is named twice")]
    Twice(CameraId),
    /// A camera's lanes are none, too high, or named twice.
    #[error("the lanes of camera {0} are none, beyond {LANES_MAX}, or named twice")]
    Lanes(CameraId),
    /// Ways are none or too many.
    #[error("its survey has {0} ways; it takes 1 to {PAIRS_MAX}")]
    Pairs(usize),
    /// A way begins or ends where the section has no lane.
    #[error("way {0} of its survey is not from a lane of an entry to one of an exit")]
    Pair(usize),
    /// A way is surveyed twice.
    #[error("way {0} of its survey is there twice")]
    PairTwice(usize),
    /// A way that sections do not have.
    #[error("way {0} of its survey is {1} long; sections have {LENGTH_MIN} to {LENGTH_MAX}")]
    Length(usize, Millimetres),
    /// It is shorter than its own uncertainty.
    #[error("way {0} of its survey is {1} long, no longer than its uncertainty of {2}")]
    Uncertain(usize, Millimetres, Millimetres),
    /// A certificate that is never valid, or has no number or no surveyor.
    #[error("its certificate has no number, no surveyor, or no time in which it is valid")]
    Certificate,
    /// A rule that cannot be kept.
    #[error("its rule {0} is {1}")]
    Rule(&'static str, String),
    /// What is wrong with its limits.
    #[error("{0}")]
    Limits(#[from] LimitProblem),
}

/// A section whose description holds together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    spec: SectionSpec,
    longest: Millimetres,
    shortest: Millimetres,
}

impl Section {
    /// The section of this description.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn new(spec: SectionSpec) -> Result<Self, Vec<SectionProblem>> {
        let problems = problems(&spec);
        if !problems.is_empty() {
            return Err(problems);
        }
        let lengths = || spec.survey.pairs.iter().map(|pair| pair.shortest);
        let (shortest, longest) = (lengths().min(), lengths().max());
        Ok(Self {
            longest: longest.unwrap_or_default(),
            shortest: shortest.unwrap_or_default(),
            spec,
        })
    }

    /// Its description.
    #[must_use]
    pub fn spec(&self) -> &SectionSpec {
        &self.spec
    }

    /// The surveyed way between two lanes; none where there is none.
    #[must_use]
    pub fn length(&self, entry: Place, exit: Place) -> Option<Millimetres> {
        let is_it = |pair: &&LanePair| pair.entry == entry && pair.exit == exit;
        self.spec.survey.pairs.iter().find(is_it).map(|pair| pair.shortest)
    }

    /// The shortest of its ways.
    #[must_use]
    pub fn shortest(&self) -> Millimetres {
        self.shortest
    }

    /// How long a vehicle that has entered is waited for: its longest way at the slowest speed, and
    /// the margin.
    #[must_use]
    pub fn expiry(&self) -> Millis {
        let slowest = i64::from(self.spec.rules.slowest.0.max(1));
        // mm ÷ (km/h ÷ 3.6) is 3.6 ms for each.
        Millis((i64::from(self.longest.0) * 36).div_euclid(slowest * 10) + 1)
            + self.spec.rules.margin
    }

    /// Whether vehicles come on at this lane.
    #[must_use]
    pub fn is_entry(&self, place: Place) -> bool {
        has(&self.spec.entries, place)
    }

    /// Whether they leave at this lane.
    #[must_use]
    pub fn is_exit(&self, place: Place) -> bool {
        has(&self.spec.exits, place)
    }

    /// Its cameras, those of the entries first.
    pub fn cameras(&self) -> impl Iterator<Item = CameraId> {
        self.spec.entries.iter().chain(&self.spec.exits).map(|gate| gate.camera)
    }
}

fn has(gates: &[Gate], place: Place) -> bool {
    gates.iter().any(|gate| gate.camera == place.camera && gate.lanes.contains(&place.lane))
}

fn problems(spec: &SectionSpec) -> Vec<SectionProblem> {
    let mut all = Vec::new();
    if spec.name.trim().is_empty() {
        all.push(SectionProblem::NoName);
    }
    for (side, gates) in [("entry", &spec.entries), ("exit", &spec.exits)] {
        if gates.is_empty() || gates.len() > GATES_MAX {
            all.push(SectionProblem::Gates(side, gates.len()));
        }
    }
    let gates: Vec<&Gate> = spec.entries.iter().chain(&spec.exits).collect();
    for (at, gate) in gates.iter().enumerate() {
        if gates[..at].iter().any(|before| before.camera == gate.camera) {
            all.push(SectionProblem::Twice(gate.camera));
        }
        let is_twice = (1..gate.lanes.len()).any(|n| gate.lanes[..n].contains(&gate.lanes[n]));
        let is_high = gate.lanes.iter().any(|&lane| lane >= LANES_MAX);
        if gate.lanes.is_empty() || is_twice || is_high {
            all.push(SectionProblem::Lanes(gate.camera));
        }
    }
    survey_problems(spec, &mut all);
    rule_problems(&spec.rules, &mut all);
    all.extend(spec.limits.problems().into_iter().map(SectionProblem::Limits));
    all
}

fn survey_problems(spec: &SectionSpec, all: &mut Vec<SectionProblem>) {
    let survey = &spec.survey;
    let is_blank = |text: &str| text.trim().is_empty();
    if is_blank(&survey.certificate)
        || is_blank(&survey.surveyor)
        || survey.valid_until <= survey.valid_from
    {
        all.push(SectionProblem::Certificate);
    }
    if survey.pairs.is_empty() || survey.pairs.len() > PAIRS_MAX {
        all.push(SectionProblem::Pairs(survey.pairs.len()));
        return;
    }
    for (at, pair) in survey.pairs.iter().enumerate() {
        if !has(&spec.entries, pair.entry) || !has(&spec.exits, pair.exit) {
            all.push(SectionProblem::Pair(at));
        }
        let is_same = |other: &LanePair| (other.entry, other.exit) == (pair.entry, pair.exit);
        if survey.pairs[..at].iter().any(is_same) {
            all.push(SectionProblem::PairTwice(at));
        }
        if pair.shortest <= survey.uncertainty {
            let (length, uncertainty) = (pair.shortest, survey.uncertainty);
            all.push(SectionProblem::Uncertain(at, length, uncertainty));
        } else if !(LENGTH_MIN..=LENGTH_MAX).contains(&pair.shortest) {
            all.push(SectionProblem::Length(at, pair.shortest));
        }
    }
}

fn rule_problems(rules: &Rules, all: &mut Vec<SectionProblem>) {
    let span = |most: Millis| move |time: Millis| (Millis::ZERO..=most).contains(&time);
    for (name, time, most) in [
        ("margin", rules.margin, SPAN_MAX),
        ("lateness", rules.lateness, LATENESS_MAX),
        ("duplicate", rules.duplicate, Millis(60_000)),
        ("trigger", rules.trigger, Millis(10_000)),
        ("clock", rules.clock, Millis(10_000)),
        ("sync age", rules.sync_age, Millis(7 * units::DAY.0)),
    ] {
        if !span(most)(time) {
            all.push(SectionProblem::Rule(name, time.to_string()));
        }
    }
    if !(1..=60).contains(&rules.slowest.0) {
        all.push(SectionProblem::Rule("slowest", rules.slowest.to_string()));
    }
    if !(150..=400).contains(&rules.plausible.0) {
        all.push(SectionProblem::Rule("plausible", rules.plausible.to_string()));
    }
    if rules.confidence > 100 {
        all.push(SectionProblem::Rule("confidence", format!("{} %", rules.confidence)));
    }
    if rules.tolerance.per_cent > 100 {
        all.push(SectionProblem::Rule("tolerance", format!("{} %", rules.tolerance.per_cent)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::spec;

    #[test]
    fn what_does_not_hold_together_is_told_all_at_once() {
        type Change = fn(&mut SectionSpec);
        let place = |camera, lane| Place { camera: CameraId(camera), lane };
        let cases: &[(Change, &[SectionProblem])] = &[
            (|_| {}, &[]),
            (|spec| spec.name = " ".into(), &[SectionProblem::NoName]),
            (
                |spec| spec.entries.clear(),
                &[
                    SectionProblem::Gates("entry", 0),
                    SectionProblem::Pair(0),
                    SectionProblem::Pair(1),
                ],
            ),
            (|spec| spec.exits[1].camera = CameraId(0), &[SectionProblem::Twice(CameraId(0))]),
            (|spec| spec.exits[0].lanes = vec![0, 1, 1], &[SectionProblem::Lanes(CameraId(1))]),
            (|spec| spec.survey.surveyor.clear(), &[SectionProblem::Certificate]),
            (
                |spec| spec.survey.valid_until = spec.survey.valid_from,
                &[SectionProblem::Certificate],
            ),
            (|spec| spec.survey.pairs.clear(), &[SectionProblem::Pairs(0)]),
            (|spec| spec.survey.pairs[1] = spec.survey.pairs[0], &[SectionProblem::PairTwice(1)]),
            (
                |spec| spec.survey.pairs[0].shortest = Millimetres(99_999),
                &[SectionProblem::Length(0, Millimetres(99_999))],
            ),
            (
                |spec| spec.survey.pairs[0].shortest = Millimetres(5_000),
                &[SectionProblem::Uncertain(0, Millimetres(5_000), Millimetres(5_000))],
            ),
            (
                |spec| {
                    spec.rules.slowest = Kmh(0);
                    spec.rules.lateness = Millis(-1);
                    spec.limits.entries.clear();
                },
                &[
                    SectionProblem::Rule("lateness", Millis(-1).to_string()),
                    SectionProblem::Rule("slowest", Kmh(0).to_string()),
                    SectionProblem::Limits(LimitProblem::Empty),
                ],
            ),
        ];
        for (change, expected) in cases {
            let mut spec = spec();
            // Two ways are enough to tell of.
            spec.survey.pairs.truncate(2);
            change(&mut spec);
            // The second exit may have lost its camera to the entry.
            let found = Section::new(spec.clone()).err().unwrap_or_default();
            assert_eq!(found, *expected, "{spec:?}");
        }
        let section = Section::new(spec()).expect("it holds together");
        assert_eq!(section.length(place(0, 0), place(1, 1)), Some(Millimetres(5_000_000)));
        assert_eq!(section.length(place(1, 0), place(0, 0)), None);
        // 5 km at 20 km/h, and ten minutes.
        assert_eq!(section.expiry(), Millis(900_000 + 1 + 600_000));
        assert!(section.is_entry(place(0, 1)) && !section.is_entry(place(0, 2)));
        assert!(section.is_exit(place(2, 0)) && !section.is_exit(place(0, 0)));
    }

    #[test]
    fn a_tolerance_is_rounded_up() {
        let tolerance = Tolerance { per_cent: 10, kmh: 2 };
        for (limit, threshold) in [(80, 90), (75, 85), (0, 2), (65_535, 65_535)] {
            assert_eq!(tolerance.threshold(Kmh(limit)), Kmh(threshold));
        }
    }
}
