//! The document's values, each with its line.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    /// None where it does not fit 64 bits.
    Integer(Option<i64>),
    Number(f64),
    Flag(bool),
    Date,
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Value {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "an integer",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Date => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Where lines begin.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        Self(after.map(|(at, _)| at + 1).collect())
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: usize) -> usize {
        self.0.partition_point(|&begin| begin <= byte) + 1
    }
}

impl Node {
    pub(crate) fn of_root(root: &Spanned<DeTable<'_>>, lines: &Lines) -> Self {
        Self { line: 1, value: table(root.get_ref(), lines) }
    }

    fn of(value: &Spanned<DeValue<'_>>, key_line: Option<usize>, lines: &Lines) -> Self {
        // A table's own span may be that of its first entry only; the line of its key is at home.
        let line = key_line.unwrap_or_else(|| lines.line(value.span().start));
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(integer) => {
                Value::Integer(i64::from_str_radix(integer.as_str(), integer.radix()).ok())
            }
            DeValue::Float(float) => Value::Number(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(_) => Value::Date,
            DeValue::Array(list) => {
                Value::List(list.iter().map(|item| Self::of(item, None, lines)).collect())
            }
            DeValue::Table(entries) => table(entries, lines),
        };
        Self { line, value }
    }
}

fn table(entries: &DeTable<'_>, lines: &Lines) -> Value {
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let line = lines.line(key.span().start);
        (key.get_ref().to_string(), Node::of(value, Some(line), lines))
    };
    Value::Table(entries.iter().map(entry).collect())
}
