//! What became of each corridor: a record that the core's events fill, kept for some time after its end.
//! Names, not ids: a reload renumbers.

use std::collections::VecDeque;

use corridor::{Answer, CorridorId, Event, Opened, Progress, Request, State, Step};
use network::Network;
use units::{LinkId, Millis, Moment};

/// Records of corridors that are over, the oldest goes first: a day's work of a busy district.
const KEPT_MAX: usize = 64;
/// Junctions of one record; a corridor that is planned anew again and again passes no more.
const JUNCTIONS_MAX: usize = 256;
/// Times that it was planned anew.
const REPLANS_MAX: usize = 32;

/// One corridor.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Record {
    pub(crate) id: u32,
    pub(crate) by: String,
    pub(crate) request: Request,
    /// The destination in the words of who asked, where it has a name.
    pub(crate) destination: Option<String>,
    pub(crate) opened: Moment,
    pub(crate) ends_at_latest: Moment,
    pub(crate) links: Vec<String>,
    /// Other ways at the time of the request, and what they take.
    pub(crate) alternatives: Vec<(Vec<String>, Millis)>,
    pub(crate) junctions: Vec<JunctionRecord>,
    pub(crate) arrives: Option<Moment>,
    pub(crate) place: Option<(String, Progress)>,
    pub(crate) is_told: bool,
    pub(crate) replans: Vec<(Moment, &'static str)>,
    pub(crate) contradictions: u32,
    pub(crate) end: Option<(Moment, &'static str)>,
    /// Who answers for the roads of its way.
    pub(crate) people: Vec<String>,
}

/// One junction of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct JunctionRecord {
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) window: Option<Window>,
    pub(crate) is_in_time: bool,
    pub(crate) cleared: Option<Moment>,
    pub(crate) open: Option<Moment>,
    pub(crate) passed: Option<Moment>,
    pub(crate) released: Option<Moment>,
    pub(crate) missed: u32,
    /// How much later than on an empty road, since the junction before.
    pub(crate) delay: Option<Millis>,
    /// For how long it was asked for.
    pub(crate) asked: Option<Millis>,
    /// Whom it waits for, and why.
    pub(crate) yields: Option<(u32, &'static str)>,
}

/// When the vehicle is expected at its stop line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    pub(crate) open_from: Moment,
    pub(crate) earliest: Moment,
    pub(crate) expected: Moment,
    pub(crate) latest: Moment,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    rows: VecDeque<Record>,
}

impl Ledger {
    /// A corridor was opened.
    pub(super) fn opened(
        &mut self,
        answer: &Answer,
        request: &Request,
        (by, destination): (&str, Option<String>),
        now: Moment,
        network: &Network,
    ) -> &mut Record {
        let over = self.rows.iter().filter(|row| row.end.is_some()).count();
        if over >= KEPT_MAX
            && let Some(oldest) = self.rows.iter().position(|row| row.end.is_some())
        {
            self.rows.remove(oldest);
        }
        let other = |way: &corridor::Alternative| (names(network, &way.links), way.takes);
        self.rows.push_back(Record {
            id: answer.id.0,
            by: by.to_owned(),
            request: request.clone(),
            destination,
            opened: now,
            ends_at_latest: answer.ends_at_latest,
            links: names(network, &answer.links),
            alternatives: answer.alternatives.iter().map(other).collect(),
            junctions: Vec::new(),
            arrives: Some(now + request.departs_in + answer.takes),
            place: None,
            is_told: false,
            replans: Vec::new(),
            contradictions: 0,
            end: None,
            people: Vec::new(),
        });
        let at = self.rows.len() - 1;
        &mut self.rows[at]
    }

