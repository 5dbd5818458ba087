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
    let count = stages.len();
    let change = |index: usize| {
        let is_change = index / count != index % count;
        if is_change { rules.clearance } else { units::Millis::ZERO }
    };
    let clearance = (0..count * count).map(change).collect();
    JunctionSpec { approaches, stages, clearance, between, instants: rules.instants() }
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
