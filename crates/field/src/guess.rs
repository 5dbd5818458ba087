//! Which model answers: what is read of a stranger, and what speaks for and against each profile.
//!
//! Nothing is written, and nothing is read that changes by being read. A profile is ruled out by what
//! its identity says and by addresses that the device does not have; of those that are left, one is
//! the likelier, the more of it only this model would say.

use std::cmp::Reverse;

use crate::map::{DeviceMap, Value};
use crate::message::{ExceptionCode, Failure, Reply, Request};
use hw_profiles::{Must, Point, Profile, Table, Type, text_of};

/// How much a text or a magic number of its own speaks for a model, a number that only lies within
/// bounds, and a value that the device could mean.
const NAMED: u32 = 100;
const WITHIN: u32 = 5;
const SOUND: u32 = 1;

/// What came of a request to a stranger.
pub type Answered = (Request, Result<Reply, Failure>);

/// What speaks for a profile, or against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The profile's name.
    pub profile: String,
    /// How much speaks for it; none where it is ruled out.
    pub score: Option<u32>,
    /// Why, in words.
    pub evidence: Vec<String>,
}

/// Addresses that change by being read in one model or another.
#[must_use]
pub fn delicate<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Vec<(Table, u32, u32)> {
    let registers = profiles.flat_map(|profile| &profile.registers);
    let changing = registers.filter(|register| !register.side_effect.is_empty());
    changing.flat_map(|r| r.spans().map(|(from, to)| (r.table, from, to))).collect()
}

/// What to read of a stranger that may be this model: what identifies it, and its first readings. It
/// may be another, so that nothing is read that is `delicate` in any, and no gaps.
#[must_use]
pub fn questions(map: &DeviceMap, delicate: &[(Table, u32, u32)]) -> Vec<Request> {
    let profile = map.profile();
    let is_safe = |point: &Point| {
        profile.register(*point).is_some_and(|register| {
            let touches = |&(table, from, to): &(Table, u32, u32)| {
                table == register.table && register.spans().any(|(a, b)| a < to && from < b)
            };
            !delicate.iter().any(touches)
        })
    };
    let first = profile.polls.first().map_or(&[][..], |poll| &poll.points[..]);
    let identity = profile.identity.iter().map(|check| check.point);
    let guards = profile.guards().map(|check| check.point);
    let mut points: Vec<Point> = identity.chain(guards).chain(first.iter().copied()).collect();
    points.sort_unstable();
    points.dedup();
    points.iter().filter(|point| is_safe(point)).flat_map(|p| map.read_requests(&[*p])).collect()
}

/// Judges one profile by what came of its [`questions`].
#[must_use]
pub fn judge(map: &DeviceMap, answers: &[Answered]) -> Verdict {
    let profile = map.profile();
    let mut verdict =
        Verdict { profile: profile.name.clone(), score: Some(0), evidence: Vec::new() };
    let mut points = Vec::new();
    for (request, result) in answers {
        match result {
            Ok(reply) => points.extend(map.decode(request, reply).unwrap_or_default()),
            Err(Failure::Exception(
                code @ (ExceptionCode::IllegalAddress | ExceptionCode::IllegalFunction),
            )) => {
                verdict.rule_out(&format!("{code:?} to {}", crate::sniff::asked(request)));
            }
            Err(failure) => verdict.rule_out(&failure.to_string()),
        }
    }
    for check in &profile.identity {
        let of = points.iter().filter(|read| read.point == check.point);
        let values: Vec<Option<f64>> = of.map(|read| read.value.number()).collect();
        if values.is_empty() {
            continue;
        }
        let (name, found) = (check.point.name(), said(map, check.point, &values));
        if !check.passes(&values) {
            verdict.rule_out(&format!("{name} is {found}"));
            continue;
        }
        let is_own = match check.must {
            Must::Contain(_) => true,
            Must::Lie { at_least, at_most } => at_least == at_most && at_least > 1,
        };
        verdict.add(if is_own { NAMED } else { WITHIN }, format!("{name} is {found}"));
    }
    let ranged = |point: Point| profile.register(point).is_some_and(|r| r.range.is_some());
    let (mut sound, mut unknown) = (0, 0);
    for read in points.iter().filter(|read| ranged(read.point)) {
        match read.value {
            Value::Number(_) => sound += 1,
            Value::Invalid => unknown += 1,
        }
    }
    if sound + unknown > 0 {
        let what = format!("{sound} of {} values are ones that it can mean", sound + unknown);
        verdict.add(sound * SOUND, what);
        if unknown > sound {
            verdict.rule_out("most of what it says, this model cannot mean");
        }
    }
    if verdict.evidence.is_empty() {
        let what = "it answers where this model does; nothing names it";
        verdict.evidence.push(what.to_owned());
    }
    verdict
}

