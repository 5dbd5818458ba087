//! Which fields an entry of each kind has. This table is the format: `docs/evidence.md` shows it, and
//! a test holds the two together. A tag is never used again for something else.

use super::value::Shape;

/// What an entry of the chain records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// What a bundle holds and who took it out; stands before a bundle's entries, in no chain.
    Manifest,
    /// A chain begins.
    Opening,
    /// A vehicle was measured above the limit.
    Detection,
    /// A person has judged a detection.
    Review,
    /// A person has looked at a record, or taken it out.
    Access,
    /// So much there is up to here: what a cut tail is found by.
    Checkpoint,
    /// A record was deleted.
    Tombstone,
    /// A rule for key vehicles was broken.
    Vehicle,
}

impl Kind {
    /// Every kind with its code and its name.
    pub const ALL: &'static [(u8, &'static str, Self)] = &[
        (0, "manifest", Self::Manifest),
        (1, "opening", Self::Opening),
        (2, "detection", Self::Detection),
        (3, "review", Self::Review),
        (4, "access", Self::Access),
        (5, "checkpoint", Self::Checkpoint),
        (6, "tombstone", Self::Tombstone),
        (7, "vehicle", Self::Vehicle),
    ];

    /// Its code on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|row| row.0 == code).map(|row| row.2)
    }

    /// The fields of such an entry, by ascending tag.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Manifest => MANIFEST,
            Self::Opening => OPENING,
            Self::Detection => DETECTION,
            Self::Review => REVIEW,
            Self::Access => ACCESS,
            Self::Checkpoint => CHECKPOINT,
            Self::Tombstone => TOMBSTONE,
            Self::Vehicle => VEHICLE,
        }
    }

    /// The field with this tag.
    #[must_use]
    pub fn field(self, tag: u16) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.tag == tag)
    }
}

/// One row of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its number on the wire.
    pub tag: u16,
    /// Its name, with the unit where it has one.
    pub name: &'static str,
    /// What kind of value it has.
    pub shape: Shape,
    /// Whether it is sealed, so that it may be left out.
    pub sealed: bool,
    /// Whether it must be there.
    pub required: bool,
}

const fn open(tag: u16, name: &'static str, shape: Shape) -> Field {
    Field { tag, name, shape, sealed: false, required: true }
}

const fn open_if(tag: u16, name: &'static str, shape: Shape) -> Field {
    Field { tag, name, shape, sealed: false, required: false }
}

const fn sealed(tag: u16, name: &'static str, shape: Shape) -> Field {
    Field { tag, name, shape, sealed: true, required: true }
}

const fn sealed_if(tag: u16, name: &'static str, shape: Shape) -> Field {
    Field { tag, name, shape, sealed: true, required: false }
}

use Shape::{Digest, Number, Text};

/// Tags of a manifest, 0x00xx.
pub mod manifest {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const STATION: u16 = 0x0001;
    pub const PUBLIC_KEY: u16 = 0x0002;
    pub const FIRST: u16 = 0x0003;
    pub const COUNT: u16 = 0x0004;
    pub const HEAD: u16 = 0x0005;
    pub const CASE: u16 = 0x0006;
    pub const STATE: u16 = 0x0007;
    pub const PURPOSE: u16 = 0x0008;
    pub const BY: u16 = 0x0009;
    pub const SOFTWARE: u16 = 0x000a;
}

const MANIFEST: &[Field] = &[
    open(manifest::STATION, "station", Text),
    open(manifest::PUBLIC_KEY, "public_key", Digest),
    open(manifest::FIRST, "first_index", Number),
    open(manifest::COUNT, "entries", Number),
    open(manifest::HEAD, "last_hash", Digest),
    open_if(manifest::CASE, "case_index", Number),
    open_if(manifest::STATE, "case_state", Text),
    open(manifest::PURPOSE, "purpose", Text),
    sealed(manifest::BY, "exported_by", Text),
    open(manifest::SOFTWARE, "software", Text),
];

/// Tags of an opening, 0x01xx.
pub mod opening {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const STATION: u16 = 0x0101;
    pub const PUBLIC_KEY: u16 = 0x0102;
    pub const SOFTWARE: u16 = 0x0103;
}

const OPENING: &[Field] = &[
    open(opening::STATION, "station", Text),
    open(opening::PUBLIC_KEY, "public_key", Digest),
    open(opening::SOFTWARE, "software", Text),
];

