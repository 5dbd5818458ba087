//! Who goes first where several vehicles want one junction at once.
//!
//! Vehicles that one stage lets go are served together. For the others every order is tried, as there
//! are 24 of four at most, and the one with the least weighed delay taken: a second counts by class,
//! then level, and more for who was held up before. Whoever was held up for [`HELD_MAX`] goes first,
//! whatever the others are: so nobody starves, and since a hold of a junction ends by itself, nobody
//! waits for ever.

use units::{Millis, Moment};

use crate::request::{Class, CorridorId, Level};

/// So many are ordered exactly; any others follow them by class and time.
pub const EXACT_MAX: usize = 4;
/// Whoever was held up by others for so long at one junction goes first.
pub const HELD_MAX: Millis = Millis(45_000);

/// What one vehicle wants of a junction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Want {
    /// Whose.
    pub corridor: CorridorId,
    /// What it is.
    pub class: Class,
    /// How urgent.
    pub level: Level,
    /// The stages that let it go, a bit each.
    pub stages: u64,
    /// From when its movement should be open;
    pub from: Moment,
    /// when it is expected at the stop line;
    pub expected: Moment,
    /// and until when it has passed.
    pub until: Moment,
    /// For how long others have held it up here.
    pub held: Millis,
    /// Whether its stage is green for it already.
    pub is_open: bool,
}

/// What one vehicle gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turn {
    /// Whose.
    pub corridor: CorridorId,
    /// When its movement opens.
    pub opens: Moment,
    /// Whom it waits for, and why; none where it waits for nobody.
    pub yields: Option<(CorridorId, Why)>,
}

/// Why one waits for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// The other's class goes first.
    Class,
    /// The other is more urgent.
    Level,
    /// All together lose less so.
    LessDelay,
    /// The other was held up for as long as anybody may be.
    HeldLongEnough,
    /// The other is being let through.
    Underway,
}

impl Why {
    /// For people, after "waits for the other: ".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Class => "its class goes first",
            Self::Level => "it is more urgent",
            Self::LessDelay => "both together lose less so",
            Self::HeldLongEnough => "it was held up for as long as anybody may be",
            Self::Underway => "it is being let through",
        }
    }
}

/// Orders those who want one junction; a change between stages takes `change`. The turns are in the order
/// of `wants`.
#[must_use]
pub fn arbitrate(wants: &[Want], change: Millis) -> Vec<Turn> {
    let mut first: Vec<usize> = (0..wants.len()).collect();
    first.sort_by_key(|&at| (!goes_before_all(&wants[at]), rank(&wants[at])));
    let (exact, rest) = first.split_at(first.len().min(EXACT_MAX));
    let forced = exact.iter().take_while(|&&at| goes_before_all(&wants[at])).count();
    let mut order = exact.to_vec();
    let mut best: Option<(f64, Vec<usize>)> = None;
    permute(&mut order, forced, &mut |order| {
        let cost = served(wants, order, change).1;
        // Ties go to the first that is tried: by class, level, time and number.
        if best.as_ref().is_none_or(|(least, _)| cost < least - 1e-9) {
            best = Some((cost, order.to_vec()));
        }
    });
    let mut order = best.map_or_else(Vec::new, |(_, order)| order);
    order.extend(rest);
    let mut turns = served(wants, &order, change).0;
    turns.sort_by_key(|&(at, _)| at);
    turns.into_iter().map(|(_, turn)| turn).collect()
}

/// Who is being let through, or was held up long enough, comes before all others.
fn goes_before_all(want: &Want) -> bool {
    want.is_open || want.held >= HELD_MAX
}

/// The usual order: who is let through, who was held up longest, class, level, time, number.
fn rank(
    want: &Want,
) -> (bool, std::cmp::Reverse<i64>, Class, std::cmp::Reverse<Level>, Moment, CorridorId) {
    let held = if want.held >= HELD_MAX { want.held.0 } else { 0 };
    let Want { class, level, expected, corridor, .. } = *want;
    (!want.is_open, std::cmp::Reverse(held), class, std::cmp::Reverse(level), expected, corridor)
}

