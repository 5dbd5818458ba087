//! What an import left out or read otherwise than SUMO would, counted, for the one who has to judge it.

use std::collections::BTreeMap;

/// Things of one kind that are named; the others are counted.
const NAMES_MAX: usize = 5;

/// Notes while files are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(BTreeMap<String, (usize, Vec<String>)>);

impl Notes {
    /// Counts one more of `what`, and names it where it has a name.
    pub(super) fn add(&mut self, what: &str, name: &str) {
        if !self.0.contains_key(what) {
            self.0.insert(what.to_owned(), (0, Vec::new()));
        }
        let Some((count, names)) = self.0.get_mut(what) else { return };
        *count += 1;
        if names.len() < NAMES_MAX && !name.is_empty() && names.last().is_none_or(|n| n != name) {
            names.push(name.to_owned());
        }
    }

    /// An element that is passed over.
    pub(super) fn ignored(&mut self, element: &str, name: &str) {
        self.add(&format!("<{element}> ignored"), name);
    }

    /// One line each, with its count.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(what, (count, names)): (&String, &(usize, Vec<String>))| {
            let more = if *count > names.len() { ", …" } else { "" };
            match names.is_empty() {
                true => format!("{count} {what}"),
                false => format!("{count} {what}: {}{more}", names.join(", ")),
            }
        };
        self.0.iter().map(line).collect()
    }
}
