//! A district that is decided by several threads: the same to the bit as by one.

#[path = "../../crates/optimizer/tests/common/street.rs"]
mod street;

use optimizer::{Alone, Choice, Control, Controller, Settings};
use sim::crew::Threads;
use street::{Sensing, Street};

const SECONDS: usize = 40;

#[test]
fn any_number_of_threads_chooses_the_same() {
    let settings = Settings { explains: true, ..Settings::default() };
    for sensing in [Sensing::Vehicles, Sensing::Loops] {
        let run = |threads: Option<usize>| -> Vec<Vec<Choice>> {
            let mut street = Street::new((3, 2), 60, sensing);
            let controller = Controller::new(Control::Adaptive, street.district());
            // More shares than threads, so that they are done in another order each time.
            let shares = threads.map_or(1, |threads| 3 * threads);
            let mut controller = controller.with_settings(settings).with_shares(shares);
            let crew = threads.map(|threads| Threads::new(threads).expect("there are threads"));
            let second = |_| {
                let mut choices = Vec::new();
                match &crew {
                    Some(crew) => controller.decide_with(crew, street.scene(), &mut choices),
                    None => controller.decide_with(&Alone, street.scene(), &mut choices),
                }
                street.step(&choices);
                choices
            };
            (0..SECONDS).map(second).collect()
        };
        let alone = run(None);
        assert!(alone.iter().flatten().any(|choice| choice.stage != 0), "{sensing:?}: no change");
        for threads in [1, 2, 3, 8] {
            assert_eq!(run(Some(threads)), alone, "{sensing:?}, {threads} threads");
        }
    }
}
