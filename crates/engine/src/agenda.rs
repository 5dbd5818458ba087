//! When each line wants to be asked again. A district has a thousand lines and one input at a time:
//! to ask all of them after each would cost more than what they do.

use std::collections::BTreeSet;

use units::{LineId, Moment};

/// The next moment of every line, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda {
    /// For each line, what it is in `order` with.
    dues: Vec<Option<Moment>>,
    order: BTreeSet<(Moment, LineId)>,
}

impl Agenda {
    /// An agenda on which nothing of `lines` lines is.
    pub(crate) fn new(lines: usize) -> Self {
        Self { dues: vec![None; lines], order: BTreeSet::new() }
    }

    /// Sets when a line is due; never, where nothing is given.
    pub(crate) fn set(&mut self, line: LineId, due: Option<Moment>) {
        let known = std::mem::replace(&mut self.dues[line.index()], due);
        if known == due {
            return;
        }
        if let Some(known) = known {
            self.order.remove(&(known, line));
        }
        if let Some(due) = due {
            self.order.insert((due, line));
        }
    }

    /// When the first line is due.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.order.first().map(|&(due, _)| due)
    }

    /// The lines that are due, in the order of their ids.
    pub(crate) fn due(&self, now: Moment) -> Vec<LineId> {
        let due = self.order.iter().take_while(|(due, _)| *due <= now);
        let mut lines: Vec<_> = due.map(|&(_, line)| line).collect();
        lines.sort_unstable();
        lines
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_a_search_of_all_lines_finds(
            sets in prop::collection::vec((0..6_usize, prop::option::of(0..20_i64)), 0..60),
            now in 0..20_i64,
        ) {
            let mut agenda = Agenda::new(6);
            let mut model = [None; 6];
            for (line, due) in sets {
                let due = due.map(Moment);
                agenda.set(LineId::from_index(line), due);
                model[line] = due;
                prop_assert_eq!(agenda.next(), model.iter().flatten().min().copied());
                let is_due = |line: &usize| model[*line].is_some_and(|due| due <= Moment(now));
                let expected: Vec<_> = (0..6).filter(is_due).map(LineId::from_index).collect();
                prop_assert_eq!(agenda.due(Moment(now)), expected);
            }
        }
    }
}
