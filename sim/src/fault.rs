//! Faults by command: `NAME[=VALUE][:JUNCTION]@SECOND[+SECONDS]`.

use std::fmt;

use units::{Millis, Moment};

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The connection is cut, and refused while it lasts.
    Disconnect,
    /// The cabinet is switched off and on.
    Reboot,
    /// Requests are not answered.
    Silent,
    /// Requests are answered with this exception.
    Exception(u8),
    /// Answers name another unit.
    WrongUnit,
    /// Answers lack their last byte.
    Truncate,
    /// Answers have a byte changed in their header.
    Corrupt,
    /// Every loop is occupied and none counts.
    StuckDetector,
    /// A lamp is broken: reported, nothing else.
    Lamp,
    /// All lamps show green at once.
    Conflict,
}

/// A fault, where, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Injection {
    /// What.
    pub fault: Fault,
    /// At which junction; none: at all.
    pub junction: Option<String>,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
}

/// How long a fault lasts where nothing is said.
const USUAL: Millis = Millis(30_000);

/// What a text has instead of a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for FaultError {}

impl std::str::FromStr for Injection {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = |what: &str| FaultError(format!("{text:?}: {what}"));
        let (what, when) = text
            .rsplit_once('@')
            .ok_or_else(|| wrong("there is no @SECOND, as in reboot@60"))?;
        let (from, span) = when
            .split_once('+')
            .map_or((when, None), |(a, b)| (a, Some(b)));
        let seconds = |number: &str| {
            let parsed = number
                .parse::<f64>()
                .ok()
                .filter(|s| (0.0..=1e7).contains(s));
            parsed
                .map(Millis::from_secs_f64)
                .ok_or_else(|| wrong("a time is not in seconds"))
        };
        let (name, junction) = what
            .split_once(':')
            .map_or((what, None), |(a, b)| (a, Some(b)));
        let (name, value) = name
            .split_once('=')
            .map_or((name, None), |(a, b)| (a, Some(b)));
        let fault = match (name, value) {
            ("disconnect", None) => Fault::Disconnect,
            ("reboot", None) => Fault::Reboot,
            ("silent", None) => Fault::Silent,
            ("exception", code) => {
                let code = code
                    .unwrap_or("4")
                    .parse()
                    .ok()
                    .filter(|code| (1..=11).contains(code));
                Fault::Exception(code.ok_or_else(|| wrong("an exception is 1 to 11"))?)
            }
            ("wrong-unit", None) => Fault::WrongUnit,
            ("truncate", None) => Fault::Truncate,
            ("corrupt", None) => Fault::Corrupt,
            ("stuck-detector", None) => Fault::StuckDetector,
            ("lamp", None) => Fault::Lamp,
            ("conflict", None) => Fault::Conflict,
            _ => {
                return Err(wrong(
                    "the faults are disconnect, reboot, silent, exception=CODE, wrong-unit, \
                     truncate, corrupt, stuck-detector, lamp, conflict",
                ));
            }
        };
        let from = Moment::ORIGIN + seconds(from)?;
        let until = from + span.map_or(Ok(USUAL), seconds)?;
        Ok(Self {
            fault,
            junction: junction.map(str::to_owned),
            from,
            until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_where_and_when() {
        let read: Injection = "exception=2:intersection_1_1@60+30".parse().expect("sound");
        assert_eq!(read.fault, Fault::Exception(2));
        assert_eq!(read.junction.as_deref(), Some("intersection_1_1"));
        assert_eq!((read.from, read.until), (Moment(60_000), Moment(90_000)));
    }

    #[test]
    fn what_is_no_fault_is_told_so() {
        for (text, why) in [
            ("reboot", "there is no @SECOND"),
            ("reboot@soon", "not in seconds"),
            ("explode@1", "the faults are"),
            ("exception=99@1", "1 to 11"),
            ("reboot@1+-2", "not in seconds"),
        ] {
            let error = text.parse::<Injection>().expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
