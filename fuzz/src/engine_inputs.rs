//! The engine under any sequence of inputs: links that come and go, answers that are sound, made up,
//! late or of another kind, persons who want what there is not, a clock that jumps.
//!
//! Each byte of the input chooses what happens next; bytes after it say how. What must hold is
//! checked after each step, by the requests that the engine wants sent.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use engine::{Engine, Input, OperatorAction, Output};
use field::bank::RegisterBank;
use field::{ExceptionCode, Failure, Reply, Request};
use hw_profiles::Point;
use scenario::{Mode, Site, generate};
use signal::Command;
use units::{CivilTime, DAY, GroupId, JunctionId, LineId, Millis, Moment, PlanId, StageId};

use super::CABINET;

/// What one input can bring about at most: each of a few junctions tells of its groups, its stage, its
/// source and its violations, each line of a request and a command.
const OUTPUTS_MAX: usize = 400;
/// Steps of one input that are run.
const STEPS_MAX: usize = 4_096;

static SITE: LazyLock<Arc<Site>> = LazyLock::new(|| {
    let (mut site, _) = generate::arterial(1, 3);
    // Two units on one line, one on another, and a line without any.
    site.devices[1].line = LineId(0);
    site.devices[1].unit = 2;
    Arc::new(site)
});

/// A request that was sent and not answered.
struct Open {
    token: u64,
    unit: u8,
    request: Request,
}

struct Run<'d> {
    bytes: std::slice::Iter<'d, u8>,
    engine: Engine,
    now: Moment,
    open: BTreeMap<LineId, Open>,
    /// What the devices hold, by line and unit.
    banks: BTreeMap<(LineId, u8), RegisterBank>,
    stopped: bool,
}

/// Any inputs to an engine of three junctions on three lines.
///
/// # Panics
/// Where a command has no lease or one that is too long, where two requests are in flight on a line,
/// where one input brings outputs without bound, or where the engine does.
pub fn engine_inputs(data: &[u8]) {
    let profiles = |_: &str| Some(CABINET.profile().clone());
    let engine = Engine::new(SITE.clone(), &profiles, Moment::ORIGIN, 1);
    let mut run = Run {
        bytes: data.iter(),
        engine: engine.expect("a sound site"),
        now: Moment::ORIGIN,
        open: BTreeMap::new(),
        banks: BTreeMap::new(),
        stopped: false,
    };
    for device in &SITE.devices {
        let mut bank = RegisterBank::new(CABINET.clone());
        bank.set(Point::IdentityMagic, 0, 0x4757);
        bank.set(Point::MapVersion, 0, 1);
        bank.set(Point::Mode, 0, 1);
        bank.set(Point::Stage, 0, 1);
        run.banks.insert((device.line, device.unit), bank);
    }
    run.obey();
    for _ in 0..STEPS_MAX {
        let Some(&step) = run.bytes.next() else {
            return;
        };
        run.step(step);
        run.obey();
        let snapshot = run.engine.snapshot(run.now);
        assert_eq!(snapshot.junctions.len(), SITE.signals.len());
    }
}

