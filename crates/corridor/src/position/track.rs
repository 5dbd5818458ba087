//! One vehicle: observations in, its progress out.

use std::collections::VecDeque;

use network::Point;
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment};

use super::along::Along;
use super::courses::{Courses, Spot, distance};
use super::matching::{self, Candidate, Seen};
use crate::progress::{Place, Progress};

/// What is older than this when it comes says nothing of now.
const LATE_MAX: Millis = Millis(20_000);
/// Clocks of two machines differ; what is measured later than this from now was not.
const AHEAD_MAX: Millis = Millis(3_000);
/// Observations that are kept for what comes late: those of the time that may pass.
const KEPT_MAX: usize = 24;
/// No vehicle is faster on these roads, m/s.
const FASTEST: f64 = 45.0;
/// Of how much a place may be off beside what its spread says before it cannot be.
const SLACK: f64 = 40.0;
/// Contradictions in a row, agreeing with each other, after which they are believed.
const JUMPS_MAX: u8 = 5;
/// Fixes in a row off the expected route after which the vehicle has left it.
const OFF_MAX: u8 = 3;
/// The spread of a line that a camera watches, and of a detector's place.
const PASSAGE_SPREAD: f64 = 3.0;
const MARK_SPREAD: f64 = 8.0;
/// How far a mark may be from where the vehicle is thought, in deviations, to be of it.
const MARK_GATE: f64 = 3.0;
/// Ways that are looked for between where it is thought and where it is seen, metres.
const WAY_MAX: f64 = 400.0;
/// The least and most that a fix is believed to be off, metres.
const SPREADS: (f64, f64) = (2.0, 200.0);

/// What is told of a vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Observation {
    /// A satellite receiver's word.
    Fix {
        /// When it was measured.
        at: Moment,
        /// Where, in the network's plane.
        point: Point,
        /// The standard deviation along each axis, metres.
        spread: Metres,
        /// How fast, where it says so.
        speed: Option<MetresPerSecond>,
        /// Degrees clockwise from the plane's second axis (north), where it says so.
        heading: Option<f64>,
    },
    /// A camera has read its plate.
    Passage {
        /// When.
        at: Moment,
        /// Over which line.
        place: Place,
        /// How fast, where it says so.
        speed: Option<MetresPerSecond>,
    },
    /// A detector for preemption was passed, by whom is not said.
    Mark {
        /// When.
        at: Moment,
        /// Where.
        place: Place,
    },
}

impl Observation {
    /// When it was measured.
    #[must_use]
    pub fn at(&self) -> Moment {
        match self {
            Self::Fix { at, .. } | Self::Passage { at, .. } | Self::Mark { at, .. } => *at,
        }
    }
}

/// What became of an observation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It counts.
    Taken,
    /// It counts, and came after a newer one.
    TakenLate,
    /// It was there already.
    Repeated,
    /// It is too old to say anything of now.
    TooOld,
    /// It says that it was measured later than now.
    Ahead,
    /// No road is near.
    OffRoad,
    /// The vehicle cannot have come there from where it was.
    Contradicts,
    /// It is of no place that is one.
    NoPlace,
    /// A mark that somebody else has made, or that nobody can be said to have.
    NotOfIt,
}

impl Verdict {
    /// Its name in answers and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::TakenLate => "taken-late",
            Self::Repeated => "repeated",
            Self::TooOld => "too-old",
            Self::Ahead => "ahead",
            Self::OffRoad => "off-road",
            Self::Contradicts => "contradicts",
            Self::NoPlace => "no-place",
            Self::NotOfIt => "not-of-it",
        }
    }

    /// Whether it counts.
    #[must_use]
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Taken | Self::TakenLate)
    }
}

/// A vehicle that is followed.
#[derive(Clone, Debug, Default)]
pub struct Track {
    route: Vec<LinkId>,
    known: Option<Known>,
    /// What came, in the order in which it was measured, with what was known before it.
    kept: VecDeque<(Observation, Option<Known>)>,
}

/// What is known of it.
#[derive(Clone, PartialEq, Debug)]
struct Known {
    at: Moment,
    link: LinkId,
    along: Along,
    candidates: Vec<Candidate>,
    /// Fixes in a row off the route.
    off: u8,
    /// Contradictions in a row, and where the last one was.
    jumps: u8,
    jumped_to: Option<Point>,
}

impl Track {
    /// It is expected to drive these links, in this order.
    pub fn follow(&mut self, route: &[LinkId]) {
        self.route = route.to_vec();
        if let Some(known) = &mut self.known {
            known.off = 0;
        }
    }

