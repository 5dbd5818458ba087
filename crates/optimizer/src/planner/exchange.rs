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
use crate::spec::{JunctionSpec, Showing, WAYS_MAX, Ways};

/// Less of a vehicle than this is not worth telling.
const SIZE_MIN: f32 = 0.02;
/// What a second of delay counts of one who is only planned to come: his own junction plans anew each
/// second, and he may take another lane. It is what the estimate gives those who only may come.
const PLANNED: f32 = 0.6;

/// A part of a vehicle that is planned to come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sent {
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
}

/// The exchange of a district: read by all of a colour at once, written when they are done.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    members: Vec<Member>,
    shares: Shares,
    receiving: Receiving,
    /// The colour of each junction, and how many there are.
    colours: Vec<usize>,
    count: usize,
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
    pub(super) fn new<'t>(
        district: &District,
        tables: impl Iterator<Item = &'t Table> + Clone,
    ) -> Self {
        let roads = Roads::new(district, tables.clone());
        let parts = district.junctions.iter().zip(tables);
        let member = |(spec, table): (&JunctionSpec, &Table)| Member {
            targets: roads.of(spec, table),
            ..Member::default()
        };
        let mut members: Vec<Member> = parts.map(member).collect();
        for from in 0..members.len() {
            let targets = members[from].targets.iter().flatten().flatten();
            let mut to: Vec<usize> = targets.map(|target| target.junction).collect();
            to.sort_unstable();
            to.dedup();
            for to in to {
                members[to].sources.push(from);
            }
        }
        let colours = colours(&members);
        Self {
            count: colours.iter().max().map_or(0, |most| most + 1),
            colours,
            members,
            shares: Shares::new(&district.network),
            receiving: Receiving::new(&district.network),
        }
    }

    /// How many colours there are.
    pub(super) fn colours(&self) -> usize {
        self.count
    }

    /// The colour of a junction.
    pub(super) fn colour(&self, junction: usize) -> usize {
        self.colours[junction]
    }

    /// What the links take.
    pub(super) fn receiving(&self) -> &Receiving {
        &self.receiving
    }

    /// Sees another step; whatever was sent before is old.
    pub(super) fn see(&mut self, district: &District, scene: &Scene) {
        self.shares.see(&district.network, scene);
        self.receiving.see(&district.network, scene, &self.shares);
        for member in &mut self.members {
            member.sent.clear();
        }
    }

    /// Puts into the inbox what has been sent to a junction within a horizon, and says by what number
    /// it is known again.
    pub(super) fn hear(&self, junction: usize, horizon: f32, inbox: &mut Inbox) -> u64 {
        inbox.coming.clear();
        for &source in &self.members[junction].sources {
            let to = |sent: &&Sent| sent.junction == junction && sent.at < horizon;
            inbox.coming.extend(self.members[source].sent.iter().filter(to));
        }
        // A stable sort would ask for memory; ties have the same lane and time.
        inbox.coming.sort_unstable_by(|a, b| {
            a.lane.cmp(&b.lane).then(a.at.total_cmp(&b.at)).then(a.size.total_cmp(&b.size))
        });
        let words = inbox.coming.iter().flat_map(|sent| {
            [sent.lane as u64, u64::from(sent.at.to_bits()), u64::from(sent.size.to_bits())]
        });
        mixing::digest(words)
    }

    /// Puts into `sent` what a junction's neighbours are to know: who leaves it under its plan.
    pub(super) fn tell(
        &self,
        junction: usize,
        (table, law): (&Table, &Law),
        (outlook, windows): (&Outlook, &mut Windows),
        (showing, plan, now): (Showing, &Plan, Millis),
        horizon: f32,
        sent: &mut Vec<Sent>,
    ) {
        sent.clear();
        let targets = &self.members[junction].targets;
        if targets.iter().flatten().all(Vec::is_empty) {
            return;
        }
        windows.fill((table, law), outlook, showing, (plan, now), horizon);
        for (lane, ways) in targets.iter().enumerate() {
            leave(outlook.lane(lane), windows.lane(lane), law, &mut |arrival, leaves| {
                let taken = ways.iter().enumerate().filter(|&(way, _)| takes(arrival, way));
                let each = arrival.size / taken.clone().count().max(1) as f32;
                for target in taken.flat_map(|(_, targets)| targets) {
                    let size = each * target.share * self.shares.of(target.of);
                    if size >= SIZE_MIN {
                        let (junction, lane) = (target.junction, target.lane);
                        sent.push(Sent { junction, lane, at: leaves + target.drive, size });
                    }
                }
            });
        }
    }

    /// Hands on what a junction tells.
    pub(super) fn deliver(&mut self, junction: usize, sent: &mut Vec<Sent>) {
        std::mem::swap(&mut self.members[junction].sent, sent);
    }
}