impl Run<'_> {
    fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// A line of the site, or now and then one that there is not.
    fn line(&mut self) -> LineId {
        LineId(u32::from(self.byte() % 5))
    }

    fn step(&mut self, step: u8) {
        match step % 16 {
            0 => {
                let by = i64::from(self.byte()) * 10;
                self.now += Millis(by);
            }
            1 => {
                let by = i64::from(self.word()) * 100;
                self.now += Millis(by);
            }
            2 => {
                // The engine is promised a clock that only goes forward; it survives another one.
                let by = i64::from(self.byte());
                self.now += Millis(-by);
            }
            3 => {
                let line = self.line();
                self.open.remove(&line);
                self.engine.handle_input(self.now, Input::LinkUp(line));
            }
            4 => {
                let line = self.line();
                self.open.remove(&line);
                let why = "unplugged".to_owned();
                self.engine.handle_input(self.now, Input::LinkDown(line, why));
            }
            5..=8 => self.reply_soundly(),
            9 | 10 => self.reply_made_up(),
            11 => {
                let (line, token) = (self.line(), u64::from(self.byte()));
                let result = Ok(Reply::Input(vec![self.word(); 3]));
                self.engine.handle_input(self.now, Input::Reply { line, token, result });
            }
            12 => self.change_a_device(),
            13 => self.act(),
            14 if self.byte() == 0 => self.engine.handle_input(self.now, Input::ShutDown),
            _ => self.time_out(),
        }
    }

    /// Moves to the engine's own next moment and lets it do what is due; nothing is due then.
    fn time_out(&mut self) {
        if let Some(due) = self.engine.poll_timeout() {
            self.now = self.now.max(due);
        }
        self.engine.handle_timeout(self.now);
        self.obey();
        self.engine.handle_timeout(self.now);
        assert!(self.engine.poll_output().is_none(), "the same moment twice brought something");
    }

    fn oldest(&mut self) -> Option<(LineId, Open)> {
        let skip = usize::from(self.byte()) % self.open.len().max(1);
        let line = *self.open.keys().nth(skip)?;
        self.open.remove(&line).map(|open| (line, open))
    }

    fn reply_soundly(&mut self) {
        let Some((line, Open { token, unit, request })) = self.oldest() else {
            return;
        };
        let result = match self.banks.get_mut(&(line, unit)) {
            Some(bank) => bank.handle(&request).map_err(Failure::Exception),
            None => Err(Failure::Exception(ExceptionCode::GatewayTarget)),
        };
        self.engine.handle_input(self.now, Input::Reply { line, token, result });
    }

    fn reply_made_up(&mut self) {
        let Some((line, Open { token, request, .. })) = self.oldest() else {
            return;
        };
        let result = match self.byte() % 8 {
            0 => Err(Failure::Timeout),
            1 => Err(Failure::Disconnected("gone".to_owned())),
            2 => Err(Failure::Exception(ExceptionCode::from_code(self.byte()))),
            3 => Err(Failure::Mismatch("spoiled".to_owned())),
            4 => Ok(Reply::WroteRegister { address: self.word(), value: self.word() }),
            5 => {
                let length = usize::from(self.byte());
                Ok(Reply::Input((0..length).map(|_| self.word()).collect()))
            }
            _ => Ok(self.words_for(&request)),
        };
        self.engine.handle_input(self.now, Input::Reply { line, token, result });
    }

    /// A reply of the right kind and length that says anything.
    fn words_for(&mut self, request: &Request) -> Reply {
        let mut words = |count: u16| (0..count).map(|_| self.word()).collect::<Vec<_>>();
        let mut bits = |count: u16| words(count).iter().map(|word| word & 1 == 1).collect();
        let length = |count: usize| u16::try_from(count).expect("a bounded request");
        match *request {
            Request::ReadCoils { count, .. } => Reply::Coils(bits(count)),
            Request::ReadDiscrete { count, .. } => Reply::Discrete(bits(count)),
            Request::ReadHolding { count, .. } => Reply::Holding(words(count)),
            Request::ReadInput { count, .. } => Reply::Input(words(count)),
            Request::WriteCoil { address, value } => Reply::WroteCoil { address, value },
            Request::WriteRegister { address, value } => Reply::WroteRegister { address, value },
            Request::WriteCoils { address, ref values } => {
                Reply::WroteCoils { address, count: length(values.len()) }
            }
            Request::WriteRegisters { address, ref values } => {
                Reply::WroteRegisters { address, count: length(values.len()) }
            }
        }
    }

    /// Something else stands in a device from now on.
    fn change_a_device(&mut self) {
        let points = [
            Point::Stage,
            Point::NextStage,
            Point::Mode,
            Point::Elapsed,
            Point::Faults,
            Point::BootCount,
            Point::LeaseLeft,
            Point::IdentityMagic,
            Point::Aspect,
            Point::DetectorPresence,
            Point::DetectorCount,
            Point::TrackerQueue,
        ];
        let point = points[usize::from(self.byte()) % points.len()];
        let (index, value) = (u16::from(self.byte() % 64), i64::from(self.byte()));
        let skip = usize::from(self.byte()) % self.banks.len();
        if let Some(bank) = self.banks.values_mut().nth(skip) {
            bank.set(point, index, value);
        }
    }

    fn act(&mut self) {
        let junction = JunctionId(u32::from(self.byte() % 16));
        let who = "somebody".to_owned();
        let action = match self.byte() % 8 {
            0 => {
                let stage = StageId(self.byte());
                let span = Millis(i64::from(self.word()) * 100 - 1_000);
                let reason = "a drill".to_owned();
                OperatorAction::Hold { junction, stage, span, who, reason }
            }
            1 => OperatorAction::Release { junction, who },
            2 => OperatorAction::Call { junction, group: GroupId(self.byte()), who },
            3 => {
                let (number, span) = (self.byte(), Millis(i64::from(self.word())));
                let reason = "a siren".to_owned();
                OperatorAction::Preempt { junction, number, span, who, reason }
            }
            4 => {
                let (plan, span) = (PlanId(self.byte() % 4), Millis(i64::from(self.word())));
                let reason = "a match".to_owned();
                OperatorAction::SelectPlan { junction, plan, span, who, reason }
            }
            5 => {
                let days = i64::from(self.word());
                let civil = CivilTime::from_count(DAY * days + Millis(i64::from(self.word())));
                return self.engine.handle_input(self.now, Input::Civil(civil));
            }
            _ => {
                let (_, mode) = Mode::ALL[usize::from(self.byte()) % Mode::ALL.len()];
                OperatorAction::SetMode { mode, who }
            }
        };
        self.engine.handle_input(self.now, Input::Operator(action));
    }

    /// Takes all outputs and checks them.
    fn obey(&mut self) {
        for count in 0.. {
            let Some(output) = self.engine.poll_output() else {
                return;
            };
            assert!(count < OUTPUTS_MAX, "outputs without bound: {output:?}");
            match output {
                Output::Send { line, token, unit, request, timeout } => {
                    assert!(timeout > Millis::ZERO);
                    if request.is_write() {
                        leased(&request);
                    }
                    let before = self.open.insert(line, Open { token, unit, request });
                    assert!(before.is_none(), "two requests are in flight on line {line}");
                }
                Output::Disconnect(line, why) => {
                    assert!(!why.is_empty());
                    self.open.remove(&line);
                }
                Output::Event(event) => assert!(!event.kind.to_string().is_empty()),
                Output::Stopped => {
                    assert!(!self.stopped, "it stopped twice");
                    self.stopped = true;
                }
                Output::Connect(line) => assert!(line.index() < SITE.lines.len()),
            }
        }
    }
}

/// A write is one command; a demand has a lease, and none that is longer than the site allows.
fn leased(request: &Request) {
    let mut bank = RegisterBank::new(CABINET.clone());
    bank.handle(request).unwrap_or_else(|e| panic!("{request:?}: {e:?}"));
    let commands = bank.take_commands();
    assert_eq!(commands.len(), 1, "{request:?}");
    for command in commands {
        match command {
            Command::DemandStage { lease, .. }
            | Command::SelectPlan { lease, .. }
            | Command::Preempt { lease, .. } => {
                assert!(lease > Millis::ZERO && lease <= SITE.control.lease, "{command:?}");
            }
            Command::Release | Command::SetClock(_) | Command::Call { .. } => {}
        }
    }
}
