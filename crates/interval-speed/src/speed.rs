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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{ClassSet, LimitRule};
    use crate::plate::Plate;
    use crate::testing::{passage, spec};

    #[test]
    fn a_certified_speed_is_the_least_that_it_can_have_been() {
        let (length, none) = (Millimetres(5_000_000), Millimetres(0));
        for (uncertainty, travel, added, expected) in [
            // 100 km/h to the millisecond, and a millisecond more.
            (none, 180_000, 0, 100),
            (none, 180_001, 0, 99),
            (none, 180_000, 1, 99),
            (Millimetres(1), 180_000, 0, 99),
            (none, 150_000, 0, 120),
            (Millimetres(5_000), 150_000, 60, 119),
            (Millimetres(5_000_001), 150_000, 0, 0),
            (none, 0, 0, u16::MAX),
            (none, -5, 0, u16::MAX),
        ] {
            let speed = certified(length, uncertainty, Millis(travel), Millis(added));
            assert_eq!(speed, Kmh(expected), "{uncertainty} {travel} {added}");
        }
        assert_eq!(average(length, Millis(163_000)), HundredthsKmh(11_042));
    }

    #[test]
    fn a_small_vehicle_is_not_judged_by_a_lorrys_limit() {
        let mut spec = spec();
        let trucks = ClassSet::of(&[VehicleClass::LightTruck, VehicleClass::HeavyTruck]);
        let rule = LimitRule { classes: trucks, daily: None, weather: None, limit: Kmh(60) };
        spec.limits.entries[0].rules.insert(0, rule);
        let section = Section::new(spec).expect("it holds together");
        for (class, colour, limit) in [
            (VehicleClass::Car, PlateColour::Blue, 100),
            (VehicleClass::LightTruck, PlateColour::Blue, 100),
            (VehicleClass::LightTruck, PlateColour::Unknown, 100),
            (VehicleClass::HeavyTruck, PlateColour::Yellow, 60),
        ] {
            let with = |end: Passage| Passage {
                class,
                plate: Plate::read("鲁A12345", colour).ok(),
                ..end
            };
            let ends = (&with(passage(0, 1, 0)), &with(passage(1, 1, 200_000)));
            let verdict = judge(&section, ends, Method::Exact, &[], Doubts::NONE);
            let applied = verdict.limit.map(|applied| applied.limit);
            assert_eq!(applied, Some(Kmh(limit)), "{} {colour:?}", class.name());
            let is_compliant = verdict.judgement == Judgement::Compliant;
            assert_eq!(is_compliant, limit == 100, "{verdict:?}");
        }
    }

    #[test]
    fn a_way_that_nobody_surveyed_and_a_certificate_that_ran_out_prove_nothing() {
        let mut without = spec();
        without.survey.pairs.retain(|pair| pair.exit.lane == 1);
        let mut expired = spec();
        expired.survey.valid_until = passage(1, 1, 150_000).at;
        for (spec, doubt) in [(without, Doubt::NotSurveyed), (expired, Doubt::Certificate)] {
            let section = Section::new(spec).expect("it holds together");
            let ends = (&passage(0, 1, 0), &passage(1, 1, 150_000));
            let verdict = judge(&section, ends, Method::Exact, &[], Doubts::NONE);
            assert_eq!(verdict.judgement, Judgement::NotEvidence(Doubts::NONE.with(doubt)));
        }
    }

    #[test]
    fn speeds_on_the_spot_are_told_and_decide_nothing() {
        let section = Section::new(spec()).expect("it holds together");
        let exit = passage(1, 1, 150_000);
        for (spot, disagrees) in [(1_200, false), (850, false), (830, true), (1_570, true)] {
            let entry = Passage { spot: Some(crate::TenthsKmh(spot)), ..passage(0, 1, 0) };
            let verdict = judge(&section, (&entry, &exit), Method::Exact, &[], Doubts::NONE);
            assert_eq!(verdict.judgement, Judgement::Evidence);
            assert_eq!(verdict.spot_disagrees, disagrees, "{spot}");
        }
    }
}
