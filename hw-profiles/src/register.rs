//! One entry of a register map.

use std::ops::Range;

use crate::point::Point;

/// Where a register lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Table {
    /// Discrete inputs, function 2: single bits, read only.
    Discrete,
    /// Coils, functions 1, 5 and 15: single bits.
    Coil,
    /// Input registers, function 4: read only.
    Input,
    /// Holding registers, functions 3, 6 and 16.
    Holding,
}

impl Table {
    /// Every table with its name in profiles.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("discrete", Self::Discrete),
        ("coil", Self::Coil),
        ("input", Self::Input),
        ("holding", Self::Holding),
    ];

    /// Its name in profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, table)| *table == self).map_or("", |(name, _)| name)
    }

    /// Whether an address of it names one bit; otherwise it names a word.
    #[must_use]
    pub fn is_bits(self) -> bool {
        matches!(self, Self::Discrete | Self::Coil)
    }

    /// Whether it can be written.
    #[must_use]
    pub fn is_writable(self) -> bool {
        matches!(self, Self::Coil | Self::Holding)
    }
}

/// What a register's words hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// One word, unsigned.
    U16,
    /// One word, signed.
    I16,
    /// Two words, unsigned.
    U32,
    /// Two words, signed.
    I32,
    /// Two words, IEEE 754.
    F32,
    /// Four words, unsigned.
    U64,
    /// Bits: in a table of words sixteen to a word, bit 0 the least significant of the first word;
    /// in a table of bits one to an address.
    Bits,
    /// Text: an element is a word of two characters, the first in the high byte.
    Text,
}

impl Type {
    /// Every type with its name in profiles.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("u16", Self::U16),
        ("i16", Self::I16),
        ("u32", Self::U32),
        ("i32", Self::I32),
        ("f32", Self::F32),
        ("u64", Self::U64),
        ("bits", Self::Bits),
        ("text", Self::Text),
    ];

    /// Its name in profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Words of one element; bits share theirs.
    #[must_use]
    pub fn words(self) -> u16 {
        match self {
            Self::U16 | Self::I16 | Self::Bits | Self::Text => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 => 4,
        }
    }
}

/// The order of a value's bytes on the wire; A is the most significant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// One word as the standard has it.
    Ab,
    /// One word, bytes swapped.
    Ba,
    /// Two words, high word first.
    Abcd,
    /// Two words, low word first.
    Cdab,
    /// Two words, high word first, bytes swapped.
    Badc,
    /// Two words, low word first, bytes swapped.
    Dcba,
    /// Four words, high word first.
    Abcdefgh,
    /// Four words, high word first, bytes swapped.
    Badcfehg,
    /// Four words, low word first.
    Ghefcdab,
    /// Four words, low word first, bytes swapped.
    Hgfedcba,
}

impl Order {
    /// Every order with its name in profiles.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("AB", Self::Ab),
        ("BA", Self::Ba),
        ("ABCD", Self::Abcd),
        ("CDAB", Self::Cdab),
        ("BADC", Self::Badc),
        ("DCBA", Self::Dcba),
        ("ABCDEFGH", Self::Abcdefgh),
        ("BADCFEHG", Self::Badcfehg),
        ("GHEFCDAB", Self::Ghefcdab),
        ("HGFEDCBA", Self::Hgfedcba),
    ];

    /// Its name in profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, order)| *order == self).map_or("", |(name, _)| name)
    }

    /// How many words it orders.
    #[must_use]
    pub fn words(self) -> u16 {
        match self {
            Self::Ab | Self::Ba => 1,
            Self::Abcd | Self::Cdab | Self::Badc | Self::Dcba => 2,
            Self::Abcdefgh | Self::Badcfehg | Self::Ghefcdab | Self::Hgfedcba => 4,
        }
    }

    /// Whether the least significant word comes first.
    #[must_use]
    pub fn low_word_first(self) -> bool {
        matches!(self, Self::Cdab | Self::Dcba | Self::Ghefcdab | Self::Hgfedcba)
    }

    /// Whether the two bytes of each word are swapped.
    #[must_use]
    pub fn bytes_swapped(self) -> bool {
        matches!(self, Self::Ba | Self::Badc | Self::Dcba | Self::Badcfehg | Self::Hgfedcba)
    }
}