/// Whether an arrival may take a way: those beyond the last share its bit.
fn takes(arrival: &Arrival, way: usize) -> bool {
    arrival.ways & (1 << way.min(WAYS_MAX - 1)) != 0
}

impl Inbox {
    /// Nobody of it is added yet.
    pub(super) fn begin(&mut self) {
        self.added = 0;
    }

    /// How many were added to those whom the junction sees.
    pub(super) fn added(&self) -> usize {
        self.added
    }

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
                self.merged.push(Arrival {
                    at,
                    ways: Ways::MAX,
                    weight: PLANNED,
                    size: 1.0,
                    freely: false,
                });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::testing::{APART, SPEED, row, scene};

    const LAW: Law = Law { start_up: 2.8, headway: 2.45, yielding: 5.0, end_gain: 0.5 };

    fn arrival(at: f32) -> Arrival {
        Arrival { at, ways: Ways::MAX, weight: 1.0, size: 1.0, freely: false }
    }

    #[test]
    fn who_leaves_comes_to_the_next_junction_a_drive_later() {
        for is_broken in [false, true] {
            let district = row(3, is_broken);
            let tables: Vec<Table> = district.junctions.iter().map(Table::new).collect();
            let mut exchange = Exchange::new(&district, tables.iter());
            exchange.see(&district, &scene(0, &[0, 0, 0], &vec![vec![]; 11]));
            let mut outlook = Outlook::default();
            outlook.clear();
            outlook.push_lane(&[arrival(0.0), arrival(0.0), arrival(30.0)]);
            outlook.push_lane(&[arrival(5.0)]);
            let showing = Showing::Stage { stage: 0, elapsed: Millis::ZERO };
            let plan = Plan::default();
            let (rules, shown) = ((&tables[0], &LAW), (showing, &plan, Millis::ZERO));
            let (mut windows, mut sent) = (Windows::default(), Vec::new());
            exchange.tell(0, rules, (&outlook, &mut windows), shown, 60.0, &mut sent);
            exchange.deliver(0, &mut sent);
            let coming = |exchange: &Exchange, junction, lane, horizon| {
                let (mut row, mut inbox) = (vec![arrival(36.0)], Inbox::default());
                exchange.hear(junction, horizon, &mut inbox);
                inbox.add(lane, &mut row);
                row.iter().map(|arrival| arrival.at).collect::<Vec<f32>>()
            };
            let drive = (APART / SPEED) as f32;
            let expected = [2.8 + drive, 5.25 + drive, 36.0, 30.0 + drive];
            let got = coming(&exchange, 1, 0, 60.0);
            assert_eq!(got.len(), 4);
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() < 0.01, "broken {is_broken}: {got}, {expected}");
            }
            // The side road's one waits at a red, nobody is sent to the side road, nor behind the
            // horizon, nor farther than the next signal.
            assert_eq!(coming(&exchange, 1, 1, 60.0), [36.0]);
            assert_eq!(coming(&exchange, 1, 0, 50.0).len(), 3);
            assert_eq!(coming(&exchange, 2, 0, 60.0), [36.0]);
            let mut inbox = Inbox::default();
            let heard = |inbox: &mut Inbox| exchange.hear(1, 60.0, inbox);
            assert_eq!(heard(&mut inbox), heard(&mut inbox), "it is known again");
            assert_ne!(heard(&mut inbox), exchange.hear(2, 60.0, &mut inbox));
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
        let exchange = Exchange::new(&district, tables.iter());
        assert_eq!(exchange.colours, [0, 1, 0, 1, 0, 1]);
        assert_eq!(exchange.colours(), 2);
    }
}
