//! What loops and trackers tell of a lane becomes what is believed of it.
//!
//! Between the loops every vehicle is counted in and out. Once the advance loop is held the queue has
//! grown over it: from then on until a gap runs over it, whoever crosses was in the queue already, and
//! who joins it does so unseen. A gap over a loop tells that nobody is left upstream of it.

use units::Millis;

use crate::believed::{Due, Lane, Told};
use crate::health::Health;
use crate::sight::{LEAST_ROOM, LoopSight, ROOM, SAME, Vehicle};

/// A loop nearer to the stop line than this is at it, metres.
const AT_LINE: f32 = 10.0;
/// Held for so long, a loop has somebody standing on it, seconds.
const STANDS: f64 = 3.0;
/// Empty for so long, nobody follows, seconds.
const GAP: f64 = 3.0;
/// Whoever was due longer ago than this has taken another lane, seconds.
const SLACK: f64 = 12.0;
/// Whoever crosses longer before one is due is another, seconds: nobody drives so much faster.
const EARLY: f64 = 6.0;
/// Before this a green has not moved anybody, seconds.
const MOVES: f64 = 4.0;
/// Whoever crosses one loop of a lane crosses the other, and no more than eight find room between them:
/// as strong a sign as twelve who come by chance.
const SAME_LANE: f64 = 1.5;
/// Of those who were due and did not come as many have taken another lane as were missed.
const OTHER_LANE: f64 = 0.5;
/// No cycle is longer: a queue that has not cleared for so long is cut off by the light, seconds.
const CYCLE: f64 = 120.0;
/// How unsure a loop's count of one vehicle is.
const MISCOUNT: f64 = 0.03;
/// How unsure one is who leaves by the law of discharge.
const UNSEEN: f64 = 0.3;
/// Whoever was nearer to the stop line has left, rather than changed lane, metres.
const LEAVES: f32 = 15.0;

impl Lane {
    pub(crate) fn look_at_loops(
        &mut self,
        loops: &[LoopSight],
        passed: Millis,
        seconds: f64,
    ) -> Told {
        let at_line = |one: &&LoopSight| one.distance < AT_LINE;
        let given = [loops.iter().find(at_line), loops.iter().find(|one| !at_line(one))];
        let counts = given.map(|one| one.map_or(0.0, |one| f64::from(one.passed.min(60))));
        let mut sound = [None; 2];
        for which in 0..2 {
            let Some(told) = given[which] else {
                (self.held[which], self.empty[which]) = (0.0, 0.0);
                continue;
            };
            let expected = counts[1 - which] * SAME_LANE + self.missing * OTHER_LANE;
            let other = given[1 - which].map(|other| other.passed);
            let health =
                self.watches[which].look(told, other, passed, self.green.is_some(), expected);
            let is_held = told.present && told.passed == 0;
            let is_empty = !told.present && told.passed == 0 && told.occupied <= Millis::ZERO;
            self.held[which] = if is_held { self.held[which] + seconds } else { 0.0 };
            self.empty[which] = if is_empty { self.empty[which] + seconds } else { 0.0 };
            sound[which] = (health == Health::Sound).then_some(told);
        }
        let [line, advance] = sound;
        self.missing = 0.0;
        self.is_by_law = line.is_none();
        match line {
            Some(line) => {
                // Whoever stands on the loop was counted, and is still there.
                let was = self.was_present.unwrap_or(line.present);
                let gone = line.passed + u32::from(was);
                self.was_present = Some(line.present);
                self.leave(gone.saturating_sub(line.present.into()) as usize, MISCOUNT);
            }
            None => {
                self.was_present = None;
                let gone = self.leave_unseen(seconds);
                self.leave(gone, UNSEEN);
            }
        }
        let told = match advance {
            Some(advance) => self.look_at_advance(advance, seconds),
            None => self.look_before(seconds),
        };
        if line.is_some() {
            self.correct_at_line(advance.is_some());
        } else if advance.is_none() {
            self.be_fed_as_beside(seconds);
        }
        // Those who were due and did not come were to be seen by both.
        self.missing = self.forgotten;
        told
    }

