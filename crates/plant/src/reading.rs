//! JSON with its path, which is put into words only where something is wrong.

use std::cell::RefCell;
use std::fmt::Write;
use std::ops::RangeInclusive;

use serde_json::Value;

/// The most mistakes of one line that are told one by one: whoever mistook a unit did so everywhere.
const PROBLEMS_MAX: usize = 20;

/// What is wrong with a line.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    told: RefCell<Vec<String>>,
    more: RefCell<usize>,
}

impl Problems {
    fn say(&self, problem: String) {
        let mut told = self.told.borrow_mut();
        if told.len() < PROBLEMS_MAX {
            told.push(problem);
        } else {
            *self.more.borrow_mut() += 1;
        }
    }

    /// The value, or everything that is wrong in one line of words.
    pub(crate) fn result<T>(self, value: Option<T>) -> Result<T, String> {
        let (mut told, more) = (self.told.into_inner(), self.more.into_inner());
        match value {
            Some(value) if told.is_empty() => return Ok(value),
            _ if told.is_empty() => told.push("it cannot be understood".to_owned()),
            _ => {}
        }
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        Err(told.join("; "))
    }
}

#[derive(Clone, Copy, Debug)]
enum Key<'n> {
    Root,
    Member(&'n str),
    Item(usize),
}

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'n> {
    pub(crate) value: &'n Value,
    within: Option<&'n Node<'n>>,
    key: Key<'n>,
    problems: &'n Problems,
}

impl<'n> Node<'n> {
    pub(crate) fn root(value: &'n Value, problems: &'n Problems) -> Self {
        Self { value, within: None, key: Key::Root, problems }
    }

    /// Says what is wrong here.
    pub(crate) fn say(&self, what: impl AsRef<str>) {
        let (mut text, what) = (String::new(), what.as_ref());
        self.path(&mut text);
        let separator = if text.is_empty() { "" } else { ": " };
        self.problems.say(format!("{text}{separator}{what}"));
    }

    fn path(&self, text: &mut String) {
        if let Some(within) = self.within {
            within.path(text);
        }
        match self.key {
            Key::Root => {}
            Key::Member(name) if text.is_empty() => text.push_str(name),
            Key::Member(name) => drop(write!(text, ".{name}")),
            Key::Item(index) => drop(write!(text, "[{index}]")),
        }
    }

    fn child<'s>(&'s self, value: &'s Value, key: Key<'s>) -> Node<'s> {
        Node { value, within: Some(self), key, problems: self.problems }
    }

    /// A member, where it is there and not null.
    pub(crate) fn get<'s>(&'s self, key: &'s str) -> Option<Node<'s>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.child(value, Key::Member(key)))
    }

    /// A member that must be there.
    pub(crate) fn need<'s>(&'s self, key: &'s str) -> Option<Node<'s>> {
        let found = self.get(key);
        if found.is_none() {
            let what = if self.value.is_object() { "it is missing" } else { "it is no object" };
            self.child(&Value::Null, Key::Member(key)).say(what);
        }
        found
    }

    /// Whether a member is there, be it null.
    pub(crate) fn names(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// All members; none where it is no object, which is said.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        let members = self.value.as_object();
        if members.is_none() {
            self.say("it is no object");
        }
        let members = members.into_iter().flatten();
        members.map(|(key, value)| (key.as_str(), self.child(value, Key::Member(key))))
    }

    /// All items; none where it is no list, which is said.
    pub(crate) fn items(&self) -> impl ExactSizeIterator<Item = Node<'_>> {
        let items = self.value.as_array();
        if items.is_none() {
            self.say("it is no list");
        }
        let items = items.map_or(&[][..], Vec::as_slice).iter().enumerate();
        items.map(|(index, value)| self.child(value, Key::Item(index)))
    }

    pub(crate) fn text(&self) -> Option<&'n str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.say("it is no text");
        }
        text
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.say("it is neither true nor false");
        }
        flag
    }

    pub(crate) fn number(&self, range: &RangeInclusive<f64>) -> Option<f64> {
        let Some(number) = self.value.as_f64() else {
            self.say("it is no number");
            return None;
        };
        if !range.contains(&number) {
            self.say(format!("{number} is not within {} to {}", range.start(), range.end()));
            return None;
        }
        Some(number)
    }

    /// A whole number from 0 to `most`; 4.0 is one too.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn whole(&self, most: u32) -> Option<u32> {
        let number = self
            .value
            .as_f64()
            .filter(|number| (0.0..=f64::from(most)).contains(number) && number.fract() == 0.0);
        if number.is_none() {
            self.say(format!("it is no whole number from 0 to {most}"));
        }
        number.map(|number| number as u32)
    }
}
