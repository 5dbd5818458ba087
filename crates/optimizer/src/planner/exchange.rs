//! What junctions tell each other: who is planned to leave one is coming to the next.
//!
//! A vehicle that a plan lets go takes a link, and perhaps others behind junctions without signals, to
//! a ruled lane of a neighbour. What is there is seen by the neighbour itself; what is still to leave
//! is *sent* to it.
//!
//! ```text
//!   plan of A ─▶ departures ─▶ sent: lane of B, in 40 s, 0.4 of a vehicle ─▶ arrivals of B
//! ```
//!
//! Junctions take their turns by *colour*: neighbours never have the same, so that those of one colour
//! read nothing that another of them writes, and their order changes nothing.

use units::{Millis, mixing};

use super::departures::leave;
use super::law::Law;
use super::outlook::{Arrival, Outlook};
use super::receiving::Receiving;
use super::roads::{Roads, Target};
use super::shares::Shares;
use super::table::Table;
use super::windows::{Plan, Windows};
use crate::district::{District, Scene};
use crate::spec::{Showing, WAYS_MAX, Ways};

/// Less of a vehicle than this is not worth telling.
const SIZE_MIN: f32 = 0.02;
/// What a second of delay counts of one who is only planned to come: his own junction plans anew each
/// second, and he may take another lane. It is what the estimate gives those who only may come.
const PLANNED: f32 = 0.6;

/// A part of a vehicle that is planned to come.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Sent {
    junction: usize,
    lane: usize,
    at: f32,
    size: f32,
}

/// One junction's part.
#[derive(Clone, Debug, Default)]
struct Member {
    /// For each ruled lane and each of its ways where it leads.
    targets: Vec<Vec<Vec<Target>>>,
    /// Who may send to it, in their order.
    sources: Vec<usize>,
    sent: Vec<Sent>,
    heard: Option<u64>,
}

/// The exchange of a district.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    members: Vec<Member>,
    shares: Shares,
    receiving: Receiving,
    /// The junctions, colour by colour.
    order: Vec<usize>,
    inbox: Inbox,
    windows: Windows,
}

/// What was sent to one junction, by lane and time.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    coming: Vec<Sent>,
    merged: Vec<Arrival>,
    /// How many were added to those who are seen.
    added: usize,
}

impl Exchange {
    pub(super) fn new(district: &District, tables: &[Table]) -> Self {
        let mut members = vec![Member::default(); tables.len()];
        let roads = Roads::new(district, tables);
        let parts = district.junctions.iter().zip(tables).zip(&mut members);
        for ((spec, table), member) in parts {
            member.targets = roads.of(spec, table);
        }
        for from in 0..members.len() {
            let targets = members[from].targets.iter().flatten().flatten();
            let mut to: Vec<usize> = targets.map(|target| target.junction).collect();
            to.sort_unstable();
            to.dedup();
            for to in to {
                members[to].sources.push(from);
            }
        }
        Self {
            order: by_colour(&members),
            members,
            shares: Shares::new(&district.network),
            receiving: Receiving::new(&district.network),
            inbox: Inbox::default(),
            windows: Windows::default(),
        }
    }

    /// Turns the order of each colour about.
    #[cfg(test)]
    pub(super) fn turn_colours(&mut self) {
        let colours = colours(&self.members);
        self.order.reverse();
        self.order.sort_by_key(|&junction| colours[junction]);
    }

    /// The junctions in the order in which they decide.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Sees another step; whatever was sent before is old.
    pub(super) fn see(&mut self, district: &District, scene: &Scene) {
        self.shares.see(&district.network, scene);
        self.receiving.see(&district.network, scene, &self.shares);
        for member in &mut self.members {
            member.sent.clear();
            member.heard = None;
        }
    }

