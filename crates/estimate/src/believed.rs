//! Who is believed to be on a lane, vehicle by vehicle, whatever its sensors are.
//!
//! A lane has a *boundary*: up to it vehicles are told one by one (by an advance loop when they cross
//! it, by a tracker that sees so far). Upstream of it are those who are *due*, since they were seen to
//! enter the link, and those who only may be there, at the rate of late.

use std::collections::VecDeque;

use units::{LinkId, Millis};

use crate::discharge::{Discharging, Surface};
use crate::health::Watch;
use crate::queue::Queue;
use crate::sight::{Class, LEAST_ROOM, ROOM, Sight, Vehicle, spread};

/// The most vehicles on their way to a lane: more do not pass within an hour's red.
const DUE_MAX: usize = 120;
/// Between an advance loop and its stop line there is seldom room for more: for them memory is taken at
/// the begin.
const CROSSED_USUAL: usize = 16;
/// The most that stand that are handed on.
const STANDING_MAX: usize = 150;
/// The most that may come that are handed on.
const EXPECTED_MAX: usize = 40;
/// Slower flows are handed on as nobody, vehicles a second.
const FLOW_MIN: f64 = 0.004;
/// What a queue that gathers speed is handed on with, metres a second.
const STARTING: f32 = 3.0;
/// Whoever is this far before his place in the queue still drives, metres.
const NEAR: f64 = 2.0;
/// How sure it is that who crossed a loop goes on to the stop line of its lane.
const CROSSED: f32 = 0.98;
/// How sure a vehicle is that only the rate of late tells of.
const MAY_COME: f32 = 0.6;
/// A longer pause than this lets nobody go unseen, seconds.
const PAUSE: f64 = 10.0;
/// How sure one is of whom is said what cannot be: somebody is there, but who knows where.
const DOUBTED: f32 = 0.5;
/// Nobody drives faster, metres a second.
const SPEED_MAX: f32 = 70.0;
/// Who is inside a junction is seen so far beyond the lane's begin, metres: no junction is wider.
const ACROSS_MAX: f64 = 150.0;
/// What is less sure than this is not handed on.
const SURE_MIN: f32 = 0.15;
/// Whoever may stand behind the end of a queue that nobody counts in and out is handed on from so sure
/// on: one chance in four. Below it lie those whom the doubt of the last count alone makes up.
const DOUBT_MIN: f32 = 0.25;
/// The most that the number of those who wait on a lane that nobody sees may vary: by chance it varies as
/// much as they are many, and twice that is allowed for what is not known of who comes. Without a bound
/// the doubt takes the greens of lanes on which somebody is known to wait.
const DOUBT_LEAST: f64 = 3.0;
const DOUBT_OF_EACH: f64 = 2.0;
/// How sure it is that somebody waits at the red of a lane of which nothing is known at all.
const FORGOTTEN: f32 = 0.3;

/// One vehicle that may be there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Believed {
    /// Where, and how fast.
    pub vehicle: Vehicle,
    /// How sure it is: 1 is seen.
    pub certainty: f32,
}

/// One that was seen to enter the link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Due {
    /// When it would be at the stop line if nothing held it, seconds.
    pub(crate) at: f64,
    /// How sure it is that it takes this lane.
    pub(crate) certainty: f32,
}

/// What a look at a lane has told of the links around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Told {
    /// Vehicles that crossed the boundary, or left where there is none.
    pub(crate) came: u32,
    /// Those of them who were not due.
    pub(crate) unforeseen: u32,
}

