//! Corridors in the control loop: asks, reports of terminals and detectors go to the desk, what it wants
//! told goes out.

use corridor::{Answer, Change, CorridorId, Grant, Opened, Refusal, Request};
use engine::{Engine, Event, EventKind};
use units::Moment;

use super::Control;
use crate::corridors::{Core, CorridorAsk, Now};
use crate::store::Record;
use crate::terminals::Reported;

impl Core for Engine {
    fn ask_corridor(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal> {
        Engine::ask_corridor(self, now, request, grant)
    }

    fn change_corridor(
        &mut self,
        now: Moment,
        id: CorridorId,
        change: &Change,
    ) -> Result<(), Refusal> {
        Engine::change_corridor(self, now, id, change)
    }

    fn open_corridors(&self) -> &[Opened] {
        self.corridors().open()
    }
}

impl Control {
    fn both_clocks(&self) -> Now {
        let moment = self.clock.now();
        Now { moment, wall: self.clock.wall(moment) }
    }

    /// Does what somebody asks of corridors, and says what came of it.
    pub(super) fn dispatched(&mut self, ask: CorridorAsk) {
        let CorridorAsk { who, scope, what, reply } = ask;
        let now = self.both_clocks();
        let outcome = self.dispatch.answer(&mut self.engine, (&who, scope.as_ref()), &what, now);
        for text in self.dispatch.take_audit() {
            self.ends.store.append(Record::own(now.wall, "corridor-audit", text));
        }
        if matches!(outcome, Ok(crate::corridors::Done::Opened { .. })) {
            // Whoever asked looks it up in the picture.
            self.carry_out();
            self.publish();
        }
        let _ = reply.send(outcome);
    }

    /// Takes what a terminal has told.
    pub(super) fn reported(&mut self, told: Reported) {
        let now = self.both_clocks();
        let Reported { vehicle, places } = told;
        self.dispatch.reported(&mut self.engine, &vehicle, &places, now);
    }

    /// Takes an event that concerns corridors.
    pub(super) fn notice(&mut self, event: &Event) {
        let now = self.both_clocks();
        match &event.kind {
            EventKind::Corridor { corridor, is_drill, step } => {
                let (at, corridor, is_drill) = (event.at, *corridor, *is_drill);
                let event = corridor::Event { at, corridor, is_drill, step: step.clone() };
                self.dispatch.happened(&event, now);
            }
            EventKind::PreemptInput { on: true, place, .. } => {
                self.dispatch.marked(&mut self.engine, *place, event.at, now.moment);
            }
            _ => {}
        }
    }

    /// Brings the records up to date, and sends what others are to be told.
    pub(super) fn follow_corridors(&mut self) {
        let now = self.both_clocks();
        self.dispatch.look(&self.engine, now);
        for notice in self.dispatch.take_notices() {
            self.notices.tell(notice);
        }
        for text in self.dispatch.take_audit() {
            self.ends.store.append(Record::own(now.wall, "corridor-audit", text));
        }
    }
}