    /// Brings what is open to how it stands.
    pub(super) fn look(&mut self, opened: &Opened, now: Moment, network: &Network) {
        let Some(row) = self.open(opened.id) else { return };
        row.request.clone_from(&opened.request);
        row.links = names(network, &opened.links);
        row.arrives = Some(opened.arrives(network));
        row.is_told = opened.is_told(now);
        for node in &opened.nodes {
            let name = &network.junction(node.crossing.junction).name;
            let Some(row) = row.junction(name) else { continue };
            row.state = node.state.name();
            row.is_in_time = node.is_in_time;
            row.window = node.times.map(|times| Window {
                open_from: times.open_from,
                earliest: times.earliest,
                expected: times.expected,
                latest: times.latest,
            });
            let waits = node.turn.and_then(|turn| turn.yields);
            row.yields = waits.filter(|_| node.state == State::Waiting).map(words);
        }
    }

    /// Where its vehicle is.
    pub(super) fn placed(&mut self, id: CorridorId, progress: &Progress, network: &Network) {
        if let Some(row) = self.open(id) {
            let link = network.link(progress.place.link).name.clone();
            row.place = Some((link, *progress));
        }
    }

    /// Takes an event of the core.
    pub(super) fn take(&mut self, event: &Event, network: &Network) {
        let Some(row) = event.corridor.and_then(|id| self.open(id)) else { return };
        let at = event.at;
        let name = |junction| network.junction(junction).name.clone();
        match &event.step {
            Step::Replanned { because, links } => {
                row.links = names(network, links);
                if row.replans.len() < REPLANS_MAX {
                    row.replans.push((at, because.name()));
                }
            }
            Step::Contradicted => row.contradictions = row.contradictions.saturating_add(1),
            Step::Clearing { junction, is_in_time, .. } => {
                if let Some(row) = row.junction(&name(*junction)) {
                    row.cleared = row.cleared.or(Some(at));
                    row.is_in_time = *is_in_time;
                }
            }
            Step::Open { junction } => {
                if let Some(row) = row.junction(&name(*junction)) {
                    row.open = row.open.or(Some(at));
                }
            }
            Step::Passed { junction, delay } => {
                if let Some(row) = row.junction(&name(*junction)) {
                    (row.passed, row.delay) = (Some(at), Some(*delay));
                }
            }
            Step::Missed { junction } => {
                if let Some(row) = row.junction(&name(*junction)) {
                    row.missed += 1;
                }
            }
            Step::Released { junction, asked } => {
                if let Some(row) = row.junction(&name(*junction)) {
                    (row.released, row.asked) = (Some(at), Some(*asked));
                    row.state = "released";
                }
            }
            Step::Ended { because } => {
                row.end = Some((at, because.name()));
                row.arrives = None;
            }
            _ => {}
        }
    }

    /// Everything, the oldest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Record> {
        self.rows.iter()
    }

    /// Ends what the core does not know any more: a reload has taken its roads.
    pub(super) fn forget_others(&mut self, open: &[Opened], now: Moment) {
        for row in self.rows.iter_mut().filter(|row| row.end.is_none()) {
            if !open.iter().any(|opened| opened.id.0 == row.id) {
                row.end = Some((now, "reloaded"));
            }
        }
    }

    fn open(&mut self, id: CorridorId) -> Option<&mut Record> {
        self.rows.iter_mut().find(|row| row.id == id.0 && row.end.is_none())
    }
}

impl Record {
    /// The junction's row, made where there is none yet.
    fn junction(&mut self, name: &str) -> Option<&mut JunctionRecord> {
        if let Some(at) = self.junctions.iter().position(|row| row.name == name) {
            return self.junctions.get_mut(at);
        }
        if self.junctions.len() >= JUNCTIONS_MAX {
            return None;
        }
        self.junctions.push(JunctionRecord {
            name: name.to_owned(),
            state: State::Waiting.name(),
            is_in_time: true,
            ..JunctionRecord::default()
        });
        self.junctions.last_mut()
    }
}

fn words((to, why): (CorridorId, corridor::Why)) -> (u32, &'static str) {
    (to.0, why.words())
}

pub(super) fn names(network: &Network, links: &[LinkId]) -> Vec<String> {
    links.iter().map(|&link| network.link(link).name.clone()).collect()
}
