//! A planner whose junctions count down: what it announces stands, and it reckons with that.

use engine::planned::of_site;
use estimate::Sight;
use optimizer::{
    Choice, Control, Controller, Countdown, District, Instants, JunctionSpec, Scene, Showing,
};
use proptest::prelude::*;
use scenario::generate;
use units::Millis;

const SECOND: Millis = Millis(1_000);

/// A crossroads whose displays count down, and a planner for it.
struct Street {
    controller: Controller,
    countdown: Countdown,
    scene: Scene,
    span: Millis,
}

impl Street {
    fn new(control: Control, span: i64) -> Self {
        let (mut site, _) = generate::arterial(1, 1);
        let span = SECOND * span;
        site.signals[0].countdown = Some(span);
        let spec = of_site(&site.network, &site.signals[0], Instants::Any);
        let lanes = vec![Sight::Unknown; site.network.lanes().len()];
        let signals = vec![Showing::Stage { stage: 0, elapsed: Millis::ZERO }];
        let district = District { network: site.network, junctions: vec![spec] };
        let controller = Controller::new(control, district);
        let scene = Scene { signals, lanes, ..Scene::default() };
        Self { controller, countdown: Countdown::new(span), scene, span }
    }

    fn spec(&self) -> &JunctionSpec {
        &self.controller.junctions()[0]
    }

    /// So many vehicles stand on every approach, one after the other.
    fn queues(&mut self, queues: &[u32]) {
        let approaches = self.spec().approaches.clone();
        for (approach, &count) in approaches.iter().zip(queues.iter().cycle()) {
            self.scene.lanes[approach.lane.index()] = Sight::Counted { count, queue: count };
        }
    }

    /// One second: what is demanded is shown after its clearance. Tells how long a green has lasted that
    /// has ended now.
    fn second(&mut self) -> Option<Millis> {
        let mut ended = None;
        let clearance = |spec: &JunctionSpec, from, to| spec.clearance(from, to);
        match self.scene.signals[0] {
            Showing::Stage { stage, elapsed } => {
                let mut choices = Vec::new();
                self.scene.announced = vec![self.countdown.announced()];
                self.controller.decide(&self.scene, &mut choices);
                let wanted = choices.first().map_or(stage, |choice: &Choice| choice.stage);
                let to = self.countdown.decide(stage, wanted, self.scene.time);
                let next = Showing::Change { from: stage, to, elapsed: SECOND };
                if to != stage {
                    ended = Some(elapsed);
                }
                let stays = Showing::Stage { stage, elapsed: elapsed + SECOND };
                self.scene.signals[0] = if to == stage { stays } else { next };
            }
            Showing::Change { from, to, elapsed } => {
                self.controller.decide(&self.scene, &mut Vec::new());
                let is_over = elapsed >= clearance(self.spec(), from, to);
                let green = Showing::Stage { stage: to, elapsed: Millis::ZERO };
                let on = Showing::Change { from, to, elapsed: elapsed + SECOND };
                self.scene.signals[0] = if is_over { green } else { on };
            }
            Showing::Unknown => {}
        }
        self.scene.time += SECOND;
        ended
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Under random scenes, by any rule: a green ends exactly when it was announced to, which is the whole
    /// span before, and so no green is shorter than its minimum or the span.
    #[test]
    fn no_announced_green_is_shortened_under_random_scenes(
        span in 5_i64..30,
        rule in 0_usize..2,
        looks in prop::collection::vec(prop::collection::vec(0_u32..12, 12), 60..120),
    ) {
        let control = [Control::Adaptive, Control::MaxPressure][rule];
        let mut street = Street::new(control, span);
        for queues in looks {
            street.queues(&queues);
            let (before, now) = (street.countdown.announced(), street.scene.time);
            let shown = street.scene.signals[0];
            let ended = street.second();
            if let (Showing::Stage { stage, .. }, Some(known)) = (shown, before) {
                if known.from == stage {
                    prop_assert_eq!(ended.is_some(), now >= known.at);
                    prop_assert!(now <= known.at, "it was held longer");
                } else {
                    prop_assert_eq!(ended, None);
                }
            } else {
                prop_assert_eq!(ended, None, "it ends unannounced");
            }
            if let (Some(green), Showing::Stage { stage, .. }) = (ended, shown) {
                let least = street.spec().stages[stage].min_green;
                prop_assert!(green >= street.span && green >= least, "{} of {}", green, stage);
            }
        }
    }
}

/// The queue that runs is as long as the span: whoever can end it at once lets it go first, and who must
/// announce the end does so now, and not when the last has left.
#[test]
fn the_planner_announces_an_end_before_it_is_due() {
    let announced_at = |span: i64| {
        let mut street = Street::new(Control::Adaptive, span);
        let open: Vec<bool> =
            street.spec().stages[0].opens.iter().map(|opening| opening.open != 0).collect();
        for second in 0..60 {
            // Six vehicles leave by and by, one waits elsewhere.
            let left = 6_u32.saturating_sub(second / 2);
            let queues: Vec<u32> = open.iter().map(|&open| if open { left } else { 1 }).collect();
            street.queues(&queues);
            street.second();
            if let Some(known) = street.countdown.announced() {
                return (second, known.at.as_secs_f64());
            }
        }
        panic!("it never ends");
    };
    let (long, end) = announced_at(12);
    assert_eq!(end, f64::from(long) + 12.0);
    let (short, _) = announced_at(5);
    assert!(long < short, "12 s before: decided at {long} s, 5 s before: at {short} s");
}
