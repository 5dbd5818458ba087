//! How a reader asks a table for what it needs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::Problems;
use crate::node::{Node, Value};

/// One table of a document. When it goes out of scope, every key that was not asked for is a
/// problem.
#[derive(Debug)]
pub struct Table<'d> {
    path: String,
    line: usize,
    entries: Option<&'d BTreeMap<String, Node>>,
    asked: RefCell<BTreeSet<&'static str>>,
    problems: &'d Problems,
}

/// A text or a number of a list, with its place.
#[derive(Debug)]
pub struct Item<'d> {
    path: String,
    node: &'d Node,
    problems: &'d Problems,
}

impl<'d> Table<'d> {
    pub(crate) fn new(path: String, node: &'d Node, problems: &'d Problems) -> Self {
        let entries = match &node.value {
            Value::Table(entries) => Some(entries),
            other => {
                problems.say(node.line, &path, format!("it is {}, not a table", other.kind()));
                None
            }
        };
        Self { path, line: node.line, entries, asked: RefCell::default(), problems }
    }

    /// Says that something is wrong with `key`, or with the table itself where it is empty.
    pub fn say(&self, key: &str, reason: impl Into<String>) {
        let line = self.entries.and_then(|e| e.get(key)).map_or(self.line, |node| node.line);
        self.problems.say(line, &self.path_of(key), reason);
    }

