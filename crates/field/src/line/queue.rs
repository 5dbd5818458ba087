//! Commands that wait for their turn on a line.

use std::collections::VecDeque;

use signal::{Admitted, Command};
use units::Moment;

/// Commands that may wait on one line: ten units with a demand each second, some seconds long.
const COMMANDS_MAX: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) unit: usize,
    pub(super) command: Admitted<Command>,
    pub(super) deadline: Moment,
    pub(super) tag: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Queue(VecDeque<Waiting>);

impl Queue {
    /// Takes a command, and gives back those whose place it takes.
    ///
    /// # Errors
    /// The command itself, where too many wait.
    pub(super) fn push(&mut self, new: Waiting) -> Result<Vec<Waiting>, Waiting> {
        let replaced = |old: &Waiting| old.unit == new.unit && supersedes(&new, old);
        let place = self.0.iter().position(replaced);
        let mut superseded = Vec::new();
        while let Some(at) = self.0.iter().position(replaced) {
            superseded.extend(self.0.remove(at));
        }
        match place {
            // It keeps the turn of what it replaces.
            Some(at) => self.0.insert(at, new),
            None if self.0.len() < COMMANDS_MAX => self.0.push_back(new),
            None => return Err(new),
        }
        Ok(superseded)
    }

    /// The first command that may go.
    pub(super) fn take(&mut self, may_go: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let at = self.0.iter().position(may_go)?;
        self.0.remove(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.0.iter()
    }

    /// When the first becomes too old.
    pub(super) fn deadline(&self) -> Option<Moment> {
        self.0.iter().map(|waiting| waiting.deadline).min()
    }
}

/// Whether a command makes an older one for the same unit pointless: it sets the same thing, or it
/// is a release, which ends whatever the older one would begin.
fn supersedes(new: &Waiting, old: &Waiting) -> bool {
    match (new.command.get(), old.command.get()) {
        (Command::Call { group }, Command::Call { group: other }) => group == other,
        (Command::Release, Command::SetClock(_)) => false,
        (Command::Release, _) => true,
        (new, old) => std::mem::discriminant(new) == std::mem::discriminant(old),
    }
}
