//! What an import left out or guessed, for the one who has to judge it.

use std::collections::BTreeMap;

/// Junctions that one note names; the others are counted.
const NAMES_MAX: usize = 5;

/// Notes while a file is read: one text for all junctions that it is about.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<String, Vec<String>>);

impl Notes {
    /// Notes something about one junction or object.
    pub(super) fn add(&mut self, what: impl Into<String>, of: &str) {
        let names = self.0.entry(what.into()).or_default();
        if names.last().is_none_or(|last| last != of) {
            names.push(of.to_owned());
        }
    }

    /// One line each.
    pub(super) fn lines(self) -> Vec<String> {
        let line = |(what, names): (String, Vec<String>)| {
            let shown = names.iter().take(NAMES_MAX).map(String::as_str).collect::<Vec<_>>();
            let more = match names.len().saturating_sub(NAMES_MAX) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{what}: {}{more}", shown.join(", "))
        };
        self.0.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_names_a_few_junctions_and_counts_the_others() {
        let mut notes = Notes::default();
        for name in ["a", "a", "b", "c", "d", "e", "f", "g"] {
            notes.add("left out", name);
        }
        notes.add("guessed", "a");
        assert_eq!(notes.lines(), ["guessed: a", "left out: a, b, c, d, e and 2 more"]);
    }
}
