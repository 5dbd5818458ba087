//! How fast at least, and whether that is evidence.
//!
//! ```text
//!   certified = ⌊ (S_min − u_S) / (T + u_entry + u_exit + u_trigger) ⌋     whole km/h
//! ```
//!
//! Every bound is taken to the driver's favour, all of them at once: the way may be shorter, the vehicle
//! may have come later and left later than the clocks say. The formula is our own reading of what the
//! provinces' regulations ask for (the shortest of all lane paths; the reference timer at both ends);
//! the national texts' own figures were not at hand. It is whole numbers, so that anybody who has the two
//! passages and the section comes to the same figure.

use units::{Millis, WallTime};

use crate::clock::{ClockState, SyncSource};
use crate::limits::{Applied, Unjudged, WeatherChange};
use crate::passage::{Passage, VehicleClass, VehicleColour};
use crate::plate::PlateColour;
use crate::quantities::{HundredthsKmh, Kmh, Millimetres};
use crate::section::{Place, Section};
use crate::verdict::{Doubt, Doubts, Judgement, Method, Verdict};

/// A speed on the spot that is so far from the average is told to whoever reviews the trip, per cent.
const SPOT_APART: u32 = 30;

/// A length by a time, in hundredths of a km/h, rounded down; the highest there is where no time
/// passed.
#[must_use]
pub fn average(length: Millimetres, travel: Millis) -> HundredthsKmh {
    // A millimetre in a millisecond is 3.6 km/h.
    let speed = u64::try_from(travel.0).ok().filter(|&ms| ms > 0);
    let speed = speed.map(|ms| u64::from(length.0) * 360 / ms);
    HundredthsKmh(speed.and_then(|speed| u32::try_from(speed).ok()).unwrap_or(u32::MAX))
}

/// How fast at least: the length less what it may lack, by the time and what it may lack, in whole
/// km/h, rounded down.
#[must_use]
pub fn certified(
    length: Millimetres,
    length_uncertainty: Millimetres,
    travel: Millis,
    travel_uncertainty: Millis,
) -> Kmh {
    let sure = Millimetres(length.0.saturating_sub(length_uncertainty.0));
    let speed = average(sure, travel + travel_uncertainty).0 / 100;
    Kmh(u16::try_from(speed).unwrap_or(u16::MAX))
}

/// Judges a trip from two passages alone. `known` is what speaks against it beside them.
///
/// It is the same function for whoever measures and for whoever checks.
#[must_use]
pub fn judge(
    section: &Section,
    (entry, exit): (&Passage, &Passage),
    method: Method,
    weather: &[WeatherChange],
    known: Doubts,
) -> Verdict {
    let spec = section.spec();
    let (from, to) = (place(entry), place(exit));
    let length = section.length(from, to);
    let travel = exit.at - entry.at;
    let travel_uncertainty = entry.uncertainty() + exit.uncertainty() + spec.rules.trigger;
    let way = length.unwrap_or_default();
    let raw = average(way, travel);
    let certified = certified(way, spec.survey.uncertainty, travel, travel_uncertainty);
    let applied = limit_of(section, entry, exit, weather);
    let limit = applied.ok();
    let threshold =
        limit.map_or(Kmh(u16::MAX), |applied| spec.rules.tolerance.threshold(applied.limit));
    let of_limit = match applied {
        Ok(_) => Doubts::NONE,
        Err(Unjudged::NoLimit) => Doubts::NONE.with(Doubt::NoLimit),
        Err(Unjudged::Clearance) => Doubts::NONE.with(Doubt::Clearance),
        Err(Unjudged::Changed) => Doubts::NONE.with(Doubt::LimitChanged),
    };
    let is_compliant = length.is_some() && travel > Millis::ZERO && certified <= threshold;
    let judgement = if is_compliant && limit.is_some() {
        Judgement::Compliant
    } else {
        let doubts = known
            .and(of_limit)
            .and(of_ends(section, entry, exit))
            .with_if(Doubt::PlatesDiffer, method != Method::Exact || entry.key() != exit.key())
            .with_if(Doubt::NotSurveyed, length.is_none())
            .with_if(Doubt::Implausible, raw.0 / 100 > u32::from(spec.rules.plausible.0));
        if doubts.is_empty() { Judgement::Evidence } else { Judgement::NotEvidence(doubts) }
    };
    Verdict {
        section: spec.id,
        version: spec.version,
        entry: *entry,
        exit: *exit,
        method,
        travel,
        travel_uncertainty,
        length: way,
        length_uncertainty: spec.survey.uncertainty,
        raw,
        certified,
        limit,
        threshold,
        spot_disagrees: [entry, exit].iter().any(|end| is_apart(end, raw)),
        judgement,
    }
}

