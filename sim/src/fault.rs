//! Faults by command, `NAME[=VALUE][:JUNCTION]@SECOND[+SECONDS]`, and faults from a seed.

use std::fmt;
use std::str::FromStr;

use units::{Millis, Moment};

use crate::random::Random;

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The unit is cut off: a connection of its own is cut, and refused while it lasts; on a line
    /// with others it is silent.
    Disconnect,
    /// The unit is switched off and on; its communication is back when the fault is over.
    Reboot,
    /// The gateway of its line is away, and with it every unit behind it: connections are cut and
    /// refused; a serial line is silent.
    Gateway,
    /// Requests are not answered.
    Silent,
    /// Answers are late by this much.
    Delay(Millis),
    /// Requests are answered with this exception.
    Exception(u8),
    /// Answers name another unit.
    WrongUnit,
    /// Answers lack their last byte.
    Truncate,
    /// Answers have a byte changed in their header.
    Corrupt,
    /// A loop, or every loop, is occupied and does not count.
    StuckDetector(Option<u16>),
    /// The cabinet's clock is ahead by this much, or behind where it is negative.
    ClockSkew(Millis),
    /// A lamp is broken: reported, nothing else.
    Lamp,
    /// All lamps show green at once.
    Conflict,
}

/// A fault, where, and when.
///
/// A place is the name of a junction, and means the device that drives its signals, or the name of a
/// device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Injection {
    /// What.
    pub fault: Fault,
    /// At which junction, or with which device; none: at all.
    pub junction: Option<String>,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
}

/// Every fault, with the value that it takes.
pub const FAULTS: &str = "the faults are disconnect, reboot, gateway, silent, delay=MS, exception=CODE, \
                          wrong-unit, truncate, corrupt, stuck-detector[=CHANNEL], \
                          clock-skew=SECONDS, lamp, conflict";
/// How long a fault lasts where nothing is said.
const USUAL: Millis = Millis(30_000);
/// How long a cabinet that was switched on takes until it answers, where nothing is said.
const USUAL_REBOOT: Millis = Millis(1_000);
/// Longer delays are silence.
const DELAY_MAX: i64 = 600_000;
/// A clock that is off by more than a day is off by a time of day too.
const SKEW_MAX: f64 = 86_400.0;
/// Loops of a cabinet.
const CHANNELS: u16 = 64;

/// What a text has instead of a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for FaultError {}

impl FromStr for Injection {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (what, when) = text
            .rsplit_once('@')
            .ok_or_else(|| wrong(text, "there is no @SECOND, as in reboot@60"))?;
        let (from, span) = when.split_once('+').map_or((when, None), |(a, b)| (a, Some(b)));
        read(text, what, Some(from), span, Moment::ORIGIN)
    }
}

impl Injection {
    /// Reads a fault for a street that is running, `NAME[=VALUE][:JUNCTION][@SECOND][+SECONDS]`:
    /// without `@SECOND` it begins at `now`.
    ///
    /// # Errors
    /// What is wrong with the text; also where it lies in the past.
    pub fn live(text: &str, now: Moment) -> Result<Self, FaultError> {
        let (rest, span) = text.rsplit_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
        let (what, from) = rest.rsplit_once('@').map_or((rest, None), |(a, b)| (a, Some(b)));
        let injection = read(text, what, from, span, now)?;
        if injection.from < now {
            return Err(wrong(text, &format!("it lies in the past, it is {now}")));
        }
        Ok(injection)
    }

    /// Whether it befalls this place at all.
    #[must_use]
    pub fn is_at(&self, place: &str) -> bool {
        self.junction.as_ref().is_none_or(|name| name == place)
    }

    /// Whether it lasts now.
    #[must_use]
    pub fn is_on(&self, now: Moment) -> bool {
        self.from <= now && now < self.until
    }
}

impl fmt::Display for Injection {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        if let Some(junction) = &self.junction {
            write!(f, ":{junction}")?;
        }
        let from = (self.from - Moment::ORIGIN).as_secs_f64();
        let span = (self.until - self.from).as_secs_f64();
        write!(f, "@{from}+{span}")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnect => f.write_str("disconnect"),
            Self::Reboot => f.write_str("reboot"),
            Self::Gateway => f.write_str("gateway"),
            Self::Silent => f.write_str("silent"),
            Self::Delay(by) => write!(f, "delay={}", by.0),
            Self::Exception(code) => write!(f, "exception={code}"),
            Self::WrongUnit => f.write_str("wrong-unit"),
            Self::Truncate => f.write_str("truncate"),
            Self::Corrupt => f.write_str("corrupt"),
            Self::StuckDetector(None) => f.write_str("stuck-detector"),
            Self::StuckDetector(Some(channel)) => write!(f, "stuck-detector={channel}"),
            Self::ClockSkew(by) => write!(f, "clock-skew={}", by.as_secs_f64()),
            Self::Lamp => f.write_str("lamp"),
            Self::Conflict => f.write_str("conflict"),
        }
    }
}

