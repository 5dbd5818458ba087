//! What a register may mean. Closed: a meaning that is not here is one that nobody acts on.

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a register means to the daemon.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Point { $($(#[$doc])* $name,)* }

        impl Point {
            /// Every point with its name in profiles.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$name),)*];

            /// Its name in profiles.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

points! {
    /// A constant that shows which map this is.
    IdentityMagic = "identity-magic",
    /// The version of the map.
    MapVersion = "map-version",
    /// Seconds since the device started.
    Uptime = "uptime",
    /// How often the device has started.
    BootCount = "boot-count",
    /// Who controls: 0 start-up, 1 local plan, 2 commanded, 3 manual, 4 fault, 5 preempt.
    Mode = "mode",
    /// The plan that runs, from 1; 0 is none.
    Plan = "plan",
    /// The stage that runs, from 1; 0 in a transition.
    Stage = "stage",
    /// The stage that a transition leads to, from 1; 0 outside one.
    NextStage = "next-stage",
    /// The time in the stage or transition, seconds.
    Elapsed = "elapsed",
    /// The second of the cycle.
    CycleSecond = "cycle-second",
    /// Fault bits: 0 conflict, 1 lamp, 2 detector, 3 clock, 4 controller.
    Faults = "faults",
    /// What is left of the lease, milliseconds.
    LeaseLeft = "lease-left",
    /// The preempt that runs, from 1; 0 is none.
    PreemptActive = "preempt-active",
    /// What a group shows, `0..=6`; one element a group.
    Aspect = "aspect",
    /// Whether a loop is occupied; one bit a loop.
    DetectorPresence = "detector-presence",
    /// Vehicles counted by a loop; wraps at 65,536.
    DetectorCount = "detector-count",
    /// The share of the last second that a loop was occupied, per cent.
    DetectorOccupancy = "detector-occupancy",
    /// Vehicles that queue on a tracked lane.
    TrackerQueue = "tracker-queue",
    /// Vehicles on a tracked lane.
    TrackerVehicles = "tracker-vehicles",
    /// How long the queue on a tracked lane is, from the stop line to its last rear.
    TrackerQueueLength = "tracker-queue-length",
    /// How a tracker is: 0 starting, 1 measuring, 2 seeing less than it should, 3 blind.
    TrackerHealth = "tracker-health",
    /// How far from the stop line a tracker sees at present.
    TrackerRange = "tracker-range",
    /// Which measurement the objects of a lane are of; goes up by 1 with each, wraps.
    ObjectFrame = "object-frame",
    /// How many objects of a lane are reported; one element a lane.
    ObjectCount = "object-count",
    /// An object's front, from the stop line; the nearest first.
    ObjectDistance = "object-distance",
    /// An object's speed, toward the stop line.
    ObjectSpeed = "object-speed",
    /// An object's length: 1 up to 3 m, 2 up to 6 m, 3 up to 9 m, 4 longer.
    ObjectLength = "object-length",
    /// The serial number of a camera; below 2⁵³.
    CameraSerial = "camera-serial",
    /// How a camera is: 0 starting, 1 reading, 2 reading less than it should, 3 blind.
    CameraHealth = "camera-health",
    /// A camera's clock: 0 never set, 1 follows its source, 2 runs on without it, 3 was stepped.
    ClockState = "clock-state",
    /// Where it gets the time from: 0 nobody, 1 satellites, 2 IEEE 1588, 3 NTP, 4 somebody sets it.
    ClockSource = "clock-source",
    /// Seconds since it last heard from there.
    ClockSyncAge = "clock-sync-age",
    /// How far it may be from UTC at most, milliseconds.
    ClockOffsetBound = "clock-offset-bound",
    /// What it shows, milliseconds since 1970 in UTC.
    ClockTime = "clock-time",
    /// The number of the newest passage; 0 where there has been none.
    PassageNewest = "passage-newest",
    /// The number of the oldest passage that is kept; 0 where none is.
    PassageOldest = "passage-oldest",
    /// A passage's number, from 1.
    PassageSequence = "passage-sequence",
    /// When its front was over the line, milliseconds since 1970 in UTC.
    PassageTime = "passage-time",
    /// How far that may be from the true instant at most, milliseconds.
    PassageUncertainty = "passage-uncertainty",
    /// The clock's state then.
    PassageClockState = "passage-clock-state",
    /// The clock's source then.
    PassageClockSource = "passage-clock-source",
    /// Seconds since the clock heard from its source, then.
    PassageSyncAge = "passage-sync-age",
    /// How far the clock may have been from UTC then, milliseconds.
    PassageOffsetBound = "passage-offset-bound",
    /// The lane, from 1.
    PassageLane = "passage-lane",
    /// The class: 0 unknown, 1 car … 11 two-wheeler.
    PassageClass = "passage-class",
    /// The vehicle's colour: 0 unknown, 1 white … 9 another.
    PassageColour = "passage-colour",
    /// How fast it was on the spot.
    PassageSpeed = "passage-speed",
    /// How its plate's text is written: 0 none was read, 1 UTF-8, 2 GBK.
    PlateEncoding = "plate-encoding",
    /// The plate, two bytes a word, the first in the high byte; 0 after its end.
    PlateText = "plate-text",
    /// The plate's colour: 0 unknown, 1 blue … 6 black.
    PlateColour = "plate-colour",
    /// How sure the reader is of the plate, per cent.
    PlateConfidence = "plate-confidence",
    /// The camera's number of the image; 0 where none is kept.
    ImageReference = "image-reference",
    /// How the image's digest was made: 0 there is none, 1 SHA-256, 2 BLAKE3.
    ImageDigestKind = "image-digest-kind",
    /// The digest of the image's file, two bytes a word, the first in the high byte.
    ImageDigest = "image-digest",
    /// Whether a digital input is on; one bit an input.
    Input = "input",
    /// Rising edges of a digital input; wraps.
    InputCount = "input-count",
    /// How long the device waits for a write before its outputs go to their safe values,
    /// milliseconds; 0 says that it waits for ever.
    WatchdogTime = "watchdog-time",
    /// 1 while the outputs have their safe values because nobody has written.
    WatchdogTripped = "watchdog-tripped",
    /// What an output goes to then; one bit an output.
    SafeOutput = "safe-output",
    /// Write: the digital outputs, all of them together; one bit an output.
    Output = "output",
    /// Write: the stage that is demanded, from 1.
    DemandStage = "demand-stage",
    /// Write: the lease of the demand, milliseconds.
    DemandLease = "demand-lease",
    /// Write: the plan that is selected, from 1.
    SelectPlan = "select-plan",
    /// Write: the lease of the selection, milliseconds.
    PlanLease = "plan-lease",
    /// Write 1: back to the local plan.
    Release = "release",
    /// Write: a group that is called, from 1.
    Call = "call",
    /// Write: a preempt that is raised, from 1.
    Preempt = "preempt",
    /// Write: the lease of the preempt, milliseconds.
    PreemptLease = "preempt-lease",
    /// Write: the clock, milliseconds since 1970 in UTC.
    Clock = "clock",
}
