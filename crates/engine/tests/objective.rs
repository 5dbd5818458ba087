//! What the planner weighs: who is in a vehicle, and what a stop is worth, change what is shown.

use engine::planned::of_site;
use estimate::{Class, Sight, Vehicle};
use optimizer::{Control, Controller, District, Instants, Scene, Settings, Showing};
use scenario::generate;
use units::Millis;

/// What is decided after 20 s of the first stage, where these vehicles are on one lane that it opens and
/// on one that it closes.
fn decided(settings: Settings, open: &[Vehicle], closed: &[Vehicle]) -> usize {
    let (site, _) = generate::arterial(1, 1);
    let spec = of_site(&site.network, &site.signals[0], Instants::Any);
    let mut lanes =
        vec![Sight::Vehicles { seen: Vec::new(), range: None }; site.network.lanes().len()];
    for (is_open, vehicles) in [(true, open), (false, closed)] {
        let of = spec.approaches.iter().zip(&spec.stages[0].opens);
        let lane = of.clone().find(|(_, opening)| (opening.open != 0) == is_open);
        let lane = lane.expect("there is one").0.lane;
        lanes[lane.index()] = Sight::Vehicles { seen: vehicles.to_vec(), range: None };
    }
    let district = District { network: site.network, junctions: vec![spec] };
    let mut controller = Controller::new(Control::Adaptive, district).with_settings(settings);
    let signals = vec![Showing::Stage { stage: 0, elapsed: Millis::from_secs(20) }];
    let scene = Scene { signals, lanes, ..Scene::default() };
    let mut choices = Vec::new();
    controller.decide(&scene, &mut choices);
    choices[0].stage
}

fn at(distance: f32, speed: f32, class: Class) -> Vehicle {
    Vehicle { distance, speed, next: None, class }
}

/// So many that drive after each other, the first so far from the stop line.
fn platoon(count: usize, first: f32) -> Vec<Vehicle> {
    (0..count).map(|place| at(first + 30.0 * place as f32, 13.9, Class::Other)).collect()
}

#[test]
fn for_a_bus_a_platoon_is_stopped_that_goes_before_a_car() {
    let platoon = platoon(8, 30.0);
    for (class, settings, changes) in [
        (Class::Other, Settings::default(), false),
        (Class::Bus, Settings { bus: 13.0, ..Settings::default() }, true),
        (Class::Bus, Settings::default(), false),
    ] {
        let found = decided(settings, &platoon, &[at(1.0, 0.0, class)]);
        assert_eq!(found != 0, changes, "{class:?} {}: stage {found}", settings.bus);
    }
}

#[test]
fn where_a_stop_is_dear_those_who_drive_are_not_stopped() {
    let platoon = platoon(3, 110.0);
    let waiting = [1.0, 8.5, 16.0, 23.5].map(|distance| at(distance, 0.0, Class::Other));
    let found = [0.0, 30.0]
        .map(|stop| decided(Settings { stop, ..Settings::default() }, &platoon, &waiting) != 0);
    assert_eq!(found, [true, false]);
}
