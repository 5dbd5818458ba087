//! Digital inputs: relays of loops, confirmations of stages, buttons of those who walk, and detectors for
//! preemption.
//!
//! ```text
//!   level ──inverted──▶ filter ──the same for long enough──▶ loop of a lane
//!                                                        ├──▶ stage of a junction
//!                                                        ├──▶ call of a group
//!                                                        └──▶ event: a preempt is called
//! ```
//!
//! Where the junction's own device reports its stage, the confirmation is held against it; where it
//! does not, the confirmations are all that is known of the stage.

use corridor::Place;
use field::PointValue;
use hw_profiles::Point;
use scenario::{InputRole, Site};
use signal::Seen;
use units::{DeviceId, JunctionId, Millis, Moment, StageId};

use crate::engine::Engine;
use crate::event::EventKind;
use crate::readings::State;
use crate::wiring::loop_of;

/// How long a confirmation may contradict what the cabinet reports: both are read about once a
/// second, and not at the same time.
pub(crate) const MISMATCH_MAX: Millis = Millis(4_000);

/// A level that is believed once it has lasted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    /// What was last read, and since when it has been so.
    raw: Option<(bool, Moment)>,
    believed: Option<(bool, Moment)>,
}

impl Filter {
    /// Whether the level that is believed is on.
    fn is_on(&self) -> bool {
        self.believed.is_some_and(|(on, _)| on)
    }

    /// Takes a level; gives the one that is believed, and since when it is so.
    pub(crate) fn take(
        &mut self,
        level: bool,
        at: Moment,
        filter: Millis,
    ) -> Option<(bool, Moment)> {
        let since = match self.raw {
            Some((known, since)) if known == level => since,
            _ => at,
        };
        self.raw = Some((level, since));
        let is_new = self.believed.is_none_or(|(known, _)| known != level);
        if is_new && at - since >= filter {
            self.believed = Some((level, since));
        }
        self.believed
    }
}

/// What an input says of its stage.
#[derive(Clone, Copy, Debug)]
struct Confirmation {
    stage: StageId,
    on: bool,
    since: Moment,
    /// When it was last read.
    at: Moment,
}

/// What is confirmed of one junction's stages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confirmed {
    /// One of each stage that has an input.
    stages: Vec<Confirmation>,
}

impl Confirmed {
    pub(crate) fn take(&mut self, stage: StageId, on: bool, since: Moment, at: Moment) {
        let said = Confirmation { stage, on, since, at };
        match self.stages.iter_mut().find(|known| known.stage == stage) {
            Some(known) => *known = said,
            None => self.stages.push(said),
        }
    }

    /// The stage that alone is confirmed, and since when.
    fn running(&self) -> Option<(StageId, Moment)> {
        let mut on = self.stages.iter().filter(|said| said.on);
        match (on.next(), on.next()) {
            (Some(said), None) => Some((said.stage, said.since)),
            _ => None,
        }
    }

    /// Whether a cabinet that reports this stage is contradicted by what was read within `fresh`;
    /// none where nothing was.
    pub(crate) fn contradicts(
        &self,
        reported: StageId,
        now: Moment,
        fresh: Millis,
    ) -> Option<bool> {
        let mut known = self.stages.iter().filter(|said| now - said.at <= fresh).peekable();
        known.peek()?;
        Some(known.any(|said| said.on != (said.stage == reported)))
    }

    /// The state of a junction of which nothing else is known. What its lamps show is not.
    pub(crate) fn state(&self) -> Option<State> {
        // It is as old as the oldest of what it rests on.
        let at = self.stages.iter().map(|said| said.at).min()?;
        let running = self.running();
        // Two may overlap while the stage changes; for longer, a wire is broken.
        let on = self.stages.iter().filter(|said| said.on);
        let both = on.clone().map(|said| said.since).max();
        let fault = on.count() > 1 && both.is_some_and(|since| at - since > MISMATCH_MAX);
        let seen = Seen {
            at,
            running: running.map(|(stage, _)| stage),
            next: None,
            elapsed: running.map_or(Millis::ZERO, |(_, since)| at - since),
            aspects: Vec::new(),
            fault,
            local_control: false,
        };
        Some(State { seen, starting: false, preempted: false, lease_left: Millis::ZERO })
    }
}

