//! The fewest reads that cover some points.

use hw_profiles::{Point, Profile, Table};

use crate::message::{READ_BITS_MAX, READ_REGISTERS_MAX, Request};

/// Two registers at most this many words apart are read in one request: reading a few words too
/// many is cheaper than another turn on the line.
const GAP_WORDS_MAX: u32 = 12;
/// The same for bits.
const GAP_BITS_MAX: u32 = 192;

/// The fewest reads that cover the points, each within the protocol's limit and the device's own.
/// What lies between two registers is read along where the device allows it and nothing changes by
/// being read there.
pub(super) fn requests(profile: &Profile, points: impl Iterator<Item = Point>) -> Vec<Request> {
    let registers = points.filter_map(|point| profile.register(point));
    let mut spans: Vec<(Table, u32, u32)> =
        registers.flat_map(|r| r.spans().map(|(from, to)| (r.table, from, to))).collect();
    spans.sort_unstable();
    let reads = profile.reads;
    let mut merged: Vec<(Table, u32, u32)> = Vec::new();
    for (table, from, to) in spans {
        let (gap, most) = if table.is_bits() {
            (GAP_BITS_MAX, READ_BITS_MAX.min(reads.bits_max))
        } else {
            (GAP_WORDS_MAX, READ_REGISTERS_MAX.min(reads.words_max))
        };
        let gap = if reads.gaps { gap } else { 0 };
        match merged.last_mut() {
            Some((same, begin, end))
                if *same == table
                    && from <= *end + gap
                    && to.max(*end) - *begin <= u32::from(most)
                    && (from <= *end || is_harmless(profile, table, *end, from)) =>
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
            Table::Discrete => Request::ReadDiscrete { address, count },
            Table::Coil => Request::ReadCoils { address, count },
            Table::Input => Request::ReadInput { address, count },
            Table::Holding => Request::ReadHolding { address, count },
        }
    };
    merged.into_iter().map(request).collect()
}

/// Whether nothing changes by being read between two addresses.
fn is_harmless(profile: &Profile, table: Table, from: u32, to: u32) -> bool {
    let changes =
        profile.registers.iter().filter(|r| r.table == table && !r.side_effect.is_empty());
    !changes.flat_map(hw_profiles::Register::spans).any(|(begin, end)| begin < to && from < end)
}
