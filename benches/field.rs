//! What is done to every answer and every demand: registers decoded to points, a demand judged and
//! encoded.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use field::{DeviceMap, Reply, Request};
use signal::{Aspect, Command, Interlock, InterlockLimits, Seen};
use units::{Millis, Moment, StageId};

/// The replies of a virtual cabinet to all requests of its profile's polls: its whole state, and all
/// its detectors.
fn polls() -> (DeviceMap, Vec<(Request, Reply)>) {
    let (site, _) = scenario::generate::district(1, 4, 3);
    let map = DeviceMap::new(hw_profiles::builtin("open-stage-controller").expect("it ships"));
    let signal = &site.signals[0];
    let layout = signal.layout.clone();
    let mut cabinet =
        sim::cabinet::Cabinet::new(Arc::new(map.clone()), signal, layout, Moment::ORIGIN);
    let requests = map.polls().iter().flat_map(|poll| poll.requests.clone());
    let replies = requests
        .map(|request| {
            let reply = cabinet.handle(Moment::ORIGIN, &request).expect("its own map");
            (request, reply)
        })
        .collect();
    (map, replies)
}

fn decode(criterion: &mut Criterion) {
    let (map, replies) = polls();
    criterion.bench_function("decode a state and detector poll", |bencher| {
        bencher.iter(|| {
            let decoded = replies.iter().map(|(request, reply)| {
                map.decode(black_box(request), black_box(reply)).map_or(0, |points| points.len())
            });
            decoded.sum::<usize>()
        });
    });
}

fn admit(criterion: &mut Criterion) {
    let (site, _) = scenario::generate::district(1, 4, 3);
    let layout = site.signals[0].layout.clone();
    let groups = layout.groups().len();
    let limits =
        InterlockLimits { max_lease: Millis::from_secs(10), max_age: Millis::from_secs(5) };
    let interlock = Interlock::new(layout, limits);
    let now = Moment(600_000);
    let seen = Seen {
        at: now - Millis(400),
        running: Some(StageId(0)),
        next: None,
        elapsed: Millis::from_secs(40),
        aspects: vec![Aspect::Red; groups],
        fault: false,
        local_control: false,
    };
    let demand = Command::DemandStage { stage: StageId(3), lease: Millis::from_secs(5) };
    let map = DeviceMap::new(hw_profiles::builtin("open-stage-controller").expect("it ships"));
    let admitted = interlock.admit(demand.clone(), Some(&seen), now).expect("a sound demand");
    criterion.bench_function("admit a demand", |bencher| {
        bencher.iter(|| interlock.admit(black_box(demand.clone()), Some(black_box(&seen)), now));
    });
    criterion.bench_function("encode a demand", |bencher| {
        bencher.iter(|| map.encode(black_box(&admitted)));
    });
}

criterion_group!(benches, decode, admit);
criterion_main!(benches);
