//! A profile as requests and point values.

mod read;
mod value;

use std::fmt;

use hw_profiles::{CommandEntry, CommandName, Point, Profile, Register, Table, Type};
use signal::{Admitted, Command};
use units::Millis;

use crate::message::{Reply, Request};
use crate::words::{self, Raw};
pub use value::{PointValue, Value};

/// A poll group, as requests.
#[derive(Clone, PartialEq, Debug)]
pub struct Poll {
    /// Its name in the profile.
    pub name: String,
    /// The time from one read to the next.
    pub period: Millis,
    /// What to send.
    pub requests: Vec<Request>,
}

/// A reply that cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecodeError(pub String);

/// A command that this device cannot be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EncodeError(pub String);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The entry of a profile that tells a command.
#[must_use]
pub fn command_name(command: &Command) -> CommandName {
    match command {
        Command::DemandStage { .. } => CommandName::DemandStage,
        Command::SelectPlan { .. } => CommandName::SelectPlan,
        Command::Release => CommandName::Release,
        Command::SetClock(_) => CommandName::SetClock,
        Command::Call { .. } => CommandName::Call,
        Command::Preempt { .. } => CommandName::Preempt,
    }
}

/// What can be said to and by one model of device.
#[derive(Clone, PartialEq, Debug)]
pub struct DeviceMap {
    profile: Profile,
    polls: Vec<Poll>,
}