    /// What has been sent to a junction within a horizon, what the links behind it take, and whether it
    /// has not heard just that before.
    pub(super) fn hear(&mut self, junction: usize, horizon: f32) -> (&mut Inbox, &Receiving, bool) {
        let Self { members, inbox, receiving, .. } = self;
        inbox.coming.clear();
        inbox.added = 0;
        for &source in &members[junction].sources {
            let to = |sent: &&Sent| sent.junction == junction && sent.at < horizon;
            inbox.coming.extend(members[source].sent.iter().filter(to));
        }
        // A stable sort would ask for memory; ties have the same lane and time.
        inbox.coming.sort_unstable_by(|a, b| {
            a.lane.cmp(&b.lane).then(a.at.total_cmp(&b.at)).then(a.size.total_cmp(&b.size))
        });
        let words = inbox.coming.iter().flat_map(|sent| {
            [sent.lane as u64, u64::from(sent.at.to_bits()), u64::from(sent.size.to_bits())]
        });
        let heard = Some(mixing::digest(words));
        let is_new = members[junction].heard != heard;
        members[junction].heard = heard;
        (inbox, receiving, is_new)
    }

    /// How many were added to those whom the junction sees that has heard last.
    pub(super) fn added(&self) -> usize {
        self.inbox.added
    }

    /// Tells a junction's neighbours who leaves it under its plan.
    pub(super) fn tell(
        &mut self,
        junction: usize,
        (table, law): (&Table, &Law),
        outlook: &Outlook,
        (showing, plan, now): (Showing, &Plan, Millis),
        horizon: f32,
    ) {
        let Self { members, shares, windows, .. } = self;
        let Member { targets, sent, .. } = &mut members[junction];
        sent.clear();
        if targets.iter().flatten().all(Vec::is_empty) {
            return;
        }
        windows.fill((table, law), showing, (plan, now), horizon);
        for (lane, ways) in targets.iter().enumerate() {
            leave(outlook.lane(lane), windows.lane(lane), law, &mut |arrival, leaves| {
                let taken = ways.iter().enumerate().filter(|&(way, _)| takes(arrival, way));
                let each = arrival.size / taken.clone().count().max(1) as f32;
                for target in taken.flat_map(|(_, targets)| targets) {
                    let size = each * target.share * shares.of(target.of);
                    if size >= SIZE_MIN {
                        let (junction, lane) = (target.junction, target.lane);
                        sent.push(Sent { junction, lane, at: leaves + target.drive, size });
                    }
                }
            });
        }
    }
}

/// Whether an arrival may take a way: those beyond the last share its bit.
fn takes(arrival: &Arrival, way: usize) -> bool {
    arrival.ways & (1 << way.min(WAYS_MAX - 1)) != 0
}

impl Inbox {
    /// Adds those who come to a lane to those who are seen there, in the order in which they come: the
    /// parts of vehicles as whole ones, each at the time of its half.
    pub(super) fn add(&mut self, lane: usize, row: &mut Vec<Arrival>) {
        let of_lane = |sent: &&Sent| sent.lane == lane;
        let first = self.coming.partition_point(|sent| sent.lane < lane);
        let coming = self.coming[first..].iter().take_while(of_lane);
        let mut seen = row.drain(..).peekable();
        let (mut sum, mut told) = (0.0, 0.5);
        self.merged.clear();
        for sent in coming {
            sum += sent.size;
            while sum >= told {
                told += 1.0;
                self.added += 1;
                while let Some(before) = seen.next_if(|arrival| arrival.at <= sent.at) {
                    self.merged.push(before);
                }
                let at = sent.at;
                self.merged.push(Arrival { at, ways: Ways::MAX, weight: PLANNED, size: 1.0 });
            }
        }
        self.merged.extend(seen);
        row.extend_from_slice(&self.merged);
    }
}

/// The colour of each junction: the first that no neighbour before it has.
fn colours(members: &[Member]) -> Vec<usize> {
    let mut neighbours: Vec<Vec<usize>> = members.iter().map(|m| m.sources.clone()).collect();
    for (to, member) in members.iter().enumerate() {
        for &from in &member.sources {
            neighbours[from].push(to);
        }
    }
    let mut colours = vec![usize::MAX; members.len()];
    for junction in 0..members.len() {
        let taken = |colour: &usize| neighbours[junction].iter().any(|&n| colours[n] == *colour);
        colours[junction] = (0..).find(|colour| !taken(colour)).unwrap_or(0);
    }
    colours
}