/// The likeliest first; those that are ruled out last.
pub fn sort(verdicts: &mut [Verdict]) {
    verdicts.sort_by_key(|verdict| (Reverse(verdict.score), verdict.profile.clone()));
}

impl Verdict {
    fn add(&mut self, score: u32, what: String) {
        self.score = self.score.map(|so_far| so_far + score);
        self.evidence.push(what);
    }

    fn rule_out(&mut self, what: &str) {
        self.score = None;
        self.evidence.push(format!("against it: {what}"));
    }
}

fn said(map: &DeviceMap, point: Point, values: &[Option<f64>]) -> String {
    if map.profile().register(point).is_some_and(|register| register.kind == Type::Text) {
        return format!("\"{}\"", text_of(values));
    }
    let first = values.first().copied().flatten();
    first.map_or_else(|| "not known".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hw_profiles::BUILTIN;
    use units::Moment;

    use super::*;
    use crate::device::VirtualDevice;

    fn map(name: &str) -> Arc<DeviceMap> {
        Arc::new(DeviceMap::new(hw_profiles::builtin(name).expect("it ships")))
    }

    fn care() -> Vec<(Table, u32, u32)> {
        let all: Vec<_> = BUILTIN.iter().map(|(name, _)| map(name)).collect();
        delicate(all.iter().map(|map| map.profile()))
    }

    fn verdicts(of: &str) -> Vec<Verdict> {
        let mut device = VirtualDevice::new(map(of), Moment(0));
        let (care, mut all) = (care(), Vec::new());
        for (name, _) in BUILTIN {
            let map = map(name);
            let ask = |request: Request| {
                let reply = device.handle(Moment(0), &request).map_err(Failure::Exception);
                (request, reply)
            };
            let answers: Vec<Answered> = questions(&map, &care).into_iter().map(ask).collect();
            all.push(judge(&map, &answers));
        }
        assert_eq!(device.disturbed(), 0, "{of}");
        sort(&mut all);
        all
    }

    #[test]
    fn every_model_that_says_what_it_is_is_found_first_and_no_model_rules_itself_out() {
        for (name, _) in BUILTIN {
            let all = verdicts(name);
            let own = all.iter().find(|verdict| verdict.profile == *name).expect("judged");
            assert!(own.score.is_some(), "{own:?}");
            let named = map(name).profile().identity.iter().any(|check| match &check.must {
                Must::Contain(_) => true,
                Must::Lie { at_least, at_most } => at_least == at_most && *at_least > 1,
            });
            assert!(!named || all[0].profile == *name, "{name}: {:?}", &all[..2]);
        }
    }

    #[test]
    fn silence_and_values_that_cannot_be_speak_against_a_model() {
        let map = map("rs485-temperature-humidity");
        let request = Request::ReadHolding { address: 0, count: 2 };
        let judged = |result| judge(&map, &[(request.clone(), result)]);
        assert_eq!(judged(Err(Failure::Timeout)).score, None);
        assert_eq!(judged(Ok(Reply::Holding(vec![60_000, 20_000]))).score, None);
        assert_eq!(judged(Ok(Reply::Holding(vec![486, 215]))).score, Some(2));
    }
}