/// A lane as it is believed to be.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// Metres; metres a second.
    pub(crate) length: f64,
    pub(crate) speed: f64,
    pub(crate) queue: Queue,
    pub(crate) discharging: Discharging,
    /// The stop-line loop and the advance loop.
    pub(crate) watches: [Watch; 2],
    /// When each that is between boundary and stop line crossed the boundary, seconds.
    pub(crate) crossed: VecDeque<f64>,
    pub(crate) due: VecDeque<Due>,
    /// Where those went who left since the look before, where that is known.
    pub(crate) gone: Vec<Option<LinkId>>,
    /// Where the boundary is; none where there is none.
    pub(crate) boundary: Option<f64>,
    /// How much of the inflow nobody sees entering the link.
    pub(crate) unseen: f64,
    /// Whether its stop-line loop, or all of it, tells nothing: who leaves it leaves by the law.
    pub(crate) is_by_law: bool,
    /// How fast the lanes beside it are fed, where they tell, vehicles a second.
    pub(crate) beside: Option<f64>,
    /// How many were due, did not come, and were forgotten at this look.
    pub(crate) forgotten: f64,
    /// How many were due at the look before and did not come.
    pub(crate) missing: f64,
    pub(crate) now: f64,
    /// For how long it has had green; none in red.
    pub(crate) green: Option<f64>,
    /// Until now it was occupied, or empty, for so long: stop line, advance.
    pub(crate) held: [f64; 2],
    pub(crate) empty: [f64; 2],
    pub(crate) was_present: Option<bool>,
    /// Whether the queue has grown over the boundary, and no gap has come over it since.
    pub(crate) is_over_boundary: bool,
    /// How many have left, and in how many seconds, since nobody was last seen to wait at a stop line
    /// before which nothing counts.
    pub(crate) uncleared: (f64, f64),
    /// Of a vehicle that leaves unseen, the part that has left.
    pub(crate) credit: f64,
    pub(crate) before: Vec<Vehicle>,
}

impl Lane {
    pub(crate) fn new(length: f64, speed: f64) -> Self {
        Self {
            length: length.max(1.0),
            speed: speed.max(1.0),
            queue: Queue::default(),
            discharging: Discharging::default(),
            watches: [Watch::default(); 2],
            crossed: VecDeque::with_capacity(CROSSED_USUAL),
            due: VecDeque::with_capacity(CROSSED_USUAL),
            gone: Vec::with_capacity(CROSSED_USUAL),
            boundary: None,
            unseen: 1.0,
            is_by_law: false,
            beside: None,
            forgotten: 0.0,
            missing: 0.0,
            now: 0.0,
            green: None,
            held: [0.0; 2],
            empty: [0.0; 2],
            was_present: None,
            is_over_boundary: false,
            uncleared: (0.0, 0.0),
            credit: 0.0,
            before: Vec::new(),
        }
    }

    /// Somebody enters the link who probably takes this lane.
    pub(crate) fn expect(&mut self, due: Due) {
        if self.due.len() < DUE_MAX && due.at.is_finite() {
            let place = self.due.partition_point(|other| other.at <= due.at);
            self.due.insert(place, due);
        }
    }

    /// Looks again, so many seconds after the look before.
    pub(crate) fn look(
        &mut self,
        sight: &Sight,
        now: Millis,
        passed: Millis,
        is_green: bool,
    ) -> Told {
        let seconds = passed.as_secs_f64().clamp(0.0, 600.0);
        self.now = now.as_secs_f64();
        self.green = is_green.then(|| self.green.map_or(0.0, |green| green + seconds));
        self.gone.clear();
        self.forgotten = 0.0;
        let told = match sight {
            Sight::Loops(loops) => self.look_at_loops(loops, passed, seconds),
            Sight::Vehicles { seen, range } => self.look_at_vehicles(seen, *range, seconds),
            Sight::Unknown | Sight::Counted { .. } => self.look_at_nothing(seconds),
        };
        // No lane holds more than stand on it.
        self.queue.is_at_most(self.length / ROOM + 1.0, 1.0);
        if self.is_hidden() {
            let variance = DOUBT_LEAST + DOUBT_OF_EACH * self.queue.vehicles();
            self.queue.is_sure_to(variance);
        }
        if !self.is_by_law {
            // Who leaves by the law says nothing of it.
            self.discharging.look(now, is_green, self.gone.len(), Surface::Dry);
        }
        told
    }

    /// Whether no sensor of its own tells who comes or who leaves.
    pub(crate) fn is_hidden(&self) -> bool {
        self.is_by_law && self.boundary.is_none()
    }