impl Engine {
    /// Takes what a device's digital inputs say.
    pub(crate) fn take_inputs(&mut self, device: DeviceId, at: Moment, points: &[PointValue]) {
        let site = self.site.clone();
        let mut touched = Vec::new();
        for point in points {
            let wired = &self.devices[device.index()].inputs;
            let Some(index) = wired.get(usize::from(point.index)).copied().flatten() else {
                continue;
            };
            let input = &site.inputs[index];
            match (point.point, input.role) {
                (Point::InputCount, InputRole::Detector { lane, kind }) => {
                    if let (Some(which), Some(count)) = (loop_of(kind), point.value.whole()) {
                        self.lanes.count(lane, which, (count & 0xffff) as u16, at);
                    }
                }
                (Point::InputCount, InputRole::Call { junction, group }) => {
                    let count = point.value.whole().and_then(|count| u32::try_from(count).ok());
                    if let (Some(index), Some(count)) = (signal_of(&site, junction), count) {
                        self.junctions[index].calls.counted(group, count, at);
                    }
                }
                (Point::Input, role) => {
                    let Some(bit) = point.value.number() else {
                        continue;
                    };
                    let level = (bit > 0.0) != input.inverted;
                    let was_on = self.filters[index].is_on();
                    let Some((on, since)) = self.filters[index].take(level, at, input.filter)
                    else {
                        continue;
                    };
                    match role {
                        InputRole::Detector { lane, kind } => {
                            if let Some(which) = loop_of(kind) {
                                self.lanes.presence(lane, which, on, at);
                            }
                        }
                        InputRole::StageConfirmation { junction, stage } => {
                            if let Some(index) = signal_of(&site, junction) {
                                let confirmed = &mut self.junctions[index].wired.confirmed;
                                confirmed.take(stage, on, since, at);
                                touched.push(index);
                            }
                        }
                        InputRole::Call { junction, group } => {
                            if let Some(index) = signal_of(&site, junction) {
                                self.junctions[index].calls.read(group, on, at);
                            }
                        }
                        InputRole::Preempt { link, distance, number } => {
                            if on != was_on {
                                let row = site.network.link(link);
                                let place = Place { link, offset: row.length - distance };
                                let index = signal_of(&site, row.to);
                                let kind = EventKind::PreemptInput { number, on, place };
                                self.event(since, index, Some(device), kind);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        touched.dedup();
        for index in touched {
            self.confirm(index);
        }
    }

    /// A junction's confirmations were read: they are its state where it has no other.
    fn confirm(&mut self, index: usize) {
        let junction = &mut self.junctions[index];
        if !junction.wired.reports_stage
            && let Some(state) = junction.wired.confirmed.state()
        {
            junction.see_calls(&state.seen);
            junction.state = Some(state);
        }
    }

    /// Holds the confirmations of a junction against what its cabinet reports.
    pub(crate) fn cross_check(&mut self, index: usize, now: Moment) {
        if let Some(what) = self.junctions[index].contradiction(now) {
            self.event(now, Some(index), None, EventKind::Implausible { what });
        }
    }
}

/// The place of a junction among the site's signals.
fn signal_of(site: &Site, junction: JunctionId) -> Option<usize> {
    site.signals.iter().position(|signal| signal.junction == junction)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRESH: Millis = Millis(3_500);

    /// Two stages, each on or off since a moment, read at five seconds.
    fn confirmed(first: (bool, i64), second: (bool, i64)) -> Confirmed {
        let mut confirmed = Confirmed::default();
        let at = Moment(5_000);
        confirmed.take(StageId(0), first.0, Moment(first.1), at);
        confirmed.take(StageId(1), second.0, Moment(second.1), at);
        confirmed
    }

    #[test]
    fn a_level_is_believed_once_it_has_lasted() {
        let filter = Millis(1_000);
        let mut state = Filter::default();
        let believed: Vec<_> = [
            (0, false),
            (500, false),
            (1_000, false),
            (1_500, true),
            (2_000, false),
            (2_500, true),
            (3_000, true),
            (3_500, true),
            (4_000, true),
        ]
        .into_iter()
        .map(|(at, level)| state.take(level, Moment(at), filter).map(|(on, since)| (on, since.0)))
        .collect();
        let off = Some((false, 0));
        let on = Some((true, 2_500));
        assert_eq!(believed, [None, None, off, off, off, off, off, on, on]);
    }

    #[test]
    fn without_a_filter_every_level_is_believed_at_once() {
        let mut state = Filter::default();
        for (at, level) in [(0, true), (1, false), (2, true)] {
            let believed = state.take(level, Moment(at), Millis::ZERO);
            assert_eq!(believed, Some((level, Moment(at))));
        }
    }

    #[test]
    fn one_stage_that_is_on_alone_runs() {
        for (first, second, running, elapsed, fault) in [
            ((true, 2_000), (false, 0), Some(0), 3_000, false),
            ((false, 2_000), (true, 4_500), Some(1), 500, false),
            ((false, 2_000), (false, 2_500), None, 0, false),
            ((true, 2_000), (true, 4_000), None, 0, false),
            ((true, 0), (true, 900), None, 0, true),
        ] {
            let state = confirmed(first, second).state().expect("it was read");
            let found = state.seen.running.map(|stage| stage.0);
            assert_eq!((found, state.seen.elapsed), (running, Millis(elapsed)));
            assert_eq!((state.seen.fault, state.seen.at), (fault, Moment(5_000)));
            assert!(state.seen.aspects.is_empty(), "nobody has seen a lamp");
        }
        assert!(Confirmed::default().state().is_none());
    }

    #[test]
    fn a_cabinet_is_contradicted_by_what_is_fresh_only() {
        let now = Moment(6_000);
        for (first, second, reported, expected) in [
            (true, false, 0, Some(false)),
            (true, false, 1, Some(true)),
            (false, true, 1, Some(false)),
            (false, false, 0, Some(true)),
            (true, true, 0, Some(true)),
            // A stage that is not wired: only the others can speak against it.
            (false, false, 2, Some(false)),
            (true, false, 2, Some(true)),
        ] {
            let confirmed = confirmed((first, 0), (second, 0));
            let stage = StageId(reported);
            assert_eq!(confirmed.contradicts(stage, now, FRESH), expected, "{first} {second}");
            let late = Moment(5_000) + FRESH + Millis(1);
            assert_eq!(confirmed.contradicts(stage, late, FRESH), None);
        }
        assert_eq!(Confirmed::default().contradicts(StageId(0), now, FRESH), None);
    }

    proptest! {
        /// What is believed was read, without a break, for at least the filter's time.
        #[test]
        fn nothing_is_believed_that_did_not_last(
            filter in 0_i64..3_000,
            samples in prop::collection::vec((1_i64..1_500, any::<bool>()), 1..60),
        ) {
            let mut state = Filter::default();
            let mut now = Moment(0);
            let mut read: Vec<(Moment, bool)> = Vec::new();
            let mut before = None;
            for (wait, level) in samples {
                now += Millis(wait);
                read.push((now, level));
                let believed = state.take(level, now, Millis(filter)).map(|(on, _)| on);
                if believed != before {
                    let run = read.iter().rev().take_while(|(_, of)| *of == level);
                    let (since, _) = run.last().copied().expect("this sample");
                    prop_assert_eq!(believed, Some(level));
                    prop_assert!(now - since >= Millis(filter));
                }
                before = believed;
            }
        }
    }
}