    /// Where nothing tells of the lane, it is fed as those beside it are.
    fn be_fed_as_beside(&mut self, seconds: f64) {
        if let Some(rate) = self.beside {
            self.queue.feeds_like(rate, seconds);
        }
    }

    /// The advance loop is the boundary.
    fn look_at_advance(&mut self, advance: &LoopSight, seconds: f64) -> Told {
        let distance = f64::from(advance.distance);
        if self.boundary != Some(distance) {
            // As many as fit are taken to have crossed it long ago.
            let inside = self.queue.vehicles().round().min(distance / ROOM) as usize;
            self.crossed.clear();
            self.crossed.extend(std::iter::repeat_n(self.now - distance / self.speed, inside));
            self.boundary = Some(distance);
        }
        let mut told = Told { came: advance.passed, unforeseen: 0 };
        let mut new = 0.0;
        for _ in 0..advance.passed {
            self.crossed.push_back(self.now - seconds / 2.0);
            let inside = self.crossed.len() as f64;
            if self.queue.vehicles() > inside - 0.5 {
                continue;
            }
            if self.is_over_boundary {
                // No gap yet: it was in the queue, which was longer than was believed.
                self.queue.is_at_least(inside, MISCOUNT);
            } else {
                self.queue.come(1.0, MISCOUNT);
                new += 1.0;
            }
            let lag = distance / self.speed;
            let is_due = |due: &Due| due.at - lag <= self.now + EARLY;
            if self.due.front().is_some_and(is_due) {
                self.due.pop_front();
            } else {
                told.unforeseen += 1;
            }
        }
        // One that was missed on its way out stays for ever unless somebody needs its place.
        // Where the law alone lets them out, each that comes over a full lane tells of one that has left.
        let room = if self.is_by_law { ROOM } else { LEAST_ROOM };
        while self.crossed.len() as f64 > distance / room + 2.0 {
            if self.is_by_law {
                self.leave(1, UNSEEN);
            } else {
                self.crossed.pop_front();
                self.queue.leave(1.0, 1.0);
            }
        }
        let inside = self.crossed.len() as f64;
        if self.held[1] >= STANDS {
            self.is_over_boundary = true;
            self.queue.is_at_least((distance / ROOM).max(inside), 2.0);
        } else if self.empty[1] >= GAP {
            self.is_over_boundary = false;
        }
        if self.is_over_boundary {
            self.queue.pass(seconds, self.unseen);
            self.take_due(distance);
        } else {
            self.queue.pass(seconds, 0.0);
            self.queue.counted_in(new, seconds);
            self.forget_due(distance, SLACK);
        }
        if self.empty[1] >= GAP {
            self.queue.is_at_most(inside, 0.3);
        }
        self.queue.is_at_least(inside, 0.3);
        told
    }

    /// Whether those who came have not all been counted yet: a queue stands where nobody counts them.
    pub(crate) fn is_backed_up(&self) -> bool {
        let before_line = self.boundary.is_none() && !self.is_by_law && self.empty[0] < GAP;
        self.boundary.is_some() && self.is_over_boundary || before_line
    }

    /// How many are held where nobody has counted them yet.
    pub(crate) fn uncounted(&self) -> f64 {
        let counted = if self.boundary.is_some() { self.crossed.len() as f64 } else { 0.0 };
        (self.queue.vehicles() - counted).max(0.0)
    }

    /// Nobody is told one by one: who comes is who was due, and the rate of late.
    fn look_before(&mut self, seconds: f64) -> Told {
        self.crossed.clear();
        self.boundary = None;
        self.queue.pass(seconds, self.unseen);
        self.take_due(0.0);
        let came = self.gone.len();
        if !self.is_by_law {
            self.count_until_clear(came as f64, seconds);
        }
        Told { came: came as u32, unforeseen: 0 }
    }