/// The limit of a trip. A plate that small vehicles have, or of which the colour was not read, is judged
/// by what a car may drive where that is more than what the camera's class may: a camera that takes a
/// car for a lorry at both ends must not make a violator of its driver.
fn limit_of(
    section: &Section,
    entry: &Passage,
    exit: &Passage,
    weather: &[WeatherChange],
) -> Result<Applied, Unjudged> {
    let limits = &section.spec().limits;
    let span = (entry.at, exit.at);
    let applied = limits.over(entry.class, span, weather)?;
    let colour = entry.plate.map_or(PlateColour::Unknown, |plate| plate.colour());
    let is_large = matches!(colour, PlateColour::Yellow | PlateColour::YellowGreen);
    if is_large || entry.class == VehicleClass::Car {
        return Ok(applied);
    }
    let as_car = limits.over(VehicleClass::Car, span, weather)?;
    Ok(if as_car.limit > applied.limit { as_car } else { applied })
}

/// The lane that a passage was on.
pub(crate) fn place(passage: &Passage) -> Place {
    Place { camera: passage.camera, lane: passage.lane }
}

/// What of the two passages themselves speaks against evidence.
fn of_ends(section: &Section, entry: &Passage, exit: &Passage) -> Doubts {
    let (rules, survey) = (&section.spec().rules, &section.spec().survey);
    let either = |is_so: &dyn Fn(&Passage) -> bool| is_so(entry) || is_so(exit);
    let colours = |end: &Passage| end.plate.map_or(PlateColour::Unknown, |plate| plate.colour());
    let is_lost = |end: &Passage| {
        end.clock.state != ClockState::Synchronised
            || matches!(end.clock.source, SyncSource::None | SyncSource::Set)
    };
    let is_uncertain = |end: &Passage| {
        end.uncertainty() > rules.clock
            || i64::from(end.clock.sync_age_s) * 1_000 > rules.sync_age.0
    };
    let is_valid = |at: WallTime| at >= survey.valid_from && at < survey.valid_until;
    let no_colour = VehicleColour::Unknown;
    let colours_differ =
        entry.colour != exit.colour && entry.colour != no_colour && exit.colour != no_colour;
    Doubts::NONE
        .with_if(Doubt::Confidence, either(&|end| end.confidence < rules.confidence))
        .with_if(
            Doubt::PlateColour,
            colours(entry) != colours(exit)
                || either(&|end| end.plate.is_none_or(|plate| !plate.colour_fits())),
        )
        .with_if(
            Doubt::ClassesDiffer,
            entry.class != exit.class || entry.class == VehicleClass::Unknown,
        )
        .with_if(Doubt::ColoursDiffer, colours_differ)
        .with_if(Doubt::ClockNotSynchronised, either(&is_lost))
        .with_if(Doubt::ClockStepped, either(&|end| end.clock.state == ClockState::Stepped))
        .with_if(Doubt::ClockUncertain, either(&is_uncertain))
        .with_if(Doubt::Certificate, either(&|end| !is_valid(end.at)))
        .with_if(Doubt::NoImage, either(&|end| end.image.is_none()))
}

fn is_apart(end: &Passage, average: HundredthsKmh) -> bool {
    let Some(spot) = end.spot else { return false };
    let apart = (u32::from(spot.0) * 10).abs_diff(average.0);
    u64::from(apart) * 100 > u64::from(average.0) * u64::from(SPOT_APART)
}
