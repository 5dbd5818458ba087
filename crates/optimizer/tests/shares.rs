//! Junctions that are planned for in shares: what is chosen is the same for any number of them and in
//! whatever order they are done; and a search that misses its budget leaves the choice to max-pressure.

mod common;

use common::street::{Sensing, Street};
use optimizer::{Alone, Basis, Choice, Control, Controller, Crew, Settings};

/// Does the pieces in an order that differs from time to time.
struct Shuffled(std::cell::Cell<u64>);

impl Crew for Shuffled {
    fn each<T: Send>(&self, pieces: &mut [T], work: impl Fn(&mut T) + Sync) {
        let round = self.0.get();
        self.0.set(round + 1);
        let first = units::mixing::mixed(round) as usize % pieces.len();
        let (early, late) = pieces.split_at_mut(first);
        late.iter_mut().rev().for_each(&work);
        early.iter_mut().for_each(&work);
    }
}

/// What is chosen in so many seconds.
fn choices(
    controller: impl FnOnce(Controller) -> Controller,
    crew: &impl Crew,
    sensing: Sensing,
    seconds: usize,
) -> Vec<Vec<Choice>> {
    let mut street = Street::new((3, 3), 60, sensing);
    let mut controller = controller(Controller::new(Control::Adaptive, street.district()));
    let mut all = Vec::new();
    for _ in 0..seconds {
        let mut choices = Vec::new();
        controller.decide_with(crew, street.scene(), &mut choices);
        street.step(&choices);
        all.push(choices);
    }
    all
}

#[test]
fn any_number_of_shares_in_any_order_chooses_the_same() {
    let settings = Settings { explains: true, ..Settings::default() };
    for sensing in [Sensing::Vehicles, Sensing::Loops] {
        let whole = choices(|one| one.with_settings(settings), &Alone, sensing, 60);
        let changes = whole.iter().flatten().filter(|choice| choice.stage != 0).count();
        assert!(changes > 30, "{sensing:?}: {changes}");
        for count in [2, 3, 8, 100] {
            let shares = |one: Controller| one.with_settings(settings).with_shares(count);
            let crew = Shuffled(std::cell::Cell::new(count as u64));
            assert_eq!(choices(shares, &crew, sensing, 60), whole, "{sensing:?}, {count}");
        }
    }
}

#[test]
fn a_search_that_misses_its_budget_leaves_the_choice_to_max_pressure() {
    let budget = |budget| {
        move |one: Controller| {
            one.with_settings(Settings { budget, explains: true, ..Settings::default() })
        }
    };
    for small in [0, 1, 50] {
        let mut street = Street::new((3, 3), 60, Sensing::Vehicles);
        let mut planner = budget(small)(Controller::new(Control::Adaptive, street.district()));
        let mut rule = Controller::new(Control::MaxPressure, street.district());
        let (mut missed, mut ruled) = (Vec::new(), Vec::new());
        let mut count = 0;
        for second in 0..100 {
            planner.decide(street.scene(), &mut missed);
            rule.decide(street.scene(), &mut ruled);
            let both = missed.iter().zip(&ruled);
            for (own, other) in both {
                assert_eq!(own.basis, Basis::Missed, "{small}, second {second}");
                assert_eq!((own.junction, own.stage), (other.junction, other.stage), "{second}");
                let why = own.why.as_ref().expect("it explains");
                assert_eq!(why.pressure, own.stage);
                assert!(why.costs.iter().all(Option::is_none), "{why:?}");
            }
            assert_eq!(missed.len(), ruled.len());
            count += missed.len() as u64;
            street.step(&missed);
        }
        // No search grows more than it may; there is one in each sweep.
        let searches = count * u64::from(Settings::default().sweeps);
        assert!(planner.evaluations() <= searches * u64::from(small), "{small}");
    }
}

#[test]
fn a_budget_that_suffices_changes_nothing_and_the_usual_one_always_does() {
    let unlimited = |one: Controller| {
        one.with_settings(Settings { budget: u32::MAX, explains: true, ..Settings::default() })
    };
    let usual =
        |one: Controller| one.with_settings(Settings { explains: true, ..Settings::default() });
    let all = choices(usual, &Alone, Sensing::Vehicles, 100);
    assert_eq!(choices(unlimited, &Alone, Sensing::Vehicles, 100), all);
    for choice in all.iter().flatten() {
        assert_eq!(choice.basis, Basis::Search);
        let why = choice.why.as_ref().expect("it explains");
        // Going on, what max-pressure would do and all else are held against what was chosen.
        assert_eq!(why.sequence[0], choice.stage);
        assert!(why.pressure < 8 && why.costs.iter().all(Option::is_some), "{why:?}");
    }
}
