//! A register map both ways: what a virtual device says is what is read, and what is written is what
//! it is told.

mod common;

use std::sync::Arc;

use common::{admitted, profile, register, shipped};
use field::bank::RegisterBank;
use field::message::{READ_BITS_MAX, READ_REGISTERS_MAX};
use field::{DeviceMap, ExceptionCode, PointValue, Reply, Request, Value};
use hw_profiles::{BUILTIN, Order, Point, Table};
use proptest::prelude::*;
use signal::Command;
use units::{GroupId, Millis, PlanId, StageId, WallTime};

const TYPES: [(&str, usize, bool); 5] =
    [("u16", 1, false), ("i16", 1, true), ("u32", 2, false), ("i32", 2, true), ("u64", 4, false)];

fn one(kind: &str, order: &str, more: &str) -> Arc<DeviceMap> {
    let text = register("uptime", "input", 5, kind, &format!("order = \"{order}\"\n{more}"));
    Arc::new(DeviceMap::new(profile(&text, "")))
}

fn read(map: &Arc<DeviceMap>, bank: &mut RegisterBank, table: Table) -> Vec<PointValue> {
    let registers = map.profile().registers.iter();
    let register = registers.clone().find(|r| r.table == table && r.address < 1_000).expect("one");
    let (address, count) = (register.address, register.length());
    let request = match table {
        Table::Input => Request::ReadInput { address, count },
        Table::Holding => Request::ReadHolding { address, count },
        Table::Coil => Request::ReadCoils { address, count },
        Table::Discrete => Request::ReadDiscrete { address, count },
    };
    let reply = bank.handle(&request).expect("within the map");
    map.decode(&request, &reply).expect("it fits")
}

#[test]
fn each_order_puts_the_bytes_where_its_name_says() {
    // A is the most significant byte: the name is the value's bytes on the wire.
    for (name, order) in Order::ALL {
        let (kind, raw) = match order.words() {
            1 => ("u16", 0x4142_i64),
            2 => ("u32", 0x4142_4344),
            _ => ("u64", 0x4142_4344_4546_4748),
        };
        let map = one(kind, name, "");
        let mut bank = RegisterBank::new(map.clone());
        bank.set(Point::Uptime, 0, raw);
        let request = Request::ReadInput { address: 5, count: order.words() };
        let Ok(Reply::Input(words)) = bank.handle(&request) else {
            panic!("{name}");
        };
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(String::from_utf8(bytes).expect("letters"), *name);
    }
}

#[test]
fn values_are_scaled_and_what_is_not_known_is_said_so() {
    let map = one("u16", "AB", "scale = 0.1\nunit = \"s\"\ninvalid = [65535, 0]");
    let mut bank = RegisterBank::new(map.clone());
    for (raw, expected) in
        [(1234, Value::Number(1234.0 * 0.1)), (65_535, Value::Invalid), (0, Value::Invalid)]
    {
        bank.set(Point::Uptime, 0, raw);
        assert_eq!(read(&map, &mut bank, Table::Input)[0].value, expected);
    }
    let map = one("i16", "AB", "invalid = [-1]");
    let mut bank = RegisterBank::new(map.clone());
    bank.set(Point::Uptime, 0, -1);
    assert_eq!(read(&map, &mut bank, Table::Input)[0].value, Value::Invalid);
    // What does not fit, and what there is not, is left as it is.
    bank.set(Point::Uptime, 0, 7);
    bank.set(Point::Uptime, 0, 40_000);
    bank.set(Point::Uptime, 1, 9);
    bank.set(Point::Mode, 0, 9);
    assert_eq!(read(&map, &mut bank, Table::Input)[0].value, Value::Number(7.0));
    assert!(bank.bits(Point::Mode).is_empty() && bank.bits(Point::Uptime).is_empty());
}

#[test]
fn a_real_that_is_none_is_not_known() {
    let map = one("f32", "CDAB", "scale = 2.0");
    for (real, expected) in [
        (1.5_f32, Value::Number(3.0)),
        (f32::NAN, Value::Invalid),
        (f32::INFINITY, Value::Invalid),
        (-0.25, Value::Number(-0.5)),
    ] {
        let bits = real.to_bits();
        let words = vec![(bits & 0xffff) as u16, (bits >> 16) as u16];
        let request = Request::ReadInput { address: 5, count: 2 };
        let values = map.decode(&request, &Reply::Input(words)).expect("it fits");
        assert_eq!(values[0].value, expected, "{real}");
    }
    let number = |value: f64| Value::Number(value);
    assert_eq!(number(3.0).whole(), Some(3));
    assert_eq!((number(3.5).whole(), number(-1.0).whole()), (None, None));
    assert_eq!((Value::Invalid.whole(), Value::Invalid.number()), (None, None));
}