/// `count` faults at random junctions between `from` and `until`, none of which lasts longer than
/// half a minute. Conflicting lamps are not among them: those must be found, not survived.
#[must_use]
pub fn schedule(
    seed: u64,
    junctions: &[String],
    count: usize,
    from: Moment,
    until: Moment,
) -> Vec<Injection> {
    let mut random = Random::new(seed);
    let mut faults = Vec::with_capacity(count);
    for _ in 0..count {
        let kinds = [
            Fault::Disconnect,
            Fault::Reboot,
            Fault::Silent,
            Fault::Delay(Millis(50 + random.below(2_000))),
            Fault::Exception(if random.below(2) == 0 { 4 } else { 6 }),
            Fault::WrongUnit,
            Fault::Truncate,
            Fault::Corrupt,
            Fault::StuckDetector(u16::try_from(random.below(8)).ok()),
            Fault::ClockSkew(Millis::from_secs(random.below(121) - 60)),
            Fault::Lamp,
        ];
        let begins = from + Millis(random.below((until - from).0));
        let lasts = Millis(500 + random.below(USUAL.0 - 500));
        if let (Some(&fault), Some(junction)) = (random.pick(&kinds), random.pick(junctions)) {
            faults.push(Injection {
                fault,
                junction: Some(junction.clone()),
                from: begins,
                until: (begins + lasts).min(until),
            });
        }
    }
    faults
}

fn wrong(text: &str, what: &str) -> FaultError {
    FaultError(format!("{text:?}: {what}"))
}

fn read(
    text: &str,
    what: &str,
    from: Option<&str>,
    span: Option<&str>,
    now: Moment,
) -> Result<Injection, FaultError> {
    let (name, junction) = what.split_once(':').map_or((what, None), |(a, b)| (a, Some(b)));
    if junction == Some("") {
        return Err(wrong(text, "there is no junction after the colon"));
    }
    let (name, value) = name.split_once('=').map_or((name, None), |(a, b)| (a, Some(b)));
    let fault = fault(name, value).map_err(|what| wrong(text, what))?;
    let seconds = |number: &str| {
        let parsed = number.parse::<f64>().ok();
        let parsed = parsed.filter(|s| (0.0..=1e7).contains(s));
        parsed.map(Millis::from_secs_f64).ok_or_else(|| wrong(text, "a time is not in seconds"))
    };
    let from = from.map_or(Ok(now), |from| Ok(Moment::ORIGIN + seconds(from)?))?;
    let usual = if fault == Fault::Reboot { USUAL_REBOOT } else { USUAL };
    Ok(Injection {
        fault,
        junction: junction.map(str::to_owned),
        from,
        until: from + span.map_or(Ok(usual), seconds)?,
    })
}

fn fault(name: &str, value: Option<&str>) -> Result<Fault, &'static str> {
    Ok(match (name, value) {
        ("disconnect", None) => Fault::Disconnect,
        ("reboot", None) => Fault::Reboot,
        ("gateway", None) => Fault::Gateway,
        ("silent", None) => Fault::Silent,
        ("delay", value) => {
            let by = value.and_then(|v| v.parse().ok());
            let by = by.filter(|by| (1..=DELAY_MAX).contains(by));
            Fault::Delay(Millis(by.ok_or("a delay is 1 to 600000 ms")?))
        }
        ("exception", code) => {
            let code = code.unwrap_or("4").parse().ok();
            let code = code.filter(|code| (1..=11).contains(code));
            Fault::Exception(code.ok_or("an exception is 1 to 11")?)
        }
        ("wrong-unit", None) => Fault::WrongUnit,
        ("truncate", None) => Fault::Truncate,
        ("corrupt", None) => Fault::Corrupt,
        ("stuck-detector", None) => Fault::StuckDetector(None),
        ("stuck-detector", Some(channel)) => {
            let channel = channel.parse().ok().filter(|&c| c < CHANNELS);
            Fault::StuckDetector(Some(channel.ok_or("a channel is 0 to 63")?))
        }
        ("clock-skew", value) => {
            let by = value.and_then(|v| v.parse::<f64>().ok());
            let by = by.filter(|by| by.abs() <= SKEW_MAX);
            let by = by.ok_or("a clock is skewed by -86400 to 86400 s")?;
            Fault::ClockSkew(Millis::from_secs_f64(by))
        }
        ("lamp", None) => Fault::Lamp,
        ("conflict", None) => Fault::Conflict,
        _ => return Err(FAULTS),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            ("reboot=3@1", "the faults are"),
            ("reboot:@1", "no junction after the colon"),
            ("delay@1", "1 to 600000 ms"),
            ("delay=0@1", "1 to 600000 ms"),
            ("stuck-detector=64@1", "0 to 63"),
            ("clock-skew=nan@1", "-86400 to 86400"),
        ] {
            let error = text.parse::<Injection>().expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_live_fault_begins_now_and_never_in_the_past() {
        let now = Moment(90_000);
        let read = Injection::live("reboot:j_1_1", now).expect("sound");
        assert_eq!((read.from, read.until), (now, now + USUAL_REBOOT));
        let read = Injection::live("silent:j_1_1+2.5", now).expect("sound");
        assert_eq!((read.from, read.until), (now, now + Millis(2_500)));
        let read = Injection::live("silent@100+2", now).expect("sound");
        assert_eq!((read.from, read.until), (Moment(100_000), Moment(102_000)));
        let error = Injection::live("reboot@60", now).expect_err("over");
        assert!(error.to_string().contains("in the past"), "{error}");
    }

    proptest! {
        #[test]
        fn a_schedule_is_read_as_it_is_written(seed in any::<u64>()) {
            let junctions = ["a".to_owned(), "b".to_owned()];
            let (from, until) = (Moment(10_000), Moment(90_000));
            let faults = schedule(seed, &junctions, 20, from, until);
            prop_assert_eq!(faults.len(), 20);
            for fault in faults {
                prop_assert!(fault.from >= from && fault.until <= until);
                prop_assert_eq!(fault.to_string().parse::<Injection>(), Ok(fault));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[a-z=:@+0-9.-]{0,40}") {
            let _ = text.parse::<Injection>();
            let _ = Injection::live(&text, Moment(5));
        }
    }
}