impl DeviceMap {
    /// The map of a profile.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let poll = |group: &hw_profiles::PollGroup| Poll {
            name: group.name.clone(),
            period: Millis::from_secs_f64(group.period_s),
            requests: read::requests(&profile, group.points.iter().copied()),
        };
        let polls = profile.polls.iter().map(poll).collect();
        Self { profile, polls }
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The poll groups, in the profile's order.
    #[must_use]
    pub fn polls(&self) -> &[Poll] {
        &self.polls
    }

    /// The pause that the device needs between two requests.
    #[must_use]
    pub fn pause(&self) -> Millis {
        Millis(self.profile.pause_ms.into())
    }

    /// How many digital outputs can be set.
    #[must_use]
    pub fn output_count(&self) -> u16 {
        let settable = self.profile.command(CommandName::SetOutput);
        settable.and_then(|_| self.profile.register(Point::Output)).map_or(0, |r| r.count)
    }

    /// What shows that the device is of this model, and that it falls back when nobody writes. Of one
    /// that nothing identifies, its first readings show at least that it is there.
    #[must_use]
    pub fn identity_requests(&self) -> Vec<Request> {
        let checks = self.profile.identity.iter().chain(self.profile.guards());
        let tripped = self.profile.safe_mode.map(|safe_mode| safe_mode.tripped);
        let points = checks.map(|check| check.point).chain(tripped);
        let requests = read::requests(&self.profile, points);
        if !requests.is_empty() {
            return requests;
        }
        self.polls.first().map(|poll| poll.requests.clone()).unwrap_or_default()
    }

    /// The fewest reads that cover some points.
    #[must_use]
    pub fn read_requests(&self, points: &[Point]) -> Vec<Request> {
        read::requests(&self.profile, points.iter().copied())
    }

    /// The write that brings a tripped device back, where its profile knows one.
    #[must_use]
    pub(crate) fn clear_request(&self) -> Option<Request> {
        let register = self.profile.register(self.profile.safe_mode?.clear)?;
        let address = register.address;
        if register.table == Table::Coil {
            return Some(Request::WriteCoil { address, value: true });
        }
        let values = words::words(register, Raw::Integer(1))?;
        Some(match values.as_slice() {
            [value] => Request::WriteRegister { address, value: *value },
            _ => Request::WriteRegisters { address, values },
        })
    }

    /// Every point that lies whole within what `request` asked for.
    ///
    /// # Errors
    /// Where the reply does not fit the request.
    pub fn decode(&self, request: &Request, reply: &Reply) -> Result<Vec<PointValue>, DecodeError> {
        request.check(reply).map_err(|failure| DecodeError(failure.to_string()))?;
        let mut values = Vec::new();
        match (request, reply) {
            (Request::ReadInput { address, .. }, Reply::Input(words)) => {
                self.decode_words(Table::Input, *address, words, &mut values);
            }
            (Request::ReadHolding { address, .. }, Reply::Holding(words)) => {
                self.decode_words(Table::Holding, *address, words, &mut values);
            }
            (Request::ReadDiscrete { address, .. }, Reply::Discrete(bits)) => {
                self.decode_bits(Table::Discrete, *address, bits, &mut values);
            }
            (Request::ReadCoils { address, .. }, Reply::Coils(bits)) => {
                self.decode_bits(Table::Coil, *address, bits, &mut values);
            }
            _ => {}
        }
        Ok(values)
    }

    /// The write that tells the device a command: one, so that it takes all of it or nothing.
    ///
    /// # Errors
    /// Where the profile has no such command, or a value does not fit its register.
    pub fn encode(&self, command: &Admitted<Command>) -> Result<Request, EncodeError> {
        let name = command_name(command.get());
        let say = |what: &str| {
            EncodeError(format!("{} cannot be told to {}: {what}", self.profile.name, name.name()))
        };
        let entry =
            self.profile.command(name).ok_or_else(|| say("its profile does not say how"))?;
        let value = |point: Point| value_of(command.get(), point).map(|value| vec![value]);
        self.write_of(entry, value).map_err(|EncodeError(what)| say(&what))
    }

    /// The write of an entry, of what each of its points is to hold, one value an element.
    ///
    /// # Errors
    /// Where a point has no register or no value, or a value does not fit.
    pub fn write_of(
        &self,
        entry: &CommandEntry,
        value: impl Fn(Point) -> Option<Vec<i128>>,
    ) -> Result<Request, EncodeError> {
        let say = |what: &str| EncodeError(what.to_owned());
        let mut values = Vec::new();
        let mut address = None;
        for &point in &entry.points {
            let register = self.profile.register(point).ok_or_else(|| say("no register"))?;
            let given = value(point).ok_or_else(|| say("no value"))?;
            for element in 0..register.elements() {
                let given = given.get(usize::from(element)).copied().unwrap_or(0);
                let raw = Raw::Integer(unscaled(register, given));
                let words = words::words(register, raw);
                values.extend(words.ok_or_else(|| say("a value does not fit its register"))?);
            }
            address.get_or_insert(register.address);
        }
        let address = address.ok_or_else(|| say("it writes nothing"))?;
        Ok(Request::WriteRegisters { address, values })
    }

    /// The write that sets all digital outputs at once; `levels` beyond them are left out.
    ///
    /// # Errors
    /// Where the profile has no outputs that can be set.
    pub fn encode_outputs(&self, levels: &[bool]) -> Result<Request, EncodeError> {
        let register = self.profile.register(Point::Output).filter(|_| self.output_count() > 0);
        let register = register
            .ok_or_else(|| EncodeError(format!("{} has no outputs to set", self.profile.name)))?;
        let level = |at: u16| levels.get(usize::from(at)).copied().unwrap_or(false);
        let values: Vec<bool> = (0..register.count).map(level).collect();
        let address = register.address;
        if register.table == Table::Coil {
            return Ok(Request::WriteCoils { address, values });
        }
        let word = |bits: &[bool]| bits.iter().rev().fold(0, |w, &b| w << 1 | u16::from(b));
        let swap = |word: u16| {
            if register.order.bytes_swapped() { word.swap_bytes() } else { word }
        };
        let values = values.chunks(16).map(|bits| swap(word(bits))).collect();
        Ok(Request::WriteRegisters { address, values })
    }

    fn decode_words(&self, table: Table, first: u16, words: &[u16], to: &mut Vec<PointValue>) {
        for (register, from, element) in self.within(table, first, words.len()) {
            let words = &words[from..from + usize::from(register.length())];
            value::of_words(register, element, words, to);
        }
    }

    fn decode_bits(&self, table: Table, first: u16, bits: &[bool], to: &mut Vec<PointValue>) {
        for (register, from, element) in self.within(table, first, bits.len()) {
            let bits = &bits[from..from + usize::from(register.length())];
            value::of_bits(register, element, bits, to);
        }
    }

    /// The blocks that lie whole within `length` addresses from `first`, where in them, and the number
    /// of each one's first element.
    fn within(
        &self,
        table: Table,
        first: u16,
        length: usize,
    ) -> impl Iterator<Item = (&Register, usize, u16)> {
        let of_table = self.profile.registers.iter().filter(move |r| r.table == table);
        of_table.flat_map(move |register| {
            register.blocks_within(first, length).map(move |block| {
                let at = usize::from(register.address)
                    + usize::from(block) * usize::from(register.every);
                (register, at - usize::from(first), block * register.count)
            })
        })
    }
}

/// What a command writes to a point.
fn value_of(command: &Command, point: Point) -> Option<i128> {
    let number = |id: u8| i128::from(id) + 1;
    Some(match (command, point) {
        (Command::DemandStage { stage, .. }, Point::DemandStage) => number(stage.0),
        (Command::SelectPlan { plan, .. }, Point::SelectPlan) => number(plan.0),
        (Command::Preempt { number, .. }, Point::Preempt) => i128::from(*number),
        (Command::Call { group }, Point::Call) => number(group.0),
        (Command::Release, Point::Release) => 1,
        (Command::SetClock(time), Point::Clock) => time.0.into(),
        (
            Command::DemandStage { lease, .. }
            | Command::SelectPlan { lease, .. }
            | Command::Preempt { lease, .. },
            Point::DemandLease | Point::PlanLease | Point::PreemptLease,
        ) => lease.0.into(),
        _ => return None,
    })
}

/// The raw value, rounded down: a lease is never longer than what was admitted.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn unscaled(register: &Register, value: i128) -> i128 {
    let is_one = register.scale.to_bits() == 1.0_f64.to_bits() || register.kind == Type::Bits;
    if is_one { value } else { (value as f64 / register.scale).floor() as i128 }
}
