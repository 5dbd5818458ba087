//! The laws of car following, over whole columns at once.
//!
//! No law reads what another vehicle does in the same step, and nothing but additions,
//! multiplications, divisions and square roots is used: those are the same to the last bit on every
//! machine. (A fused multiply-add is not, and is never asked for.)

use super::ahead::Ahead;
use super::chance::{Use, chance};
use super::kind::Kind;
use super::region::{Columns, Tag};
use super::settings::Model;

/// Vehicles that are driven at once: their parameters stay in the first cache.
const BLOCK: usize = 64;
/// Bumpers never come nearer than this, metres.
const TOUCH: f32 = 0.1;
/// Who stands starts again when it has this much more than its gap, metres.
const START: f32 = 0.1;
/// Slower than this and close to what is ahead a vehicle stands, m/s.
const CREEP: f32 = 0.25;

/// What a law needs beside the columns.
#[derive(Clone, Copy)]
pub(super) struct Law<'a> {
    pub(super) kinds: &'a [Kind],
    pub(super) seed: u64,
    pub(super) step: u32,
    pub(super) dt: f32,
}

/// Where each vehicle is after the step, and how fast.
#[derive(Clone, Debug, Default)]
pub(super) struct Motion {
    pub(super) position: Vec<f32>,
    pub(super) speed: Vec<f32>,
}

