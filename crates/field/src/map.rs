//! A profile as requests and point values.

use std::fmt;

use hw_profiles::{Point, Profile, Register, Table, Type};
use signal::{Admitted, Command};
use units::Millis;

use crate::message::{READ_REGISTERS_MAX, Reply, Request};
use crate::words::{self, Raw};

/// Two registers at most this many words apart are read in one request: reading a few words too
/// many is cheaper than another turn on the line.
const GAP_MAX: u32 = 12;

/// What an element of a register says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// A number in the register's unit.
    Number(f64),
    /// The device says that it does not know.
    Invalid,
}

impl Value {
    /// The value as a whole number that is not negative.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn whole(self) -> Option<u64> {
        match self {
            Self::Number(number) if number >= 0.0 && number.fract() == 0.0 => Some(number as u64),
            _ => None,
        }
    }

    /// The value as a number.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Invalid => None,
        }
    }
}

/// One element of a point, as it was read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PointValue {
    /// What it means.
    pub point: Point,
    /// Which element, from 0.
    pub index: u16,
    /// What it says.
    pub value: Value,
}

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
            requests: reads(group.points.iter().filter_map(|&point| profile.register(point))),
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

    /// What shows that the device is of this model.
    #[must_use]
    pub fn identity_requests(&self) -> Vec<Request> {
        let point = |check: &hw_profiles::IdentityCheck| self.profile.register(check.point);
        reads(self.profile.identity.iter().filter_map(point))
    }

    /// Every point that lies whole within the words that `request` asked for.
    ///
    /// # Errors
    /// Where the reply does not fit the request.
    pub fn decode(&self, request: &Request, reply: &Reply) -> Result<Vec<PointValue>, DecodeError> {
        request.check(reply).map_err(|failure| DecodeError(failure.to_string()))?;
        let (table, first, words) = match (request, reply) {
            (Request::ReadInput { address, .. }, Reply::Input(words)) => {
                (Table::Input, *address, words)
            }
            (Request::ReadHolding { address, .. }, Reply::Holding(words)) => {
                (Table::Holding, *address, words)
            }
            _ => return Ok(Vec::new()),
        };
        let mut values = Vec::new();
        let end = u32::from(first) + words.len() as u32;
        for register in self.profile.registers.iter().filter(|register| register.table == table) {
            if register.address >= first && register.end() <= end {
                let from = usize::from(register.address - first);
                decode(register, &words[from..from + usize::from(register.words())], &mut values);
            }
        }
        Ok(values)
    }

    /// The writes that tell the device a command.
    ///
    /// # Errors
    /// Where the profile has no register for it, or a value does not fit its register.
    pub fn encode(&self, command: &Admitted<Command>) -> Result<Vec<Request>, EncodeError> {
        let number = |id: u8| i128::from(id) + 1;
        let pairs: Vec<(Point, i128)> = match *command.get() {
            Command::DemandStage { stage, lease } => {
                vec![(Point::DemandStage, number(stage.0)), (Point::DemandLease, lease.0.into())]
            }
            Command::SelectPlan { plan, lease } => {
                vec![(Point::SelectPlan, number(plan.0)), (Point::PlanLease, lease.0.into())]
            }
            Command::Release => vec![(Point::Release, 1)],
            Command::SetClock(time) => vec![(Point::Clock, time.0.into())],
            Command::Call { group } => vec![(Point::Call, number(group.0))],
            Command::Preempt { .. } => {
                return Err(EncodeError(format!("{} has no preempts", self.profile.name)));
            }
        };
        self.write_together(&pairs).map(|request| vec![request])
    }

    /// One write of registers that follow each other, so that the device sees all of it or nothing.
    fn write_together(&self, pairs: &[(Point, i128)]) -> Result<Request, EncodeError> {
        let mut values = Vec::new();
        let mut first = None;
        for &(point, raw) in pairs {
            let say = |what: &str| {
                EncodeError(format!("{}: {}: {what}", self.profile.name, point.name()))
            };
            let register = self.profile.register(point).ok_or_else(|| say("no register"))?;
            let start = *first.get_or_insert(register.address);
            if usize::from(register.address - start) != values.len() {
                return Err(say("its register does not follow the one before"));
            }
            let words = words::words(register, Raw::Integer(raw));
            values.extend(words.ok_or_else(|| say("the value does not fit"))?);
        }
        let address = first.ok_or_else(|| EncodeError("nothing to write".to_owned()))?;
        Ok(Request::WriteRegisters { address, values })
    }
}

/// The fewest reads that cover the registers, each within the protocol's limit.
fn reads<'r>(registers: impl Iterator<Item = &'r Register>) -> Vec<Request> {
    let mut spans: Vec<(Table, u32, u32)> =
        registers.map(|r| (r.table, u32::from(r.address), r.end())).collect();
    spans.sort_unstable();
    let mut merged: Vec<(Table, u32, u32)> = Vec::new();
    for (table, from, to) in spans {
        match merged.last_mut() {
            Some((same, begin, end))
                if *same == table
                    && from <= *end + GAP_MAX
                    && to - *begin <= u32::from(READ_REGISTERS_MAX) =>
            {
                *end = (*end).max(to);
            }
            _ => merged.push((table, from, to)),
        }
    }
    let request = |(table, from, to): (Table, u32, u32)| {
        let address = u16::try_from(from).unwrap_or(u16::MAX);
        let count = u16::try_from(to - from).unwrap_or(READ_REGISTERS_MAX);
        match table {
            Table::Input => Request::ReadInput { address, count },
            Table::Holding => Request::ReadHolding { address, count },
        }
    };
    merged.into_iter().map(request).collect()
}

#[allow(clippy::cast_precision_loss)]
fn decode(register: &Register, words: &[u16], values: &mut Vec<PointValue>) {
    let point = register.point;
    if register.kind == Type::Bits {
        for index in 0..register.count {
            let word = words[usize::from(index / 16)];
            let bit = f64::from(word >> (index % 16) & 1);
            values.push(PointValue { point, index, value: Value::Number(bit) });
        }
        return;
    }
    let width = usize::from(register.kind.words());
    for (index, element) in (0_u16..).zip(words.chunks_exact(width)) {
        let value = match words::raw(register, element) {
            Raw::Integer(raw) if register.invalid.iter().any(|&v| i128::from(v) == raw) => {
                Value::Invalid
            }
            Raw::Integer(raw) => Value::Number(raw as f64 * register.scale),
            Raw::Real(real) if real.is_finite() => Value::Number(f64::from(real) * register.scale),
            Raw::Real(_) => Value::Invalid,
        };
        values.push(PointValue { point, index, value });
    }
}