    /// When whoever crossed the boundary then is at the stop line if nothing holds it, seconds.
    pub(crate) fn arrival(&self, crossed: f64) -> f64 {
        crossed + self.boundary.unwrap_or(0.0) / self.speed
    }

    /// Lets those who wait leave by the law of discharge, where no sensor tells.
    pub(crate) fn leave_unseen(&mut self, seconds: f64) -> usize {
        let driving =
            self.crossed.iter().filter(|&&crossed| self.arrival(crossed) > self.now).count();
        let waiting = (self.queue.vehicles() - driving as f64).max(0.0);
        let (headway, starts) =
            (self.discharging.headway(Surface::Dry), self.discharging.start_up(Surface::Dry));
        if self.green.is_none_or(|green| green < starts) {
            // Whoever is first leaves as soon as he may: one who only seems to wait would otherwise
            // call for one short green after another.
            self.credit = 1.0;
            return 0;
        }
        if waiting < 0.5 {
            while self.credit >= 1.0 {
                self.queue.let_one_go();
                self.credit -= 1.0;
            }
            self.credit = (self.credit + seconds.min(PAUSE) / headway).max(0.0);
            return 0;
        }
        let gone = self.credit.floor().min(waiting.ceil()).min(60.0);
        self.credit = (self.credit - gone).clamp(0.0, 1.0);
        self.credit += seconds / headway;
        gone as usize
    }

    /// So many left; how unsure each is.
    pub(crate) fn leave(&mut self, count: usize, variance: f64) {
        self.queue.leave(count as f64, variance * count as f64);
        self.crossed.drain(..count.min(self.crossed.len()));
        self.gone.resize(self.gone.len() + count, None);
    }

    /// Takes those into the queue who are due at a place so far before the stop line.
    pub(crate) fn take_due(&mut self, distance: f64) {
        while let Some(due) = self.due.front().copied() {
            if due.at - distance / self.speed > self.now {
                break;
            }
            self.due.pop_front();
            let sure = f64::from(due.certainty).clamp(0.0, 1.0);
            // One for each that entered the link: only who takes which lane is unsure.
            self.queue.come(1.0, 0.1 + 1.0 - sure);
        }
    }

    /// Forgets those who should have come so many seconds ago.
    pub(crate) fn forget_due(&mut self, distance: f64, slack: f64) {
        let (now, lag) = (self.now, distance / self.speed);
        let before = self.due.len();
        self.due.retain(|due| due.at - lag >= now - slack);
        self.forgotten += (before - self.due.len()) as f64;
    }

    /// Hands on everybody.
    pub(crate) fn each(&self, sight: &Sight, push: &mut dyn FnMut(Believed)) {
        match sight {
            Sight::Vehicles { seen, range } => {
                for one in seen {
                    self.seen(one, push);
                }
                if let Some(range) = *range {
                    let held = self.queue.vehicles().round() as usize;
                    let from = f64::from(range) / ROOM;
                    self.standing(from, 0..held.min(STANDING_MAX), push);
                    self.coming(from + held as f64, f64::from(range), push);
                }
            }
            Sight::Counted { count, queue } => self.counted(*count, *queue, push),
            Sight::Loops(_) | Sight::Unknown => {
                let held = (self.queue.vehicles().round() as usize).min(STANDING_MAX);
                let crossed = self.crossed.len();
                let boundary = self.boundary.unwrap_or(0.0);
                for (place, &crossed) in self.crossed.iter().enumerate() {
                    let free = boundary - self.speed * (self.now - crossed);
                    self.push(free, place as f64, CROSSED, push);
                }
                let tail = held.max(crossed);
                self.standing(0.0, crossed..tail, push);
                self.doubtful(tail, push);
                self.coming(held.max(crossed) as f64, boundary, push);
            }
        }
    }

