//! The whole street as it is believed to be: what the sensors of one lane tell is carried on to the
//! lanes downstream.
//!
//! Whoever leaves over a stop line enters a link, and is due at the end of one of its lanes a drive
//! later; which one is learned. So a lane knows of arrivals long before its own loops do.

use std::collections::VecDeque;

use network::Network;
use units::{LaneId, LinkId, Millis};

use crate::believed::{Believed, Due, Lane};
use crate::sight::Sight;
use crate::turns::{ENTRIES_MAX, LANES_MAX, Turns};

/// Over so long entries and exits are compared, seconds.
const PERIOD: f64 = 60.0;
/// What was counted over more periods than these, in which a queue never cleared, tells nothing.
const PERIODS_MAX: u32 = 8;
/// So many of those who came to the end of a link may still be under way there.
const UNDER_WAY: f64 = 3.0;
/// A longer pause between looks tells that the street was not watched.
const PAUSE: Millis = Millis(10_000);
/// What a vehicle that starts at a stop line loses until it drives freely, seconds.
const GATHERING: f64 = 2.0;
/// The most that are on their way over a link.
const WAY_MAX: usize = 500;
/// So many have room without taking more memory.
const WAY_USUAL: usize = 64;

/// One way out of a lane.
#[derive(Clone, Debug)]
struct Exit {
    link: usize,
    /// Which entry of the link it is.
    entry: usize,
    /// Across the junction, seconds.
    across: f64,
    /// Of one who may have taken this way, the part that has.
    credit: f64,
}

/// A link and who is on the way over it.
#[derive(Clone, Debug)]
struct Link {
    first: usize,
    lanes: usize,
    /// From its begin to its end, seconds.
    drive: f64,
    /// The lanes from which it is entered, each with its entry.
    sources: Vec<(usize, usize)>,
    turns: Turns,
    /// For each entry and lane the part of a vehicle that is still to be sent there.
    owed: Vec<f64>,
    way: VecDeque<(f64, usize)>,
    came: [f64; ENTRIES_MAX],
    left: [f64; LANES_MAX],
    /// For how many periods they were counted, and how many were believed to wait uncounted before.
    periods: u32,
    stored: f64,
    /// How much of what enters it is seen.
    seen: f64,
}

/// The street as it is believed to be.
#[derive(Clone, Debug)]
pub struct Picture {
    lanes: Vec<Lane>,
    exits: Vec<Vec<Exit>>,
    link_of: Vec<usize>,
    links: Vec<Link>,
    looked: Option<Millis>,
    /// Whether anything is hidden: where all is seen there is nothing to believe.
    is_needed: bool,
    period: f64,
}