/// What a second of a vehicle counts: by class, a tenth more a level, and more the longer it was held.
fn weight(want: &Want) -> f64 {
    let patience = 1.0 + want.held.as_secs_f64() / 30.0;
    want.class.weight() * (1.0 + f64::from(want.level.number()) / 10.0) * patience
}

/// Serves them in an order: the turns by their place, and what all lose, weighed seconds.
fn served(wants: &[Want], order: &[usize], change: Millis) -> (Vec<(usize, Turn)>, f64) {
    let mut turns = Vec::with_capacity(order.len());
    let mut cost = 0.0;
    // The stages that the one that runs may be, who is in it, and until when.
    let mut running: Option<(u64, usize, Moment)> = None;
    for &at in order {
        let want = &wants[at];
        let mut turn = Turn { corridor: want.corridor, opens: want.from, yields: None };
        match running {
            Some((stages, _, until)) if stages & want.stages != 0 => {
                running = Some((stages & want.stages, at, until.max(want.until)));
            }
            Some((_, before, until)) if until + change > want.from => {
                turn.opens = until + change;
                turn.yields = Some((wants[before].corridor, why(&wants[before], want)));
                let late = turn.opens - want.from;
                running = Some((want.stages, at, want.until + late));
            }
            _ => running = Some((want.stages, at, want.until)),
        }
        cost += weight(want) * (turn.opens - want.from).at_least_zero().as_secs_f64();
        turns.push((at, turn));
    }
    (turns, cost)
}

fn why(first: &Want, second: &Want) -> Why {
    if first.is_open {
        Why::Underway
    } else if first.held >= HELD_MAX && second.held < HELD_MAX {
        Why::HeldLongEnough
    } else if first.class < second.class {
        Why::Class
    } else if first.class == second.class && first.level > second.level {
        Why::Level
    } else {
        Why::LessDelay
    }
}

