//! The made-up street's sensors: how well they see, which cameras there are; and the file that says
//! so. A real street has no such file: its sensors see as they do.
//!
//! Rates are shares of 1. A *spread* is a standard deviation. What nobody says is exact: a sensor sees
//! everything, once, as it is.

mod read;

use units::{LinkId, Metres, Millis};

/// How well loops, trackers, cameras and position reports see.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SensorNoise {
    /// Vehicles that a loop does not see.
    pub loop_misses: f32,
    /// Vehicles that a loop counts twice.
    pub loop_chatters: f32,
    /// Vehicles that a cabinet's own tracker does not see at a moment.
    pub tracker_misses: f32,
    /// How well a lane tracker with a device of its own sees.
    pub radar: RadarNoise,
    /// How well cameras read.
    pub camera: CameraNoise,
    /// How well emergency vehicles know and tell where they are.
    pub position: PositionNoise,
}

/// How well a lane tracker sees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RadarNoise {
    /// How far from the stop line it sees in dry weather, metres.
    pub range: f32,
    /// The share of that range that heavy rain leaves; wet roads and fog leave all of it.
    pub range_in_rain: f32,
    /// The share that snow leaves.
    pub range_in_snow: f32,
    /// The spread of a distance, metres.
    pub distance_spread: f32,
    /// The spread of a speed, metres a second.
    pub speed_spread: f32,
    /// Vehicles not seen at a moment, at the stop line.
    pub misses_near: f32,
    /// The same at the end of the range; between the two it rises with the distance.
    pub misses_far: f32,
    /// Vehicles not seen at a moment that drive close behind a truck or a bus.
    pub misses_hidden: f32,
    /// Moments at which a lane shows a vehicle that is not there.
    pub ghosts: f32,
}

impl Default for RadarNoise {
    /// Exact as far as it sees.
    fn default() -> Self {
        Self {
            range: 200.0,
            range_in_rain: 1.0,
            range_in_snow: 1.0,
            distance_spread: 0.0,
            speed_spread: 0.0,
            misses_near: 0.0,
            misses_far: 0.0,
            misses_hidden: 0.0,
            ghosts: 0.0,
        }
    }
}

/// How well a camera reads.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CameraNoise {
    /// Plates that are read by day.
    pub reads_by_day: f32,
    /// Plates that are read by night.
    pub reads_by_night: f32,
    /// Of these, what heavy rain leaves.
    pub reads_in_rain: f32,
    /// What fog leaves.
    pub reads_in_fog: f32,
    /// What snow leaves.
    pub reads_in_snow: f32,
    /// Plates that are read with one character for another.
    pub confusions: f32,
    /// Passages that are reported twice.
    pub doubles: f32,
    /// The spread of a speed, metres a second.
    pub speed_spread: f32,
}

impl Default for CameraNoise {
    /// Exact by day and night.
    fn default() -> Self {
        Self {
            reads_by_day: 1.0,
            reads_by_night: 1.0,
            reads_in_rain: 1.0,
            reads_in_fog: 1.0,
            reads_in_snow: 1.0,
            confusions: 0.0,
            doubles: 0.0,
            speed_spread: 0.0,
        }
    }
}

/// How well emergency vehicles know and tell where they are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PositionNoise {
    /// The spread of a position, along each axis, metres.
    pub spread: f32,
    /// How long an error lasts: after so many seconds 37 % of it are left.
    pub lasts_s: f32,
    /// The spread of a speed, metres a second.
    pub speed_spread: f32,
    /// Reports that never arrive.
    pub lost: f32,
    /// Reports that are late, those behind them waiting.
    pub late: f32,
    /// Reports that are overtaken by the next.
    pub overtaken: f32,
    /// How late a report is at most.
    pub late_max: Millis,
}

impl Default for PositionNoise {
    /// Exact and at once.
    fn default() -> Self {
        Self {
            spread: 0.0,
            lasts_s: 30.0,
            speed_spread: 0.0,
            lost: 0.0,
            late: 0.0,
            overtaken: 0.0,
            late_max: Millis(5_000),
        }
    }
}

impl SensorNoise {
    /// What such sensors usually do. The read rates are the floors of GA/T 497-2009, 90 % by day and
    /// 80 % by night; everything else is assumed and wants calibration.
    #[must_use]
    pub fn typical() -> Self {
        Self {
            loop_misses: 0.01,
            loop_chatters: 0.005,
            tracker_misses: 0.03,
            radar: RadarNoise {
                range: 200.0,
                range_in_rain: 0.75,
                range_in_snow: 0.85,
                distance_spread: 0.5,
                speed_spread: 0.3,
                misses_near: 0.01,
                misses_far: 0.1,
                misses_hidden: 0.6,
                ghosts: 0.01,
            },
            camera: CameraNoise {
                reads_by_day: 0.9,
                reads_by_night: 0.8,
                reads_in_rain: 0.9,
                reads_in_fog: 0.8,
                reads_in_snow: 0.85,
                confusions: 0.01,
                doubles: 0.005,
                speed_spread: 0.4,
            },
            position: PositionNoise {
                spread: 4.0,
                lasts_s: 30.0,
                speed_spread: 0.3,
                lost: 0.02,
                late: 0.05,
                overtaken: 0.01,
                late_max: Millis(5_000),
            },
        }
    }
}

/// A camera over a road, one end of a section whose speed is watched.
#[derive(Clone, PartialEq, Debug)]
pub struct CameraSite {
    /// Its name.
    pub name: String,
    /// The road.
    pub link: LinkId,
    /// Where it reads, from the begin of the road.
    pub at: Metres,
    /// The lanes that it watches, by their index on the road, each once.
    pub lanes: Vec<u8>,
}

/// The sensors of a made-up street beside those that its site names.
#[derive(Clone, PartialEq, Debug)]
pub struct Sensors {
    /// How well all of them see.
    pub noise: SensorNoise,
    /// What a clock shows when the street's time begins, since midnight.
    pub begins_at: Millis,
    /// Between which times it is day, since midnight.
    pub day: (Millis, Millis),
    /// The cameras.
    pub cameras: Vec<CameraSite>,
}

impl Default for Sensors {
    /// Exact sensors, at noon, without a camera.
    fn default() -> Self {
        let hour = |hours: i64| Millis::from_secs(hours * 3_600);
        Self {
            noise: SensorNoise::default(),
            begins_at: hour(12),
            day: (hour(6), hour(19)),
            cameras: Vec::new(),
        }
    }
}

impl Sensors {
    /// Whether it is day when the street's time is `now`.
    #[must_use]
    pub fn is_day(&self, now: Millis) -> bool {
        let clock = (self.begins_at + now).modulo(Millis::from_secs(86_400));
        (self.day.0..self.day.1).contains(&clock)
    }
}