/// Tags of a detection, 0x02xx; its passages' tags are 0x03xx (entry) and 0x04xx (exit).
pub mod detection {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const SECTION: u16 = 0x0201;
    pub const SECTION_VERSION: u16 = 0x0202;
    pub const SURVEYOR: u16 = 0x0203;
    pub const CERTIFICATE: u16 = 0x0204;
    pub const CERTIFICATE_FROM: u16 = 0x0205;
    pub const CERTIFICATE_UNTIL: u16 = 0x0206;
    pub const LENGTH: u16 = 0x0207;
    pub const LENGTH_UNCERTAINTY: u16 = 0x0208;
    pub const ZONE: u16 = 0x0209;
    pub const LIMIT: u16 = 0x0210;
    pub const LIMIT_ENTRY: u16 = 0x0211;
    pub const LIMIT_AUTHORITY: u16 = 0x0212;
    pub const LIMIT_FROM: u16 = 0x0213;
    pub const LIMIT_UNTIL: u16 = 0x0214;
    pub const LIMIT_CLEARANCE: u16 = 0x0215;
    pub const LIMIT_RULE: u16 = 0x0216;
    pub const LIMIT_CLASSES: u16 = 0x0217;
    pub const LIMIT_TIMES: u16 = 0x0218;
    pub const LIMIT_WEATHER: u16 = 0x0219;
    pub const LIMIT_SAME_FROM: u16 = 0x021a;
    pub const LIMIT_SAME_UNTIL: u16 = 0x021b;
    pub const TOLERANCE: u16 = 0x0220;
    pub const TOLERANCE_SHARE: u16 = 0x0221;
    pub const TRIGGER_UNCERTAINTY: u16 = 0x0222;
    pub const PLAUSIBLE: u16 = 0x0223;
    pub const CLOCK_ALLOWED: u16 = 0x0224;
    pub const SYNC_AGE_ALLOWED: u16 = 0x0225;
    pub const CONFIDENCE_ASKED: u16 = 0x0226;
    pub const TRAVEL: u16 = 0x0230;
    pub const TRAVEL_LONGEST: u16 = 0x0231;
    pub const RAW_SPEED: u16 = 0x0232;
    pub const CERTIFIED_SPEED: u16 = 0x0233;
    pub const ABOVE_WHAT: u16 = 0x0234;
    pub const SPOT_APART: u16 = 0x0235;
    pub const METHOD: u16 = 0x0240;
    pub const SOFTWARE: u16 = 0x0241;
    pub const CONFIGURATION: u16 = 0x0242;
    pub const BYSTANDERS: u16 = 0x0250;
    pub const ENTRY: u16 = 0x0300;
    pub const EXIT: u16 = 0x0400;
}

/// What is added to [`detection::ENTRY`] or [`detection::EXIT`].
pub mod passage {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const CAMERA: u16 = 0x01;
    pub const SEQUENCE: u16 = 0x02;
    pub const LANE: u16 = 0x03;
    pub const AT: u16 = 0x04;
    pub const UNCERTAINTY: u16 = 0x05;
    pub const CLOCK_OFFSET: u16 = 0x06;
    pub const CLOCK_STATE: u16 = 0x07;
    pub const SYNC_SOURCE: u16 = 0x08;
    pub const SYNC_AGE: u16 = 0x09;
    pub const PLATE: u16 = 0x0a;
    pub const PLATE_AS_READ: u16 = 0x0b;
    pub const PLATE_COLOUR: u16 = 0x0c;
    pub const CLASS: u16 = 0x0d;
    pub const COLOUR: u16 = 0x0e;
    pub const CONFIDENCE: u16 = 0x0f;
    pub const SPOT_SPEED: u16 = 0x10;
    pub const IMAGE: u16 = 0x11;
    pub const IMAGE_HASH: u16 = 0x12;
    pub const IMAGE_HASH_KIND: u16 = 0x13;
}