impl Picture {
    /// A street of which nothing is known.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let lanes: Vec<Lane> = network
            .lanes()
            .iter()
            .map(|lane| Lane::new(network.link(lane.link).length.0, lane.speed.0))
            .collect();
        let mut links: Vec<Link> = network
            .links()
            .iter()
            .map(|link| {
                let count = usize::from(link.lane_count);
                Link {
                    first: link.first_lane.index(),
                    lanes: count,
                    drive: link.length.0 / link.speed.0.max(1.0),
                    sources: Vec::new(),
                    turns: Turns::new(1, count),
                    owed: Vec::new(),
                    way: VecDeque::with_capacity(WAY_USUAL),
                    came: [0.0; ENTRIES_MAX],
                    left: [0.0; LANES_MAX],
                    periods: 0,
                    stored: 0.0,
                    seen: 0.0,
                }
            })
            .collect();
        let mut exits = vec![Vec::new(); lanes.len()];
        for movement in network.movements() {
            let into = &mut links[movement.to.index()];
            let speed = network.link(movement.to).speed.0.max(1.0);
            let mut last = None;
            for connection in &movement.connections {
                if last == Some(connection.from_lane) {
                    continue;
                }
                last = Some(connection.from_lane);
                let from = network.lane_at(movement.from, connection.from_lane).index();
                let entry = into.sources.len().min(ENTRIES_MAX - 1);
                into.sources.push((from, entry));
                let across = connection.length.0 / speed;
                exits[from].push(Exit { link: movement.to.index(), entry, across, credit: 0.0 });
            }
        }
        for link in &mut links {
            link.turns = Turns::new(link.sources.len(), link.lanes);
            link.owed = vec![0.0; link.lanes];
        }
        let link_of = network.lanes().iter().map(|lane| lane.link.index()).collect();
        Self { lanes, exits, link_of, links, looked: None, is_needed: false, period: 0.0 }
    }

    /// Looks again: what is seen of each lane, and which lanes have green. What is given beyond the
    /// street's lanes is ignored, what is missing is unknown and closed.
    pub fn look(&mut self, now: Millis, sights: &[Sight], is_green: &[bool]) {
        let is_hidden = |sight: &Sight| !matches!(sight, Sight::Vehicles { range: None, .. });
        self.is_needed |= sights.iter().any(is_hidden);
        if !self.is_needed {
            return;
        }
        let passed = self.looked.map_or(Millis::ZERO, |looked| {
            Millis(now.0.saturating_sub(looked.0)).max(Millis::ZERO).min(PAUSE)
        });
        self.looked = Some(now);
        let unknown = Sight::Unknown;
        self.see_who_enters(sights);
        self.share_what_is_known();
        for index in 0..self.lanes.len() {
            let sight = sights.get(index).unwrap_or(&unknown);
            let is_green = is_green.get(index).copied().unwrap_or(false);
            let link = &mut self.links[self.link_of[index]];
            let lane = &mut self.lanes[index];
            lane.unseen = 1.0 - link.seen;
            let told = lane.look(sight, now, passed, is_green);
            let place = index - link.first;
            link.left[place.min(LANES_MAX - 1)] += f64::from(told.came);
            for _ in 0..told.unforeseen {
                self.take_from_beside(index);
            }
        }
        for index in 0..self.lanes.len() {
            self.send_on(index, now.as_secs_f64());
        }
        self.learn(now.as_secs_f64(), passed.as_secs_f64());
    }

    /// Hands on everybody who is believed to be on a lane, of which this is seen now.
    pub fn each(&self, lane: LaneId, sight: &Sight, push: &mut dyn FnMut(Believed)) {
        if let Some(lane) = self.lanes.get(lane.index()) {
            lane.each(sight, push);
        }
    }

    /// Whether anything is known of a lane at first hand: a sensor that tells, and that can be believed.
    #[must_use]
    pub fn knows(&self, lane: LaneId, sight: &Sight) -> bool {
        let lane = self.lanes.get(lane.index());
        let is_deaf = lane.is_none_or(Lane::is_hidden);
        sight.tells() && !(is_deaf && matches!(sight, Sight::Loops(_)))
    }

    /// Vehicles held on a lane, and the variance of that.
    #[must_use]
    pub fn queue(&self, lane: LaneId) -> (f64, f64) {
        let queue = &self.lanes[lane.index()].queue;
        (queue.vehicles(), queue.variance())
    }

    /// Of those who enter a link by one of its entries, the share that leaves by a lane.
    #[must_use]
    pub fn share(&self, link: LinkId, entry: usize, lane: usize) -> f64 {
        self.links[link.index()].turns.share(entry, lane)
    }

    /// How much of what enters each link is seen: by a sensor where they leave the link before, or
    /// because all of that link is.
    fn see_who_enters(&mut self, sights: &[Sight]) {
        for index in 0..self.links.len() {
            let sources = &self.links[index].sources;
            let seen = |&&(lane, _): &&(usize, usize)| {
                let told =
                    matches!(sights.get(lane), Some(Sight::Loops(_) | Sight::Vehicles { .. }));
                told || self.links[self.link_of[lane]].seen >= 1.0
            };
            let count = sources.iter().filter(seen).count();
            let seen = count as f64 / sources.len().max(1) as f64;
            self.links[index].seen = seen;
        }
    }

    /// Lanes that tell lend what they know to those of the same link that do not: how fast they are fed.
    fn share_what_is_known(&mut self) {
        for link in &self.links {
            let lanes = &mut self.lanes[link.first..link.first + link.lanes];
            let told = lanes.iter().filter(|lane| !lane.is_hidden());
            let (count, rate) =
                told.fold((0, 0.0), |(count, rate), lane| (count + 1, rate + lane.queue.inflow()));
            let beside = (count > 0).then(|| rate / f64::from(count));
            for lane in lanes {
                lane.beside = beside;
            }
        }
    }

    /// Those who left a lane enter the next link.
    fn send_on(&mut self, lane: usize, now: f64) {
        let Self { lanes, exits, links, .. } = self;
        let exits = &mut exits[lane];
        if exits.is_empty() {
            return;
        }
        for at in 0..lanes[lane].gone.len() {
            let next = lanes[lane].gone[at];
            let known = next.and_then(|next| exits.iter().position(|e| e.link == next.index()));
            let exit = known.unwrap_or_else(|| {
                // Where it is not known each way has its turn.
                let part = 1.0 / exits.len() as f64;
                exits.iter_mut().for_each(|exit| exit.credit += part);
                let best = (0..exits.len())
                    .max_by(|&a, &b| exits[a].credit.total_cmp(&exits[b].credit).then(b.cmp(&a)));
                let best = best.unwrap_or(0);
                exits[best].credit -= 1.0;
                best
            });
            let Exit { link, entry, across, .. } = exits[exit];
            links[link].enter(entry, now + across + GATHERING, lanes);
        }
    }

    /// Somebody came who was not due on this lane: whoever is most overdue beside it has taken this one.
    fn take_from_beside(&mut self, lane: usize) {
        let Link { first, lanes: count, .. } = self.links[self.link_of[lane]];
        let now = self.lanes[lane].now;
        let lag = |lane: &Lane| lane.boundary.unwrap_or(0.0) / lane.speed;
        let overdue = (first..first + count).filter(|&other| other != lane).filter_map(|other| {
            let beside = &self.lanes[other];
            let at = beside.due.front()?.at - lag(beside);
            (at < now + 2.0).then_some((other, at))
        });
        if let Some((other, _)) = overdue.min_by(|a, b| a.1.total_cmp(&b.1)) {
            self.lanes[other].due.pop_front();
        }
    }

    /// Compares who entered with who left.
    fn learn(&mut self, now: f64, passed: f64) {
        self.period += passed;
        let is_over = self.period >= PERIOD;
        for link in &mut self.links {
            while link.way.front().is_some_and(|&(at, _)| at <= now) {
                if let Some((_, entry)) = link.way.pop_front() {
                    link.came[entry] += 1.0;
                }
            }
            if is_over {
                link.periods += 1;
                // Who waits where nobody has counted him yet is counted with those who come after.
                let is_open = link.seen >= 1.0 && link.is_backed_up(&self.lanes);
                if is_open {
                    link.balance(&mut self.lanes);
                }
                if is_open && link.periods < PERIODS_MAX {
                    continue;
                }
                link.stored = if is_open { link.uncounted(&self.lanes) } else { 0.0 };
                if link.seen >= 1.0 && !is_open {
                    link.feed_back(&mut self.lanes);
                    link.left_unseen(&self.lanes);
                    link.turns.learn(&link.came, &link.left);
                }
                link.came.fill(0.0);
                link.left.fill(0.0);
                link.periods = 0;
            }
        }
        if is_over {
            self.period = 0.0;
        }
    }
}