    /// Takes what is told of it, in whatever order it comes.
    pub fn hear(&mut self, roads: &Courses, told: Observation, now: Moment) -> Verdict {
        let at = told.at();
        if at - now > AHEAD_MAX {
            return Verdict::Ahead;
        }
        if now - at > LATE_MAX {
            return Verdict::TooOld;
        }
        if !is_place(roads, &told) {
            return Verdict::NoPlace;
        }
        if self.kept.iter().any(|(kept, _)| *kept == told) {
            return Verdict::Repeated;
        }
        let place = self.kept.partition_point(|(kept, _)| kept.at() <= at);
        if place == self.kept.len() {
            return self.take(roads, told);
        }
        if place == 0 && self.kept.len() == KEPT_MAX {
            return Verdict::TooOld;
        }
        // Back to what was known before the first that was measured later, and on from there.
        let later = self.kept.split_off(place);
        self.known.clone_from(&later[0].1);
        let verdict = self.take(roads, told);
        for (told, _) in later {
            self.take(roads, told);
        }
        if verdict == Verdict::Taken { Verdict::TakenLate } else { verdict }
    }

    /// Where it is now, as far as that is known: what was told last, carried on by `forecast`, the speed
    /// that it is expected to have. None where nothing was told.
    #[must_use]
    pub fn progress(
        &self,
        roads: &Courses,
        now: Moment,
        forecast: MetresPerSecond,
    ) -> Option<Progress> {
        let known = self.known.as_ref()?;
        let silence = (now - known.at).as_secs_f64().max(0.0);
        let (by, deviation) = known.along.foretold(silence, forecast.0.max(0.0));
        let mut spot = Spot { link: known.link, along: known.along.along + by };
        let reached = self.onward(roads, &mut spot);
        let speed = if reached { known.along.speed } else { 0.0 };
        let place = roads.place(spot);
        let speed = MetresPerSecond(speed);
        Some(Progress { place, speed, deviation: Metres(deviation), at: now.max(known.at) })
    }

    /// When it was last heard of.
    #[must_use]
    pub fn last(&self) -> Option<Moment> {
        self.known.as_ref().map(|known| known.at)
    }

    /// Whether it has left the expected route: several fixes in a row say so.
    #[must_use]
    pub fn is_off_route(&self) -> bool {
        !self.route.is_empty() && self.known.as_ref().is_some_and(|known| known.off >= OFF_MAX)
    }

    /// Goes from link to link where a spot lies beyond its link; false where the way ends.
    fn onward(&self, roads: &Courses, spot: &mut Spot) -> bool {
        // A route has an end, and one that leads in a circle is driven once.
        for _ in 0..=self.route.len() {
            let length = roads.network().link(spot.link).length.0;
            if spot.along <= length {
                return true;
            }
            let Some(next) = self.after(spot.link) else { return false };
            let over = spot.along - length - roads.gap(spot.link, next);
            *spot = Spot { link: next, along: over };
            if over <= 0.0 {
                return true;
            }
        }
        false
    }

    fn after(&self, link: LinkId) -> Option<LinkId> {
        let at = self.route.iter().position(|&one| one == link)?;
        self.route.get(at + 1).copied()
    }

    /// Takes what was measured after everything that is kept.
    fn take(&mut self, roads: &Courses, told: Observation) -> Verdict {
        let before = self.known.clone();
        let verdict = match told {
            Observation::Fix { at, point, spread, speed, heading } => {
                let spread = spread.0.clamp(SPREADS.0, SPREADS.1);
                let speed = speed.map(|speed| speed.0);
                self.fix(roads, at, &Seen { point, spread, heading, speed })
            }
            Observation::Passage { at, place, speed } => {
                self.passage(roads, at, place.into(), speed.map(|speed| speed.0))
            }
            Observation::Mark { at, place } => self.mark(roads, at, place.into()),
        };
        self.kept.push_back((told, before));
        if self.kept.len() > KEPT_MAX {
            self.kept.pop_front();
        }
        verdict
    }

    fn fix(&mut self, roads: &Courses, at: Moment, seen: &Seen) -> Verdict {
        if self.contradicts(roads, at, seen.point, seen.spread) {
            return Verdict::Contradicts;
        }
        let before = self.known.as_ref().map_or(&[][..], |known| &known.candidates);
        let seconds = self.known.as_ref().map_or(0.0, |known| (at - known.at).as_secs_f64());
        let driven = self.known.as_ref().map_or(0.0, |known| known.along.speed * seconds);
        let after = matching::step(roads, before, seen, driven, &self.route);
        let Some(best) = after.first().copied() else { return Verdict::OffRoad };
        // Where two roads are as likely, what is seen along one of them says less.
        let rival = after.get(1).is_some_and(|next| next.weight > -1.0);
        let spread = if rival { 1.5 * seen.spread } else { seen.spread };
        self.seen_at(roads, at, best.spot, spread, seen.speed);
        let is_off = !self.route.is_empty() && !self.route.contains(&best.spot.link);
        if let Some(known) = &mut self.known {
            known.candidates = after;
            known.off = if is_off { known.off.saturating_add(1) } else { 0 };
        }
        Verdict::Taken
    }

