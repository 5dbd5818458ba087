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
    /// What starts the watchdog afresh: 0 a write, 1 whatever is asked, 2 nothing, it is off.
    WatchdogType = "watchdog-type",
    /// What is left of the watchdog's time.
    WatchdogLeft = "watchdog-left",
    /// Whether the watchdog is on.
    WatchdogEnabled = "watchdog-enabled",
    /// How often the watchdog has come to its end.
    WatchdogTrips = "watchdog-trips",
    /// Write 1: ends the state in which a tripped device refuses what is written.
    WatchdogClear = "watchdog-clear",
    /// What the outputs do when the watchdog comes to its end, by the device's own numbers.
    FallbackMode = "fallback-mode",
    /// Whether only the first connection may write.
    WriteLock = "write-lock",
    /// Connections that are open.
    Connections = "connections",
    /// The model's name, as text.
    ModelName = "model-name",
    /// The name that somebody has given the device, as text.
    DeviceName = "device-name",
    /// The firmware, as text or as a number.
    Firmware = "firmware",
    /// The serial number, as text.
    SerialNumber = "serial-number",
    /// A code that tells models of one family apart.
    ModelCode = "model-code",
    /// The device's own status word, by its own numbers.
    DeviceStatus = "device-status",
    /// The status of each of its sensors, by its own numbers.
    SensorStatus = "sensor-status",
    /// The temperature of the air.
    AirTemperature = "air-temperature",
    /// The dew point.
    DewPoint = "dew-point",
    /// The temperature that wind makes of it.
    WindChill = "wind-chill",
    /// Relative humidity.
    RelativeHumidity = "relative-humidity",
    /// Relative air pressure.
    AirPressure = "air-pressure",
    /// The speed of the wind.
    WindSpeed = "wind-speed",
    /// Its mean over some minutes.
    WindSpeedMean = "wind-speed-mean",
    /// Its greatest over some minutes.
    WindGust = "wind-gust",
    /// Where the wind comes from, degrees from north.
    WindDirection = "wind-direction",
    /// Its mean over some minutes.
    WindDirectionMean = "wind-direction-mean",
    /// Where the strongest gust came from.
    WindGustDirection = "wind-gust-direction",
    /// The direction that the mast is turned to.
    Compass = "compass",
    /// What falls: 0 nothing, 40 something, 60 rain, 67 freezing rain, 69 sleet, 70 snow, 90 hail.
    PrecipitationType = "precipitation-type",
    /// How strongly it falls.
    PrecipitationIntensity = "precipitation-intensity",
    /// What has fallen since the device was reset.
    PrecipitationTotal = "precipitation-total",
    /// What has fallen since the last reading: who reads it takes it from everybody else.
    PrecipitationDifference = "precipitation-difference",
    /// Global radiation.
    GlobalRadiation = "global-radiation",
    /// The voltage that feeds the device.
    SupplyVoltage = "supply-voltage",
    /// A UPS's status bits, by the device's own numbers.
    UpsStatus = "ups-status",
    /// Why that status has last changed, by the device's own numbers.
    UpsStatusCause = "ups-status-cause",
    /// What came of the last test of the battery, by the device's own numbers.
    BatteryTest = "battery-test",
    /// How long the battery would last.
    BatteryRuntime = "battery-runtime",
    /// How full the battery is.
    BatteryCharge = "battery-charge",
    /// The battery's voltage.
    BatteryVoltage = "battery-voltage",
    /// The battery's temperature.
    BatteryTemperature = "battery-temperature",
    /// Real load, of what the device can bear.
    LoadReal = "load-real",
    /// Apparent load, of what the device can bear.
    LoadApparent = "load-apparent",
    /// What it gives.
    OutputCurrent = "output-current",
    /// The same, voltage.
    OutputVoltage = "output-voltage",
    /// The same, frequency.
    OutputFrequency = "output-frequency",
    /// What it gets.
    InputVoltage = "input-voltage",
    /// It goes to its battery above this.
    TransferHigh = "transfer-high",
    /// It goes to its battery below this.
    TransferLow = "transfer-low",
    /// The message that a sign shows, from 1; 0 is none.
    MessageShown = "message-shown",
    /// How a sign is: 0 starting, 1 well, 2 with dead pixels, 3 dark though it should not be.
    SignHealth = "sign-health",
    /// Pixels that are dead.
    PixelsDead = "pixels-dead",
    /// The light around a sign.
    AmbientLight = "ambient-light",
    /// Whether a door is open.
    DoorOpen = "door-open",
    /// Write: a stored message to show, from 1; 0 shows the text that is written with it.
    MessageNumber = "message-number",
    /// Write: the lease of a message, milliseconds.
    MessageLease = "message-lease",
    /// Write: the text to show, two characters a word.
    MessageText = "message-text",
    /// The seconds that a countdown display shows; 0 is none.
    CountdownShown = "countdown-shown",
    /// Write: the colour of a countdown, 1 red, 2 green, 3 yellow.
    CountdownColour = "countdown-colour",
    /// Write: the seconds to count down from.
    CountdownSeconds = "countdown-seconds",
    /// Write: the lease of a countdown, milliseconds.
    CountdownLease = "countdown-lease",
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
