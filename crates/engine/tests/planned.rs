//! What the planner is told of a junction is what its site, or the phases of its file, say.

use std::sync::Arc;

use engine::planned::{Rules, crossings, of_program, of_site};
use network::{Network, Turn};
use optimizer::{Between, Instants, JunctionSpec, StageSpec};
use scenario::{Phase, Program, SignalSite, generate};
use signal::{Aspect, Group, GroupKind, Layout};
use units::{GroupId, JunctionId, LaneId, LinkId, Millis, MovementId, StageId};

/// Whether a stage opens the way from a lane to a link, and whether it yields there.
fn seen(spec: &JunctionSpec, stage: &StageSpec, lane: LaneId, to: LinkId) -> (bool, bool) {
    let at = spec.approaches.iter().position(|approach| approach.lane == lane).expect("there");
    let way = spec.approaches[at].exits.iter().position(|&exit| exit == to).expect("there");
    let opening = stage.opens[at];
    (opening.open >> way & 1 == 1, opening.yielding >> way & 1 == 1)
}

#[test]
fn stages_of_a_site_open_what_their_groups_rule_and_what_has_no_group() {
    for (site, _) in [generate::district(3, 3, 2), generate::arterial(5, 4)] {
        let network = &site.network;
        for signal in &site.signals {
            let spec = of_site(network, signal, Instants::Any);
            let layout = &signal.layout;
            assert_eq!(spec.stages.len(), layout.stages().len());
            assert_eq!(spec.between, Between::Both);
            for (id, own) in layout.stage_ids().zip(&spec.stages) {
                let stage = layout.stage(id);
                assert_eq!(own.min_green, stage.min_green);
                assert_eq!(own.max_green, Some(stage.max_green));
                for to in layout.stage_ids() {
                    let (got, direct) =
                        (spec.clearance(id.index(), to.index()), layout.clearance(id, to));
                    let is_right =
                        if layout.allowed(id, to) { got == direct } else { got > direct };
                    assert!(is_right, "{id} to {to}: {got}, directly {direct}");
                }
                for &movement in &network.junction(signal.junction).movements {
                    let row = network.movement(movement);
                    let group = signal.group_of(movement);
                    let open = group.is_none_or(|group| stage.groups.contains(group));
                    for connection in &row.connections {
                        let lane = network.lane_at(row.from, connection.from_lane);
                        assert_eq!(seen(&spec, own, lane, row.to).0, open, "{movement}");
                    }
                }
            }
        }
    }
}

/// People have their walk and their clearance whatever is planned: the walk is in every minimum green, the
/// clearance in every change that ends it.
#[test]
fn a_walk_and_its_clearance_are_in_the_minimum_and_in_the_change() {
    let (site, _) = generate::arterial(1, 1);
    let old = &site.signals[0];
    let mut builder = Layout::builder();
    old.layout.groups().iter().for_each(|group| {
        builder.group(Group { max_red: Millis::from_secs(600), ..group.clone() });
    });
    let secs = Millis::from_secs;
    let walks = [(9, 14), (12, 6)].map(|(walk, clearance)| {
        builder.group(Group {
            name: format!("walk {walk}"),
            kind: GroupKind::Pedestrian,
            min_green: secs(walk),
            max_green: secs(30),
            closing: secs(clearance),
            all_red: secs(3),
            max_red: secs(600),
        })
    });
    let vehicles = || old.layout.group_ids();
    for a in vehicles() {
        for b in vehicles().filter(|b| b.0 > a.0) {
            if old.layout.intergreens().conflicts(a, b) {
                builder.conflict(a, b, None, None);
            }
        }
        // The one beside half of the vehicles, the other beside nobody.
        if a.0 % 2 == 0 {
            builder.conflict(a, walks[0], None, None);
        }
        builder.conflict(a, walks[1], None, None);
    }
    builder.find_stages();
    let layout = Arc::new(builder.build().expect("sound"));
    let signal = SignalSite { layout: layout.clone(), ..old.clone() };
    let spec = of_site(&site.network, &signal, Instants::Any);
    assert_eq!(crossings(&layout).collect::<Vec<_>>(), walks);
    for (walk, group) in spec.walks.iter().zip(walks) {
        let rule = layout.group(group);
        for (from, stage) in spec.stages.iter().enumerate() {
            let is_shown = layout.stage(StageId::from_index(from)).groups.contains(group);
            assert_eq!(walk.shown[from], is_shown);
            assert!(!is_shown || stage.min_green >= rule.min_green, "{from}: {stage:?}");
            for to in (0..spec.stages.len()).filter(|&to| is_shown && !walk.shown[to]) {
                assert!(spec.clearance(from, to) >= rule.closing, "{from} to {to}");
            }
        }
    }
}

