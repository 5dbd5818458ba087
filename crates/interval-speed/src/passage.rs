//! One vehicle under one camera, as the camera tells it.
//!
//! A passage is of one size and owns nothing on the heap: a section keeps one for each vehicle that is
//! on it.

use std::fmt;

use units::{Millis, WallTime};

use crate::clock::CameraClock;
use crate::plate::{Plate, PlateKey};
use crate::quantities::TenthsKmh;

/// A camera of the site, by its place in the site's table of cameras.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CameraId(pub u16);

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$inner])* $variant = $code,)* }

        impl $name {
            /// Every one with its name in files.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$variant),)*];

            /// The one of this number on the wire.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// Its name in files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

coded! {
    /// What sort of vehicle it looks like to a camera.
    VehicleClass {
        /// The camera does not say.
        Unknown = 0, "unknown";
        /// A car.
        Car = 1, "car";
        /// A bus in line service.
        Bus = 2, "bus";
        /// A coach.
        Coach = 3, "coach";
        /// A minibus.
        Minibus = 4, "minibus";
        /// A light lorry.
        LightTruck = 5, "light-truck";
        /// A heavy lorry.
        HeavyTruck = 6, "heavy-truck";
        /// A lorry with a trailer.
        Trailer = 7, "trailer";
        /// A lorry with hazardous goods.
        HazardousGoods = 8, "hazardous-goods";
        /// A school bus.
        SchoolBus = 9, "school-bus";
        /// An ambulance, a fire engine, a police car.
        Emergency = 10, "emergency";
        /// A motorcycle.
        TwoWheeler = 11, "two-wheeler";
    }
}

coded! {
    /// What colour a vehicle looks like to a camera.
    VehicleColour {
        /// The camera does not say.
        Unknown = 0, "unknown";
        /// White.
        White = 1, "white";
        /// Black.
        Black = 2, "black";
        /// Grey, silver.
        Grey = 3, "grey";
        /// Red.
        Red = 4, "red";
        /// Blue.
        Blue = 5, "blue";
        /// Yellow.
        Yellow = 6, "yellow";
        /// Green.
        Green = 7, "green";
        /// Brown.
        Brown = 8, "brown";
        /// Another.
        Other = 9, "other";
    }
}

coded! {
    /// How an image's digest was made.
    DigestKind {
        /// SHA-256 (FIPS 180-4).
        Sha256 = 1, "sha-256";
        /// BLAKE3.
        Blake3 = 2, "blake3";
    }
}

/// The digest of an image.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Digest {
    /// How it was made.
    pub kind: DigestKind,
    /// The digest itself.
    pub bytes: [u8; 32],
}

/// An image that a camera keeps of a passage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Image {
    /// The camera's own number of it.
    pub reference: u64,
    /// The digest of its file.
    pub digest: Digest,
}

/// One vehicle under one camera.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passage {
    /// Which camera.
    pub camera: CameraId,
    /// Its number at this camera, from 1 on without a gap.
    pub sequence: u64,
    /// When its front was over the camera's line, UTC, as the camera's clock had it.
    pub at: WallTime,
    /// How far that may be from the true instant at most, milliseconds: the clock's offset and the
    /// trigger's delay, as the camera declares them; 65,535 says "that or more".
    pub uncertainty_ms: u16,
    /// What the camera said of its clock then.
    pub clock: CameraClock,
    /// The plate, as it was read; none where it was not.
    pub plate: Option<Plate>,
    /// How sure the reader is of the plate, per cent.
    pub confidence: u8,
    /// What sort of vehicle it looks like.
    pub class: VehicleClass,
    /// What colour it looks like.
    pub colour: VehicleColour,
    /// The lane's index under the camera, 0 nearest the middle of the road.
    pub lane: u8,
    /// How fast it was there, where the camera measures that.
    pub spot: Option<TenthsKmh>,
    /// Its image, where one is kept.
    pub image: Option<Image>,
}

impl Passage {
    /// The key that its plate is compared by.
    #[must_use]
    pub fn key(&self) -> Option<PlateKey> {
        self.plate.map(|plate| plate.key())
    }

    /// How far its time may be from the true instant at most: what the camera declared, and never less
    /// than what it says of its clock.
    #[must_use]
    pub fn uncertainty(&self) -> Millis {
        Millis(self.uncertainty_ms.max(self.clock.offset_bound_ms).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_each_others() {
        for &(name, class) in VehicleClass::ALL {
            assert_eq!((VehicleClass::from_code(class as u8), class.name()), (Some(class), name));
        }
        for &(name, colour) in VehicleColour::ALL {
            assert_eq!(
                (VehicleColour::from_code(colour as u8), colour.name()),
                (Some(colour), name)
            );
        }
        assert_eq!(VehicleClass::from_code(12), None);
        assert_eq!(VehicleColour::from_code(10), None);
        assert_eq!(DigestKind::from_code(0), None);
    }

    #[test]
    fn a_passage_is_small() {
        assert!(size_of::<Passage>() <= 128, "{} bytes", size_of::<Passage>());
    }
}