macro_rules! detection_fields {
    ($(($base:expr, $end:literal)),*) => {
        &[
            open(detection::SECTION, "section", Text),
            open(detection::SECTION_VERSION, "section_version", Number),
            open(detection::SURVEYOR, "surveyor", Text),
            open(detection::CERTIFICATE, "certificate", Text),
            open(detection::CERTIFICATE_FROM, "certificate_from_unix_ms", Number),
            open(detection::CERTIFICATE_UNTIL, "certificate_until_unix_ms", Number),
            open(detection::LENGTH, "shortest_length_mm", Number),
            open(detection::LENGTH_UNCERTAINTY, "length_uncertainty_mm", Number),
            open(detection::ZONE, "zone_offset_min", Number),
            open(detection::LIMIT, "limit_km_h", Number),
            open(detection::LIMIT_ENTRY, "limit_history_entry", Number),
            open(detection::LIMIT_AUTHORITY, "limit_authority", Text),
            open(detection::LIMIT_FROM, "limit_from_unix_ms", Number),
            open_if(detection::LIMIT_UNTIL, "limit_until_unix_ms", Number),
            open(detection::LIMIT_CLEARANCE, "limit_clearance_ms", Number),
            open(detection::LIMIT_RULE, "limit_rule", Number),
            open(detection::LIMIT_CLASSES, "limit_classes", Text),
            open(detection::LIMIT_TIMES, "limit_times", Text),
            open(detection::LIMIT_WEATHER, "limit_weather", Text),
            open(detection::LIMIT_SAME_FROM, "limit_same_from_unix_ms", Number),
            open(detection::LIMIT_SAME_UNTIL, "limit_same_until_unix_ms", Number),
            open(detection::TOLERANCE, "tolerance_km_h", Number),
            open(detection::TOLERANCE_SHARE, "tolerance_per_cent", Number),
            open(detection::TRIGGER_UNCERTAINTY, "trigger_uncertainty_ms", Number),
            open(detection::PLAUSIBLE, "plausible_up_to_km_h", Number),
            open(detection::CLOCK_ALLOWED, "clock_uncertainty_allowed_ms", Number),
            open(detection::SYNC_AGE_ALLOWED, "sync_age_allowed_ms", Number),
            open(detection::CONFIDENCE_ASKED, "confidence_asked_per_cent", Number),
            open(detection::TRAVEL, "travel_ms", Number),
            open(detection::TRAVEL_LONGEST, "longest_travel_ms", Number),
            open(detection::RAW_SPEED, "raw_speed_hundredths_km_h", Number),
            open(detection::CERTIFIED_SPEED, "certified_speed_km_h", Number),
            open(detection::ABOVE_WHAT, "above_what_km_h", Number),
            open(detection::SPOT_APART, "spot_speeds_far_apart", Number),
            open(detection::METHOD, "matching", Text),
            open(detection::SOFTWARE, "software", Text),
            open(detection::CONFIGURATION, "configuration_hash", Digest),
            sealed_if(detection::BYSTANDERS, "others_in_the_images", Text),
            $(
                open($base + passage::CAMERA, concat!($end, "_camera"), Text),
                open($base + passage::SEQUENCE, concat!($end, "_sequence"), Number),
                open($base + passage::LANE, concat!($end, "_lane"), Number),
                open($base + passage::AT, concat!($end, "_at_unix_ms"), Number),
                open($base + passage::UNCERTAINTY, concat!($end, "_uncertainty_ms"), Number),
                open($base + passage::CLOCK_OFFSET, concat!($end, "_clock_offset_most_ms"), Number),
                open($base + passage::CLOCK_STATE, concat!($end, "_clock_state"), Text),
                open($base + passage::SYNC_SOURCE, concat!($end, "_sync_source"), Text),
                open($base + passage::SYNC_AGE, concat!($end, "_sync_age_ms"), Number),
                sealed($base + passage::PLATE, concat!($end, "_plate"), Text),
                sealed($base + passage::PLATE_AS_READ, concat!($end, "_plate_as_read"), Text),
                open($base + passage::PLATE_COLOUR, concat!($end, "_plate_colour"), Text),
                open($base + passage::CLASS, concat!($end, "_class"), Text),
                open($base + passage::COLOUR, concat!($end, "_colour"), Text),
                open($base + passage::CONFIDENCE, concat!($end, "_confidence_per_cent"), Number),
                open_if($base + passage::SPOT_SPEED, concat!($end, "_spot_tenths_km_h"), Number),
                sealed($base + passage::IMAGE, concat!($end, "_image"), Text),
                open($base + passage::IMAGE_HASH, concat!($end, "_image_hash"), Digest),
                open($base + passage::IMAGE_HASH_KIND, concat!($end, "_image_hash_kind"), Text),
            )*
        ]
    };
}

const DETECTION: &[Field] =
    detection_fields![(detection::ENTRY, "entry"), (detection::EXIT, "exit")];

