//! Greens within a cycle: exact ones of a plan's groups, and those on the grid of whole seconds that
//! offsets are looked for on.

use signal::Layout;
use units::{GroupId, Millis, StageId};

/// A plan's stages with their splits, in order; all splits together are the cycle.
pub type Splits = Vec<(StageId, Millis)>;

/// One green of a group within the cycle of its plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Green {
    /// When it begins, from the begin of the cycle; within it.
    pub start: Millis,
    /// How long it lasts; at most the cycle.
    pub length: Millis,
}

/// Whole seconds of a cycle in which a group is green all the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// The first of them.
    pub start: u32,
    /// How many; none at all is no green.
    pub length: u32,
}

/// When the stage at `place` is demanded.
fn begin(splits: &[(StageId, Millis)], place: usize) -> Millis {
    splits[..place].iter().map(|&(_, split)| split).sum()
}

/// How long after its stage is demanded a group starts: every intergreen from what ends before it
/// has run out, as the controller does it.
fn start_delay(layout: &Layout, before: StageId, stage: StageId, group: GroupId) -> Millis {
    let ending = layout.stage(before).groups.difference(layout.stage(stage).groups);
    let spans = ending.iter().filter_map(|end| layout.intergreens().get(end, group));
    spans.max().unwrap_or(Millis::ZERO)
}

/// The greens of one group under these splits, in the order of the stages that begin them. A group
/// that two stages in a row serve stays green from the one to the other.
#[must_use]
pub fn greens(layout: &Layout, splits: &[(StageId, Millis)], group: GroupId) -> Vec<Green> {
    let count = splits.len();
    let cycle: Millis = splits.iter().map(|&(_, split)| split).sum();
    let serves = |place: usize| layout.stage(splits[place % count].0).groups.contains(group);
    if (0..count).all(serves) {
        let whole = Green { start: Millis::ZERO, length: cycle };
        return if count == 0 { Vec::new() } else { vec![whole] };
    }
    let begins = (0..count).filter(|&place| serves(place) && !serves(place + count - 1));
    begins
        .map(|place| {
            let run = (place..place + count).take_while(|&at| serves(at));
            let span: Millis = run.map(|at| splits[at % count].1).sum();
            let before = splits[(place + count - 1) % count].0;
            let delay = start_delay(layout, before, splits[place].0, group).min(span);
            let start = (begin(splits, place) + delay).modulo(cycle.max(Millis(1)));
            Green { start, length: span - delay }
        })
        .collect()
}

impl Green {
    /// The whole seconds within it: it loses up to a second at either end.
    #[must_use]
    pub fn on_grid(self, cycle: u32) -> Window {
        let whole = Millis::from_secs(cycle.into());
        if self.length >= whole {
            return Window { start: 0, length: cycle };
        }
        let first = (self.start.0 + 999) / 1_000;
        let last = (self.start + self.length).0 / 1_000;
        let length = u32::try_from(last - first).unwrap_or(0);
        Window { start: u32::try_from(first).unwrap_or(0) % cycle.max(1), length }
    }
}

/// The longest of a group's greens on the grid.
#[must_use]
pub fn longest(greens: &[Green], cycle: u32) -> Window {
    let windows = greens.iter().map(|green| green.on_grid(cycle));
    windows
        .fold(Window::default(), |best, next| if next.length > best.length { next } else { best })
}

/// Which share of each second of `cycle` is green, where the greens come again each `period` and
/// everything is `late` by so much.
#[must_use]
pub fn shares(greens: &[Green], period: u32, cycle: u32, late: Millis) -> Vec<f64> {
    let mut shares = vec![0.0; cycle as usize];
    let period = Millis::from_secs(period.max(1).into());
    for green in greens {
        if green.length >= period {
            return vec![1.0; cycle as usize];
        }
        let mut start = (green.start + late).modulo(period).0;
        while start < i64::from(cycle) * 1_000 {
            let (mut at, end) = (start, start + green.length.0);
            while at < end {
                let next = ((at / 1_000 + 1) * 1_000).min(end);
                let second = usize::try_from(at / 1_000).unwrap_or(0) % shares.len();
                shares[second] += (next - at) as f64 / 1_000.0;
                at = next;
            }
            start += period.0;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_green_on_the_grid_is_the_seconds_that_are_wholly_within() {
        for (start, length, expected) in [
            (5_500, 25_000, (6, 24)),
            (0, 10_000, (0, 10)),
            (5_500, 400, (6, 0)),
            (59_500, 10_000, (0, 9)),
            (3_000, 60_000, (0, 60)),
        ] {
            let got = Green { start: Millis(start), length: Millis(length) }.on_grid(60);
            assert_eq!((got.start, got.length), expected, "{start} {length}");
        }
    }

    #[test]
    fn shares_add_up_to_the_green_of_every_period() {
        let green = [Green { start: Millis(25_500), length: Millis(10_250) }];
        let shares = shares(&green, 30, 60, Millis(2_000));
        assert_eq!(shares.len(), 60);
        assert!((shares.iter().sum::<f64>() - 20.5).abs() < 1e-9, "{shares:?}");
        // From 27.5 on, and through the end of the period into its begin.
        assert!((shares[27] - 0.5).abs() < 1e-9 && shares[57] == shares[27]);
        assert!((shares[7] - 0.75).abs() < 1e-9 && shares[8] == 0.0);
    }
}