/// Shows every order of what follows the first `from`, the given one first.
fn permute(order: &mut [usize], from: usize, see: &mut dyn FnMut(&[usize])) {
    if from + 1 >= order.len() {
        see(order);
        return;
    }
    for at in from..order.len() {
        order[from..=at].rotate_right(1);
        permute(order, from + 1, see);
        order[from..=at].rotate_left(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Millis = Millis(1_000);
    const CHANGE: Millis = Millis(8_000);

    fn want(corridor: u32, class: Class, stages: u64, from: i64) -> Want {
        Want {
            corridor: CorridorId(corridor),
            class,
            level: Level::default(),
            stages,
            from: Moment::ORIGIN + SECOND * from,
            expected: Moment::ORIGIN + SECOND * (from + 10),
            until: Moment::ORIGIN + SECOND * (from + 15),
            held: Millis::ZERO,
            is_open: false,
        }
    }

    /// A corridor, when it is served, and for whom it waits.
    type Told = (u32, i64, Option<(u32, Why)>);

    /// The corridors in the order in which they are served.
    fn told(wants: &[Want]) -> Vec<Told> {
        let mut turns = arbitrate(wants, CHANGE);
        turns.sort_by_key(|turn| turn.opens);
        let row = |turn: &Turn| {
            let yields = turn.yields.map(|(to, why)| (to.0, why));
            (turn.corridor.0, turn.opens.0 / 1_000, yields)
        };
        turns.iter().map(row).collect()
    }

    #[test]
    fn compatible_ones_go_together_and_the_others_by_what_they_lose() {
        use Class::{Ambulance, Escort, Fire};
        let later = |seconds: i64, mut want: Want| {
            want.held = SECOND * seconds;
            want
        };
        let open = |mut want: Want| {
            want.is_open = true;
            want
        };
        for (story, wants, expected) in [
            (
                "one stage for both",
                vec![want(1, Fire, 0b011, 0), want(2, Escort, 0b110, 3)],
                vec![(1, 0, None), (2, 3, None)],
            ),
            (
                "fire before an escort that comes at the same time",
                vec![want(1, Escort, 1, 0), want(2, Fire, 2, 0)],
                vec![(2, 0, None), (1, 23, Some((2, Why::Class)))],
            ),
            (
                "who comes much sooner is through before the fire engine wants anything",
                vec![want(1, Escort, 1, 0), want(2, Fire, 2, 30)],
                vec![(1, 0, None), (2, 30, None)],
            ),
            (
                "alike: who comes first",
                vec![want(1, Ambulance, 1, 5), want(2, Ambulance, 2, 0)],
                vec![(2, 0, None), (1, 23, Some((2, Why::LessDelay)))],
            ),
            (
                "nobody is stopped who is being let through",
                vec![open(want(1, Escort, 1, 0)), want(2, Fire, 2, 0)],
                vec![(1, 0, None), (2, 23, Some((1, Why::Underway)))],
            ),
            (
                "who was held up long enough goes first",
                vec![later(45, want(1, Escort, 1, 0)), want(2, Fire, 2, 0)],
                vec![(1, 0, None), (2, 23, Some((1, Why::HeldLongEnough)))],
            ),
        ] {
            assert_eq!(told(&wants), expected, "{story}");
        }
    }

    #[test]
    fn the_more_urgent_of_a_class_goes_first() {
        let urgent = Want { level: Level::new(9).expect("a level"), ..want(2, Class::Fire, 2, 1) };
        let found = told(&[want(1, Class::Fire, 1, 0), urgent]);
        assert_eq!(found[0].0, 2);
        assert_eq!(found[1].2, Some((2, Why::Level)));
    }

    fn any_want(corridor: u32) -> impl Strategy<Value = Want> {
        let class = (0..Class::ALL.len()).prop_map(|at| Class::ALL[at].1);
        let level = (0..=crate::request::LEVEL_MAX).prop_map(|level| Level::new(level).unwrap());
        (class, level, 1_u64..16, 0_i64..60, 0_i64..60).prop_map(
            move |(class, level, stages, from, held)| Want {
                level,
                held: SECOND * held,
                ..want(corridor, class, stages, from)
            },
        )
    }

    proptest! {
        /// Of all that is served no two that no stage lets go together overlap, and no other order of as
        /// many as are ordered exactly loses less.
        #[test]
        fn the_order_is_the_best_of_all_and_nobody_meets(
            wants in (1_usize..7).prop_flat_map(|count| {
                (0..count as u32).map(any_want).collect::<Vec<_>>()
            }),
        ) {
            let turns = arbitrate(&wants, CHANGE);
            prop_assert_eq!(turns.len(), wants.len());
            for (want, turn) in wants.iter().zip(&turns) {
                prop_assert_eq!(want.corridor, turn.corridor);
                prop_assert!(turn.opens >= want.from);
                prop_assert_eq!(turn.yields.is_some(), turn.opens > want.from);
            }
            if wants.len() <= EXACT_MAX && wants.iter().all(|want| want.held < HELD_MAX) {
                let cost = |turn: &Turn, want: &Want| {
                    weight(want) * (turn.opens - want.from).as_secs_f64()
                };
                let own: f64 = turns.iter().zip(&wants).map(|(a, b)| cost(a, b)).sum();
                let mut order: Vec<usize> = (0..wants.len()).collect();
                let mut least = f64::INFINITY;
                permute(&mut order, 0, &mut |order| {
                    least = least.min(served(&wants, order, CHANGE).1);
                });
                prop_assert!(own <= least + 1e-6, "{} against {}", own, least);
            }
        }

        /// However many of a higher class keep coming, the lowest is served within a stated time.
        #[test]
        fn nobody_starves(gaps in prop::collection::vec(0_i64..12, 60)) {
            let mut low = want(0, Class::Escort, 1, 0);
            let (mut now, mut free) = (0_i64, 0_i64);
            for (number, gap) in (1..).zip(gaps) {
                now += gap;
                low.held = SECOND * now;
                let other = want(number, Class::Fire, 2, now.max(free));
                let own = Want { from: Moment::ORIGIN + SECOND * now.max(free), ..low };
                let turns = arbitrate(&[own, other], CHANGE);
                if turns[0].opens <= own.from {
                    break;
                }
                // The other goes through first.
                free = other.until.0 / 1_000 + 8;
            }
            let served = SECOND * now.max(free);
            // Those who are let through when its time has come are let through: 15 s and the change.
            prop_assert!(served <= HELD_MAX + SECOND * (12 + 15 + 15) + CHANGE * 2, "{}", served);
        }
    }
}
