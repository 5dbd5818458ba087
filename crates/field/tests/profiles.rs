//! Every profile that ships, with no test of its own: each value goes round both ways, at its bounds
//! and beyond them; a line drives the virtual device of the profile, trips it and brings it back; and
//! what must not be written or read is not.

mod common;

use common::{admitted, shipped};
use field::device::{VirtualDevice, raw_bounds};
use field::line::{Line, LineOutput, LineSettings, UnitSettings, UnitState};
use field::outputs::{OutputPort, OutputRole};
use field::{DeviceMap, ExceptionCode, Failure, Reply, Request, Value};
use hw_profiles::{BUILTIN, CommandName, Point, Register, Table, Type, WatchdogKind};
use signal::Command;
use std::collections::BTreeSet;
use std::sync::Arc;
use units::{DeviceId, GroupId, JunctionId, Millis, Moment};

const DEVICE: DeviceId = DeviceId(0);
const ANSWER: Millis = Millis(7);

fn maps() -> impl Iterator<Item = (&'static str, Arc<DeviceMap>)> {
    BUILTIN.iter().map(|(name, _)| (*name, shipped(name)))
}

/// Raw values to try: the bounds of the type, what says "not known", and around the bounds of the range.
#[allow(clippy::cast_possible_truncation)]
fn raws(register: &Register) -> Vec<i128> {
    let Some((least, greatest)) = raw_bounds(register.kind) else {
        return Vec::new();
    };
    let mut raws = vec![least, greatest, 0, 1, (least + greatest) / 2];
    raws.extend(
        register.invalid.iter().flat_map(|&v| [i128::from(v) - 1, v.into(), i128::from(v) + 1]),
    );
    if let Some((from, to)) = register.range {
        for bound in [from, to] {
            let raw = (bound / register.scale).round() as i128;
            raws.extend([raw - 1, raw, raw + 1]);
        }
    }
    raws.extend(register.meanings.iter().map(|(raw, _)| i128::from(*raw)));
    raws.retain(|raw| (least..=greatest).contains(raw) && i64::try_from(*raw).is_ok());
    raws
}

#[allow(clippy::cast_precision_loss)]
fn expected(register: &Register, raw: i128) -> Value {
    let value = raw as f64 * register.scale;
    let known = !register.invalid.iter().any(|&v| i128::from(v) == raw);
    let within = register.range.is_none_or(|(least, most)| value >= least && value <= most);
    if known && within { Value::Number(value) } else { Value::Invalid }
}

fn read_of(map: &DeviceMap, point: Point) -> Vec<Request> {
    map.read_requests(&[point])
}

fn value(device: &mut VirtualDevice, map: &DeviceMap, point: Point, index: u16) -> Value {
    for request in read_of(map, point) {
        let reply = device.handle(Moment(0), &request).expect("it has what its profile says");
        let values = map.decode(&request, &reply).expect("it fits");
        if let Some(found) = values.iter().find(|v| v.point == point && v.index == index) {
            return found.value;
        }
    }
    panic!("{} {index} is not read", point.name());
}

#[test]
fn each_value_goes_round_at_its_bounds_and_beyond_them() {
    // What the device says of itself is not what was set.
    let own = [Point::Uptime, Point::BootCount, Point::WatchdogTripped, Point::WatchdogLeft];
    for (name, map) in maps() {
        let mut device = VirtualDevice::new(map.clone(), Moment(0));
        for register in map.profile().registers.iter().filter(|r| !own.contains(&r.point)) {
            let point = register.point;
            for index in [0, register.elements() / 2, register.elements() - 1] {
                for raw in raws(register) {
                    device.set(point, index, i64::try_from(raw).expect("it fits"));
                    let got = value(&mut device, &map, point, index);
                    assert_eq!(got, expected(register, raw), "{name} {} {raw}", point.name());
                }
                if register.kind == Type::F32 {
                    reals(name, &mut device, &map, register, index);
                }
            }
        }
    }
}

fn reals(name: &str, device: &mut VirtualDevice, map: &DeviceMap, register: &Register, index: u16) {
    let (least, most) = register.range.unwrap_or((-1e6, 1e6));
    for (real, known) in [
        (least, true),
        (most, true),
        (f64::midpoint(least, most), true),
        (least - 1.0, false),
        (most + 1.0, false),
        (f64::NAN, false),
        (f64::INFINITY, false),
    ] {
        device.set_number(register.point, index, real);
        let got = value(device, map, register.point, index).number();
        assert_eq!(got.is_some(), known, "{name} {} {real}", register.point.name());
        assert!(got.is_none_or(|got| (got - real).abs() < 1e-3), "{name} {got:?} {real}");
    }
}

/// A line with one unit against the virtual device of a profile.
struct Rig {
    line: Line,
    device: VirtualDevice,
    now: Moment,
    states: Vec<UnitState>,
    refused: Vec<String>,
    writes: Vec<Request>,
    read: BTreeSet<Point>,
}

