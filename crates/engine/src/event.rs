//! What has happened. Closed: whoever reads events can know them all.

use std::fmt;

use corridor::{CorridorId, Place, Step};
use optimizer::Ending;
use signal::{Aspect, ControlSource, Coordination, Refusal, Violation};
use units::{DeviceId, GroupId, JunctionId, Millis, Moment, PlanId, StageId};

use crate::readings::State;

/// Something that has happened, and where.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When the engine knew.
    pub at: Moment,
    /// At which junction.
    pub junction: Option<JunctionId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// What.
    pub kind: EventKind,
}

/// What has happened.
#[derive(Clone, PartialEq, Debug)]
pub enum EventKind {
    /// A group shows something else.
    AspectSeen {
        /// The group.
        group: GroupId,
        /// What it shows.
        aspect: Aspect,
    },
    /// Another stage is demanded.
    Demanded {
        /// The stage.
        stage: StageId,
        /// How the green before it ends.
        ending: Option<Ending>,
        /// Why.
        reason: String,
    },
    /// The interlock refused a demand.
    Refused {
        /// The stage.
        stage: StageId,
        /// Why.
        refusal: Refusal,
    },
    /// A demand was not written, or never showed.
    Unanswered {
        /// Why.
        reason: String,
    },
    /// A phase of a ring has ended: for each of its groups.
    GreenEnded {
        /// The group.
        group: GroupId,
        /// How.
        ending: Ending,
    },
    /// The calendar has another plan.
    PlanChanged {
        /// The plan.
        plan: PlanId,
        /// Its name.
        name: String,
    },
    /// The cycle is another one.
    CycleChanged {
        /// The cycle.
        cycle: Millis,
    },
    /// The offset is another one.
    OffsetChanged {
        /// The offset.
        offset: Millis,
    },
    /// The plan stands otherwise to the common clock.
    Coordination {
        /// How.
        state: Coordination,
        /// What is to be added, or taken away where it is negative.
        out: Millis,
    },
    /// A person's hold of a stage begins or ends.
    Hold {
        /// The stage.
        stage: StageId,
        /// Whether it begins.
        on: bool,
    },
    /// The junction flashes, or flashes no more.
    FlashStatus(Flash),
    /// The street broke the table.
    Violated(Violation),
    /// Another source controls the junction.
    Control {
        /// The source.
        source: ControlSource,
        /// Why.
        reason: String,
    },
    /// The planner was let down at a junction, or its search missed its budget, and max-pressure has
    /// it, or no longer.
    Fallback {
        /// Whether it begins.
        on: bool,
        /// Why.
        reason: String,
    },
    /// The planner, which only looks on, would show another stage.
    Shadowed {
        /// The stage.
        stage: StageId,
        /// The stage that was decided.
        instead_of: StageId,
        /// Why.
        reason: String,
    },
    /// A cabinet's own detector for preemption hears a vehicle, or hears it no more.
    PreemptInput {
        /// The preempt that it calls, from 1.
        number: u8,
        /// Whether it begins.
        on: bool,
        /// Where it is heard.
        place: Place,
    },
    /// A corridor calls a junction, or lets it go, by the names that field equipment has for a preempt.
    Preempted {
        /// The corridor's number, where a preempt has its own.
        number: u16,
        /// Which end of it.
        preempt: Preempt,
    },
    /// A step of an emergency corridor.
    Corridor {
        /// Which; none where none was opened.
        corridor: Option<CorridorId>,
        /// Whether it is a drill.
        is_drill: bool,
        /// What happened.
        step: Step,
    },
    /// A device's health has changed.
    Health {
        /// Its state.
        state: &'static str,
        /// Why.
        reason: String,
    },
    /// A device has started again.
    Rebooted,
    /// A person acted.
    Operator {
        /// Who.
        who: String,
        /// What was done, and why.
        what: String,
    },
    /// What a device said cannot be.
    Implausible {
        /// What.
        what: String,
    },
}

/// The ends of a preempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preempt {
    /// It is called.
    Called,
    /// The junction begins to change for it.
    Entry,
    /// It is called no more.
    Over,
    /// The junction begins to change back.
    Exit,
}

