//! A controller that is warm takes no new memory: its tables grow to the longest queues that there were,
//! and what comes after a rush hour finds room in them.

mod common;

use common::street::{Sensing, Street};
use optimizer::{Choice, Control, Controller};

/// Vehicles that begin on each link in 1,000 seconds: in the rush, and after it.
const RATES: [u64; 2] = [110, 50];
/// How long the rush is, and all that comes before it is counted, seconds.
const RUSH: usize = 500;
const WARM_UP: usize = 1_000;
/// How long is counted.
const COUNTED: usize = 100;

/// How often `decide` took memory in each of the counted ticks, and how many choices it gave in them.
fn counted(control: Control, sensing: Sensing) -> (Vec<u64>, usize) {
    let mut street = Street::new((3, 2), RATES[0], sensing);
    let mut controller = Controller::new(control, street.district());
    let mut choices: Vec<Choice> = Vec::new();
    let (mut taken, mut chosen) = (Vec::with_capacity(COUNTED), 0);
    for tick in 0..WARM_UP + COUNTED {
        if tick == RUSH {
            street.set_rate(RATES[1]);
        }
        let scene = street.scene();
        let count = allocation_counter::measure(|| controller.decide(scene, &mut choices));
        if tick >= WARM_UP {
            taken.push(count.count_total);
            chosen += choices.len();
        }
        street.step(&choices);
    }
    assert!(street.vehicles() > 50, "the street is empty");
    (taken, chosen)
}

#[test]
fn a_warm_controller_takes_no_memory() {
    for (control, sensing) in [
        (Control::Adaptive, Sensing::Vehicles),
        (Control::Adaptive, Sensing::Loops),
        (Control::MaxPressure, Sensing::Vehicles),
        (Control::MaxPressure, Sensing::Loops),
        (Control::Fixed, Sensing::Vehicles),
    ] {
        let (taken, chosen) = counted(control, sensing);
        assert!(chosen > COUNTED / 2, "{control:?}, {sensing:?}: only {chosen} choices");
        assert_eq!(taken, [0; COUNTED], "{control:?}, {sensing:?}");
    }
}
