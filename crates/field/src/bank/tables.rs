//! The four tables of a device, bounded by its register map.

use hw_profiles::{Profile, Table};

use crate::message::{
    ExceptionCode, READ_BITS_MAX, READ_REGISTERS_MAX, WRITE_BITS_MAX, WRITE_REGISTERS_MAX,
};

#[derive(Clone, Debug)]
pub(super) struct Tables {
    discrete: Vec<bool>,
    coil: Vec<bool>,
    input: Vec<u16>,
    holding: Vec<u16>,
}

impl Tables {
    /// As long as the map needs, all zero.
    pub(super) fn of(profile: &Profile) -> Self {
        let size = |table: Table| {
            let of = profile.registers.iter().filter(|r| r.table == table);
            of.map(|r| r.end() as usize).max().unwrap_or(0)
        };
        Self {
            discrete: vec![false; size(Table::Discrete)],
            coil: vec![false; size(Table::Coil)],
            input: vec![0; size(Table::Input)],
            holding: vec![0; size(Table::Holding)],
        }
    }

    pub(super) fn bits(&self, table: Table) -> &[bool] {
        if table == Table::Coil { &self.coil } else { &self.discrete }
    }

    pub(super) fn bits_mut(&mut self, table: Table) -> &mut [bool] {
        if table == Table::Coil { &mut self.coil } else { &mut self.discrete }
    }

    pub(super) fn words(&self, table: Table) -> &[u16] {
        if table == Table::Holding { &self.holding } else { &self.input }
    }

    pub(super) fn words_mut(&mut self, table: Table) -> &mut [u16] {
        if table == Table::Holding { &mut self.holding } else { &mut self.input }
    }

    pub(super) fn read_bits(
        &self,
        table: Table,
        address: u16,
        count: u16,
    ) -> Result<Vec<bool>, ExceptionCode> {
        read(self.bits(table), address, count, READ_BITS_MAX)
    }

    pub(super) fn read_words(
        &self,
        table: Table,
        address: u16,
        count: u16,
    ) -> Result<Vec<u16>, ExceptionCode> {
        read(self.words(table), address, count, READ_REGISTERS_MAX)
    }

    pub(super) fn write_bits(&mut self, at: u16, values: &[bool]) -> Result<(), ExceptionCode> {
        write(&mut self.coil, at, values, WRITE_BITS_MAX)
    }

    pub(super) fn write_words(&mut self, at: u16, values: &[u16]) -> Result<(), ExceptionCode> {
        write(&mut self.holding, at, values, WRITE_REGISTERS_MAX)
    }
}

fn read<T: Clone>(
    table: &[T],
    address: u16,
    count: u16,
    most: u16,
) -> Result<Vec<T>, ExceptionCode> {
    if count == 0 || count > most {
        return Err(ExceptionCode::IllegalValue);
    }
    let from = usize::from(address);
    let part = table.get(from..from + usize::from(count));
    part.map(<[T]>::to_vec).ok_or(ExceptionCode::IllegalAddress)
}

fn write<T: Copy>(
    table: &mut [T],
    address: u16,
    values: &[T],
    most: usize,
) -> Result<(), ExceptionCode> {
    if values.is_empty() || values.len() > most {
        return Err(ExceptionCode::IllegalValue);
    }
    let from = usize::from(address);
    let part = table.get_mut(from..from + values.len()).ok_or(ExceptionCode::IllegalAddress)?;
    part.copy_from_slice(values);
    Ok(())
}
