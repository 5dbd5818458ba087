//! When vehicles depart, by the clock or by chance, and how they enter.

use units::{LinkId, Metres, MetresPerSecond, Millis};

use super::super::xml::{Element, Problems};
use super::{DRAWN_MAX, Routes};
use crate::demand::{
    Departure, ENTRY_SPEEDS, EntryLane, EntrySpeed, FAR_S, INTERVAL_MIN_S, POSITIONS,
};
use crate::random::Random;

/// SUMO's own end of a flow that gives none, seconds.
const FLOW_END_S: f64 = 86_400.0;
/// Departures for which SUMO waits for something else than a time.
const NO_TIMES: &[&str] = &["triggered", "containerTriggered", "split", "now"];

impl Routes<'_> {
    /// When it departs: first, last, and from one to the next.
    pub(super) fn times(
        &mut self,
        element: &Element,
        id: &str,
        problems: &Problems,
    ) -> Option<Vec<(Millis, Millis, Millis)>> {
        if element.name != "flow" {
            let text = element.text(problems, "depart")?;
            if NO_TIMES.contains(&text) {
                self.notes.add(&format!("vehicles with the departure {text} left out"), id);
                return None;
            }
            let is_begin = text == "begin";
            let at =
                if is_begin { Some(self.begin) } else { time(element, "depart", text, problems) };
            let at = Millis::from_secs_f64(at?);
            return Some(vec![(at, at, Millis(1_000))]);
        }
        let begin = element.get("begin").unwrap_or("0");
        let begin = if begin == "begin" {
            Some(self.begin)
        } else {
            time(element, "begin", begin, problems)
        };
        let end = match element.get("end") {
            Some(text) => time(element, "end", text, problems),
            None => Some(FLOW_END_S.max(begin.unwrap_or_default())),
        };
        let number = match element.get("number") {
            Some(_) => Some(element.count(problems, "number", DRAWN_MAX)?),
            None => None,
        };
        let (begin, end) = (begin?, end?);
        if end < begin {
            element.say(problems, "end: it is before begin");
            return None;
        }
        if let Some(period) = element.get("period").and_then(|text| text.strip_prefix("exp(")) {
            let rate = period.strip_suffix(')').unwrap_or_default();
            let rate =
                element.number_in(problems, "period", rate, &(1e-6..=1.0 / INTERVAL_MIN_S))?;
            let limit = number.unwrap_or(DRAWN_MAX);
            let gap = |random: &mut Random| -unit(random).ln() / rate;
            return self.drawn(element, begin..end, limit, problems, gap);
        }
        if element.get("probability").is_some() {
            let chance = element.number(problems, "probability", &(1e-9..=1.0))?;
            let limit = number.unwrap_or(DRAWN_MAX);
            // Each second is tried: the gaps are geometric.
            let gap = move |random: &mut Random| {
                if chance >= 1.0 { 1.0 } else { (unit(random).ln() / (1.0 - chance).ln()).ceil() }
            };
            let times = self.drawn(element, begin - 1.0..end, limit, problems, gap);
            return times;
        }
        regular(element, begin, end, number, problems)
    }

    /// Departures by chance, each a flow of one vehicle.
    fn drawn(
        &mut self,
        element: &Element,
        span: std::ops::Range<f64>,
        limit: usize,
        problems: &Problems,
        gap: impl Fn(&mut Random) -> f64,
    ) -> Option<Vec<(Millis, Millis, Millis)>> {
        let mut times = Vec::new();
        let mut at = span.start + gap(&mut self.random);
        while at < span.end && times.len() < limit {
            if self.drawn >= DRAWN_MAX {
                element.say(problems, format!("more than {DRAWN_MAX} vehicles by chance in all"));
                return None;
            }
            self.drawn += 1;
            let due = Millis::from_secs_f64(at.max(0.0));
            times.push((due, due, Millis(1_000)));
            at += gap(&mut self.random);
        }
        Some(times)
    }

    pub(super) fn departure(
        &mut self,
        element: &Element,
        entry: LinkId,
        problems: &Problems,
    ) -> Option<Departure> {
        let id = element.get("id").unwrap_or_default();
        // The defaults are those of SUMO 1.28; before, it was the first lane and a standstill.
        let lane = match element.get("departLane").unwrap_or("best_prob") {
            "first" | "allowed" => EntryLane::Outermost,
            "best" | "free" | "random" | "best_prob" => EntryLane::Emptiest,
            text => {
                let lanes = &self.imported.roads.lanes[entry.index()];
                match text.parse::<usize>().ok().and_then(|index| lanes.get(index)) {
                    Some(Some(lane)) => EntryLane::Number(*lane),
                    Some(None) => {
                        self.notes.add("departures on lanes for no cars, on another", id);
                        EntryLane::Emptiest
                    }
                    None => {
                        element.say(problems, format!("departLane: there is no lane {text:?}"));
                        return None;
                    }
                }
            }
        };
        let speed = match element.get("departSpeed").unwrap_or("avg") {
            "max" | "desired" | "speedLimit" | "last" | "avg" => EntrySpeed::Fitting,
            "random" => {
                self.notes.add("departures with a random speed, with what fits", id);
                EntrySpeed::Fitting
            }
            text => {
                let speed = element.number_in(problems, "departSpeed", text, &ENTRY_SPEEDS)?;
                EntrySpeed::AtMost(MetresPerSecond(speed))
            }
        };
        let position = match element.get("departPos").unwrap_or("base") {
            "base" => None,
            text @ ("random" | "free" | "random_free" | "last" | "stop" | "splitFront") => {
                self.notes.add(&format!("departures at the place {text}, at the begin"), id);
                None
            }
            text => {
                let least = -POSITIONS.end();
                let at =
                    element.number_in(problems, "departPos", text, &(least..=*POSITIONS.end()))?;
                let length = self.imported.network.link(entry).length.0;
                let at = if at < 0.0 { at + length } else { at };
                if !(0.0..=length).contains(&at) {
                    let what = format!("departPos: {text} is not on its edge of {length} m");
                    element.say(problems, what);
                    return None;
                }
                Some(Metres(at))
            }
        };
        Some(Departure { lane, speed, position })
    }
}

