//! A profile read backwards: the registers of a virtual device, and what it was told.

mod tables;

use std::sync::Arc;

use hw_profiles::{CommandName, Point, Register, Table, Type};
use signal::Command;
use units::{GroupId, Millis, PlanId, StageId, WallTime};

use crate::map::DeviceMap;
use crate::message::{ExceptionCode, Reply, Request};
use crate::words::{self, Raw};
use tables::Tables;

/// A device's registers, behind its profile.
#[derive(Clone, Debug)]
pub struct RegisterBank {
    map: Arc<DeviceMap>,
    tables: Tables,
    commands: Vec<Command>,
    outputs_written: bool,
    cleared: bool,
    shown: bool,
}

impl RegisterBank {
    /// The registers of a device of this model, all zero.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>) -> Self {
        let tables = Tables::of(map.profile());
        Self {
            map,
            tables,
            commands: Vec::new(),
            outputs_written: false,
            cleared: false,
            shown: false,
        }
    }

    /// Sets one element to a raw value. What the profile does not have, or what does not fit, is
    /// left as it is: a virtual device says what its model can say.
    pub fn set(&mut self, point: Point, index: u16, raw: i64) {
        let map = self.map.clone();
        let Some(register) = map.profile().register(point).filter(|r| index < r.elements()) else {
            return;
        };
        let (at, index) = register.place(index);
        if register.table.is_bits() {
            self.tables.bits_mut(register.table)[at + usize::from(index)] = raw != 0;
        } else if register.kind == Type::Bits {
            let place = &mut self.tables.words_mut(register.table)[at + usize::from(index / 16)];
            let bit = swapped(register, 1 << (index % 16));
            *place = if raw != 0 { *place | bit } else { *place & !bit };
        } else if let Some(words) = words::words(register, Raw::Integer(raw.into())) {
            let from = at + usize::from(index * register.kind.words());
            self.tables.words_mut(register.table)[from..from + words.len()].copy_from_slice(&words);
        }
    }

    /// Sets one element to a value in its register's unit, as near as its type comes to it.
    #[allow(clippy::cast_possible_truncation)]
    pub fn set_number(&mut self, point: Point, index: u16, number: f64) {
        let map = self.map.clone();
        let Some(register) = map.profile().register(point).filter(|r| index < r.elements()) else {
            return;
        };
        if register.kind != Type::F32 {
            return self.set(point, index, (number / register.scale).round() as i64);
        }
        let (at, index) = register.place(index);
        if let Some(words) = words::words(register, Raw::Real((number / register.scale) as f32)) {
            let from = at + usize::from(index * register.kind.words());
            self.tables.words_mut(register.table)[from..from + words.len()].copy_from_slice(&words);
        }
    }

    /// Sets the words of a point to a text, as much of it as there is room for.
    pub fn set_text(&mut self, point: Point, text: &str) {
        let elements = self.map.profile().register(point).map_or(0, Register::elements);
        let mut pairs = text.as_bytes().chunks(2);
        for index in 0..elements {
            let pair = pairs.next().unwrap_or_default();
            let byte = |at: usize| pair.get(at).copied().unwrap_or(0);
            self.set(point, index, u16::from_be_bytes([byte(0), byte(1)]).into());
        }
    }

    /// The bits of a point, as they stand; none where the profile does not have it or it is not one
    /// of bits.
    #[must_use]
    pub fn bits(&self, point: Point) -> Vec<bool> {
        let register = self.map.profile().register(point).filter(|r| r.kind == Type::Bits);
        let Some(register) = register else {
            return Vec::new();
        };
        let bit = |element: u16| {
            let (at, index) = register.place(element);
            if register.table.is_bits() {
                return self.tables.bits(register.table)[at + usize::from(index)];
            }
            let word = self.tables.words(register.table)[at + usize::from(index / 16)];
            word & swapped(register, 1 << (index % 16)) != 0
        };
        (0..register.elements()).map(bit).collect()
    }

    /// Answers a request as the device would, and keeps the command that a write amounts to.
    ///
    /// # Errors
    /// The exception that the device would answer with; then nothing was changed.
    pub fn handle(&mut self, request: &Request) -> Result<Reply, ExceptionCode> {
        Ok(match request {
            Request::ReadCoils { address, count } => {
                Reply::Coils(self.tables.read_bits(Table::Coil, *address, *count)?)
            }
            Request::ReadDiscrete { address, count } => {
                Reply::Discrete(self.tables.read_bits(Table::Discrete, *address, *count)?)
            }
            Request::ReadHolding { address, count } => {
                Reply::Holding(self.tables.read_words(Table::Holding, *address, *count)?)
            }
            Request::ReadInput { address, count } => {
                Reply::Input(self.tables.read_words(Table::Input, *address, *count)?)
            }
            Request::WriteCoil { address, value } => {
                self.write(Table::Coil, *address, 1, |t| t.write_bits(*address, &[*value]))?;
                Reply::WroteCoil { address: *address, value: *value }
            }
            Request::WriteCoils { address, values } => {
                let count = values.len();
                self.write(Table::Coil, *address, count, |t| t.write_bits(*address, values))?;
                Reply::WroteCoils { address: *address, count: short(count)? }
            }
            Request::WriteRegister { address, value } => {
                self.write(Table::Holding, *address, 1, |t| t.write_words(*address, &[*value]))?;
                Reply::WroteRegister { address: *address, value: *value }
            }
            Request::WriteRegisters { address, values } => {
                let count = values.len();
                self.write(Table::Holding, *address, count, |t| t.write_words(*address, values))?;
                Reply::WroteRegisters { address: *address, count: short(count)? }
            }
        })
    }

    /// What was commanded since the last call, in its order.
    pub fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Whether its digital outputs were written since the last call, with whatever values.
    pub fn take_outputs_written(&mut self) -> bool {
        std::mem::take(&mut self.outputs_written)
    }

    /// Whether what ends the state of a tripped device was written since the last call.
    pub fn take_cleared(&mut self) -> bool {
        std::mem::take(&mut self.cleared)
    }

    /// Whether a sign was told what to show since the last call.
    pub fn take_shown(&mut self) -> bool {
        std::mem::take(&mut self.shown)
    }

    /// Writes, and takes it back where the device would not have it.
    fn write(
        &mut self,
        table: Table,
        address: u16,
        count: usize,
        write: impl FnOnce(&mut Tables) -> Result<(), ExceptionCode>,
    ) -> Result<(), ExceptionCode> {
        let before = self.tables.clone();
        write(&mut self.tables)?;
        let from = usize::from(address);
        if self.is_outputs(table, from, from + count) {
            self.outputs_written = true;
            return Ok(());
        }
        if self.is_clear(table, from, count) {
            self.cleared = true;
            return Ok(());
        }
        match self.command(table, from, from + count) {
            Ok(Some(command)) => self.commands.push(command),
            Ok(None) => self.shown = true,
            Err(exception) => {
                self.tables = before;
                return Err(exception);
            }
        }
        Ok(())
    }

    /// Whether a write touches nothing but digital outputs that can be set.
    fn is_outputs(&self, table: Table, from: usize, to: usize) -> bool {
        let profile = self.map.profile();
        let entry = profile.command(CommandName::SetOutput);
        entry.and_then(|_| profile.register(Point::Output)).is_some_and(|register| {
            register.table == table
                && from >= usize::from(register.address)
                && to <= register.end() as usize
        })
    }

    /// Whether a write is that which brings a tripped device back.
    fn is_clear(&self, table: Table, from: usize, count: usize) -> bool {
        let clear = self.map.profile().safe_mode.map(|safe_mode| safe_mode.clear);
        let register = clear.and_then(|clear| self.map.profile().register(clear));
        register.is_some_and(|register| {
            let length = usize::from(register.length());
            register.table == table && from == usize::from(register.address) && count == length
        })
    }

    /// The command that a write amounts to, where it is one of a junction. All its points must come in one write: a demand whose
    /// lease is another's would be held for another's time.
    fn command(
        &self,
        table: Table,
        from: usize,
        to: usize,
    ) -> Result<Option<Command>, ExceptionCode> {
        let written = |&point: &Point| {
            let register = self.map.profile().register(point)?;
            let whole = usize::from(register.address) >= from && register.end() as usize <= to;
            (whole && register.table == table).then(|| self.value(register))
        };
        for entry in &self.map.profile().commands {
            let values: Option<Vec<i128>> = entry.points.iter().map(written).collect();
            let value = |point: Point| {
                let at = entry.points.iter().position(|&of| of == point);
                at.and_then(|at| values.as_ref()?.get(at).copied())
            };
            let (what, lease) = entry.name.points();
            if let Some(number) = value(what) {
                return command(entry.name, number, lease.and_then(value));
            }
        }
        Err(ExceptionCode::IllegalValue)
    }

    /// The value of a register's first element.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    fn value(&self, register: &Register) -> i128 {
        let from = usize::from(register.address);
        let width = usize::from(register.kind.words());
        let words = self.tables.words(register.table).get(from..from + width).unwrap_or_default();
        match words::raw(register, words) {
            Raw::Integer(raw) if register.scale.to_bits() == 1.0_f64.to_bits() => raw,
            Raw::Integer(raw) => (raw as f64 * register.scale) as i128,
            Raw::Real(_) => 0,
        }
    }
}