    fn passage(&mut self, roads: &Courses, at: Moment, spot: Spot, speed: Option<f64>) -> Verdict {
        if self.contradicts(roads, at, roads.point(spot), PASSAGE_SPREAD) {
            return Verdict::Contradicts;
        }
        self.seen_at(roads, at, spot, PASSAGE_SPREAD, speed);
        let is_off = !self.route.is_empty() && !self.route.contains(&spot.link);
        if let Some(known) = &mut self.known {
            known.candidates = vec![Candidate { spot, weight: 0.0 }];
            // A camera's word for a link is worth as much as all fixes.
            known.off = if is_off { OFF_MAX } else { 0 };
        }
        Verdict::Taken
    }

    /// A mark counts where the vehicle can be the one that made it; it never says which road it is on.
    fn mark(&mut self, roads: &Courses, at: Moment, spot: Spot) -> Verdict {
        let Some(known) = &self.known else { return Verdict::NotOfIt };
        let mut there = known.along;
        let seconds = (at - known.at).as_secs_f64().max(0.0);
        there.predict(seconds);
        let mut thought = Spot { link: known.link, along: there.along };
        self.onward(roads, &mut thought);
        let Some(by) = signed_way(roads, thought, spot) else { return Verdict::NotOfIt };
        let gate = MARK_GATE * (there.variance() + MARK_SPREAD * MARK_SPREAD).sqrt() + MARK_SPREAD;
        if by.abs() > gate {
            return Verdict::NotOfIt;
        }
        self.seen_at(roads, at, spot, MARK_SPREAD, None);
        Verdict::Taken
    }

    /// Whether the vehicle cannot have come there; what is said again and again is believed.
    fn contradicts(&mut self, roads: &Courses, at: Moment, point: Point, spread: f64) -> bool {
        let Some(known) = &mut self.known else { return false };
        let here = roads.point(Spot { link: known.link, along: known.along.along });
        let seconds = (at - known.at).as_secs_f64().max(0.0);
        let most = FASTEST * seconds + 4.0 * spread + 3.0 * known.along.variance().sqrt() + SLACK;
        if distance(here, point) <= most {
            (known.jumps, known.jumped_to) = (0, None);
            return false;
        }
        let agrees = known.jumped_to.is_none_or(|last| {
            distance(last, point) <= FASTEST * LATE_MAX.as_secs_f64() / 10.0 + 4.0 * spread
        });
        known.jumps = if agrees { known.jumps + 1 } else { 1 };
        known.jumped_to = Some(point);
        if known.jumps < JUMPS_MAX {
            return true;
        }
        self.known = None;
        false
    }

    /// It is seen at a spot.
    fn seen_at(
        &mut self,
        roads: &Courses,
        at: Moment,
        spot: Spot,
        spread: f64,
        speed: Option<f64>,
    ) {
        let next = self.known.take().and_then(|mut known| {
            known.along.predict((at - known.at).as_secs_f64().max(0.0));
            let mut thought = Spot { link: known.link, along: known.along.along };
            self.onward(roads, &mut thought);
            let by = signed_way(roads, thought, spot)?;
            // Reckoned on the link where it is seen: there `by` is what it was thought to lack.
            known.along.along = spot.along - by;
            known.along.correct(by, spread, speed);
            Some(Known { at, link: spot.link, ..known })
        });
        self.known = Some(next.unwrap_or_else(|| Known {
            at,
            link: spot.link,
            along: Along::begin(spot.along, spread, speed),
            candidates: vec![Candidate { spot, weight: 0.0 }],
            off: 0,
            jumps: 0,
            jumped_to: None,
        }));
    }
}

/// The way from where it was thought to where it is seen; negative where that lies behind.
fn signed_way(roads: &Courses, thought: Spot, seen: Spot) -> Option<f64> {
    let ahead = roads.way(thought, seen, WAY_MAX);
    ahead.or_else(|| roads.way(seen, thought, WAY_MAX).map(|back| -back))
}

/// Whether it names a place at all.
fn is_place(roads: &Courses, told: &Observation) -> bool {
    let is_number = |number: f64| number.is_finite();
    match told {
        Observation::Fix { point, spread, speed, heading, .. } => {
            [point.x, point.y, spread.0].into_iter().all(is_number)
                && speed.is_none_or(|speed| is_number(speed.0) && (0.0..100.0).contains(&speed.0))
                && heading.is_none_or(is_number)
        }
        Observation::Passage { place, .. } | Observation::Mark { place, .. } => {
            let links = roads.network().links();
            let link = links.get(place.link.index());
            link.is_some_and(|link| (0.0..=link.length.0).contains(&place.offset.0))
        }
    }
}
