//! Store-and-forward control for saturated hours: how long each stage is green in the next cycle, by a
//! linear feedback from how many wait on all lanes, which keeps their filling even (TUC: Diakaki,
//! Papageorgiou and Aboudolas 2002).
//!
//! ```text
//!   x(k+1) = x(k) + B Δg(k)        g(k) = g_usual - L x(k), then held to minimum greens and the cycle
//! ```
//!
//! Terms. `x` are vehicles lane by lane, `g` seconds of green stage by stage. `B` says how many more
//! leave a lane, and come to those behind it, for a second of green. `L` makes the sum over all cycles
//! of x² by a lane's room, and of a little of Δg², least: the gain of a linear-quadratic regulator
//! ([`riccati`]). It looks at a whole cycle at a time and knows nothing of when vehicles come: where
//! roads are not full, any rule that does is better.

mod model;
mod riccati;
mod split;

use units::Millis;

use crate::district::{District, Scene};
use crate::pressure;
use model::Model;
use split::split;

/// A cycle has so much green for each of its stages, and is within these bounds: what the literature
/// takes for saturated junctions.
const GREEN_EACH: Millis = Millis::from_secs(20);
const CYCLE_LEAST: Millis = Millis::from_secs(60);
const CYCLE_MOST: Millis = Millis::from_secs(120);

/// The controller's memory.
#[derive(Clone, Debug)]
pub(crate) struct StoreAndForward {
    model: Model,
    /// Vehicles that wait, lane by lane of the model.
    waiting: Vec<f64>,
    rounds: Vec<Round>,
}

/// Where one junction is in its cycle.
#[derive(Clone, Debug)]
struct Round {
    /// The stages of a cycle: together they open every way that any stage does.
    order: Vec<usize>,
    /// Which of them runs.
    at: usize,
    /// How long each is green in this cycle.
    greens: Vec<Millis>,
}

impl StoreAndForward {
    pub(crate) fn new(district: &District) -> Self {
        let orders: Vec<_> = district.junctions.iter().map(model::order).collect();
        let model = Model::of(district, &orders);
        let rounds = orders.into_iter().map(|order| Round { order, at: 0, greens: Vec::new() });
        Self { waiting: vec![0.0; model.lanes.len()], rounds: rounds.collect(), model }
    }

    /// The stage that a junction should show, which has shown `running` for so long.
    pub(crate) fn stage(
        &mut self,
        district: &District,
        junction: usize,
        (running, elapsed): (usize, Millis),
        scene: &Scene,
    ) -> usize {
        let round = &self.rounds[junction];
        let place = round.order.iter().position(|&stage| stage == running);
        let begins = round.greens.is_empty();
        let (at, over) = match place {
            // At the very first the cycle may be joined wherever it stands.
            Some(at) if begins => (at, false),
            Some(at) => (at, elapsed >= round.greens[at]),
            None => (round.order.len() - 1, true),
        };
        let next = if over { (at + 1) % round.order.len() } else { at };
        if begins || over && next == 0 {
            self.look(scene);
            self.rounds[junction].greens = self.greens(district, junction);
        }
        self.rounds[junction].at = next;
        self.rounds[junction].order[next]
    }

    fn look(&mut self, scene: &Scene) {
        for (waiting, lane) in self.waiting.iter_mut().zip(&self.model.lanes) {
            *waiting = pressure::queue(&scene.lanes[lane.index()], None);
        }
    }

    /// How long each stage of a junction's next cycle is green.
    fn greens(&self, district: &District, junction: usize) -> Vec<Millis> {
        let spec = &district.junctions[junction];
        let order = &self.rounds[junction].order;
        let changes = order.iter().zip(order.iter().cycle().skip(1));
        let lost: Millis = changes.map(|(&from, &to)| spec.clearance(from, to)).sum();
        let count = i64::try_from(order.len()).unwrap_or(1);
        let cycle = (lost + Millis(GREEN_EACH.0 * count)).clamp(CYCLE_LEAST, CYCLE_MOST);
        let green = (cycle - lost).as_secs_f64();
        let usual = green / order.len() as f64;
        let wishes: Vec<f64> =
            self.model.feedback(junction, &self.waiting).map(|less| usual - less).collect();
        let least: Vec<f64> =
            order.iter().map(|&stage| spec.stages[stage].min_green.as_secs_f64()).collect();
        split(&wishes, &least, green).into_iter().map(Millis::from_secs_f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use estimate::Sight;

    use super::*;
    use crate::planner::testing::row;
    use crate::spec::Showing;

    /// Runs one junction for some cycles with so many who wait on its two lanes, and says for how long
    /// each green was, stage by stage.
    fn greens(waiting: [u32; 2], seconds: i64) -> Vec<(usize, Millis)> {
        let district = row(1, false);
        let mut rule = StoreAndForward::new(&district);
        let lanes = district.network.lanes().len();
        let mut scene = Scene { lanes: vec![Sight::Unknown; lanes], ..Scene::default() };
        for (lane, queue) in waiting.into_iter().enumerate() {
            let at = district.junctions[0].approaches[lane].lane.index();
            scene.lanes[at] = Sight::Counted { count: queue, queue };
        }
        let (mut all, mut running, mut elapsed) = (Vec::new(), 0, Millis::ZERO);
        let second = Millis::from_secs(1);
        for _ in 0..seconds {
            scene.signals = vec![Showing::Stage { stage: running, elapsed }];
            let stage = rule.stage(&district, 0, (running, elapsed), &scene);
            if stage != running {
                all.push((running, elapsed));
                (running, elapsed) = (stage, Millis::ZERO);
            }
            elapsed += second;
        }
        all
    }

    #[test]
    fn nobody_waiting_is_an_even_cycle_and_who_waits_gets_more_of_it() {
        let even = greens([0, 0], 300);
        assert!(even.windows(2).all(|pair| (pair[0].1 - pair[1].1).0.abs() <= 1_000), "{even:?}");
        let north = greens([0, 12], 300);
        let (east, side) = (north[2].1, north[3].1);
        assert!(side > east && east >= row(1, false).junctions[0].stages[0].min_green, "{north:?}");
        let cycle = |greens: &[(usize, Millis)]| (greens[2].1 + greens[3].1).0;
        assert!((cycle(&even) - cycle(&north)).abs() <= 2_000, "the cycle stays");
    }
}
