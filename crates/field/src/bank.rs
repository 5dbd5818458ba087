//! A profile read backwards: the registers of a virtual device, and what it was told.

use std::sync::Arc;

use hw_profiles::{Point, Register, Table, Type};
use signal::Command;
use units::{GroupId, Millis, PlanId, StageId, WallTime};

use crate::map::DeviceMap;
use crate::message::{ExceptionCode, READ_REGISTERS_MAX, Reply, Request};
use crate::words::{self, Raw};

/// A device's registers, behind its profile.
#[derive(Clone, Debug)]
pub struct RegisterBank {
    map: Arc<DeviceMap>,
    input: Vec<u16>,
    holding: Vec<u16>,
    commands: Vec<Command>,
}

impl RegisterBank {
    /// The registers of a device of this model, all zero.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>) -> Self {
        let size = |table: Table| {
            let of = map.profile().registers.iter().filter(|r| r.table == table);
            of.map(|r| r.end() as usize).max().unwrap_or(0)
        };
        let (input, holding) = (vec![0; size(Table::Input)], vec![0; size(Table::Holding)]);
        Self { map, input, holding, commands: Vec::new() }
    }

    /// Sets one element to a raw value. What the profile does not have, or what does not fit, is
    /// left as it is: a virtual device says what its model can say.
    pub fn set(&mut self, point: Point, index: u16, raw: i64) {
        let map = self.map.clone();
        let Some(register) = map.profile().register(point).filter(|r| index < r.count) else {
            return;
        };
        let at = usize::from(register.address);
        let table = self.table_mut(register.table);
        if register.kind == Type::Bits {
            let (word, bit) = (at + usize::from(index / 16), index % 16);
            table[word] = table[word] & !(1 << bit) | u16::from(raw != 0) << bit;
        } else if let Some(words) = words::words(register, Raw::Integer(raw.into())) {
            let from = at + usize::from(index * register.kind.words());
            table[from..from + words.len()].copy_from_slice(&words);
        }
    }

    /// Answers a request as the device would, and keeps the command that a write amounts to.
    ///
    /// # Errors
    /// The exception that the device would answer with.
    pub fn handle(&mut self, request: &Request) -> Result<Reply, ExceptionCode> {
        match request {
            Request::ReadInput { address, count } => {
                read(&self.input, *address, *count).map(Reply::Input)
            }
            Request::ReadHolding { address, count } => {
                read(&self.holding, *address, *count).map(Reply::Holding)
            }
            Request::WriteRegister { address, value } => {
                self.write(*address, &[*value])?;
                Ok(Reply::WroteRegister { address: *address, value: *value })
            }
            Request::WriteRegisters { address, values } => {
                self.write(*address, values)?;
                let count = u16::try_from(values.len()).map_err(|_| ExceptionCode::IllegalValue)?;
                Ok(Reply::WroteRegisters { address: *address, count })
            }
        }
    }

    /// What was written since the last call, in its order.
    pub fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    fn table_mut(&mut self, table: Table) -> &mut Vec<u16> {
        match table {
            Table::Input => &mut self.input,
            Table::Holding => &mut self.holding,
        }
    }

    fn write(&mut self, address: u16, values: &[u16]) -> Result<(), ExceptionCode> {
        let from = usize::from(address);
        let to = from + values.len();
        if values.is_empty() {
            return Err(ExceptionCode::IllegalValue);
        }
        if to > self.holding.len() {
            return Err(ExceptionCode::IllegalAddress);
        }
        let before = self.holding[from..to].to_vec();
        self.holding[from..to].copy_from_slice(values);
        match self.command(from, to) {
            Ok(command) => self.commands.push(command),
            Err(exception) => {
                self.holding[from..to].copy_from_slice(&before);
                return Err(exception);
            }
        }
        Ok(())
    }

    /// The command that a write of these words amounts to. A demand and its lease must come in one
    /// write: a demand whose lease is another's would be held for another's time.
    fn command(&self, from: usize, to: usize) -> Result<Command, ExceptionCode> {
        let written = |point: Point| {
            let register = self.map.profile().register(point)?;
            let whole = usize::from(register.address) >= from && register.end() as usize <= to;
            whole.then(|| self.integer(register))
        };
        let id = |number: i128| {
            let from_zero = number.checked_sub(1).and_then(|n| u8::try_from(n).ok());
            from_zero.ok_or(ExceptionCode::IllegalValue)
        };
        let span =
            |raw: i128| i64::try_from(raw).map(Millis).map_err(|_| ExceptionCode::IllegalValue);
        if let (Some(stage), Some(lease)) =
            (written(Point::DemandStage), written(Point::DemandLease))
        {
            return Ok(Command::DemandStage { stage: StageId(id(stage)?), lease: span(lease)? });
        }
        if let (Some(plan), Some(lease)) = (written(Point::SelectPlan), written(Point::PlanLease)) {
            return Ok(Command::SelectPlan { plan: PlanId(id(plan)?), lease: span(lease)? });
        }
        if written(Point::Release) == Some(1) {
            return Ok(Command::Release);
        }
        if let Some(group) = written(Point::Call) {
            return Ok(Command::Call { group: GroupId(id(group)?) });
        }
        if let Some(clock) = written(Point::Clock) {
            return Ok(Command::SetClock(WallTime(span(clock)?.0)));
        }
        Err(ExceptionCode::IllegalValue)
    }

    fn integer(&self, register: &Register) -> i128 {
        let from = usize::from(register.address);
        let width = usize::from(register.kind.words());
        match words::raw(register, &self.holding[from..from + width]) {
            Raw::Integer(raw) => raw,
            Raw::Real(_) => 0,
        }
    }
}

fn read(table: &[u16], address: u16, count: u16) -> Result<Vec<u16>, ExceptionCode> {
    if count == 0 || count > READ_REGISTERS_MAX {
        return Err(ExceptionCode::IllegalValue);
    }
    let from = usize::from(address);
    table
        .get(from..from + usize::from(count))
        .map(<[u16]>::to_vec)
        .ok_or(ExceptionCode::IllegalAddress)
}
