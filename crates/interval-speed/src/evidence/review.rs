//! What people decide of a detection. Two persons must confirm it before it is sent on.
//!
//! ```text
//!              confirm (A)          confirm (B, not A)
//!   Detected ─────────────▶ Seen(A) ─────────────────▶ Confirmed ──▶ may be sent on
//!      │                       │
//!      │ reject, with reason   │ reject, with reason (A or B)
//!      └──────────▶ Rejected ◀─┘
//! ```
//!
//! Confirmed and Rejected are final. Whoever has confirmed may still reject before the second pair of
//! eyes has looked: a doubt counts, whoever has it.

use std::fmt;

use super::body::Body;
use super::schema::{Kind, review as tag};
use super::value::Salts;

/// The longest name and the longest reason.
pub const NAME_MAX: usize = 100;
/// A reason is a sentence or two.
pub const REASON_MAX: usize = 300;

/// What a person does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Says that the record is right.
    Confirm,
    /// Says that it is not.
    Reject,
}

impl Step {
    /// Both with their names in entries and in the API.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("confirm", Self::Confirm), ("reject", Self::Reject)];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reject => "reject",
        }
    }

    /// The step of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.0 == name).map(|row| row.1)
    }
}

/// Where a detection stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// Nobody has judged it.
    #[default]
    Detected,
    /// One person has confirmed it.
    Seen {
        /// Who; none where the name was left out of a bundle.
        by: Option<String>,
    },
    /// Two persons have: it may be sent on.
    Confirmed,
    /// It is none.
    Rejected,
}

impl State {
    /// Its name in manifests and in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Seen { .. } => "seen",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }

    /// Whether it waits for somebody.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Detected | Self::Seen { .. })
    }

    /// The state after a step. A name that is not known (left out of a bundle) is taken to be another
    /// person's; whoever checks a bundle is told so.
    ///
    /// # Errors
    /// Why the step may not be taken.
    pub fn after(
        &self,
        step: Step,
        who: Option<&str>,
        has_reason: bool,
    ) -> Result<Self, StepRefused> {
        match (self, step) {
            (Self::Confirmed | Self::Rejected, _) => Err(StepRefused::Decided(self.name())),
            (_, Step::Reject) if !has_reason => Err(StepRefused::NoReason),
            (_, Step::Reject) => Ok(Self::Rejected),
            (Self::Detected, Step::Confirm) => Ok(Self::Seen { by: who.map(str::to_owned) }),
            (Self::Seen { by: Some(first) }, Step::Confirm) if Some(first.as_str()) == who => {
                Err(StepRefused::SamePerson)
            }
            (Self::Seen { .. }, Step::Confirm) => Ok(Self::Confirmed),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a step may not be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StepRefused {
    /// It is decided.
    #[error("it is {0} already, which is final")]
    Decided(&'static str),
    /// The second pair of eyes is the first one.
    #[error("the second confirmation must be another person's")]
    SamePerson,
    /// Whoever rejects says why.
    #[error("whoever rejects says why")]
    NoReason,
    /// A step without a name, or with one that cannot stand in a list.
    #[error("the name has 1 to {NAME_MAX} characters on one line")]
    Name,
    /// A reason that cannot stand in a list.
    #[error("a reason has at most {REASON_MAX} characters on one line")]
    Reason,
}

/// A step as the fields of an entry. Whether it may be taken says [`State::after`].
///
/// # Errors
/// Where name or reason cannot stand in an entry.
pub fn body(step: Step, who: &str, reason: &str, salts: Salts) -> Result<Body, StepRefused> {
    let (who, reason) = (who.trim(), reason.trim());
    let long = |text: &str, most| text.chars().count() > most || text.contains(char::is_control);
    if who.is_empty() || long(who, NAME_MAX) {
        return Err(StepRefused::Name);
    }
    if long(reason, REASON_MAX) {
        return Err(StepRefused::Reason);
    }
    let body = Body::of(Kind::Review, salts).text(tag::STEP, step.name()).text(tag::WHO, who);
    Ok(body.text_if(tag::REASON, Some(reason).filter(|reason| !reason.is_empty())).done())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is to come out, said in another way: by looking at all that was done.
    fn model(steps: &[(Step, usize, bool)]) -> Vec<bool> {
        let mut taken = Vec::new();
        let mut confirmed: Vec<usize> = Vec::new();
        let mut rejected = false;
        for &(step, who, reason) in steps {
            let over = rejected || confirmed.len() == 2;
            let good = !over
                && match step {
                    Step::Confirm => !confirmed.contains(&who),
                    Step::Reject => reason,
                };
            match step {
                Step::Confirm if good => confirmed.push(who),
                Step::Reject if good => rejected = true,
                _ => {}
            }
            taken.push(good);
        }
        taken
    }

    proptest! {
        #[test]
        fn it_does_what_the_model_does(
            steps in prop::collection::vec((any::<bool>(), 0..3_usize, any::<bool>()), 0..8),
        ) {
            let step = |confirm| if confirm { Step::Confirm } else { Step::Reject };
            let steps: Vec<_> = steps.into_iter().map(|(c, w, r)| (step(c), w, r)).collect();
            let names = ["Li Na", "Wang Wei", "Zhao Min"];
            let mut state = State::Detected;
            let mut taken = Vec::new();
            for &(step, who, reason) in &steps {
                let next = state.after(step, Some(names[who]), reason);
                taken.push(next.is_ok());
                state = next.unwrap_or(state);
            }
            prop_assert_eq!(&taken, &model(&steps));
            let confirms = |(taken, step): &(&bool, &(Step, usize, bool))| {
                **taken && step.0 == Step::Confirm
            };
            let confirmations = taken.iter().zip(&steps).filter(confirms).count();
            prop_assert_eq!(state == State::Confirmed, confirmations == 2);
        }
    }

    #[test]
    fn a_step_has_a_name_and_fits_on_a_line() {
        let salts = Salts::new([1; 32]);
        assert_eq!(body(Step::Confirm, "  ", "", salts), Err(StepRefused::Name));
        assert_eq!(body(Step::Confirm, "a\nb", "", salts), Err(StepRefused::Name));
        assert_eq!(body(Step::Reject, "a", "b\nc", salts), Err(StepRefused::Reason));
        assert_eq!(body(Step::Reject, "a", &"b".repeat(301), salts), Err(StepRefused::Reason));
        assert!(body(Step::Reject, "a", "wrong lane", salts).is_ok());
        for (name, step) in Step::ALL {
            assert_eq!((step.name(), Step::parse(name)), (*name, Some(*step)));
        }
    }
}
