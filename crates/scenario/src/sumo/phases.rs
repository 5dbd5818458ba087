//! A `.net.xml`'s signals phase by phase: every program with its own phase indices, from lane to link.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::sync::Arc;

use network::{Network, RightOfWay};
use units::MovementId;

use super::assemble::Assembly;
use super::net::{self, Net, RawProgram};
use super::notes::Notes;
use super::xml::{Problems, Source};
use crate::PathProblem;
use crate::phases::{Light, PhasedNetwork, PhasedSignal, PhasedWay};

/// Reads a `.net.xml` for its signals' own phases. Of several programs of one signal the first of the
/// file is taken.
///
/// # Errors
/// Every mistake, with its line.
pub fn import_phases(file: &mut dyn BufRead) -> Result<PhasedNetwork, Vec<PathProblem>> {
    let problems = Problems::default();
    let mut notes = Notes::default();
    let net = net::read(&mut Source::new(file), &problems, &mut notes);
    let phased = net.and_then(|net| {
        let assembly = Assembly::new(&net, &problems, notes, |lane| lane.is_driven);
        phased(&net, assembly, &problems)
    });
    problems.into_result(phased)
}

fn phased(net: &Net, mut assembly: Assembly<'_>, problems: &Problems) -> Option<PhasedNetwork> {
    let rights = assembly.movements();
    for (index, row) in rights.iter().enumerate() {
        let to = row.response.iter().copied().collect();
        let rule = if row.stops { RightOfWay::StopsFor(to) } else { RightOfWay::GivesWayTo(to) };
        assembly.builder.right_of_way(MovementId::from_index(index), rule);
    }
    let programs = programs(net, &mut assembly.notes);
    let phases: Vec<Vec<Vec<Light>>> =
        programs.iter().filter_map(|program| lights(program, problems)).collect();
    if !problems.is_empty() {
        return None;
    }
    let movement_of = std::mem::take(&mut assembly.movement_of);
    let roads = std::mem::take(&mut assembly.roads);
    let (network, notes) = assembly.finish()?;
    let network = Arc::new(network);
    let ways = ways(net, &network, &movement_of, &roads.lanes);
    let signals = programs.iter().zip(phases).map(|(program, phases)| PhasedSignal {
        name: program.id.clone(),
        ways: ways.get(program.id.as_str()).cloned().unwrap_or_default(),
        phases,
    });
    let signals = signals.collect();
    let (mut links, mut lanes) = (BTreeMap::new(), BTreeMap::new());
    for edge in &net.edges {
        let link = network.link_named(&edge.id);
        for lane in &edge.lanes {
            let numbers = link.map(|link| (link, &roads.lanes[link.index()]));
            let found = numbers.and_then(|(link, numbers)| {
                numbers.get(lane.index).copied().flatten().map(|n| network.lane_at(link, n))
            });
            lanes.insert(format!("{}_{}", edge.id, lane.index), found);
        }
        links.insert(edge.id.clone(), link);
    }
    Some(PhasedNetwork { network, lanes, links, signals, notes })
}

/// The first program of each signal, in the order of the file.
fn programs<'n>(net: &'n Net, notes: &mut Notes) -> Vec<&'n RawProgram> {
    let mut known = BTreeSet::new();
    let mut first = Vec::new();
    for program in &net.programs {
        if program.on_rails {
            notes.add("<tlLogic> of rails, which nobody controls", &program.id);
        } else if known.insert(program.id.as_str()) {
            first.push(program);
        } else {
            notes.add("<tlLogic> after the first program of their signal", &program.id);
        }
    }
    first
}

/// What each place shows in each phase; a letter that a phase lacks is red.
fn lights(program: &RawProgram, problems: &Problems) -> Option<Vec<Vec<Light>>> {
    let places = program.phases.iter().map(|phase| phase.state.chars().count()).max().unwrap_or(0);
    let phase = |state: &String| {
        let mut shown = state.chars().map(light).collect::<Option<Vec<_>>>()?;
        shown.resize(places, Light::Red);
        Some(shown)
    };
    let mut phases = Vec::new();
    for (index, raw) in program.phases.iter().enumerate() {
        match phase(&raw.state) {
            Some(shown) => phases.push(shown),
            None => {
                let place = format!("line {}: <tlLogic id={:?}>", program.line, program.id);
                let what = format!("phase {index}: {:?} has a letter that is no light", raw.state);
                problems.say(place, what);
                return None;
            }
        }
    }
    Some(phases)
}

/// The light of a letter of SUMO's.
fn light(letter: char) -> Option<Light> {
    Some(match letter {
        'G' => Light::Green,
        'g' => Light::GreenYielding,
        's' => Light::Arrow,
        'y' | 'Y' => Light::Yellow,
        'u' => Light::RedYellow,
        'r' | 'R' => Light::Red,
        'O' => Light::Off,
        'o' => Light::Flashing,
        _ => return None,
    })
}

/// For each signal the ways of the lanes that end at it. A way of such a lane that no place rules is
/// always open.
fn ways<'n>(
    net: &'n Net,
    network: &Network,
    movement_of: &[Option<MovementId>],
    numbers: &[Vec<Option<u8>>],
) -> BTreeMap<&'n str, Vec<PhasedWay>> {
    let mut found: BTreeMap<&str, BTreeSet<PhasedWay>> = BTreeMap::new();
    let mut free = BTreeSet::new();
    for (raw, movement) in net.connections.iter().zip(movement_of) {
        let Some(movement) = movement.map(|movement| network.movement(movement)) else { continue };
        let number = numbers[movement.from.index()].get(raw.from_lane).copied().flatten();
        let Some(number) = number else { continue };
        let way = PhasedWay {
            lane: network.lane_at(movement.from, number),
            exit: movement.to,
            place: raw.light.as_ref().map(|&(_, at)| at),
        };
        match &raw.light {
            Some((name, _)) => drop(found.entry(name.as_str()).or_default().insert(way)),
            None => drop(free.insert(way)),
        }
    }
    let whole = |ways: BTreeSet<PhasedWay>| {
        let lanes: BTreeSet<_> = ways.iter().map(|way| way.lane).collect();
        let also = free.iter().filter(|way| lanes.contains(&way.lane)).copied();
        ways.into_iter().chain(also).collect::<BTreeSet<_>>().into_iter().collect()
    };
    found.into_iter().map(|(name, ways)| (name, whole(ways))).collect()
}