    /// Whether the table has this key.
    #[must_use]
    pub fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A text that must be there.
    #[must_use]
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.required(key).and_then(|item| item.text())
    }

    /// A text that may be there.
    #[must_use]
    pub fn text_if(&self, key: &'static str) -> Option<String> {
        self.item(key).and_then(|item| item.text())
    }

    /// An integer within `range` that must be there.
    #[must_use]
    pub fn integer(&self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        self.required(key).and_then(|item| item.integer(range))
    }

    /// An integer within `range`, or `usual` where the key is not there.
    #[must_use]
    pub fn integer_or(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
        usual: i64,
    ) -> Option<i64> {
        self.item(key).map_or(Some(usual), |item| item.integer(range))
    }

    /// A number within `range` that must be there; an integer is a number too.
    #[must_use]
    pub fn number(&self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        self.required(key).and_then(|item| item.number(range))
    }

    /// A number within `range`, or `usual` where the key is not there.
    #[must_use]
    pub fn number_or(
        &self,
        key: &'static str,
        range: RangeInclusive<f64>,
        usual: f64,
    ) -> Option<f64> {
        self.item(key).map_or(Some(usual), |item| item.number(range))
    }

    /// True or false, or `usual` where the key is not there.
    #[must_use]
    pub fn flag_or(&self, key: &'static str, usual: bool) -> Option<bool> {
        let Some(item) = self.item(key) else {
            return Some(usual);
        };
        match item.node.value {
            Value::Flag(flag) => Some(flag),
            _ => item.wrong("true or false"),
        }
    }

    /// One of the values that `named` knows, or `usual` where the key is not there.
    #[must_use]
    pub fn choice<T: Copy>(
        &self,
        key: &'static str,
        choices: &[(&str, T)],
        usual: Option<T>,
    ) -> Option<T> {
        let item = match usual {
            Some(usual) if !self.has(key) => return Some(usual),
            _ => self.required(key)?,
        };
        let text = item.text()?;
        let found = choices.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            item.say(format!("{text:?} is none of {}", names.join(", ")));
        }
        found.map(|&(_, value)| value)
    }

    /// A table that must be there.
    #[must_use]
    pub fn table(&self, key: &'static str) -> Option<Table<'d>> {
        self.required(key).map(|item| item.table())
    }

    /// A table that may be there.
    #[must_use]
    pub fn table_if(&self, key: &'static str) -> Option<Table<'d>> {
        self.item(key).map(|item| item.table())
    }

    /// The tables of a list; none where the key is not there.
    #[must_use]
    pub fn tables(&self, key: &'static str) -> Vec<Table<'d>> {
        self.items(key).iter().map(Item::table).collect()
    }

    /// The items of a list; none where the key is not there.
    #[must_use]
    pub fn items(&self, key: &'static str) -> Vec<Item<'d>> {
        self.item(key).map(|item| item.items()).unwrap_or_default()
    }

    fn get(&self, key: &'static str) -> Option<&'d Node> {
        self.asked.borrow_mut().insert(key);
        self.entries.and_then(|entries| entries.get(key))
    }

    fn item(&self, key: &'static str) -> Option<Item<'d>> {
        let node = self.get(key)?;
        Some(Item { path: self.path_of(key), node, problems: self.problems })
    }

    fn required(&self, key: &'static str) -> Option<Item<'d>> {
        let item = self.item(key);
        if item.is_none() && self.entries.is_some() {
            self.problems.say(self.line, &self.path_of(key), "it is missing");
        }
        item
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (_, true) => self.path.clone(),
            _ => format!("{}.{key}", self.path),
        }
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        let asked = self.asked.borrow();
        for (key, node) in self.entries.into_iter().flatten() {
            if !asked.contains(key.as_str()) {
                self.problems.say(node.line, &self.path_of(key), "this key is not known here");
            }
        }
    }
}

impl<'d> Item<'d> {
    /// Says that something is wrong with this item.
    pub fn say(&self, reason: impl Into<String>) {
        self.problems.say(self.node.line, &self.path, reason);
    }

    /// The item as a text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.node.value {
            Value::Text(text) => Some(text.clone()),
            _ => self.wrong("a text"),
        }
    }

    /// The item as an integer within `range`.
    #[must_use]
    pub fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let Value::Integer(integer) = self.node.value else {
            return self.wrong("an integer");
        };
        if let Some(integer) = integer.filter(|integer| range.contains(integer)) {
            return Some(integer);
        }
        if range.start() == range.end() {
            self.say(format!("it must be {}", range.start()));
        } else {
            self.say(format!("it is not within {} to {}", range.start(), range.end()));
        }
        None
    }

    /// The item as a number within `range`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let number = match self.node.value {
            Value::Number(number) => number,
            Value::Integer(Some(integer)) => integer as f64,
            _ => return self.wrong("a number"),
        };
        if range.contains(&number) {
            return Some(number);
        }
        let (least, most) = (*range.start(), *range.end());
        let number = short(number);
        self.say(if most > LARGE {
            format!("{number} is not at least {}", short(least))
        } else {
            format!("{number} is not within {} to {}", short(least), short(most))
        });
        None
    }

    /// The item as a list.
    #[must_use]
    pub fn items(&self) -> Vec<Item<'d>> {
        let Value::List(list) = &self.node.value else {
            self.wrong::<()>("a list");
            return Vec::new();
        };
        let item = |(index, node): (usize, &'d Node)| Item {
            path: format!("{}[{index}]", self.path),
            node,
            problems: self.problems,
        };
        list.iter().enumerate().map(item).collect()
    }

    /// The item as a table.
    #[must_use]
    pub fn table(&self) -> Table<'d> {
        Table::new(self.path.clone(), self.node, self.problems)
    }

    fn wrong<T>(&self, expected: &str) -> Option<T> {
        self.say(format!("it is {}, not {expected}", self.node.value.kind()));
        None
    }
}

/// From here on a number is written with a power of ten: hundreds of digits tell nobody anything. A
/// range that ends beyond has no end that somebody chose.
const LARGE: f64 = 1e15;

/// A number as people write it.
fn short(number: f64) -> String {
    if number.abs() > LARGE { format!("{number:e}") } else { number.to_string() }
}

impl Table<'_> {
    /// The text `key` of each table of a list, looked at without asking for it: nothing is missing
    /// or known because of this.
    #[must_use]
    pub fn peek_each(&self, list: &str, key: &str) -> Vec<String> {
        let text = |node: &Node| match &node.value {
            Value::Table(entries) => match &entries.get(key)?.value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        match self.entries.and_then(|entries| entries.get(list)).map(|node| &node.value) {
            Some(Value::List(tables)) => tables.iter().filter_map(text).collect(),
            _ => Vec::new(),
        }
    }
}
