//! What matrices and counts share: when vehicles come within a span, what drives by its share, and
//! how single vehicles become flows again.

use std::collections::BTreeMap;

use units::{LinkId, Millis};

use super::{Flow, VehicleType};
use crate::chance::Chance;

/// The least time between two vehicles of one flow: see the shortest interval of a file.
const INTERVAL_MIN: Millis = Millis(10);
/// What a flow of a single vehicle has for its interval, which nothing depends on.
const INTERVAL_ALONE: Millis = Millis(1_000);

/// How vehicles come that a rate or a number describes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Arrivals {
    /// At one interval.
    #[default]
    Even,
    /// Independent of one another: a Poisson process with the same mean.
    Poisson,
}

impl Arrivals {
    /// Every way with its name in files.
    pub(crate) const ALL: &'static [(&'static str, Self)] =
        &[("even", Self::Even), ("poisson", Self::Poisson)];

    /// When vehicles come between `start` and `end`, `expected` of them in the mean, rising. Even
    /// ones are the whole number below or above `expected`, by chance so that the mean is kept, and
    /// begin at any part of their interval: else all pairs of a matrix would start at once.
    pub(crate) fn times(
        self,
        (start, end): (Millis, Millis),
        expected: f64,
        chance: &mut Chance,
    ) -> Vec<Millis> {
        let span = (end - start).as_secs_f64();
        if !(expected > 0.0 && span > 0.0) {
            return Vec::new();
        }
        let interval = span / expected;
        match self {
            Self::Even => {
                let phase = chance.even();
                // Whole milliseconds, rounded down: the last is within the span as well.
                let step = Millis(whole_millis(interval));
                let first = start + Millis(whole_millis(interval * phase));
                let within = |n: &i64| whole(*n) + phase < expected;
                (0..).take_while(within).map(|n| first + step * n).collect()
            }
            Self::Poisson => {
                let mut times = Vec::new();
                let mut at = chance.wait();
                while at < expected {
                    times.push(start + Millis(whole_millis(at * interval)));
                    at += chance.wait();
                }
                times
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole_millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).floor() as i64
}

#[allow(clippy::cast_precision_loss)]
fn whole(n: i64) -> f64 {
    n as f64
}

/// Things with weights, one of which is drawn.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Weighted<T> {
    /// Each with the sum of all weights up to and with its own.
    items: Vec<(f64, T)>,
}

impl<T> Weighted<T> {
    /// None where no weight is above zero. Items without weight are never drawn.
    pub(crate) fn new(items: impl IntoIterator<Item = (f64, T)>) -> Option<Self> {
        let mut sum = 0.0;
        let mut kept = Vec::new();
        for (weight, item) in items {
            if weight > 0.0 {
                sum += weight;
                kept.push((sum, item));
            }
        }
        (!kept.is_empty()).then_some(Self { items: kept })
    }

    /// The item at `part` of all weight, `part` in `[0, 1)`.
    pub(crate) fn pick(&self, part: f64) -> &T {
        let last = &self.items[self.items.len() - 1];
        let at = self.items.partition_point(|(sum, _)| *sum <= part * last.0);
        &self.items.get(at).unwrap_or(last).1
    }

    /// All of them, with their shares of 1.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (f64, &T)> {
        let all = self.items[self.items.len() - 1].0;
        let before = std::iter::once(0.0).chain(self.items.iter().map(|(sum, _)| *sum));
        self.items.iter().zip(before).map(move |((sum, item), before)| ((sum - before) / all, item))
    }
}

/// Single vehicles, by their way and type, until they are flows.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    /// The types in the order of their first vehicle.
    types: Vec<VehicleType>,
    vehicles: BTreeMap<(Vec<LinkId>, usize), Vec<Millis>>,
}