#[test]
fn bits_lie_alike_in_words_and_in_tables_of_bits() {
    for (table, more) in
        [("input", "order = \"AB\""), ("input", "order = \"BA\""), ("discrete", ""), ("coil", "")]
    {
        let text = register("input", table, 3, "bits", &format!("count = 19\n{more}"));
        let map = Arc::new(DeviceMap::new(profile(&text, "")));
        let mut bank = RegisterBank::new(map.clone());
        for on in [0, 1, 7, 8, 15, 16, 18] {
            bank.set(Point::Input, on, 1);
        }
        bank.set(Point::Input, 7, 0);
        bank.set(Point::Input, 19, 1);
        let place = map.profile().register(Point::Input).expect("it").table;
        let values = read(&map, &mut bank, place);
        let on: Vec<u16> =
            values.iter().filter(|v| v.value == Value::Number(1.0)).map(|v| v.index).collect();
        assert_eq!(on, [0, 1, 8, 15, 16, 18], "{table} {more}");
        assert_eq!(values.len(), 19);
        let set = bank.bits(Point::Input);
        assert!(set.iter().zip(&values).all(|(b, v)| v.value == Value::Number(f64::from(*b))));
    }
}

#[test]
fn polls_are_the_fewest_reads_within_the_limits() {
    let map = shipped("open-stage-controller");
    let polls: Vec<_> = map.polls().iter().map(|p| (p.name.as_str(), p.requests.clone())).collect();
    let input = |address, count| Request::ReadInput { address, count };
    assert_eq!(
        polls,
        [
            // The twelve words between are read along.
            ("identity", vec![input(0, 17)]),
            ("state", vec![input(16, 48)]),
            ("detectors", vec![input(64, 68), input(132, 96), input(228, 32)]),
        ]
    );
    assert_eq!(map.identity_requests(), [input(0, 2)]);
    let map = shipped("remote-io");
    let inputs = &map.polls()[0].requests;
    assert_eq!(*inputs, [Request::ReadDiscrete { address: 0, count: 16 }, input(16, 32)]);
    let state = &map.polls()[1].requests;
    let coils = Request::ReadCoils { address: 0, count: 16 };
    assert_eq!(*state, [coils, input(0, 6), Request::ReadHolding { address: 0, count: 2 }]);
    let identity = map.identity_requests();
    assert_eq!(identity, [input(0, 2), Request::ReadHolding { address: 0, count: 2 }]);
    for (name, _) in BUILTIN {
        let map = shipped(name);
        for request in map.polls().iter().flat_map(|poll| &poll.requests) {
            match request {
                Request::ReadCoils { count, .. } | Request::ReadDiscrete { count, .. } => {
                    assert!((1..=READ_BITS_MAX).contains(count));
                }
                Request::ReadInput { count, .. } | Request::ReadHolding { count, .. } => {
                    assert!((1..=READ_REGISTERS_MAX).contains(count));
                }
                other => panic!("{name} polls with {other:?}"),
            }
        }
    }
}

#[test]
fn every_command_is_told_as_it_was_meant() {
    let lease = Millis(4_321);
    let map = shipped("open-stage-controller");
    for command in [
        Command::DemandStage { stage: StageId(1), lease },
        Command::SelectPlan { plan: PlanId(2), lease },
        Command::Preempt { number: 3, lease },
        Command::Release,
        Command::Call { group: GroupId(1) },
        Command::SetClock(WallTime(1_795_000_000_123)),
    ] {
        let mut bank = RegisterBank::new(map.clone());
        let request = map.encode(&admitted(command.clone())).expect("its profile has it");
        let reply = bank.handle(&request).expect("taken");
        assert_eq!(request.check(&reply), Ok(()));
        assert_eq!(bank.take_commands(), [command]);
        assert!(bank.take_commands().is_empty() && !bank.take_outputs_written());
    }
    let io = shipped("remote-io");
    for command in [Command::Release, Command::Call { group: GroupId(0) }] {
        let error = io.encode(&admitted(command)).expect_err("it has none");
        assert!(error.to_string().contains("remote-io cannot be told to"), "{error}");
    }
}