/// Where a device keeps something.
#[derive(Clone, PartialEq, Debug)]
pub struct Register {
    /// What it means.
    pub point: Point,
    /// Which table.
    pub table: Table,
    /// Its first address, counted from 0 as in the protocol's frames.
    pub address: u16,
    /// What it holds.
    pub kind: Type,
    /// In which order its bytes come; says nothing in a table of bits.
    pub order: Order,
    /// How many elements follow each other.
    pub count: u16,
    /// How many such blocks there are, 1 where nothing repeats: elements are numbered through all.
    pub blocks: u16,
    /// From the begin of one block to that of the next, in addresses.
    pub every: u16,
    /// Value = raw × scale.
    pub scale: f64,
    /// The unit of the value.
    pub unit: String,
    /// Raw values that say "not known".
    pub invalid: Vec<i64>,
    /// The least and the greatest value that the device can mean; one beyond them is not known.
    pub range: Option<(f64, f64)>,
    /// For how long a value may be used after it was read, seconds; 0 leaves that to who uses it.
    pub valid_s: f64,
    /// What a reading of it does to the device; empty where it does nothing.
    pub side_effect: String,
    /// What single raw values mean.
    pub meanings: Vec<(i64, String)>,
    /// What is not sure about it; empty where nothing is known to be doubtful.
    pub unverified: String,
}

impl Register {
    /// How many elements it has in all its blocks.
    #[must_use]
    pub fn elements(&self) -> u16 {
        self.count.saturating_mul(self.blocks)
    }

    /// What a raw value means, where the profile says so.
    #[must_use]
    pub fn meaning(&self, raw: i64) -> Option<&str> {
        let found = self.meanings.iter().find(|(of, _)| *of == raw);
        found.map(|(_, text)| text.as_str())
    }

    /// How many addresses the elements of a block take: words, or bits in a table of bits.
    #[must_use]
    pub fn length(&self) -> u16 {
        match self.kind {
            Type::Bits if self.table.is_bits() => self.count,
            Type::Bits => self.count.div_ceil(16),
            kind => kind.words().saturating_mul(self.count),
        }
    }

    /// The address after its last, which may lie behind the table's end.
    #[must_use]
    pub fn end(&self) -> u32 {
        let last = u32::from(self.blocks.saturating_sub(1)) * u32::from(self.every);
        u32::from(self.address) + last + u32::from(self.length())
    }

    /// Where each of its blocks begins, and the address after its last.
    pub fn spans(&self) -> impl Iterator<Item = (u32, u32)> + Clone + use<> {
        let (first, every) = (u32::from(self.address), u32::from(self.every));
        let length = u32::from(self.length());
        (0..u32::from(self.blocks))
            .map(move |block| first + block * every)
            .map(move |b| (b, b + length))
    }

    /// Those of its blocks that lie whole within `length` addresses from `first`.
    #[must_use]
    pub fn blocks_within(&self, first: u16, length: usize) -> Range<u16> {
        let (begin, every) = (i64::from(self.address), i64::from(self.every.max(1)));
        let first = i64::from(first);
        let room = first + i64::try_from(length).unwrap_or(i64::MAX / 2) - i64::from(self.length());
        let blocks = i64::from(self.blocks);
        let from = (first - begin + every - 1).div_euclid(every).clamp(0, blocks);
        let to = ((room - begin).div_euclid(every) + 1).clamp(from, blocks);
        let short = |block: i64| u16::try_from(block).unwrap_or(u16::MAX);
        short(from)..short(to)
    }

    /// The address of the block that an element is in, and the element's place there.
    #[must_use]
    pub fn place(&self, element: u16) -> (usize, u16) {
        let (block, within) = (element / self.count.max(1), element % self.count.max(1));
        (usize::from(self.address) + usize::from(block) * usize::from(self.every), within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_within_a_reading_are_those_that_lie_whole_in_it() {
        for (blocks, every) in [(1, 0), (4, 3), (5, 7), (64, 10)] {
            let register = Register {
                point: Point::ObjectCount,
                table: Table::Input,
                address: 20,
                kind: Type::U16,
                order: Order::Ab,
                count: 3,
                blocks,
                every,
                scale: 1.0,
                unit: String::new(),
                invalid: Vec::new(),
                range: None,
                valid_s: 0.0,
                side_effect: String::new(),
                meanings: Vec::new(),
                unverified: String::new(),
            };
            for first in 0..120_u16 {
                for length in 0..60_usize {
                    let whole = |&(_, (from, to)): &(u16, (u32, u32))| {
                        from >= u32::from(first) && to as usize <= usize::from(first) + length
                    };
                    let all = (0_u16..).zip(register.spans());
                    let found: Vec<u16> = all.filter(whole).map(|(block, _)| block).collect();
                    let range: Vec<u16> = register.blocks_within(first, length).collect();
                    assert_eq!(range, found, "{blocks} by {every}, {length} from {first}");
                }
            }
        }
    }
}
