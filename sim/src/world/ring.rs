//! A ring road: vehicles behind one another and nothing else. What a law of car following gives by
//! itself, and what it costs.

use scenario::VehicleType;

use super::ahead::{Ahead, FREE};
use super::chance::{Use, chance};
use super::follow::{Law, Motion};
use super::kind::Kind;
use super::region::{Columns, Tag};
use super::settings::Settings;

/// Vehicles of one type on a ring.
#[derive(Clone, Debug)]
pub struct Ring {
    settings: Settings,
    kinds: Vec<Kind>,
    columns: Columns,
    ahead: Ahead,
    motion: Motion,
    length: f32,
    limit: f32,
    step: u32,
}

impl Ring {
    /// `count` vehicles at even distances on a ring of `length` metres, at a standstill, under a
    /// speed limit in metres a second. There must be at least one, and room for all.
    #[must_use]
    pub fn new(
        settings: &Settings,
        vehicle: &VehicleType,
        count: usize,
        length: f32,
        limit: f32,
    ) -> Self {
        let mut columns = Columns::default();
        for index in 0..count {
            let manner = chance(settings.seed, Use::Manner, index as u32, 0) * 256.0;
            let tag = Tag { vehicle: index as u32, manner: manner as u8, ..Tag::default() };
            let share = (count - index) as f32 / count.max(1) as f32;
            columns.push(length * share, 0.0, tag);
        }
        let mut ahead = Ahead::default();
        ahead.resize(count);
        let motion = Motion { position: vec![0.0; count], speed: vec![0.0; count] };
        let kinds = vec![Kind::new(vehicle, settings.model, settings.weather)];
        Self { settings: *settings, kinds, columns, ahead, motion, length, limit, step: 0 }
    }

    /// One step of all vehicles.
    pub fn step(&mut self) {
        self.step += 1;
        let count = self.columns.len();
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        let file = self.columns.file(0..count);
        self.ahead.see_one_kind(&self.kinds[0], &self.columns);
        self.ahead.see_kinds(&self.kinds, 0, &file, self.limit);
        let rear = file.position[last] + self.length - self.kinds[0].length;
        self.ahead.gap[0] = (rear - file.position[0]).min(FREE);
        self.ahead.lead[0] = file.speed[last];
        let law = Law {
            kinds: &self.kinds,
            seed: self.settings.seed,
            step: self.step,
            dt: self.settings.model.step().as_secs_f32(),
        };
        let model = self.settings.model;
        law.apply(model, &self.columns, &self.ahead, &mut self.motion, 0..count);
        std::mem::swap(&mut self.columns.position, &mut self.motion.position);
        std::mem::swap(&mut self.columns.speed, &mut self.motion.speed);
        if self.columns.position[last] > self.length {
            self.columns.position.iter_mut().for_each(|position| *position -= self.length);
        }
    }

    /// Fronts, metres along the ring from a place that moves with them, the foremost first.
    #[must_use]
    pub fn positions(&self) -> &[f32] {
        &self.columns.position
    }

    /// Speeds in the same order, metres a second.
    #[must_use]
    pub fn speeds(&self) -> &[f32] {
        &self.columns.speed
    }
}
