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