/// The command of a number and its lease. Numbers count from 1 on the wire.
fn command(
    name: CommandName,
    number: i128,
    lease: Option<i128>,
) -> Result<Option<Command>, ExceptionCode> {
    let id = || {
        let from_zero = number.checked_sub(1).and_then(|n| u8::try_from(n).ok());
        from_zero.ok_or(ExceptionCode::IllegalValue)
    };
    let span = |raw: i128| i64::try_from(raw).map(Millis).map_err(|_| ExceptionCode::IllegalValue);
    let lease = || lease.ok_or(ExceptionCode::IllegalValue).and_then(span);
    Ok(Some(match name {
        CommandName::DemandStage => Command::DemandStage { stage: StageId(id()?), lease: lease()? },
        CommandName::SelectPlan => Command::SelectPlan { plan: PlanId(id()?), lease: lease()? },
        CommandName::Preempt => {
            let number = u8::try_from(number).ok().filter(|&number| number > 0);
            let number = number.ok_or(ExceptionCode::IllegalValue)?;
            Command::Preempt { number, lease: lease()? }
        }
        CommandName::Call => Command::Call { group: GroupId(id()?) },
        CommandName::SetClock => Command::SetClock(WallTime(span(number)?.0)),
        CommandName::Release if number == 1 => Command::Release,
        // A sign is told by its registers alone.
        CommandName::ShowMessage | CommandName::ShowCountdown => {
            let sound = lease()?.0 > 0;
            return if sound { Ok(None) } else { Err(ExceptionCode::IllegalValue) };
        }
        CommandName::Release | CommandName::SetOutput => return Err(ExceptionCode::IllegalValue),
    }))
}

fn swapped(register: &Register, word: u16) -> u16 {
    if register.order.bytes_swapped() { word.swap_bytes() } else { word }
}

fn short(count: usize) -> Result<u16, ExceptionCode> {
    u16::try_from(count).map_err(|_| ExceptionCode::IllegalValue)
}