impl Drawn {
    pub(crate) fn add(&mut self, route: Vec<LinkId>, vehicle: VehicleType, at: Millis) {
        let known = self.types.iter().position(|known| *known == vehicle);
        let vehicle = known.unwrap_or_else(|| {
            self.types.push(vehicle);
            self.types.len() - 1
        });
        self.vehicles.entry((route, vehicle)).or_default().push(at);
    }

    /// The flows, by route: vehicles at equal distances in time are one flow.
    pub(crate) fn flows(self) -> Vec<Flow> {
        let mut flows = Vec::new();
        for ((route, vehicle), mut times) in self.vehicles {
            times.sort_unstable();
            let vehicle = self.types[vehicle];
            flows.extend(runs(&times).into_iter().map(|(start, end, interval)| Flow {
                route: route.clone(),
                start,
                end,
                interval,
                vehicle,
                ..Flow::default()
            }));
        }
        flows
    }
}

/// Rising times as runs of one interval each: its begin, its end, the interval.
fn runs(times: &[Millis]) -> Vec<(Millis, Millis, Millis)> {
    let mut runs = Vec::new();
    let mut rest = times;
    while let [first, after @ ..] = rest {
        let interval = after.first().map_or(Millis::ZERO, |&next| next - *first);
        if interval < INTERVAL_MIN {
            runs.push((*first, *first, INTERVAL_ALONE));
            rest = after;
            continue;
        }
        let same = rest.windows(2).take_while(|pair| pair[1] - pair[0] == interval).count();
        runs.push((*first, rest[same], interval));
        rest = &rest[same + 1..];
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chance::Use;

    #[test]
    fn both_arrivals_keep_the_mean_and_stay_within_their_span() {
        let span = (Millis(60_000), Millis(960_000));
        for (arrivals, expected) in
            [(Arrivals::Even, 0.3), (Arrivals::Even, 7.5), (Arrivals::Poisson, 7.5)]
        {
            let mut sum = 0;
            for draw in 0..4_000 {
                let mut chance = Chance::new(1, Use::FlowArrivals, 0, draw);
                let times = arrivals.times(span, expected, &mut chance);
                assert!(times.is_sorted());
                assert!(times.iter().all(|at| (span.0..span.1).contains(at)), "{times:?}");
                sum += times.len();
            }
            let mean = f64::from(u32::try_from(sum).expect("few")) / 4_000.0;
            assert!((mean - expected).abs() < 0.15, "{arrivals:?} {expected}: {mean}");
        }
    }

    #[test]
    fn a_whole_number_of_even_arrivals_is_kept_exactly() {
        for draw in 0..200 {
            let mut chance = Chance::new(3, Use::FlowArrivals, 0, draw);
            let span = (Millis(0), Millis(899_999));
            assert_eq!(Arrivals::Even.times(span, 77.0, &mut chance).len(), 77);
        }
    }

    #[test]
    fn draws_follow_the_weights() {
        let weighted = Weighted::new([(1.0, 'a'), (0.0, 'b'), (3.0, 'c')]).expect("weights");
        assert_eq!([0.0, 0.24, 0.25, 0.999].map(|part| *weighted.pick(part)), ['a', 'a', 'c', 'c']);
        assert_eq!(weighted.shares().collect::<Vec<_>>(), [(0.25, &'a'), (0.75, &'c')]);
        assert!(Weighted::new([(0.0, 'a')]).is_none());
    }

    proptest! {
        #[test]
        fn runs_lose_nobody(mut times in prop::collection::vec(0_i64..400, 0..60)) {
            times.sort_unstable();
            let times: Vec<_> = times.into_iter().map(Millis).collect();
            let mut drawn = Drawn::default();
            times.iter().for_each(|&at| drawn.add(vec![LinkId(0)], VehicleType::default(), at));
            let flows = drawn.flows();
            prop_assert!(flows.iter().all(|flow| flow.interval >= INTERVAL_MIN));
            let mut again: Vec<_> = flows.iter().flat_map(Flow::departures).collect();
            again.sort_unstable();
            prop_assert_eq!(again, times);
        }
    }
}