impl Law<'_> {
    /// Moves the vehicles of a range.
    pub(super) fn apply(
        &self,
        model: Model,
        before: &Columns,
        ahead: &Ahead,
        after: &mut Motion,
        range: std::ops::Range<usize>,
    ) {
        let mut first = range.start;
        while first < range.end {
            let block = first..(first + BLOCK).min(range.end);
            match model {
                Model::Urban => self.urban(before, ahead, after, block.clone()),
                Model::Sumo => self.sumo(before, ahead, after, block.clone()),
                Model::Krauss => self.krauss(before, ahead, after, block.clone()),
                Model::CityFlow => self.cityflow(before, ahead, after, block.clone()),
            }
            first = block.end;
        }
    }

    /// The intelligent driver model in the form of Schakel, van Arem and Netten (2010): of the free
    /// and the following acceleration the smaller, not their sum, which keeps the capacity of its
    /// own equilibrium. Ballistic update; who would go backwards stops.
    fn urban(
        &self,
        before: &Columns,
        ahead: &Ahead,
        after: &mut Motion,
        range: std::ops::Range<usize>,
    ) {
        let count = range.len();
        let tags = &before.tag[range.clone()];
        let first = tags.first().map_or(0, |tag| tag.kind);
        let view = View {
            position: &before.position[range.clone()],
            speed: &before.speed[range.clone()],
            gap: &ahead.gap[range.clone()],
            lead: &ahead.lead[range.clone()],
            top: &ahead.top[range.clone()],
            dt: self.dt,
        };
        let new_position = &mut after.position[range.clone()];
        let new_speed = &mut after.speed[range];
        // Mostly all are of one kind: then its parameters stay in registers.
        let is_one = |tags: &[Tag]| tags.iter().fold(true, |same, tag| same & (tag.kind == first));
        if self.kinds.len() == 1 || is_one(tags) {
            let own = Parameters::of(&self.kinds[usize::from(first)]);
            view.drive(new_position, new_speed, |_| own);
        } else {
            let mut own = [Parameters::default(); BLOCK];
            for (row, tag) in own.iter_mut().zip(tags) {
                *row = Parameters::of(&self.kinds[usize::from(tag.kind)]);
            }
            let own = &own[..count];
            view.drive(new_position, new_speed, |i| own[i]);
        }
    }

    /// Krauss (1998) as SUMO documents it: the safe speed, less a random share of the acceleration.
    fn krauss(
        &self,
        before: &Columns,
        ahead: &Ahead,
        after: &mut Motion,
        range: std::ops::Range<usize>,
    ) {
        for i in range {
            let tag: &Tag = &before.tag[i];
            let kind = &self.kinds[usize::from(tag.kind)];
            let (v, lead) = (before.speed[i], ahead.lead[i]);
            let gap = (ahead.gap[i] - kind.min_gap).max(0.0);
            let brake = kind.deceleration * kind.headway;
            let root = brake * brake + lead * lead + 2.0 * kind.deceleration * gap;
            let safe = root.sqrt() - brake;
            let reach = kind.acceleration * self.dt;
            let wanted = (v + reach).min(ahead.top[i]).min(safe);
            let luck = chance(self.seed, Use::Dawdle, tag.vehicle, self.step);
            let dawdled = wanted - kind.dawdle * reach * luck;
            let floor = v - kind.brake_max * self.dt;
            let new = dawdled.max(floor).max(0.0);
            let moved = (new * self.dt).min((ahead.gap[i] - TOUCH).max(0.0));
            after.position[i] = before.position[i] + moved;
            after.speed[i] = new;
        }
    }

    /// Krauss's law as SUMO steps it: speeds fall by whole steps, and a vehicle goes the whole step
    /// with its new speed. The safe speed is the largest from which, after the reaction time, braking
    /// step by step ends no further on than the leader's own braking does.
    fn sumo(
        &self,
        before: &Columns,
        ahead: &Ahead,
        after: &mut Motion,
        range: std::ops::Range<usize>,
    ) {
        let dt = self.dt;
        for i in range {
            let tag: &Tag = &before.tag[i];
            let kind = &self.kinds[usize::from(tag.kind)];
            let (v, lead) = (before.speed[i], ahead.lead[i]);
            let gap = (ahead.gap[i] - kind.min_gap).max(0.0);
            let step = kind.deceleration * dt;
            let room = gap + brake_way(lead, step, dt);
            let reach = kind.acceleration * dt;
            let wanted =
                (v + reach).min(ahead.top[i]).min(stop_speed(room, step, kind.headway, dt));
            let luck = chance(self.seed, Use::Dawdle, tag.vehicle, self.step);
            // Who has only just started dawdles less.
            let dawdled = wanted - kind.dawdle * wanted.min(reach) * luck;
            // Dawdling is no reason to brake harder than in comfort; safety is.
            let floor = (v - step).min(wanted).max(v - kind.brake_max * dt);
            let new = dawdled.max(floor).max(0.0);
            let moved = (new * dt).min((ahead.gap[i] - TOUCH).max(0.0));
            after.position[i] = before.position[i] + moved;
            after.speed[i] = new;
        }
    }

    /// `CityFlow`'s law (Zhang et al. 2019, and its documentation): the least of the speed that
    /// avoids collision, the one that keeps the gap with comfortable braking, and the one that keeps
    /// the headway; trapezoidal update. `top` may be negative: then it stops as fast as it can.
    fn cityflow(
        &self,
        before: &Columns,
        ahead: &Ahead,
        after: &mut Motion,
        range: std::ops::Range<usize>,
    ) {
        let dt = self.dt;
        for i in range {
            let kind = &self.kinds[usize::from(before.tag[i].kind)];
            let (v, lead, gap) = (before.speed[i], ahead.lead[i], ahead.gap[i]);
            let brake = kind.brake_max;
            let mut new = (v + kind.acceleration * dt).min(ahead.top[i]);
            if gap < super::ahead::FREE {
                new = new.min(no_collision(lead, v, gap, 0.0, brake, dt));
                new = new.min(no_collision(lead, v, gap, kind.min_gap, kind.deceleration, dt));
                let slower = (v - lead).max(0.0);
                let kept = gap + (lead + slower / 2.0) * dt - v * dt / 2.0;
                new = new.min(kept / (kind.headway + dt / 2.0));
            }
            new = new.max(v - brake * dt);
            let moved = if new < 0.0 { 0.5 * v * v / brake } else { 0.5 * (v + new) * dt };
            after.position[i] = before.position[i] + moved;
            after.speed[i] = new.max(0.0);
        }
    }
}

/// How far a vehicle goes on while it brakes step by step from a speed to nothing; `step` is what a
/// step takes from the speed, m/s.
pub(super) fn brake_way(speed: f32, step: f32, dt: f32) -> f32 {
    let steps = (speed / step).floor();
    dt * (steps * speed - step * steps * (steps + 1.0) / 2.0)
}

