//! One line of the served street: what every way to it has in common.

use std::sync::mpsc::Sender;
use std::time::Duration;

use field::Request;
use field::frame::{Incoming, answer_pdu, request_pdu};
use field::wire::Wire;
use tokio::sync::oneshot;
use units::{LineId, Millis};

use super::clock::real;
use super::owner::Message;
use crate::link::{self, Carried, Framing};
use crate::street::Answer;

/// What every device can be asked.
const ANY: Request = Request::ReadInput { address: 0, count: 1 };

/// One line.
pub(super) struct Line {
    pub(super) line: LineId,
    pub(super) speed: f64,
    /// Bounded by what sends into it: each connection waits for its answer.
    pub(super) street: Sender<Message>,
    pub(super) framing: Framing,
    /// How fast its wire is, where it is a serial one: a pseudo-terminal does not keep to it.
    pub(super) wire: Option<Wire>,
}

impl Line {
    /// What comes of a request, once its time is over; the end of the line where the street has ended.
    pub(super) async fn answer(&self, incoming: &Incoming) -> Carried {
        let (answer, given) = oneshot::channel();
        let (line, unit) = (self.line, incoming.unit);
        // Of what cannot be served, the unit is asked only whether it would answer at all.
        let request = incoming.request.clone().unwrap_or(ANY);
        if self.street.send(Message::Request { line, unit, request, answer }).is_err() {
            return Carried::Cut;
        }
        let Ok((mut answer, late)) = given.await else {
            return Carried::Cut;
        };
        if let (Err(exception), Answer::Reply(Ok(_))) = (&incoming.request, &answer) {
            answer = Answer::Reply(Err(*exception));
        }
        let late = late + self.on_wire(incoming, &answer);
        // Even a sleep of nothing waits for the timer's next millisecond.
        if late > Millis::ZERO {
            tokio::time::sleep(self.real(late)).await;
        }
        link::carry(self.framing, incoming, answer)
    }

    /// Whether the street takes a connection now.
    pub(super) async fn knock(&self) -> bool {
        let (open, is_open) = oneshot::channel();
        let asked = self.street.send(Message::Knock { line: self.line, open });
        asked.is_ok() && is_open.await.unwrap_or(false)
    }

    /// The real time that a span of the street takes.
    pub(super) fn real(&self, span: Millis) -> Duration {
        real(span, self.speed)
    }

    fn on_wire(&self, incoming: &Incoming, answer: &Answer) -> Millis {
        let (Some(wire), Answer::Reply(reply) | Answer::Spoiled(reply, _)) = (self.wire, answer)
        else {
            return Millis::ZERO;
        };
        let asked = incoming.request.as_ref().map_or(2, |request| request_pdu(request).len());
        wire.transaction(asked, answer_pdu(incoming.function, reply).len())
    }
}
