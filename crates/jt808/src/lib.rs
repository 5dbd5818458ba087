//! What a vehicle's terminal says over TCP by JT/T 808, and what it is answered, as values.
//!
//! ```text
//!   bytes, in any pieces ─▶ Decoder ─▶ Frame ─▶ Message ─▶ Session ─▶ answer, and positions
//!                           (escape,            (what it    (who may)
//!                            checksum, length)   means)
//! ```
//!
//! The editions of 2011, 2013 and 2019 are read side by side: which one a frame is of stands in the
//! frame. A phone number is a claim and no identity, so that only terminals of an allow-list are
//! listened to, and nothing that they say asks for a corridor: they only tell where a vehicle is for
//! which somebody else has asked. Positions are taken for WGS-84, as the standard has it. A terminal
//! that sends the shifted coordinates of Chinese maps (GCJ-02) is 100 to 700 m beside its road
//! (*unverified* here), which whoever places it on the roads must notice.
//!
//! Messages in several packages and encrypted ones are refused with an answer: positions come in one
//! package, and what needs more (media, backlogs of hours) is of no use to a corridor.

mod body;
mod frame;
mod location;
mod message;
mod plate;
mod session;
mod stream;

pub use frame::{BODY_MAX, FRAME_MAX, Format, Frame, FrameError, Phone};
pub use location::{Batch, Doubt, Location};
pub use message::{BodyError, Edition, Message, Registration};
pub use plate::plate_text;
pub use session::{Heard, Place, RegistrationResult, Session, State, Terminal, Verdict};
pub use stream::Decoder;
