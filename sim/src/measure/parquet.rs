//! The small part of Apache Parquet that trajectories need: required columns, plain values, no
//! compression, a page for each column of a row group. Metadata are in Thrift's compact protocol.
//! After the public descriptions of both formats; other readers' verdict is in
//! `docs/decisions/0009-parquet.md`.
//!
//! ```text
//!   "PAR1"  (page header, values) for each column, for each row group   metadata, length  "PAR1"
//! ```

use std::io::Write;

use units::Millis;

use super::Target;
use super::sink::{COLUMNS, Sample, Sink};

/// Rows after which a row group is written: some 6 MB, so that a day of a city needs no more memory.
const ROWS_A_GROUP: usize = 100_000;
const MAGIC: &[u8; 4] = b"PAR1";

/// A column's type, by its number in the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Int32 = 1,
    Float = 4,
    Double = 5,
    Text = 6,
}

/// The types of [`COLUMNS`].
const KINDS: [Kind; 9] = [
    Kind::Double,
    Kind::Int32,
    Kind::Text,
    Kind::Text,
    Kind::Float,
    Kind::Float,
    Kind::Double,
    Kind::Double,
    Kind::Float,
];

/// A column of a row group, as it lies in the file.
struct Chunk {
    offset: u64,
    bytes: usize,
}

struct Group {
    chunks: Vec<Chunk>,
    rows: usize,
}

/// Samples as a Parquet file.
pub(super) struct Parquet {
    target: Target,
    written: u64,
    values: [Vec<u8>; 9],
    rows: usize,
    groups: Vec<Group>,
}

impl Parquet {
    pub(super) fn new(target: Target) -> anyhow::Result<Self> {
        let values = std::array::from_fn(|_| Vec::new());
        let mut file = Self { target, written: 0, values, rows: 0, groups: Vec::new() };
        file.put(MAGIC)?;
        Ok(file)
    }

    fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.target.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn end_group(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::with_capacity(KINDS.len());
        for column in 0..KINDS.len() {
            let values = std::mem::take(&mut self.values[column]);
            let header = page_header(rows, values.len());
            let offset = self.written;
            self.put(&header)?;
            self.put(&values)?;
            chunks.push(Chunk { offset, bytes: header.len() + values.len() });
            self.values[column] = values;
            self.values[column].clear();
        }
        self.groups.push(Group { chunks, rows });
        Ok(())
    }
}

