//! What a scenario chooses: the drivers' law, the weather, the seed, how the work is spread.

use scenario::SensorNoise;
use units::Millis;

/// How drivers follow, and with it how long a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Model {
    /// The intelligent driver model (Treiber, Hennecke, Helbing 2000) with urban parameters; steps of
    /// half a second.
    #[default]
    Urban,
    /// Krauss's model as SUMO has it (Krauss 1998; Euler update); steps of half a second.
    Krauss,
    /// The same as SUMO runs it unless told otherwise: steps of one second, no reaction to green, its
    /// gaps at junctions; for comparison with runs of it.
    Sumo,
    /// `CityFlow`'s law, turn speed and junction rules, for comparison with runs of it; steps of one
    /// second. Yellow is not modelled: a group that is not green is closed.
    CityFlow,
}

impl Model {
    /// Every model with its name in files and on the command line.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("urban", Self::Urban),
        ("krauss", Self::Krauss),
        ("sumo", Self::Sumo),
        ("cityflow", Self::CityFlow),
    ];

    /// Its step.
    #[must_use]
    pub fn step(self) -> Millis {
        match self {
            Self::Urban | Self::Krauss => Millis(500),
            Self::CityFlow | Self::Sumo => Millis(1_000),
        }
    }
}

/// What the sky does to the street.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Weather {
    /// Nothing.
    #[default]
    Dry,
    /// A wet road.
    Wet,
    /// Heavy rain.
    HeavyRain,
    /// Fog.
    Fog,
    /// Snow or slush.
    Snow,
    /// Ice.
    Ice,
}

/// By how much weather scales what drivers do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct WeatherFactors {
    /// Of saturation flow: headways are divided by it.
    pub(super) flow: f32,
    /// Of the time lost at the start of green: accelerations are divided by it.
    pub(super) start: f32,
    /// Of the desired speed.
    pub(super) speed: f32,
    /// The hardest braking that the road allows, m/s².
    pub(super) brake_max: f32,
}

impl Weather {
    /// Every weather with its name in files and on the command line.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("dry", Self::Dry),
        ("wet", Self::Wet),
        ("heavy-rain", Self::HeavyRain),
        ("fog", Self::Fog),
        ("snow", Self::Snow),
        ("ice", Self::Ice),
    ];

    /// Dry to fog: after studies of the Utah and the federal highway administrations; snow and ice
    /// blend several and want calibration. The hardest braking is friction times gravity, rounded;
    /// unverified.
    pub(super) fn factors(self) -> WeatherFactors {
        let (flow, start, speed, brake_max) = match self {
            Self::Dry => (1.0, 1.0, 1.0, 8.0),
            Self::Wet => (0.94, 1.05, 0.92, 6.0),
            Self::HeavyRain => (0.88, 1.1, 0.87, 5.5),
            Self::Fog => (0.9, 1.1, 0.85, 6.0),
            Self::Snow => (0.80, 1.23, 0.70, 3.5),
            Self::Ice => (0.70, 1.35, 0.60, 2.5),
        };
        WeatherFactors { flow, start, speed, brake_max }
    }
}

/// What a scenario chooses.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How drivers follow.
    pub model: Model,
    /// What the sky does.
    pub weather: Weather,
    /// What all chance comes from.
    pub seed: u64,
    /// How many threads share the work, at least 1: the result is the same for any number.
    pub threads: usize,
    /// How well sensors see.
    pub noise: SensorNoise,
    /// Whether a right turn that has a light may go at red, after a stop and giving way to all.
    pub right_on_red: bool,
    /// Whether drivers change lanes for comfort, around what blocks their own or out of somebody's way;
    /// who must change for his route does so anyway.
    pub changes_for_comfort: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model: Model::default(),
            weather: Weather::default(),
            seed: 1,
            threads: 1,
            noise: SensorNoise::default(),
            right_on_red: false,
            changes_for_comfort: true,
        }
    }
}