impl Rig {
    fn new(map: &Arc<DeviceMap>, watchdog_tried: bool) -> Self {
        let role = OutputRole::Call { group: GroupId(0), pulse: Millis(1_000) };
        let port = OutputPort { channel: 0, junction: JunctionId(0), role };
        let outputs = if map.output_count() > 0 { vec![port] } else { Vec::new() };
        let unit =
            UnitSettings { device: DEVICE, unit: 1, map: map.clone(), watchdog_tried, outputs };
        Self {
            line: Line::new(LineSettings::default(), vec![unit], Moment(0), 1),
            device: VirtualDevice::new(map.clone(), Moment(0)),
            now: Moment(0),
            states: Vec::new(),
            refused: Vec::new(),
            writes: Vec::new(),
            read: BTreeSet::new(),
        }
    }

    fn run(&mut self, span: Millis) {
        let end = self.now + span;
        while self.now < end {
            while let Some(output) = self.line.poll_output() {
                self.take(output);
            }
            let next = self.line.poll_timeout().unwrap_or(end).max(self.now + Millis(1));
            self.now = next.min(end);
            self.line.handle_timeout(self.now);
        }
    }

    fn take(&mut self, output: LineOutput) {
        match output {
            LineOutput::Connect => self.line.link_up(self.now),
            LineOutput::Send { token, request, .. } => {
                if request.is_write() {
                    self.writes.push(request.clone());
                }
                self.now += ANSWER;
                let reply = self.device.handle(self.now, &request);
                if let Err(exception) = &reply {
                    self.refused.push(format!("{exception:?} to {request:?}"));
                }
                self.line.handle_reply(self.now, token, reply.map_err(Failure::Exception));
            }
            LineOutput::Points { points, .. } => {
                self.read.extend(points.iter().map(|value| value.point));
            }
            LineOutput::Health { state, .. } => self.states.push(state),
            _ => {}
        }
    }

    fn state(&self) -> UnitState {
        self.line.health().next().expect("one unit").1.state
    }

    fn call(&mut self) {
        let command = admitted(Command::Call { group: GroupId(0) });
        let (now, deadline) = (self.now, self.now + Millis(2_000));
        self.line.switch(now, DEVICE, JunctionId(0), &command, deadline, 1);
    }
}

#[test]
fn a_line_reads_all_of_every_device_and_disturbs_none() {
    for (name, map) in maps() {
        let profile = map.profile();
        let mut rig = Rig::new(&map, true);
        rig.run(Millis::from_secs(700));
        assert_eq!(rig.state(), UnitState::Online, "{name}: {:?}", rig.refused);
        assert!(rig.refused.is_empty(), "{name}: {:?}", rig.refused);
        for point in profile.polls.iter().flat_map(|poll| &poll.points) {
            assert!(rig.read.contains(point), "{name}: {} is never read", point.name());
        }
        let asked = profile.registers.iter().filter(|r| !r.side_effect.is_empty());
        let mut asked = asked.filter(|r| profile.polls.iter().any(|p| p.points.contains(&r.point)));
        assert!(asked.next().is_some() || rig.device.disturbed() == 0, "{name}");
        // What has outputs is told that they are off; nothing else is ever written.
        let may_write = map.output_count() > 0;
        assert!(may_write || rig.writes.is_empty(), "{name}: {:?}", rig.writes);
    }
}

#[test]
fn outputs_rise_fall_and_a_device_that_has_tripped_is_brought_back() {
    for (name, map) in maps().filter(|(_, map)| map.output_count() > 0) {
        let mut rig = Rig::new(&map, true);
        rig.run(Millis::from_secs(5));
        rig.call();
        rig.run(Millis(200));
        assert!(rig.device.outputs()[0], "{name}: {:?}", rig.refused);
        rig.run(Millis::from_secs(3));
        assert!(!rig.device.outputs()[0], "{name}");
        assert!(rig.writes.iter().all(Request::is_write), "{name}");
        // Nobody writes for the watchdog's time: it trips, and says so where it can.
        let idle = map.profile().watchdog.timeout_s + 1.0;
        rig.call();
        rig.run(Millis(200));
        rig.now += Millis::from_secs_f64(idle);
        rig.device.step(rig.now);
        assert!(rig.device.is_tripped() && !rig.device.outputs()[0], "{name}");
        rig.run(Millis::from_secs(15));
        if map.profile().safe_mode.is_some() {
            assert!(!rig.device.is_tripped(), "{name}: {:?}", rig.writes);
        }
        assert_eq!(rig.state(), UnitState::Online, "{name}: {:?}", rig.states);
        rig.call();
        rig.run(Millis(200));
        assert!(rig.device.outputs()[0], "{name}: {:?}", rig.refused);
    }
}