/// Tags of a review, 0x05xx.
pub mod review {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const STEP: u16 = 0x0501;
    pub const WHO: u16 = 0x0502;
    pub const REASON: u16 = 0x0503;
}

const REVIEW: &[Field] = &[
    open(review::STEP, "step", Text),
    sealed(review::WHO, "who", Text),
    sealed_if(review::REASON, "reason", Text),
];

/// Tags of an access, 0x06xx.
pub mod access {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const DEED: u16 = 0x0601;
    pub const WHO: u16 = 0x0602;
    pub const PURPOSE: u16 = 0x0603;
}

const ACCESS: &[Field] = &[
    open(access::DEED, "deed", Text),
    sealed(access::WHO, "who", Text),
    sealed(access::PURPOSE, "purpose", Text),
];

/// Tags of a checkpoint, 0x07xx.
pub mod checkpoint {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const ENTRIES: u16 = 0x0701;
    pub const DETECTIONS: u16 = 0x0702;
    pub const TOMBSTONES: u16 = 0x0703;
}

const CHECKPOINT: &[Field] = &[
    open(checkpoint::ENTRIES, "entries_before", Number),
    open(checkpoint::DETECTIONS, "detections_before", Number),
    open(checkpoint::TOMBSTONES, "tombstones_before", Number),
];

/// Tags of a tombstone, 0x08xx.
pub mod tombstone {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const HASH: u16 = 0x0801;
    pub const RULE: u16 = 0x0802;
    pub const DAYS: u16 = 0x0803;
}

const TOMBSTONE: &[Field] = &[
    open(tombstone::HASH, "hash_of_the_deleted", Digest),
    open(tombstone::RULE, "rule", Text),
    open(tombstone::DAYS, "kept_for_days", Number),
];

/// Tags of what a key vehicle did, 0x09xx.
pub mod vehicle {
    #![allow(missing_docs, reason = "each is described by its row in the table below")]
    pub const RULE: u16 = 0x0901;
    pub const CLASS: u16 = 0x0902;
    pub const OPERATOR: u16 = 0x0903;
    pub const PLATE: u16 = 0x0904;
    pub const PLACE: u16 = 0x0905;
    pub const WHAT: u16 = 0x0906;
    pub const PURPOSE: u16 = 0x0907;
    pub const CONFIGURATION: u16 = 0x0908;
}

const VEHICLE: &[Field] = &[
    open(vehicle::RULE, "rule", Text),
    open(vehicle::CLASS, "vehicle_class", Text),
    open(vehicle::OPERATOR, "operator", Text),
    sealed(vehicle::PLATE, "plate", Text),
    open(vehicle::PLACE, "place", Text),
    open(vehicle::WHAT, "what", Text),
    open(vehicle::PURPOSE, "purpose", Text),
    open(vehicle::CONFIGURATION, "configuration_hash", Digest),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_in_order_and_no_tag_or_name_is_used_twice() {
        let mut all = Vec::new();
        for &(code, name, kind) in Kind::ALL {
            assert_eq!((kind.code(), kind.name(), Kind::from_code(code)), (code, name, Some(kind)));
            let tags: Vec<u16> = kind.fields().iter().map(|field| field.tag).collect();
            assert!(tags.is_sorted_by(|a, b| a < b), "{name}: {tags:x?}");
            let mut names: Vec<_> = kind.fields().iter().map(|field| field.name).collect();
            names.sort_unstable();
            let before = names.len();
            names.dedup();
            assert_eq!(names.len(), before, "{name}");
            all.extend(tags);
        }
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
        assert_eq!(Kind::from_code(8), None);
    }

    /// The page that somebody else writes a verifier from has every row of the table.
    #[test]
    fn the_page_shows_the_format_as_it_is() {
        let page = include_str!("../../../../docs/evidence.md");
        for &(code, name, kind) in Kind::ALL {
            assert!(page.contains(&format!("{code} = `{name}`")), "kind {name}");
            for field in kind.fields() {
                let shape = match field.shape {
                    Shape::Number => "number",
                    Shape::Text => "text",
                    Shape::Digest => "digest",
                };
                let sealed = if field.sealed { "sealed" } else { "open" };
                let may = if field.required { "" } else { ", may be absent" };
                let row =
                    format!("| `{:04x}` | `{}` | {shape}, {sealed}{may} |", field.tag, field.name);
                assert!(page.contains(&row), "missing row: {row}");
            }
        }
    }
}