#[test]
fn a_lease_is_rounded_down_to_what_its_register_can_say() {
    let text = register("demand-stage", "holding", 0, "u16", "order = \"AB\"")
        + &register("demand-lease", "holding", 1, "u16", "order = \"AB\"\nscale = 1000");
    let rest = "[[command]]\nname = \"demand-stage\"
points = [\"demand-stage\", \"demand-lease\"]\nlease = \"demand-lease\"";
    let map = Arc::new(DeviceMap::new(profile(&text, rest)));
    let demand = |lease| admitted(Command::DemandStage { stage: StageId(0), lease: Millis(lease) });
    let request = map.encode(&demand(5_999)).expect("it fits");
    assert_eq!(request, Request::WriteRegisters { address: 0, values: vec![1, 5] });
    let mut bank = RegisterBank::new(map.clone());
    bank.handle(&request).expect("taken");
    let lease = Millis(5_000);
    assert_eq!(bank.take_commands(), [Command::DemandStage { stage: StageId(0), lease }]);
    assert!(map.encode(&demand(70_000_000)).expect_err("too long").to_string().contains("not fit"));
}

#[test]
fn a_device_refuses_with_the_exception_of_the_book_and_changes_nothing() {
    let (address, value) = (ExceptionCode::IllegalAddress, ExceptionCode::IllegalValue);
    let write =
        |address, values: &[u16]| Request::WriteRegisters { address, values: values.to_vec() };
    let controller = [
        (Request::ReadInput { address: 0, count: 0 }, value),
        (Request::ReadInput { address: 0, count: 126 }, value),
        (Request::ReadInput { address: 259, count: 2 }, address),
        (Request::ReadInput { address: 65_535, count: 1 }, address),
        (Request::ReadHolding { address: 19, count: 1 }, address),
        (Request::ReadCoils { address: 0, count: 1 }, address),
        (Request::ReadDiscrete { address: 0, count: 2_001 }, value),
        (Request::WriteCoil { address: 0, value: true }, address),
        (Request::WriteCoils { address: 0, values: Vec::new() }, value),
        (Request::WriteRegister { address: 0, value: 1 }, value),
        (Request::WriteRegister { address: 3, value: 1 }, value),
        (Request::WriteRegister { address: 8, value: 2 }, value),
        (Request::WriteRegister { address: 9, value: 0 }, value),
        (Request::WriteRegister { address: 19, value: 0 }, address),
        (write(0, &[1, 0]), value),
        (write(0, &[0, 0, 5_000]), value),
        (write(0, &[257, 0, 5_000]), value),
        (write(1, &[0, 5_000]), value),
        (write(4, &[0, 0, 5_000]), value),
        (write(16, &[0, 0, 5_000]), value),
        (write(16, &[256, 0, 5_000]), value),
        (write(17, &[0, 5_000, 0]), address),
        (write(12, &[0x8000, 0, 0, 0]), value),
        (write(0, &[]), value),
        (write(0, &[0; 124]), value),
    ];
    let io = [
        (Request::ReadDiscrete { address: 16, count: 1 }, address),
        (Request::ReadDiscrete { address: 0, count: 17 }, address),
        (Request::ReadCoils { address: 0, count: 0 }, value),
        (Request::WriteCoil { address: 16, value: true }, address),
        (Request::WriteCoils { address: 10, values: vec![true; 7] }, address),
        (Request::WriteCoils { address: 0, values: vec![true; 1_969] }, value),
        (Request::WriteRegister { address: 0, value: 0 }, value),
        (Request::WriteRegister { address: 2, value: 0 }, address),
    ];
    for (name, cases) in [("open-stage-controller", &controller[..]), ("remote-io", &io[..])] {
        for (request, expected) in cases {
            let mut bank = RegisterBank::new(shipped(name));
            assert_eq!(bank.handle(request), Err(*expected), "{name}: {request:?}");
            assert!(bank.take_commands().is_empty() && !bank.take_outputs_written());
            let all = Request::ReadHolding { address: 0, count: 2 };
            assert_eq!(
                bank.handle(&all),
                Ok(Reply::Holding(vec![0, 0])),
                "{request:?} left a trace"
            );
        }
    }
}

#[test]
fn outputs_are_set_one_by_one_or_together() {
    let mut bank = RegisterBank::new(shipped("remote-io"));
    let one = Request::WriteCoil { address: 3, value: true };
    assert_eq!(bank.handle(&one), Ok(Reply::WroteCoil { address: 3, value: true }));
    assert!(bank.take_outputs_written());
    let some = Request::WriteCoils { address: 14, values: vec![true, true] };
    assert_eq!(bank.handle(&some), Ok(Reply::WroteCoils { address: 14, count: 2 }));
    let on = bank.bits(Point::Output);
    let on: Vec<usize> = (0..16).filter(|&at| on[at]).collect();
    assert_eq!(on, [3, 14, 15]);
    assert!(bank.take_commands().is_empty());
}

#[test]
fn a_reply_to_another_request_is_refused() {
    let map = shipped("open-stage-controller");
    let request = Request::ReadInput { address: 0, count: 2 };
    for reply in [
        Reply::Input(vec![1]),
        Reply::Input(vec![1, 2, 3]),
        Reply::Holding(vec![1, 2]),
        Reply::Coils(vec![true, false]),
        Reply::WroteCoil { address: 0, value: true },
        Reply::WroteCoils { address: 0, count: 2 },
    ] {
        assert!(map.decode(&request, &reply).is_err(), "{reply:?}");
    }
    let pairs = [
        (
            Request::WriteCoil { address: 1, value: true },
            Reply::WroteCoil { address: 1, value: false },
        ),
        (
            Request::WriteCoil { address: 1, value: true },
            Reply::WroteCoil { address: 2, value: true },
        ),
        (
            Request::WriteRegister { address: 1, value: 7 },
            Reply::WroteRegister { address: 1, value: 8 },
        ),
        (
            Request::WriteCoils { address: 1, values: vec![true; 9] },
            Reply::WroteCoils { address: 1, count: 8 },
        ),
        (
            Request::WriteRegisters { address: 1, values: vec![7] },
            Reply::WroteRegisters { address: 0, count: 1 },
        ),
        (Request::ReadCoils { address: 0, count: 3 }, Reply::Coils(vec![true; 8])),
        (Request::ReadDiscrete { address: 0, count: 3 }, Reply::Discrete(vec![true; 2])),
    ];
    for (request, reply) in pairs {
        assert!(request.check(&reply).is_err(), "{request:?}: {reply:?}");
        assert!(map.decode(&request, &reply).is_err());
    }
}

proptest! {
    /// Every type in every order of its width, there and back.
    #[test]
    fn every_value_comes_back(
        kind in prop::sample::select(&TYPES[..]), order in any::<prop::sample::Index>(),
        raw in any::<i64>(), index in 0_u16..3,
    ) {
        let (name, words, signed) = kind;
        let orders: Vec<_> =
            Order::ALL.iter().filter(|(_, o)| usize::from(o.words()) == words).collect();
        let (order_name, _) = orders[order.index(orders.len())];
        let map = one(name, order_name, "count = 3");
        let mut bank = RegisterBank::new(map.clone());
        let bits = words as u32 * 16;
        let raw = match (bits, signed) {
            (64, _) => raw & i64::MAX,
            (_, false) => raw & ((1 << bits) - 1),
            (_, true) => raw << (64 - bits) >> (64 - bits),
        };
        bank.set(Point::Uptime, index, raw);
        let values = read(&map, &mut bank, Table::Input);
        prop_assert_eq!(values.len(), 3);
        for value in values {
            let expected = if value.index == index { raw as f64 } else { 0.0 };
            prop_assert_eq!(value.value, Value::Number(expected), "{} {}", name, order_name);
        }
    }

    /// Whatever words or bits a device of a shipped model sends, they are read or refused; every
    /// element that is read has a finite value or is not known.
    #[test]
    fn any_words_are_read_in_every_shipped_map(
        which in 0..BUILTIN.len(), table in 0..4, address in 0_u16..320, count in 1_u16..300,
        seed in any::<u64>(), wrong in -2_i32..3,
    ) {
        let map = shipped(BUILTIN[which].0);
        let length = usize::try_from((i32::from(count) + wrong).max(0)).expect("small");
        let mut state = seed;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as u16
        };
        let words: Vec<u16> = (0..length).map(|_| word()).collect();
        let bits: Vec<bool> = words.iter().map(|word| word & 1 == 1).collect();
        let (request, reply) = match table {
            0 => (Request::ReadCoils { address, count }, Reply::Coils(bits)),
            1 => (Request::ReadDiscrete { address, count }, Reply::Discrete(bits)),
            2 => (Request::ReadHolding { address, count }, Reply::Holding(words)),
            _ => (Request::ReadInput { address, count }, Reply::Input(words)),
        };
        match map.decode(&request, &reply) {
            Ok(values) => {
                prop_assert_eq!(length, usize::from(count));
                for read in values {
                    prop_assert!(read.value.number().is_none_or(f64::is_finite));
                    let register = map.profile().register(read.point).expect("of the map");
                    prop_assert!(read.index < register.elements());
                }
            }
            Err(_) => prop_assert_ne!(length, usize::from(count)),
        }
    }

    /// Whatever is asked of a virtual device, it answers what fits, or an exception and is as before.
    #[test]
    fn a_device_answers_whatever_it_is_asked(
        which in 0..BUILTIN.len(), function in 0..8, address in 0_u16..280, count in 0_u16..130,
        words in prop::collection::vec(any::<u16>(), 0..8),
    ) {
        let mut bank = RegisterBank::new(shipped(BUILTIN[which].0));
        let bits: Vec<bool> = words.iter().map(|word| word & 1 == 1).collect();
        let value = words.first().copied().unwrap_or(0);
        let request = match function {
            0 => Request::ReadCoils { address, count },
            1 => Request::ReadDiscrete { address, count },
            2 => Request::ReadHolding { address, count },
            3 => Request::ReadInput { address, count },
            4 => Request::WriteCoil { address: address % 20, value: value > 9 },
            5 => Request::WriteRegister { address: address % 20, value },
            6 => Request::WriteCoils { address: address % 20, values: bits },
            _ => Request::WriteRegisters { address: address % 20, values: words },
        };
        match bank.handle(&request) {
            Ok(reply) => {
                prop_assert_eq!(request.check(&reply), Ok(()));
                let also = [bank.take_outputs_written(), bank.take_cleared(), bank.take_shown()];
                let also = also.iter().filter(|taken| **taken).count();
                let told = bank.take_commands().len() + also;
                prop_assert_eq!(told, usize::from(request.is_write()));
            }
            Err(_) => {
                prop_assert!(bank.take_commands().is_empty() && !bank.take_outputs_written());
            }
        }
    }
}