impl Link {
    fn is_backed_up(&self, lanes: &[Lane]) -> bool {
        lanes[self.first..self.first + self.lanes].iter().any(Lane::is_backed_up)
    }

    /// How many wait on its lanes where nobody has counted them yet.
    fn uncounted(&self, lanes: &[Lane]) -> f64 {
        let lanes = lanes[self.first..self.first + self.lanes].iter();
        lanes.filter(|lane| lane.is_backed_up()).map(Lane::uncounted).sum()
    }

    /// Nobody is lost on a link: whoever came and was not counted out of it waits on those lanes whose
    /// queue stands where nobody counts. What is learned of the lanes counts them where they wait.
    fn balance(&mut self, lanes: &mut [Lane]) {
        let own = self.first..self.first + self.lanes;
        if self.lanes > LANES_MAX || lanes[own.clone()].iter().any(|lane| lane.is_by_law) {
            return;
        }
        let (left, came) = (self.left.iter().sum::<f64>(), self.came.iter().sum::<f64>());
        let off = self.stored + came - left - self.uncounted(lanes);
        let off = off.signum() * (off.abs() - UNDER_WAY).max(0.0);
        let open = lanes[own.clone()].iter().filter(|lane| lane.is_backed_up()).count();
        for lane in lanes[own].iter_mut().filter(|lane| lane.is_backed_up()) {
            let held = lane.queue.vehicles() + off / open.max(1) as f64;
            lane.queue.is_about(held, UNDER_WAY);
        }
    }