/// The junctions colour by colour, within each in their order.
fn by_colour(members: &[Member]) -> Vec<usize> {
    let colours = colours(members);
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|&junction| colours[junction]);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::testing::{APART, SPEED, row, scene};

    const LAW: Law = Law { start_up: 2.8, headway: 2.45, yielding: 5.0, end_gain: 0.5 };

    fn arrival(at: f32) -> Arrival {
        Arrival { at, ways: Ways::MAX, weight: 1.0, size: 1.0 }
    }

    #[test]
    fn who_leaves_comes_to_the_next_junction_a_drive_later() {
        for is_broken in [false, true] {
            let district = row(3, is_broken);
            let tables: Vec<Table> = district.junctions.iter().map(Table::new).collect();
            let mut exchange = Exchange::new(&district, &tables);
            exchange.see(&district, &scene(0, &[0, 0, 0], &vec![vec![]; 11]));
            let mut outlook = Outlook::default();
            outlook.clear();
            outlook.push_lane(&[arrival(0.0), arrival(0.0), arrival(30.0)]);
            outlook.push_lane(&[arrival(5.0)]);
            let showing = Showing::Stage { stage: 0, elapsed: Millis::ZERO };
            let plan = Plan::default();
            exchange.tell(0, (&tables[0], &LAW), &outlook, (showing, &plan, Millis::ZERO), 60.0);
            let coming = |exchange: &mut Exchange, junction, lane, horizon| {
                let mut row = vec![arrival(36.0)];
                exchange.hear(junction, horizon).0.add(lane, &mut row);
                row.iter().map(|arrival| arrival.at).collect::<Vec<f32>>()
            };
            let drive = (APART / SPEED) as f32;
            let expected = [2.8 + drive, 5.25 + drive, 36.0, 30.0 + drive];
            let got = coming(&mut exchange, 1, 0, 60.0);
            assert_eq!(got.len(), 4);
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() < 0.01, "broken {is_broken}: {got}, {expected}");
            }
            // The side road's one waits at a red, nobody is sent to the side road, nor behind the
            // horizon, nor farther than the next signal.
            assert_eq!(coming(&mut exchange, 1, 1, 60.0), [36.0]);
            assert_eq!(coming(&mut exchange, 1, 0, 50.0).len(), 3);
            assert_eq!(coming(&mut exchange, 2, 0, 60.0), [36.0]);
            assert!(!exchange.hear(2, 60.0).2, "nothing is new");
        }
    }

    #[test]
    fn parts_of_vehicles_come_as_whole_ones() {
        let sent = |at: f32| Sent { junction: 0, lane: 1, at, size: 0.4 };
        let coming = (0..7).map(|n| sent(10.0 + 2.0 * n as f32)).collect();
        let mut inbox = Inbox { coming, ..Inbox::default() };
        let mut row = vec![arrival(3.0), arrival(13.0)];
        inbox.add(1, &mut row);
        // Of 2.8 vehicles the halves are reached with the second, the fourth and the seventh part.
        let at: Vec<f32> = row.iter().map(|arrival| arrival.at).collect();
        assert_eq!(at, [3.0, 12.0, 13.0, 16.0, 22.0]);
        inbox.add(0, &mut row);
        assert_eq!((row.len(), inbox.added), (5, 3), "nobody comes to another lane");
    }

    #[test]
    fn neighbours_have_different_colours() {
        let district = row(6, false);
        let tables: Vec<Table> = district.junctions.iter().map(Table::new).collect();
        let exchange = Exchange::new(&district, &tables);
        assert_eq!(exchange.order(), [0, 2, 4, 1, 3, 5]);
    }
}