/// Points that a random map may be made of, with the table they are put in.
const PLACES: [(&str, &str); 12] = [
    ("uptime", "input"),
    ("mode", "input"),
    ("stage", "input"),
    ("aspect", "input"),
    ("elapsed", "input"),
    ("plan", "holding"),
    ("faults", "holding"),
    ("lease-left", "holding"),
    ("input", "discrete"),
    ("detector-presence", "discrete"),
    ("output", "coil"),
    ("safe-output", "coil"),
];

proptest! {
    /// Whatever a map looks like, one turn of a poll reads every element of every point exactly once,
    /// within the limits, and reads it as it is.
    #[test]
    fn a_poll_reads_every_element_once(
        chosen in prop::collection::btree_set(0..PLACES.len(), 1..PLACES.len()),
        shapes in prop::collection::vec((0_u16..400, 1_u16..60, 0_usize..4), PLACES.len()),
        seed in any::<u64>(),
    ) {
        let mut text = String::new();
        let mut ends = std::collections::BTreeMap::new();
        let mut names = Vec::new();
        for (at, (gap, count, kind)) in chosen.into_iter().zip(shapes) {
            let (point, table) = PLACES[at];
            let is_bits = table == "discrete" || table == "coil";
            let (kind, order, width) = match kind {
                _ if is_bits => ("bits", "", 1),
                0 => ("u16", "order = \"AB\"", 1),
                1 => ("i32", "order = \"CDAB\"", 2),
                2 => ("u64", "order = \"HGFEDCBA\"", 4),
                _ => ("bits", "order = \"BA\"", 1),
            };
            let count = if width == 4 { count.min(31) } else { count };
            let end = ends.entry(table).or_insert(0_u16);
            let address = *end + gap;
            *end = address + count * width;
            let more = format!("count = {count}\n{order}");
            text += &register(point, table, address, kind, &more);
            names.push(format!("\"{point}\""));
        }
        let rest =
            format!("[[poll]]\nname = \"all\"\nperiod_s = 1.0\npoints = [{}]", names.join(", "));
        let map = Arc::new(DeviceMap::new(profile(&text, &rest)));
        let mut bank = RegisterBank::new(map.clone());
        let mut state = seed;
        let mut expected = std::collections::BTreeMap::new();
        for register in map.profile().registers.iter().filter(|r| r.point != Point::IdentityMagic) {
            for index in 0..register.count {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let raw = (state >> 41 & u64::from(register.kind != hw_profiles::Type::Bits)) as i64
                    * 17 + (state >> 63) as i64;
                bank.set(register.point, index, raw);
                expected.insert((register.point, index), raw as f64);
            }
        }
        let mut read = std::collections::BTreeMap::new();
        for request in &map.polls()[0].requests {
            let reply = bank.handle(request).expect("within the limits");
            for value in map.decode(request, &reply).expect("it fits") {
                let number = value.value.number().expect("known");
                let before = read.insert((value.point, value.index), number);
                prop_assert_eq!(before, None, "{:?} was read twice", value.point);
            }
        }
        prop_assert_eq!(read, expected);
    }
}
