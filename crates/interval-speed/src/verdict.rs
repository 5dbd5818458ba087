//! A trip judged: how fast at least, what was allowed, and whether that may be evidence.

use units::Millis;

use crate::limits::Applied;
use crate::passage::Passage;
use crate::quantities::{HundredthsKmh, Kmh, Millimetres};
use crate::section::SectionId;

/// What two passages were taken for one vehicle's by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Method {
    /// Their plates are equal.
    Exact = 0,
    /// Their plates differ in a sign that readers confuse. Never evidence.
    LookAlike = 1,
}

macro_rules! doubts {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why a trip is no evidence, whatever its speed.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Doubt { $($(#[$doc])* $name,)* }

        impl Doubt {
            /// Every doubt with its name in files.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$name),)*];

            /// Its name in files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

doubts! {
    /// The plates differ.
    PlatesDiffer = "plates-differ",
    /// A plate was read with less confidence than the section asks for.
    Confidence = "confidence",
    /// A plate's colour is one that its kind does not have, or is not the same at both ends.
    PlateColour = "plate-colour",
    /// The vehicle's class is not the same at both ends, or not known.
    ClassesDiffer = "classes-differ",
    /// The vehicle's colour is not the same at both ends.
    ColoursDiffer = "colours-differ",
    /// Faster than anybody drives: two vehicles with one plate.
    Implausible = "implausible",
    /// The plate came on twice without having left.
    EnteredTwice = "entered-twice",
    /// The plate left twice without having come on again.
    LeftTwice = "left-twice",
    /// A clock was not synchronised.
    ClockNotSynchronised = "clock-not-synchronised",
    /// A clock's bound, or its age, is more than the section allows.
    ClockUncertain = "clock-uncertain",
    /// A clock was stepped while the vehicle was on the section.
    ClockStepped = "clock-stepped",
    /// The way between the two lanes is not surveyed.
    NotSurveyed = "not-surveyed",
    /// The certificate was not valid.
    Certificate = "certificate",
    /// No constant limit was in force for the class.
    NoLimit = "no-limit",
    /// The limit had changed less than the clearance before the vehicle entered.
    Clearance = "clearance",
    /// The limit changed while the vehicle was on the section.
    LimitChanged = "limit-changed",
    /// The section's description changed while the vehicle was on it.
    SectionChanged = "section-changed",
    /// Passages of a camera were lost while the vehicle was on the section.
    PassagesLost = "passages-lost",
    /// An image is missing at an end.
    NoImage = "no-image",
    /// The section was not measuring.
    NotMeasuring = "not-measuring",
}

/// A set of doubts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Doubts(u32);

impl Doubts {
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, doubt: Doubt) -> bool {
        self.0 >> (doubt as u8) & 1 == 1
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, doubt: Doubt) -> Self {
        Self(self.0 | 1 << (doubt as u8))
    }

    /// These, and one more where it is so.
    #[must_use]
    pub fn with_if(self, doubt: Doubt, is_so: bool) -> Self {
        if is_so { self.with(doubt) } else { self }
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Doubt> {
        Doubt::ALL.iter().map(|&(_, doubt)| doubt).filter(move |&doubt| self.has(doubt))
    }
}

/// What a trip amounts to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Judgement {
    /// Not above what is pursued.
    Compliant,
    /// Above it, and nothing speaks against evidence.
    Evidence,
    /// Not evidence, whatever the speed, and why.
    NotEvidence(Doubts),
}

/// A measured trip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The section.
    pub section: SectionId,
    /// The version of its description.
    pub version: u32,
    /// Where and when the vehicle came on: the earliest read.
    pub entry: Passage,
    /// Where and when it left: the latest read.
    pub exit: Passage,
    /// What the two were taken for one vehicle's by.
    pub method: Method,
    /// The time between the two, as the clocks had it.
    pub travel: Millis,
    /// What has to be added to it to be sure: both passages' uncertainties and the detection's.
    pub travel_uncertainty: Millis,
    /// The shortest way between the two lanes; 0 where it is not surveyed.
    pub length: Millimetres,
    /// What has to be taken from it to be sure.
    pub length_uncertainty: Millimetres,
    /// Length by time, as measured.
    pub raw: HundredthsKmh,
    /// How fast the vehicle was on average at least: the length less its uncertainty, by the time and
    /// its uncertainty, in whole km/h, rounded down.
    pub certified: Kmh,
    /// The limit in force when it entered.
    pub limit: Option<Applied>,
    /// The highest certified speed that is not pursued under it.
    pub threshold: Kmh,
    /// Whether a speed on the spot is far from the average: for whoever reviews it, not a reason in
    /// itself, since drivers brake before cameras.
    pub spot_disagrees: bool,
    /// What it amounts to.
    pub judgement: Judgement,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_are_a_set() {
        assert!(Doubt::ALL.len() <= 32);
        let all = Doubt::ALL.iter().fold(Doubts::NONE, |set, &(_, doubt)| set.with(doubt));
        assert_eq!(all.iter().count(), Doubt::ALL.len());
        let one = Doubts::NONE.with(Doubt::Clearance).with_if(Doubt::NoImage, false);
        assert!(one.has(Doubt::Clearance) && !one.has(Doubt::NoImage) && !one.is_empty());
        assert_eq!(
            one.and(Doubts::NONE).iter().map(Doubt::name).collect::<Vec<_>>(),
            ["clearance"]
        );
    }
}