    /// More that left a link than are known to have entered it came from lanes before it that nobody
    /// sees: those are fed faster than was believed, or slower where fewer left.
    fn feed_back(&self, lanes: &mut [Lane]) {
        let count = self.lanes.min(LANES_MAX);
        if (self.first..self.first + count).any(|lane| lanes[lane].is_hidden()) {
            return;
        }
        let hidden = self.sources.iter().filter(|&&(lane, _)| lanes[lane].is_hidden()).count();
        let (left, came) = (self.left.iter().sum::<f64>(), self.came.iter().sum::<f64>());
        if hidden == 0 {
            return;
        }
        let seconds = PERIOD * f64::from(self.periods.max(1));
        let more = (left - came) / hidden as f64 / seconds;
        for &(lane, _) in &self.sources {
            if lanes[lane].is_hidden() {
                let queue = &mut lanes[lane].queue;
                let rate = (queue.inflow() + more).max(0.0);
                queue.counted_in(rate * seconds, seconds);
            }
        }
    }

    /// Whoever came and left over no lane that is seen left over those that are not.
    fn left_unseen(&mut self, lanes: &[Lane]) {
        let count = self.lanes.min(LANES_MAX);
        let is_hidden = |lane: usize| lanes[self.first + lane].is_hidden();
        let hidden = (0..count).filter(|&lane| is_hidden(lane)).count();
        if hidden == 0 {
            return;
        }
        let seen = (0..count).filter(|&lane| !is_hidden(lane)).map(|lane| self.left[lane]);
        let rest = (self.came.iter().sum::<f64>() - seen.sum::<f64>()).max(0.0);
        for lane in (0..count).filter(|&lane| is_hidden(lane)) {
            self.left[lane] = rest / hidden as f64;
        }
    }

    /// One enters: the lane that is owed most gets it.
    fn enter(&mut self, entry: usize, at: f64, lanes: &mut [Lane]) {
        let at = at + self.drive;
        if self.way.len() < WAY_MAX {
            self.way.push_back((at, entry));
        }
        for (lane, owed) in self.owed.iter_mut().enumerate() {
            let share = self.turns.share(entry, lane);
            *owed = if lane < LANES_MAX { *owed + share } else { 0.0 };
        }
        let best = (0..self.lanes)
            .max_by(|&a, &b| self.owed[a].total_cmp(&self.owed[b]).then(b.cmp(&a)))
            .unwrap_or(0);
        self.owed[best] -= 1.0;
        // Those who are owed are whole, and as many as come: only which lane each takes is unsure.
        let certainty = 0.75 + 0.25 * self.turns.share(entry, best) as f32;
        lanes[self.first + best].expect(Due { at, certainty });
    }
}
