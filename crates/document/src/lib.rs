//! A TOML document read whole: every problem with its line, all at once, no key left unread.
//!
//! [`Document::parse`] takes the text, [`Document::read`] hands its root [`Table`] to a reader. What
//! a reader asks for and does not find, or finds to be of another kind, is a problem; so is every
//! key that no reader asked for. The reader goes on after a problem, so one run shows them all.

mod node;
mod table;

use std::cell::RefCell;
use std::fmt;

use node::Node;
pub use table::{Item, Table};

/// The most problems of one document that are kept: a file of another kind has thousands.
const PROBLEMS_MAX: usize = 1_000;
/// The largest document, in bytes. A district of a thousand junctions takes about 20 MB.
const BYTES_MAX: usize = 64 << 20;

/// One mistake in a document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// Where in the document, as `junction[3].stages`; empty for the document itself.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.reason.fmt(f)
    }
}

/// Where readers put what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn say(&self, line: usize, path: &str, reason: impl Into<String>) {
        let mut all = self.0.borrow_mut();
        if all.len() < PROBLEMS_MAX {
            all.push(Problem { line, path: path.to_owned(), reason: reason.into() });
        }
    }
}

/// A document that is sound TOML.
#[derive(Debug)]
pub struct Document {
    root: Node,
}

impl Document {
    /// Parses the text.
    ///
    /// # Errors
    /// Every mistake of syntax, with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let whole = |reason: String| vec![Problem { line: 1, path: String::new(), reason }];
        if text.len() > BYTES_MAX {
            return Err(whole(format!("{} bytes: the most is {BYTES_MAX}", text.len())));
        }
        let (root, errors) = toml::de::DeTable::parse_recoverable(text);
        let lines = node::Lines::of(text);
        if errors.is_empty() {
            return Ok(Self { root: Node::of_root(&root, &lines) });
        }
        let problem = |error: &toml::de::Error| Problem {
            line: error.span().map_or(1, |span| lines.line(span.start)),
            path: String::new(),
            reason: error.message().to_owned(),
        };
        Err(errors.iter().take(PROBLEMS_MAX).map(problem).collect())
    }

    /// Hands the root table to `reader`.
    ///
    /// # Errors
    /// Every problem that the reader met, in the order of their lines; also where the reader
    /// returned nothing without a problem being said, which is the reader's own mistake.
    pub fn read<T>(&self, reader: impl FnOnce(&Table<'_>) -> Option<T>) -> Result<T, Vec<Problem>> {
        let problems = Problems::default();
        let value = {
            let root = Table::new(String::new(), &self.root, &problems);
            reader(&root)
        };
        let mut problems = problems.0.into_inner();
        problems.sort();
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            None if problems.is_empty() => Err(vec![Problem {
                line: 1,
                path: String::new(),
                reason: "the document could not be read".to_owned(),
            }]),
            _ => Err(problems),
        }
    }
}