/// Departures at even times.
fn regular(
    element: &Element,
    begin: f64,
    end: f64,
    number: Option<usize>,
    problems: &Problems,
) -> Option<Vec<(Millis, Millis, Millis)>> {
    let spans = INTERVAL_MIN_S..=FAR_S;
    let per_hour = element.get("vehsPerHour").or(element.get("perHour"));
    let interval = match (element.get("period"), per_hour, number) {
        (Some(text), ..) => element.number_in(problems, "period", text, &spans),
        (None, Some(text), _) => {
            let most = 3_600.0 / INTERVAL_MIN_S;
            let rate = element.number_in(problems, "vehsPerHour", text, &(1e-3..=most));
            rate.map(|rate| 3_600.0 / rate)
        }
        (None, None, Some(0)) => return Some(Vec::new()),
        (None, None, Some(number)) => {
            let number = f64::from(u32::try_from(number).unwrap_or(u32::MAX));
            Some(((end - begin) / number).max(INTERVAL_MIN_S))
        }
        (None, None, None) => {
            element.say(problems, "it has no period, vehsPerHour, probability or number");
            None
        }
    }?;
    // Those whose time comes before the end, and no more than the number.
    let fit = ((end - begin) / interval - 1e-9).floor().max(0.0);
    let most = number.map_or(f64::MAX, |n| f64::from(u32::try_from(n).unwrap_or(u32::MAX)) - 1.0);
    if most < 0.0 {
        return Some(Vec::new());
    }
    let [start, step] = [begin, interval].map(Millis::from_secs_f64);
    let last = begin + interval * fit.min(most);
    Some(vec![(start, Millis::from_secs_f64(last).max(start), step)])
}

/// A number above 0 and not above 1.
pub(super) fn unit(random: &mut Random) -> f64 {
    let bits = u32::try_from(random.next() >> 32).unwrap_or(u32::MAX);
    (f64::from(bits) + 1.0) / 4_294_967_296.0
}

/// Seconds, or hours, minutes and seconds with colons between.
pub(in crate::sumo) fn time(
    element: &Element,
    key: &str,
    text: &str,
    problems: &Problems,
) -> Option<f64> {
    if !text.contains(':') {
        return element.number_in(problems, key, text, &(0.0..=FAR_S));
    }
    let factors = [1.0, 60.0, 3_600.0, 86_400.0];
    let parts: Vec<_> = text.rsplit(':').map(|part| part.parse::<f64>().ok()).collect();
    let numbers = parts.iter().copied().collect::<Option<Vec<_>>>();
    let sum = numbers
        .filter(|parts| parts.len() <= factors.len())
        .map(|parts| parts.iter().zip(factors).map(|(part, factor)| part * factor).sum::<f64>());
    let sum = sum.filter(|sum| (0.0..=FAR_S).contains(sum));
    if sum.is_none() {
        element.say(problems, format!("{key}: {text:?} is no time"));
    }
    sum
}