impl Sink for Parquet {
    fn write(&mut self, now: Millis, samples: &[Sample<'_>]) -> anyhow::Result<()> {
        for sample in samples {
            let [time, vehicle, class, road, position, speed, x, y, angle] = &mut self.values;
            time.extend(now.as_secs_f64().to_le_bytes());
            vehicle.extend(sample.vehicle.to_le_bytes());
            put_text(class, sample.class);
            put_text(road, sample.road);
            position.extend(sample.position.to_le_bytes());
            speed.extend(sample.speed.to_le_bytes());
            x.extend(sample.point.x.to_le_bytes());
            y.extend(sample.point.y.to_le_bytes());
            angle.extend((sample.angle as f32).to_le_bytes());
            self.rows += 1;
            if self.rows == ROWS_A_GROUP {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        self.end_group()?;
        let footer = footer(&self.groups);
        let length = u32::try_from(footer.len())?;
        self.put(&footer)?;
        self.put(&length.to_le_bytes())?;
        self.put(MAGIC)?;
        Ok(self.target.flush()?)
    }
}

fn put_text(values: &mut Vec<u8>, text: &str) {
    values.extend((text.len() as u32).to_le_bytes());
    values.extend(text.as_bytes());
}

/// Numbers of the format's enumerations.
const PLAIN: i64 = 0;
const RUN_LENGTHS: i64 = 3;
const UNCOMPRESSED: i64 = 0;
const REQUIRED: i64 = 0;
const UTF8: i64 = 0;
const DATA_PAGE: i64 = 0;

fn page_header(rows: usize, bytes: usize) -> Vec<u8> {
    let mut thrift = Thrift::default();
    thrift.begin();
    thrift.i32(1, DATA_PAGE);
    thrift.i32(2, bytes as i64);
    thrift.i32(3, bytes as i64);
    thrift.structure(5);
    thrift.i32(1, rows as i64);
    thrift.i32(2, PLAIN);
    // Levels that a required column does not have; the format wants an encoding for them.
    thrift.i32(3, RUN_LENGTHS);
    thrift.i32(4, RUN_LENGTHS);
    thrift.end();
    thrift.end();
    thrift.bytes
}

fn footer(groups: &[Group]) -> Vec<u8> {
    let mut thrift = Thrift::default();
    thrift.begin();
    thrift.i32(1, 1);
    thrift.list(2, STRUCT, KINDS.len() + 1);
    thrift.begin();
    thrift.text(4, "schema");
    thrift.i32(5, KINDS.len() as i64);
    thrift.end();
    for (name, kind) in COLUMNS.iter().zip(KINDS) {
        thrift.begin();
        thrift.i32(1, kind as i64);
        thrift.i32(3, REQUIRED);
        thrift.text(4, name);
        if kind == Kind::Text {
            thrift.i32(6, UTF8);
        }
        thrift.end();
    }
    thrift.i64(3, groups.iter().map(|group| group.rows as i64).sum());
    thrift.list(4, STRUCT, groups.len());
    for group in groups {
        thrift.begin();
        thrift.list(1, STRUCT, group.chunks.len());
        for (column, chunk) in group.chunks.iter().enumerate() {
            column_chunk(&mut thrift, column, chunk, group.rows);
        }
        thrift.i64(2, group.chunks.iter().map(|chunk| chunk.bytes as i64).sum());
        thrift.i64(3, group.rows as i64);
        thrift.end();
    }
    thrift.text(6, concat!("greenwave ", env!("CARGO_PKG_VERSION")));
    thrift.end();
    thrift.bytes
}

fn column_chunk(thrift: &mut Thrift, column: usize, chunk: &Chunk, rows: usize) {
    thrift.begin();
    thrift.i64(2, chunk.offset as i64);
    thrift.structure(3);
    thrift.i32(1, KINDS[column] as i64);
    thrift.list(2, I32, 2);
    thrift.varint(PLAIN);
    thrift.varint(RUN_LENGTHS);
    thrift.list(3, BINARY, 1);
    thrift.string(COLUMNS[column]);
    thrift.i32(4, UNCOMPRESSED);
    thrift.i64(5, rows as i64);
    thrift.i64(6, chunk.bytes as i64);
    thrift.i64(7, chunk.bytes as i64);
    thrift.i64(9, chunk.offset as i64);
    thrift.end();
    thrift.end();
}

/// Types of Thrift's compact protocol.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A writer of Thrift's compact protocol: fields by the difference of their numbers, numbers as
/// zigzag varints.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    /// The last field of each open structure.
    fields: Vec<u8>,
}

impl Thrift {
    fn begin(&mut self) {
        self.fields.push(0);
    }

    fn end(&mut self) {
        self.fields.pop();
        self.bytes.push(0);
    }

    fn field(&mut self, number: u8, kind: u8) {
        if let Some(last) = self.fields.last_mut() {
            self.bytes.push((number - *last) << 4 | kind);
            *last = number;
        }
    }

    fn structure(&mut self, number: u8) {
        self.field(number, STRUCT);
        self.begin();
    }

    fn i32(&mut self, number: u8, value: i64) {
        self.field(number, I32);
        self.varint(value);
    }

    fn i64(&mut self, number: u8, value: i64) {
        self.field(number, I64);
        self.varint(value);
    }

    fn text(&mut self, number: u8, text: &str) {
        self.field(number, BINARY);
        self.string(text);
    }

    fn list(&mut self, number: u8, kind: u8, count: usize) {
        self.field(number, LIST);
        if count < 15 {
            self.bytes.push((count as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            self.unsigned(count as u64);
        }
    }

    fn string(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    fn varint(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)) as u64);
    }

    fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}
