//! JSON with its path, and where problems are put.

use std::cell::RefCell;
use std::fmt;

use serde_json::Value;

/// The most problems of one file that are kept.
const PROBLEMS_MAX: usize = 1_000;

/// One mistake in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathProblem {
    /// Where, as `roads[3].lanes[0].maxSpeed`; empty for the file itself.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for PathProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.reason.fmt(f)
    }
}

#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<PathProblem>>);

impl Problems {
    pub(super) fn say(&self, path: &str, reason: impl Into<String>) {
        let mut all = self.0.borrow_mut();
        if all.len() < PROBLEMS_MAX {
            all.push(PathProblem { path: path.to_owned(), reason: reason.into() });
        }
    }

    /// Says it where it was not said a moment ago: several members are asked for in a row.
    pub(super) fn say_once(&self, path: &str, reason: &str) {
        let said = |problem: &PathProblem| problem.path == path && problem.reason == reason;
        if !self.0.borrow().last().is_some_and(said) {
            self.say(path, reason);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<PathProblem>> {
        let all = self.0.into_inner();
        match value {
            Some(value) if all.is_empty() => Ok(value),
            _ => Err(all),
        }
    }
}

/// A value and where it stands.
pub(super) struct Node<'v> {
    pub(super) path: String,
    value: &'v Value,
    problems: &'v Problems,
}

impl<'v> Node<'v> {
    pub(super) fn root(value: &'v Value, problems: &'v Problems) -> Self {
        Self { path: String::new(), value, problems }
    }

    pub(super) fn say(&self, reason: impl Into<String>) {
        self.problems.say(&self.path, reason);
    }

    /// A number, where it is one; nothing is said where it is not.
    pub(super) fn peek_number(&self, key: &str) -> Option<f64> {
        self.value.get(key)?.as_f64()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// A text, where there is one; that there is none was said elsewhere.
    pub(super) fn peek(&self, key: &str) -> Option<&'v str> {
        self.value.get(key)?.as_str()
    }

    /// The same of true or false.
    pub(super) fn peek_flag(&self, key: &str) -> Option<bool> {
        self.value.get(key)?.as_bool()
    }

    /// Says that something is wrong with a member.
    pub(super) fn say_of(&self, key: &str, reason: impl Into<String>) {
        self.problems.say(&self.path_of(key), reason);
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn member(&self, key: &str) -> Option<Node<'v>> {
        let path = self.path_of(key);
        let found = self.value.get(key);
        if found.is_none() && self.value.is_object() {
            self.problems.say(&path, "it is missing");
        } else if found.is_none() {
            self.problems.say_once(&self.path, "it is not an object");
        }
        Some(Node { path, value: found?, problems: self.problems })
    }

    pub(super) fn items(&self) -> Vec<Node<'v>> {
        let Some(list) = self.value.as_array() else {
            self.say("it is not a list");
            return Vec::new();
        };
        let item = |(index, value): (usize, &'v Value)| Node {
            path: format!("{}[{index}]", self.path),
            value,
            problems: self.problems,
        };
        list.iter().enumerate().map(item).collect()
    }

    pub(super) fn list(&self, key: &str) -> Vec<Node<'v>> {
        self.member(key).map(|node| node.items()).unwrap_or_default()
    }

    /// Whether a member is a list that is empty; that it is none was said elsewhere.
    pub(super) fn has_empty(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty)
    }

    /// The items of a list that may be missing.
    pub(super) fn list_if(&self, key: &str) -> Vec<Node<'v>> {
        if self.has(key) { self.list(key) } else { Vec::new() }
    }

    /// The keys that are none of `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> impl Iterator<Item = &'v str> {
        let keys = self.value.as_object().into_iter().flat_map(|object| object.keys());
        keys.map(String::as_str).filter(move |key| !known.contains(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'v str> {
        let node = self.member(key)?;
        node.as_text()
    }

    pub(super) fn as_text(&self) -> Option<&'v str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.say("it is not a text");
        }
        text
    }

    pub(super) fn number(&self, key: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let node = self.member(key)?;
        node.as_number(range)
    }

    pub(super) fn as_number(&self, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let Some(number) = self.value.as_f64() else {
            self.say("it is not a number");
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        self.say(format!("{number} is not within {} to {}", range.start(), range.end()));
        None
    }

    pub(super) fn index(&self, below: usize) -> Option<usize> {
        let index = self.value.as_u64().and_then(|n| usize::try_from(n).ok());
        let index = index.filter(|&n| n < below);
        if index.is_none() {
            self.say(format!("it is not a whole number below {below}"));
        }
        index
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        let node = self.member(key)?;
        let flag = node.value.as_bool();
        if flag.is_none() {
            node.say("it is not true or false");
        }
        flag
    }
}