#[test]
fn nothing_is_raised_where_a_watchdog_is_off_or_nobody_has_tried_it() {
    for (name, map) in maps().filter(|(_, map)| map.output_count() > 0) {
        let untold = !map.profile().watchdog.untold.is_empty();
        let mut rig = Rig::new(&map, false);
        for check in &map.profile().watchdog.verify {
            let hw_profiles::Must::Lie { at_least, .. } = check.must else {
                panic!("{name}: a watchdog is a number");
            };
            rig.device.set(check.point, 0, if at_least > 0 { 0 } else { 1 });
        }
        rig.run(Millis::from_secs(10));
        rig.call();
        rig.run(Millis::from_secs(10));
        assert_eq!(rig.state(), UnitState::Unguarded, "{name} {untold}");
        assert!(rig.writes.iter().all(is_all_off), "{name}: {:?}", rig.writes);
    }
}

fn is_all_off(request: &Request) -> bool {
    match request {
        Request::WriteCoils { values, .. } => !values.contains(&true),
        Request::WriteRegisters { values, .. } => values.iter().all(|&word| word == 0),
        _ => false,
    }
}

#[test]
fn another_model_is_left_alone() {
    for (name, map) in maps() {
        let Some(check) = map.profile().identity.first() else {
            continue;
        };
        let elements = map.profile().register(check.point).map_or(0, Register::elements);
        let mut rig = Rig::new(&map, true);
        (0..elements).for_each(|index| rig.device.set(check.point, index, 0));
        rig.run(Millis::from_secs(60));
        assert_eq!(rig.state(), UnitState::Open, "{name}");
        assert!(rig.writes.is_empty(), "{name}: {:?}", rig.writes);
    }
}

#[test]
fn commands_are_taken_whole_and_half_of_one_is_refused() {
    for (name, map) in maps() {
        for entry in map.profile().commands.iter().filter(|e| e.name != CommandName::SetOutput) {
            let mut device = VirtualDevice::new(map.clone(), Moment(0));
            let one = |_: Point| Some(vec![1]);
            let request = map.write_of(entry, one).expect("it can be written");
            assert!(device.handle(Moment(0), &request).is_ok(), "{name} {}", entry.name.name());
            let Request::WriteRegisters { address, values } = request else {
                panic!("{name}: one write of registers");
            };
            for part in 1..values.len().min(4) {
                let half = Request::WriteRegisters { address, values: values[..part].to_vec() };
                let refused = device.handle(Moment(0), &half);
                assert_eq!(refused, Err(ExceptionCode::IllegalValue), "{name} {half:?}");
            }
            let most = |_: Point| Some(vec![i128::from(u64::MAX) + 1]);
            assert!(map.write_of(entry, most).is_err(), "{name} {}", entry.name.name());
        }
    }
}

#[test]
fn what_lies_outside_the_map_is_refused_and_changes_nothing() {
    for (name, map) in maps() {
        let profile = map.profile();
        let mut device = VirtualDevice::new(map.clone(), Moment(0));
        for table in [Table::Holding, Table::Coil] {
            let of = profile.registers.iter().filter(|r| r.table == table);
            let Ok(end) = u16::try_from(of.map(Register::end).max().unwrap_or(0)) else {
                continue;
            };
            let (read, write) = if table == Table::Holding {
                (
                    Request::ReadHolding { address: end, count: 1 },
                    Request::WriteRegister { address: end, value: 1 },
                )
            } else {
                (
                    Request::ReadCoils { address: end, count: 1 },
                    Request::WriteCoil { address: end, value: true },
                )
            };
            assert!(device.handle(Moment(0), &read).is_err(), "{name} {read:?}");
            assert!(device.handle(Moment(0), &write).is_err(), "{name} {write:?}");
        }
        // No poll asks for more than the device takes, or for what it does not have.
        for request in map.polls().iter().flat_map(|poll| &poll.requests) {
            let reply = device.handle(Moment(0), request);
            assert!(reply.is_ok(), "{name} {request:?}: {reply:?}");
        }
        let uses_watchdog = profile.watchdog.kind == WatchdogKind::AnyWrite;
        assert_eq!(uses_watchdog, map.output_count() > 0, "{name}");
    }
}

#[test]
fn an_answer_that_is_too_short_or_too_long_is_never_decoded() {
    for (name, map) in maps() {
        for request in map.polls().iter().flat_map(|poll| &poll.requests) {
            let (fits, count): (fn(Vec<u16>) -> Reply, u16) = match request {
                Request::ReadInput { count, .. } => (Reply::Input, *count),
                Request::ReadHolding { count, .. } => (Reply::Holding, *count),
                _ => continue,
            };
            for length in [0, count - 1, count + 1] {
                let reply = fits(vec![0; usize::from(length)]);
                assert!(map.decode(request, &reply).is_err(), "{name} {request:?} {length}");
            }
        }
    }
}