    /// As many came as left from one moment at which nobody waited to the next. While somebody waits those
    /// who leave tell of the light, not of those who come: only that they are no fewer.
    fn count_until_clear(&mut self, left: f64, seconds: f64) {
        let (vehicles, lasted) = &mut self.uncleared;
        (*vehicles, *lasted) = (*vehicles + left, *lasted + seconds);
        let (vehicles, lasted) = self.uncleared;
        let is_more = lasted >= CYCLE && vehicles > self.queue.inflow() * lasted;
        if self.empty[0] >= GAP || is_more {
            self.queue.counted_in(vehicles, lasted);
            self.uncleared = (0.0, 0.0);
        }
    }

    fn correct_at_line(&mut self, has_advance: bool) {
        if self.green.is_none() && self.held[0] >= STANDS {
            self.queue.is_at_least(1.0, 0.1);
        }
        let is_blocked = has_advance && self.held[1] >= STANDS;
        if self.empty[0] < GAP || is_blocked {
            return;
        }
        // Whoever waits first stands on the loop: over an empty one nobody waits, at red as at green.
        // Some brake long or stop short of it, so that a red is less sure of that, and says nothing of
        // those whom the advance loop has counted.
        let moves = self.green.is_some_and(|green| green > MOVES);
        if has_advance && !moves {
            return;
        }
        let variance = if moves { 0.2 } else { 1.0 };
        let late = self.now - 1.0;
        while self.crossed.front().is_some_and(|&crossed| self.arrival(crossed) < late) {
            self.crossed.pop_front();
        }
        self.queue.is_about(self.crossed.len() as f64, variance);
    }

    /// A tracker sees everybody up to its range, which is the boundary.
    pub(crate) fn look_at_vehicles(
        &mut self,
        seen: &[Vehicle],
        range: Option<f32>,
        seconds: f64,
    ) -> Told {
        self.is_by_law = false;
        let first = seen.first().map_or(f32::INFINITY, |vehicle| vehicle.distance);
        let passed = seconds as f32;
        let left = |vehicle: &&Vehicle| {
            let due = vehicle.distance - vehicle.speed * passed;
            due < first - SAME && due < LEAVES
        };
        self.gone.extend(self.before.iter().take_while(left).map(|vehicle| vehicle.next));
        let stayed = self.before.len().saturating_sub(self.gone.len());
        let came = seen.len().saturating_sub(stayed);
        self.before.clear();
        self.before.extend_from_slice(seen);
        self.crossed.clear();
        let Some(range) = range.map(f64::from) else {
            self.boundary = None;
            self.queue = crate::queue::Queue::default();
            self.forget_due(self.length, 0.0);
            return Told { came: came as u32, unforeseen: 0 };
        };
        self.boundary = Some(range);
        // Here the queue of the filter is what stands beyond the range.
        let is_held =
            |last: &Vehicle| f64::from(last.distance) > range - 1.5 * ROOM && last.speed < 1.4;
        if seen.last().is_some_and(is_held) || self.queue.vehicles() >= 0.5 && came > 0 {
            self.queue.leave(came as f64, MISCOUNT);
            self.queue.pass(seconds, self.unseen);
            self.take_due(range);
        } else {
            self.queue.pass(seconds, 0.0);
            self.queue.counted_in(came as f64, seconds);
            self.queue.is_about(0.0, 0.3);
            self.forget_due(range, 0.0);
        }
        Told { came: came as u32, unforeseen: 0 }
    }

    /// No sensor: whoever is due comes, and leaves by the law of discharge.
    pub(crate) fn look_at_nothing(&mut self, seconds: f64) -> Told {
        self.was_present = None;
        self.is_by_law = true;
        let gone = self.leave_unseen(seconds);
        self.leave(gone, UNSEEN);
        self.be_fed_as_beside(seconds);
        self.crossed.clear();
        self.boundary = None;
        self.queue.pass(seconds, self.unseen);
        self.take_due(0.0);
        Told::default()
    }
}