impl Preempt {
    fn code(self) -> u16 {
        match self {
            Self::Called => 102,
            Self::Over => 104,
            Self::Entry => 105,
            Self::Exit => 111,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Called => "the junction is called",
            Self::Entry => "the entry begins",
            Self::Over => "the call is over",
            Self::Exit => "the exit begins",
        }
    }
}

/// Whether a junction flashes, and why, as far as it can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flash {
    /// It does not.
    NotFlashing,
    /// For a reason that is not known.
    Other,
    /// A person at the cabinet has control.
    Manual,
    /// The cabinet reports a fault.
    Fault,
    /// It has just started.
    StartUp,
}

impl Flash {
    pub(crate) fn of(state: &State) -> Self {
        let flashes = |a: &Aspect| matches!(a, Aspect::FlashingYellow | Aspect::Dark);
        match state {
            _ if !state.seen.aspects.iter().any(flashes) => Self::NotFlashing,
            _ if state.starting => Self::StartUp,
            _ if state.seen.fault => Self::Fault,
            _ if state.seen.local_control => Self::Manual,
            _ => Self::Other,
        }
    }

    /// The parameter of the Indiana event 173. That 2 stands for "not flashing" is by the values of
    /// NTCIP 1202's unit flash status, *unverified* here.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Other => 1,
            Self::NotFlashing => 2,
            Self::Manual => 4,
            Self::Fault => 5,
            Self::StartUp => 7,
        }
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotFlashing => "not flashing",
            Self::Other => "flashing",
            Self::Manual => "flashing by hand",
            Self::Fault => "flashing with a fault",
            Self::StartUp => "flashing at its start",
        }
    }
}

impl EventKind {
    /// The short names of all.
    pub const NAMES: &'static [&'static str] = &[
        "aspect",
        "demand",
        "refusal",
        "unanswered",
        "green-end",
        "plan",
        "cycle",
        "offset",
        "coordination",
        "hold",
        "flash",
        "violation",
        "control",
        "fallback",
        "shadow",
        "preempt-input",
        "corridor",
        "preempt",
        "health",
        "reboot",
        "operator",
        "implausible",
    ];

    /// A short name; one of [`Self::NAMES`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AspectSeen { .. } => "aspect",
            Self::Demanded { .. } => "demand",
            Self::Refused { .. } => "refusal",
            Self::Unanswered { .. } => "unanswered",
            Self::GreenEnded { .. } => "green-end",
            Self::PlanChanged { .. } => "plan",
            Self::CycleChanged { .. } => "cycle",
            Self::OffsetChanged { .. } => "offset",
            Self::Coordination { .. } => "coordination",
            Self::Hold { .. } => "hold",
            Self::FlashStatus(_) => "flash",
            Self::Violated(_) => "violation",
            Self::Control { .. } => "control",
            Self::Fallback { .. } => "fallback",
            Self::Shadowed { .. } => "shadow",
            Self::PreemptInput { .. } => "preempt-input",
            Self::Corridor { .. } => "corridor",
            Self::Preempted { .. } => "preempt",
            Self::Health { .. } => "health",
            Self::Rebooted => "reboot",
            Self::Operator { .. } => "operator",
            Self::Implausible { .. } => "implausible",
        }
    }

    /// The Indiana high-resolution code and its parameter, where one exists (Purdue enumerations,
    /// 2019 revision); groups, stages and plans count from 1 there. A stage stands where the
    /// enumeration has a phase.
    #[must_use]
    pub fn indiana(&self) -> Option<(u16, u16)> {
        match self {
            Self::AspectSeen { group, aspect } => {
                let code = match aspect {
                    Aspect::Green => 1,
                    Aspect::Yellow => 8,
                    Aspect::Red => 10,
                    Aspect::FlashingGreen => 22,
                    _ => return None,
                };
                Some((code, u16::from(group.0) + 1))
            }
            Self::Demanded { ending: Some(ending), stage, .. } => {
                Some((ending.code(), u16::from(stage.0) + 1))
            }
            Self::GreenEnded { group, ending } => Some((ending.code(), u16::from(group.0) + 1)),
            Self::Hold { stage, on } => Some((if *on { 41 } else { 42 }, u16::from(stage.0) + 1)),
            Self::PlanChanged { plan, .. } => Some((131, u16::from(plan.0) + 1)),
            // One byte holds no cycle above 255 s: that has a code of its own.
            Self::CycleChanged { cycle } if *cycle > Millis(255_000) => {
                Some((156, seconds(*cycle)))
            }
            Self::CycleChanged { cycle } => Some((132, seconds(*cycle))),
            Self::OffsetChanged { offset } => Some((133, seconds(*offset))),
            Self::Coordination { state, .. } => Some((150, state.code())),
            Self::FlashStatus(flash) => Some((173, flash.code())),
            Self::PreemptInput { number, on, .. } => {
                Some((if *on { 102 } else { 104 }, u16::from(*number)))
            }
            Self::Corridor { corridor: Some(id), step: Step::Open { .. }, .. } => {
                Some((107, crate::dispatch::number(*id)))
            }
            Self::Preempted { number, preempt } => Some((preempt.code(), *number)),
            _ => None,
        }
    }

    /// Whether it must be on the disk before anything else is done.
    #[must_use]
    pub fn is_safety(&self) -> bool {
        matches!(self, Self::Violated(_) | Self::Operator { .. })
    }
}

