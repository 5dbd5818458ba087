//! From a signal's phases to a junction that can be planned for.

use optimizer::{Approach, Between, JunctionSpec, Opening, StageSpec, WAYS_MAX};
use scenario::{Light, PhasedSignal};

use crate::rules::Rules;

/// A junction under control.
#[derive(Clone, Debug)]
pub(crate) struct Junction {
    pub(crate) name: String,
    /// The phase of each stage.
    pub(crate) phases: Vec<usize>,
    /// The stage of each phase.
    pub(crate) stages: Vec<Option<usize>>,
}

impl Junction {
    pub(crate) fn new(signal: &PhasedSignal, phases: Vec<usize>) -> Self {
        let mut stages = vec![None; signal.phases.len()];
        for (stage, &phase) in phases.iter().enumerate() {
            stages[phase] = Some(stage);
        }
        Self { name: signal.name.clone(), phases, stages }
    }
}

/// The phases that may be demanded where the plant names none: those that show green to a place that is
/// not green in all phases, and no yellow.
pub(crate) fn usual(signal: &PhasedSignal) -> Vec<usize> {
    let places = signal.phases.first().map_or(0, Vec::len);
    let always = |place: usize| signal.phases.iter().all(|phase| phase[place].is_green());
    let ruled: Vec<bool> = (0..places).map(|place| !always(place)).collect();
    let is_stage = |phase: &&Vec<Light>| {
        let green = phase.iter().zip(&ruled).any(|(light, ruled)| *ruled && light.is_green());
        green && !phase.iter().any(|light| light.is_yellow())
    };
    let found = signal.phases.iter().enumerate().filter(|(_, phase)| is_stage(phase));
    found.map(|(index, _)| index).collect()
}

/// The junction with these phases as stages; `rules.clearance_stage`, where there is one, is a phase.
pub(crate) fn spec(signal: &PhasedSignal, phases: &[usize], rules: &Rules) -> JunctionSpec {
    let approaches = approaches(signal);
    let stages: Vec<StageSpec> = phases
        .iter()
        .map(|&phase| StageSpec {
            min_green: rules.min_green,
            max_green: rules.max_green,
            opens: opens(signal, &approaches, phase),
        })
        .collect();
    let between = match rules.clearance_stage {
        Some(phase) => Between::Shows(opens(signal, &approaches, phase as usize)),
        None => Between::Both,
    };
    let clearance = JunctionSpec::same_clearance(stages.len(), rules.clearance);
    let (instants, walks) = (rules.instants(), Vec::new());
    JunctionSpec { approaches, stages, clearance, between, instants, countdown: None, walks }
}

/// The lanes that end at the signal, by their ids.
fn approaches(signal: &PhasedSignal) -> Vec<Approach> {
    let mut found: Vec<Approach> = Vec::new();
    // Ways are in the order of their lanes.
    for way in &signal.ways {
        match found.last_mut().filter(|last| last.lane == way.lane) {
            None => found.push(Approach { lane: way.lane, exits: vec![way.exit] }),
            Some(last) if last.exits.len() < WAYS_MAX && !last.exits.contains(&way.exit) => {
                last.exits.push(way.exit);
            }
            Some(_) => {}
        }
    }
    found
}

/// What a phase opens. A way that several places rule is open where one of them is, and gives way where
/// all that are open do.
fn opens(signal: &PhasedSignal, approaches: &[Approach], phase: usize) -> Vec<Opening> {
    let lights = &signal.phases[phase];
    let mut all = vec![(0_u8, 0_u8); approaches.len()];
    let mut index = 0;
    for way in &signal.ways {
        while approaches[index].lane != way.lane {
            index += 1;
        }
        let light = match way.place {
            None => Light::Flashing,
            Some(place) => lights.get(place).copied().unwrap_or(Light::Red),
        };
        let exits = &approaches[index].exits;
        // Exits beyond the most share the last bit.
        let bit = exits.iter().position(|&exit| exit == way.exit).unwrap_or(WAYS_MAX - 1);
        let (open, firm) = &mut all[index];
        if light.is_open() {
            *open |= 1 << bit;
            *firm |= if light.yields() { 0 } else { 1 << bit };
        }
    }
    all.into_iter().map(|(open, firm)| Opening { open, yielding: open & !firm }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use optimizer::Instants;
    use scenario::sumo;
    use units::Millis;

    const ODD: &str = include_str!("../tests/streets/odd.net.xml");

    /// The ways that are open, as `in_1 to back`, a star behind those that give way.
    fn open(opens: &[Opening], spec: &JunctionSpec, network: &network::Network) -> Vec<String> {
        let mut all = Vec::new();
        for (approach, opening) in spec.approaches.iter().zip(opens) {
            let lane = network.lane(approach.lane);
            let number = network.link(lane.link).lane_count - 1 - lane.index;
            for (bit, &exit) in approach.exits.iter().enumerate() {
                let is = |set: u8| set >> bit & 1 == 1;
                assert!(!is(opening.yielding) || is(opening.open));
                if is(opening.open) {
                    let star = if is(opening.yielding) { "*" } else { "" };
                    let (from, to) = (&network.link(lane.link).name, &network.link(exit).name);
                    all.push(format!("{from}_{number} {to}{star}"));
                }
            }
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn letters_of_every_kind_open_what_they_should() {
        let street =
            sumo::import_phases(&mut ODD.as_bytes()).unwrap_or_else(|all| panic!("{all:?}"));
        let signal = &street.signals[0];
        assert_eq!(usual(signal), [0, 2, 4], "green, and no yellow, not even beside a red");
        let second = Millis::from_secs(1);
        let rules = Rules { min_green: second * 5, clearance: second * 3, ..Rules::default() };
        let all: Vec<usize> = (0..8).collect();
        let spec = spec(signal, &all, &rules);
        let network = &street.network;
        let shown = |phase: usize| open(&spec.stages[phase].opens, &spec, network);
        let (bus, car, mid) = ("in_0 mid", "in_1 mid", "mid_0 out");
        assert_eq!(shown(0), [bus, "in_1 back*", car, mid]);
        for phase in [1, 2, 3, 5, 7] {
            assert_eq!(shown(phase), [""; 0], "phase {phase}");
        }
        // Two places rule the way from the side: one that is not green is no hindrance.
        assert_eq!(shown(4), ["in_1 back*", mid, "side_0 out"]);
        let flashing = [bus, "in_1 back", car, mid, "side_0 out"].map(|way| format!("{way}*"));
        assert_eq!(shown(6), flashing);
        assert_eq!((spec.clearance(1, 1), spec.clearance(1, 2)), (Millis::ZERO, second * 3));
        assert_eq!((spec.instants, &spec.between), (Instants::Any, &Between::Both));
    }

    #[test]
    fn what_no_light_rules_is_open_and_gives_way_and_a_clearance_has_a_phase() {
        let street =
            sumo::import_phases(&mut ODD.as_bytes()).unwrap_or_else(|all| panic!("{all:?}"));
        let off = &street.signals[1];
        assert_eq!(usual(off), [0_usize; 0]);
        let interval = Millis::from_secs(15);
        let rules = Rules { interval, inside: true, clearance_stage: Some(0), ..Rules::default() };
        let spec = spec(off, &[0, 1], &rules);
        // The other lane of the road has no light at all: it does not end here.
        assert_eq!(spec.approaches.len(), 1);
        let Between::Shows(shown) = &spec.between else { panic!("{:?}", spec.between) };
        assert_eq!(open(shown, &spec, &street.network), ["out_0 far"]);
        assert_eq!(spec.instants, Instants::Every(interval));
    }
}