/// The largest speed from which a vehicle stops within `room`: it keeps it for `headway`, then brakes
/// step by step. The way is `x·headway + dt Σ (x - k·step)` over the `n` steps in which anything is
/// left of the speed `x`; at `x = n·step` it is a square of `n`, and linear between.
pub(super) fn stop_speed(room: f32, step: f32, headway: f32, dt: f32) -> f32 {
    let a = headway - dt / 2.0;
    let root = (a * a + 2.0 * dt * room.max(0.0) / step).sqrt();
    let steps = ((root - a) / dt).floor().max(0.0);
    let whole = step * (steps * headway + dt * steps * (steps - 1.0) / 2.0);
    steps * step + (room.max(0.0) - whole).max(0.0) / (headway + steps * dt)
}

/// The urban law's acceleration for one vehicle, unlimited: what a driver expects of a change.
pub(super) fn urban_acceleration(kind: &Kind, v: f32, gap: f32, lead: f32, top: f32) -> f32 {
    let ratio = v / top;
    let wanted = kind.min_gap + (v * kind.headway + v * (v - lead) * kind.closing).max(0.0);
    let near = wanted / gap.max(TOUCH);
    let free = 1.0 - ratio * ratio * ratio * ratio;
    kind.acceleration * free.min(1.0 - near * near)
}

/// The speed from which a vehicle can still stop `target` behind a leader that brakes as hard; below
/// any speed where it cannot.
pub(super) fn no_collision(lead: f32, own: f32, gap: f32, target: f32, brake: f32, dt: f32) -> f32 {
    let c = own * dt / 2.0 + target - 0.5 * lead * lead / brake - gap;
    let (a, b) = (0.5 / brake, 0.5 * dt);
    if b * b < 4.0 * a * c {
        return -100.0;
    }
    let stopping = 0.5 / a * ((b * b - 4.0 * a * c).sqrt() - b);
    stopping.min(2.0 * lead - brake * dt + 2.0 * (gap - target) / dt)
}

/// A block's columns, all of one length.
struct View<'a> {
    position: &'a [f32],
    speed: &'a [f32],
    gap: &'a [f32],
    lead: &'a [f32],
    top: &'a [f32],
    dt: f32,
}

impl View<'_> {
    /// The urban law without a branch, so that the compiler drives several vehicles at once.
    #[inline(always)]
    fn drive(
        &self,
        new_position: &mut [f32],
        new_speed: &mut [f32],
        own: impl Fn(usize) -> Parameters,
    ) {
        let count = self.position.len();
        let (position, speed) = (&self.position[..count], &self.speed[..count]);
        let (gap, lead, top) = (&self.gap[..count], &self.lead[..count], &self.top[..count]);
        let (new_position, new_speed) = (&mut new_position[..count], &mut new_speed[..count]);
        let dt = self.dt;
        for i in 0..count {
            let (p, v, g) = (own(i), speed[i], gap[i]);
            let ratio = v / top[i];
            let square = ratio * ratio;
            let wanted = p.min_gap + most(v * p.headway + v * (v - lead[i]) * p.closing, 0.0);
            let near = wanted / most(g, TOUCH);
            let pull = least(1.0 - square * square, 1.0 - near * near);
            let acceleration = most(p.acceleration * pull, -p.brake_max);
            let new = most(v + acceleration * dt, 0.0);
            let moved = 0.5 * (v + new) * dt;
            let stands = (v < CREEP) & (g < p.min_gap + START);
            let room = most(g - TOUCH, 0.0);
            let held = moved > room;
            let moved = if held { room } else { moved };
            let new = if held { least(new, lead[i]) } else { new };
            new_position[i] = position[i] + if stands { 0.0 } else { moved };
            new_speed[i] = if stands { 0.0 } else { new };
        }
    }
}

/// The larger of two numbers, neither of them not-a-number: one instruction, where `f32::max` is four.
#[inline(always)]
fn most(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn least(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[derive(Clone, Copy, Default)]
struct Parameters {
    min_gap: f32,
    headway: f32,
    closing: f32,
    acceleration: f32,
    brake_max: f32,
}

impl Parameters {
    fn of(kind: &Kind) -> Self {
        Self {
            min_gap: kind.min_gap,
            headway: kind.headway,
            closing: kind.closing,
            acceleration: kind.acceleration,
            brake_max: kind.brake_max,
        }
    }
}