/// A program with a group a movement: one phase in which nothing but right turns run, and one in which
/// all from two opposite roads do.
fn program(network: &Network, junction: JunctionId) -> Program {
    let movements = &network.junction(junction).movements;
    let from = network.movement(movements[0]).from;
    let straight = movements.iter().find_map(|&m| {
        let row = network.movement(m);
        (row.from == from && row.turn == Turn::Straight).then_some(row.to)
    });
    // Who comes the other way begins where the straight way leads to.
    let beyond = straight.map(|link| network.link(link).to);
    let runs = |m: MovementId| {
        let row = network.movement(m);
        row.from == from || Some(network.link(row.from).from) == beyond
    };
    let aspect = |open: bool| if open { Aspect::Green } else { Aspect::Red };
    let phase = |open: &dyn Fn(MovementId) -> bool| Phase {
        duration: Millis::from_secs(30),
        aspects: movements.iter().map(|&m| aspect(open(m))).collect(),
    };
    let right = |m: MovementId| network.movement(m).turn == Turn::Right;
    let groups = movements.iter().enumerate();
    Program {
        name: "p".to_owned(),
        junction,
        movement_groups: groups.map(|(g, &m)| (m, GroupId::from_index(g))).collect(),
        phases: vec![phase(&right), phase(&|m| right(m) || runs(m))],
        offset: Millis::ZERO,
    }
}

#[test]
fn phases_of_a_program_are_stages_in_the_order_that_is_asked_for() {
    let (site, _) = generate::district(3, 2, 2);
    let (network, junction) = (&site.network, site.signals[0].junction);
    let program = program(network, junction);
    let rules = Rules {
        min_green: Millis::from_secs(7),
        max_green: None,
        clearance: Millis::from_secs(5),
        clearance_phase: Some(0),
        instants: Instants::Every(Millis::from_secs(15)),
    };
    let spec = of_program(network, &program, &[1, 0, 9], &rules);
    assert_eq!(spec.stages.len(), 3);
    assert_eq!(spec.between, Between::Shows(spec.stages[1].opens.clone()));
    for (from, to) in (0..3).flat_map(|from| (0..3).map(move |to| (from, to))) {
        let expected = if from == to { Millis::ZERO } else { rules.clearance };
        assert_eq!(spec.clearance(from, to), expected);
    }
    // A phase that is not there opens nothing.
    assert!(spec.stages[2].opens.iter().all(|opening| opening.open == 0));
    let (mut straight, mut left) = (0, 0);
    for (index, &movement) in network.junction(junction).movements.iter().enumerate() {
        let row = network.movement(movement);
        for (stage, phase) in [(0, 1), (1, 0)] {
            let expected = program.phases[phase].aspects[index] == Aspect::Green;
            for connection in &row.connections {
                let lane = network.lane_at(row.from, connection.from_lane);
                let (open, yields) = seen(&spec, &spec.stages[stage], lane, row.to);
                assert_eq!(open, expected, "{movement} in {stage}");
                // Who turns left gives way to those who come the other way.
                match row.turn {
                    Turn::Straight if stage == 0 && open => {
                        assert!(!yields, "{movement}");
                        straight += 1;
                    }
                    Turn::Left if stage == 0 && open => {
                        assert!(yields, "{movement}");
                        left += 1;
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(straight >= 2 && left >= 2, "{straight} straight, {left} left: nothing was tested");
    let without = Rules { clearance_phase: None, ..rules };
    assert_eq!(of_program(network, &program, &[1], &without).between, Between::Both);
}