    /// One who is seen, as sure as what is said of him can be.
    fn seen(&self, one: &Vehicle, push: &mut dyn FnMut(Believed)) {
        if !one.distance.is_finite() || !one.speed.is_finite() {
            return;
        }
        let reach = (self.length + ACROSS_MAX) as f32;
        let (places, speeds) = (-ROOM as f32..=reach, 0.0..=SPEED_MAX);
        let can_be = places.contains(&one.distance) && speeds.contains(&one.speed);
        let vehicle = Vehicle {
            distance: one.distance.clamp(*places.start(), reach),
            speed: one.speed.clamp(0.0, SPEED_MAX),
            next: one.next,
            class: one.class,
        };
        push(Believed { vehicle, certainty: if can_be { 1.0 } else { DOUBTED } });
    }

    /// Those who stand where nobody sees them, as sure as the filter is; the queue begins at a place.
    fn standing(&self, from: f64, places: std::ops::Range<usize>, push: &mut dyn FnMut(Believed)) {
        for place in places {
            let certainty = self.queue.certainty(place as f64 + 1.0) as f32;
            self.push(0.0, from + place as f64, certainty, push);
        }
    }

    /// Those who may stand behind the end of the queue, where nobody counts who comes or who leaves: a
    /// queue that the law believes gone may still be there, and nobody is forgotten.
    fn doubtful(&self, tail: usize, push: &mut dyn FnMut(Believed)) {
        if !self.is_by_law {
            return;
        }
        let sure = |place: usize| self.queue.certainty(place as f64 + 1.0) as f32;
        let last = (tail..STANDING_MAX).find(|&place| sure(place) < DOUBT_MIN);
        let last = last.unwrap_or(STANDING_MAX).min((self.length / ROOM) as usize + 1);
        self.standing(0.0, tail..last, push);
        if self.is_hidden() && tail == 0 && last == 0 && self.green.is_none() {
            self.push(0.0, 0.0, FORGOTTEN, push);
        }
    }

    /// Those who come from beyond the boundary; the queue is so long.
    fn coming(&self, held: f64, boundary: f64, push: &mut dyn FnMut(Believed)) {
        for (place, due) in self.due.iter().enumerate() {
            let free = self.speed * (due.at - self.now);
            self.push(free, held + place as f64, due.certainty, push);
        }
        let flow = self.queue.inflow() * self.unseen;
        if flow < FLOW_MIN {
            return;
        }
        let apart = self.speed / flow;
        for count in 0..EXPECTED_MAX {
            let free = boundary + apart * (count as f64 + 0.5);
            if free > self.length {
                break;
            }
            self.push(free, held + count as f64, MAY_COME, push);
        }
    }

    /// Hands one on who would be so far before the stop line if nothing held it, and has this place in
    /// the queue.
    fn push(&self, free: f64, place: f64, certainty: f32, push: &mut dyn FnMut(Believed)) {
        let slot = place * ROOM;
        // The start runs back through the queue, at about a vehicle a second.
        let starts = self.green.is_some_and(|green| green > 1.0 + place);
        let (distance, speed) = if free > slot + NEAR {
            (free, self.speed as f32)
        } else {
            (slot, if starts { STARTING } else { 0.0 })
        };
        if certainty >= SURE_MIN && distance.is_finite() {
            let vehicle =
                Vehicle { distance: distance as f32, speed, next: None, class: Class::Other };
            push(Believed { vehicle, certainty: certainty.min(1.0) });
        }
    }

    /// Those who were only counted.
    fn counted(&self, count: u32, queue: u32, push: &mut dyn FnMut(Believed)) {
        let most = (self.length / LEAST_ROOM) as u32 + 1;
        let can_be = queue <= count && count <= most;
        let certainty = if can_be { 1.0 } else { DOUBTED };
        let (count, queue) = (count.min(most), queue.min(most));
        for (place, distance) in (0..).zip(spread(count, queue, self.length)) {
            let speed = if place < queue { 0.0 } else { self.speed as f32 };
            let (distance, next, class) = (distance as f32, None, Class::Other);
            push(Believed { vehicle: Vehicle { distance, speed, next, class }, certainty });
        }
    }
}
