//! Signal programs: what the states of a `tlLogic` mean for each movement.
//!
//! A *column* is what one movement shows in phase after phase; movements with the same column are one
//! group.

use std::collections::{BTreeMap, BTreeSet};

use signal::Aspect;
use units::{GroupId, JunctionId, Millis, MovementId};

use super::assemble::Rights;
use super::net::{Net, RawProgram};
use super::notes::Notes;
use super::xml::Problems;
use crate::program::{Phase, Program};

/// The most groups of one junction: a set of them is one machine word.
const GROUPS_MAX: usize = 64;

/// What a program's site is made from.
#[derive(Clone, Debug)]
pub(super) struct Light {
    /// For each group its column.
    pub(super) columns: Vec<String>,
    /// Groups whose movements meet.
    pub(super) foes: BTreeSet<(GroupId, GroupId)>,
    /// The junctions that it rules.
    pub(super) junctions: BTreeSet<JunctionId>,
}

impl Light {
    /// Whether two groups have green in one phase.
    pub(super) fn together(&self, a: GroupId, b: GroupId) -> bool {
        let (a, b) = (&self.columns[a.index()], &self.columns[b.index()]);
        a.chars().zip(b.chars()).any(|(a, b)| is_open(a) && is_open(b))
    }
}

/// Whether a letter lets vehicles go.
pub(super) fn is_open(letter: char) -> bool {
    matches!(letter, 'G' | 'g' | 's')
}

/// The program of a name: of several the last, as SUMO takes it.
fn program_named<'n>(net: &'n Net, name: &str) -> Option<&'n RawProgram> {
    net.latest.get(name).map(|&index| &net.programs[index])
}

fn column(program: &RawProgram, at: usize) -> impl Iterator<Item = u8> {
    program.phases.iter().map(move |phase| phase.state.as_bytes().get(at).copied().unwrap_or(b'O'))
}

/// Whether two places of a program show the same.
pub(super) fn alike(net: &Net, name: &str, a: usize, b: usize) -> bool {
    let Some(program) = program_named(net, name) else { return a == b };
    column(program, a).eq(column(program, b))
}

/// Whether a movement gives way to one that the table says it responds to: where one program rules
/// both, only if it is shown a green that yields while the other may go, or if they never go together
/// and meet only while the signals are out.
pub(super) fn gives_way(own: &Rights, other: &Rights, net: &Net) -> bool {
    let (Some((tl, a)), Some((other_tl, b))) = (&own.light, &other.light) else { return true };
    let Some(program) = program_named(net, tl).filter(|_| tl == other_tl) else { return true };
    let pairs = || column(program, *a).zip(column(program, *b));
    let open = |letter: u8| is_open(char::from(letter));
    let together = pairs().any(|(a, b)| open(a) && open(b));
    !together || pairs().any(|(a, b)| matches!(a, b'g' | b's') && open(b))
}

/// The programs with their groups; the junctions are not known yet.
pub(super) fn lights(
    net: &Net,
    rights: &[Rights],
    problems: &Problems,
    notes: &mut Notes,
) -> (Vec<Program>, Vec<Light>) {
    let mut ruled: BTreeMap<&str, Vec<(MovementId, usize)>> = BTreeMap::new();
    for (index, row) in rights.iter().enumerate() {
        if let Some((name, at)) = &row.light {
            ruled.entry(name).or_default().push((MovementId::from_index(index), *at));
        }
    }
    let mut found = (Vec::new(), Vec::new());
    let names: BTreeSet<&str> = net.programs.iter().map(|program| program.id.as_str()).collect();
    for (name, movements) in &ruled {
        let Some(program) = program_named(net, name) else {
            problems.say("", format!("there is no <tlLogic id={name:?}>, but connections name it"));
            continue;
        };
        if let Some((program, light)) = light(program, movements, rights, problems, notes) {
            found.0.push(program);
            found.1.push(light);
        }
    }
    for name in names.iter().filter(|name| !ruled.contains_key(*name)) {
        notes.add("<tlLogic> that rule nothing cars use ignored", name);
    }
    for (index, program) in net.programs.iter().enumerate() {
        if net.latest.get(&program.id) != Some(&index) {
            notes.add("<tlLogic> before the last program of their signal ignored", &program.id);
        }
    }
    found
}

fn light(
    raw: &RawProgram,
    movements: &[(MovementId, usize)],
    rights: &[Rights],
    problems: &Problems,
    notes: &mut Notes,
) -> Option<(Program, Light)> {
    let place = || format!("line {}: <tlLogic id={:?}>", raw.line, raw.id);
    let width = movements.iter().map(|(_, at)| at + 1).max().unwrap_or(0);
    if let Some(phase) = raw.phases.iter().find(|phase| phase.state.len() < width) {
        let (has, state) = (phase.state.len(), &phase.state);
        let what = format!("state: {state:?} has {has} letters, connections name {width}");
        problems.say(place(), what);
        return None;
    }
    let total: f64 = raw.phases.iter().map(|phase| phase.duration_s).sum();
    if total < 1.0 {
        problems.say(place(), "its phases last less than a second together");
        return None;
    }
    let mut columns: Vec<String> = Vec::new();
    let mut groups = Vec::new();
    for &(movement, at) in movements {
        let own: String = column(raw, at).map(char::from).collect();
        let known = columns.iter().position(|column| *column == own);
        groups.push((movement, known.unwrap_or(columns.len())));
        if known.is_none() {
            columns.push(own);
        }
    }
    if columns.len() > GROUPS_MAX {
        let what = format!("{} movements shown differently, at most {GROUPS_MAX}", columns.len());
        problems.say(place(), what);
        return None;
    }
    let mut phases = Vec::new();
    for (index, phase) in raw.phases.iter().enumerate() {
        let shown = columns.iter().map(|column| {
            let letter = column.as_bytes().get(index).copied().map_or('O', char::from);
            aspect(letter, &raw.id, notes).or_else(|| {
                problems.say(place(), format!("state: {letter:?} is no state of a signal"));
                None
            })
        });
        let aspects = shown.collect::<Option<Vec<_>>>()?;
        phases.push(Phase { duration: Millis::from_secs_f64(phase.duration_s), aspects });
    }
    let movement_groups: Vec<_> =
        groups.iter().map(|&(movement, group)| (movement, GroupId::from_index(group))).collect();
    let mut foes = BTreeSet::new();
    for &(own, a) in &movement_groups {
        for &(other, b) in &movement_groups {
            if rights[own.index()].foes.contains(&other) && a != b {
                foes.insert((a.min(b), a.max(b)));
            }
        }
    }
    let program = Program {
        name: raw.id.clone(),
        junction: JunctionId(0),
        movement_groups,
        phases,
        offset: Millis::from_secs_f64(raw.offset_s),
    };
    Some((program, Light { columns, foes, junctions: BTreeSet::new() }))
}

fn aspect(letter: char, id: &str, notes: &mut Notes) -> Option<Aspect> {
    Some(match letter {
        'G' | 'g' => Aspect::Green,
        'r' => Aspect::Red,
        'y' | 'Y' => Aspect::Yellow,
        'u' => Aspect::RedYellow,
        'o' => Aspect::FlashingYellow,
        'O' => Aspect::Dark,
        's' => {
            notes.add("states s (stop, then go at red), taken as green that yields", id);
            Aspect::Green
        }
        _ => return None,
    })
}