/// Whole seconds, as the codes have them.
fn seconds(span: Millis) -> u16 {
    u16::try_from(span.0 / 1_000).unwrap_or(u16::MAX)
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AspectSeen { group, aspect } => {
                write!(f, "group {} shows {aspect:?}", group.0 + 1)
            }
            Self::Demanded { stage, reason, .. } => write!(f, "stage {}: {reason}", stage.0 + 1),
            Self::Refused { stage, refusal } => {
                write!(f, "stage {} refused: {refusal}", stage.0 + 1)
            }
            Self::Unanswered { reason } => write!(f, "a demand was not answered: {reason}"),
            Self::GreenEnded { group, ending } => {
                write!(f, "group {} ends: {}", group.0 + 1, ending.name())
            }
            Self::PlanChanged { name, .. } => write!(f, "plan {name}"),
            Self::CycleChanged { cycle } => write!(f, "a cycle of {cycle}"),
            Self::OffsetChanged { offset } => write!(f, "an offset of {offset}"),
            Self::Coordination { state: Coordination::Free, .. } => write!(f, "free"),
            Self::Coordination { state, out } => write!(f, "{}, {out} out of step", state.name()),
            Self::Hold { stage, on: true } => write!(f, "stage {} is held", stage.0 + 1),
            Self::Hold { stage, .. } => write!(f, "stage {} is held no more", stage.0 + 1),
            Self::FlashStatus(flash) => flash.name().fmt(f),
            Self::Violated(violation) => violation.fmt(f),
            Self::Control { source, reason } => write!(f, "{source} control: {reason}"),
            Self::Fallback { reason, .. } => reason.fmt(f),
            Self::Shadowed { stage, instead_of, reason } => {
                write!(f, "stage {} instead of {}: {reason}", stage.0 + 1, instead_of.0 + 1)
            }
            Self::PreemptInput { number, on: true, place } => {
                write!(f, "preempt {number} is called, {} along its link", place.offset)
            }
            Self::PreemptInput { number, .. } => write!(f, "preempt {number} is called no more"),
            Self::Preempted { number, preempt } => {
                write!(f, "corridor {number}: {}", preempt.name())
            }
            Self::Corridor { corridor, is_drill, step } => {
                let drill = if *is_drill { "drill, " } else { "" };
                match corridor {
                    Some(id) => write!(f, "{drill}corridor {id}: {step}"),
                    None => write!(f, "{drill}corridor: {step}"),
                }
            }
            Self::Health { state, reason } => write!(f, "{state}: {reason}"),
            Self::Rebooted => write!(f, "it has started again"),
            Self::Operator { who, what } => write!(f, "{who}: {what}"),
            Self::Implausible { what } => what.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::state;
    use units::Moment;

    #[test]
    fn events_have_the_codes_of_the_field() {
        let (group, stage) = (GroupId(1), StageId(2));
        let coordination = |state| EventKind::Coordination { state, out: Millis(-1_500) };
        let demand = |ending| EventKind::Demanded { stage, ending, reason: "why".to_owned() };
        let aspect = |aspect| EventKind::AspectSeen { group, aspect };
        let secs = Millis::from_secs;
        let place = Place { link: units::LinkId(0), offset: units::Metres(120.5) };
        for (kind, code) in [
            (aspect(Aspect::Green), Some((1, 2))),
            (aspect(Aspect::Yellow), Some((8, 2))),
            (aspect(Aspect::Red), Some((10, 2))),
            (aspect(Aspect::FlashingGreen), Some((22, 2))),
            (aspect(Aspect::Dark), None),
            (demand(Some(Ending::GapOut)), Some((4, 3))),
            (demand(Some(Ending::MaxOut)), Some((5, 3))),
            (demand(Some(Ending::ForceOff)), Some((6, 3))),
            (demand(None), None),
            (EventKind::GreenEnded { group, ending: Ending::GapOut }, Some((4, 2))),
            (EventKind::GreenEnded { group, ending: Ending::MaxOut }, Some((5, 2))),
            (EventKind::Hold { stage, on: true }, Some((41, 3))),
            (EventKind::Hold { stage, on: false }, Some((42, 3))),
            (EventKind::PlanChanged { plan: PlanId(3), name: "p".to_owned() }, Some((131, 4))),
            (EventKind::CycleChanged { cycle: secs(90) }, Some((132, 90))),
            (EventKind::CycleChanged { cycle: secs(255) }, Some((132, 255))),
            (EventKind::CycleChanged { cycle: secs(256) }, Some((156, 256))),
            (EventKind::OffsetChanged { offset: Millis(12_500) }, Some((133, 12))),
            (coordination(Coordination::Free), Some((150, 0))),
            (coordination(Coordination::InStep), Some((150, 1))),
            (coordination(Coordination::Add), Some((150, 2))),
            (coordination(Coordination::Subtract), Some((150, 3))),
            (coordination(Coordination::Dwell), Some((150, 4))),
            (EventKind::FlashStatus(Flash::Other), Some((173, 1))),
            (EventKind::FlashStatus(Flash::NotFlashing), Some((173, 2))),
            (EventKind::FlashStatus(Flash::Manual), Some((173, 4))),
            (EventKind::FlashStatus(Flash::Fault), Some((173, 5))),
            (EventKind::FlashStatus(Flash::StartUp), Some((173, 7))),
            (EventKind::PreemptInput { number: 3, on: true, place }, Some((102, 3))),
            (EventKind::PreemptInput { number: 3, on: false, place }, Some((104, 3))),
            (EventKind::Rebooted, None),
        ] {
            assert_eq!(kind.indiana(), code, "{kind:?}");
            assert!(!kind.name().is_empty() && !kind.to_string().is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn a_person_and_a_broken_rule_are_kept_before_anything_else() {
        let operator = EventKind::Operator { who: "w".to_owned(), what: "x".to_owned() };
        let violated =
            EventKind::Violated(Violation::Starved { group: GroupId(0), red_for: Millis::ZERO });
        assert!(operator.is_safety() && violated.is_safety());
        assert!(!EventKind::Rebooted.is_safety());
        assert!(!EventKind::Hold { stage: StageId(0), on: true }.is_safety());
    }

    #[test]
    fn flashing_is_told_by_lamps_and_its_reason_by_the_cabinet() {
        use Aspect::{Dark, FlashingYellow, Red};
        for (aspect, starting, fault, by_hand, flash) in [
            (Red, true, true, true, Flash::NotFlashing),
            (FlashingYellow, true, false, false, Flash::StartUp),
            (FlashingYellow, false, true, true, Flash::Fault),
            (FlashingYellow, false, false, true, Flash::Manual),
            (FlashingYellow, false, false, false, Flash::Other),
            (Dark, false, false, false, Flash::Other),
        ] {
            let mut state = state(Some(0), None, 0, Moment(0));
            state.seen.aspects = vec![Red, aspect];
            (state.starting, state.seen.fault) = (starting, fault);
            state.seen.local_control = by_hand;
            assert_eq!(Flash::of(&state), flash, "{aspect:?}");
        }
    }
}
