//! Corridors as they are asked for: read, checked for their form, and turned into what the desk takes.

use corridor::Level;
use network::Point;
use serde::Deserialize;
use units::{Metres, MetresPerSecond, Millis, WallTime};
use utoipa::ToSchema;

use super::corridors::{ClassName, IncidentName};
use crate::corridors::{Asked, AskedChange, Fix, Spot, Where};

/// What a vehicle drives at where a request says nothing: 54 km/h.
const SPEED: f64 = 15.0;
/// For how long a request holds where it says nothing.
const EXPIRES_S: f64 = 600.0;
/// The longest that a request may say that it holds; the core ends every corridor sooner.
const EXPIRES_MAX_S: f64 = 3_600.0;
/// How far a position is off where it does not say.
const SPREAD_M: f64 = 8.0;
/// The longest name of a vehicle.
const VEHICLE_MAX: usize = 64;

/// A place: one of a link with its offset, degrees, metres, or a name of the site file.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct PlaceDto {
    /// A link's name; with `offset_m`.
    link: Option<String>,
    /// Metres from the link's begin.
    offset_m: Option<f64>,
    /// Degrees north, WGS-84; with `longitude`.
    latitude: Option<f64>,
    /// Degrees east.
    longitude: Option<f64>,
    /// Metres east of the site's origin; with `y_m`.
    x_m: Option<f64>,
    /// Metres north of it.
    y_m: Option<f64>,
    /// A place of the site file.
    place: Option<String>,
}

/// A request for a corridor.
#[derive(Clone, PartialEq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct CorridorRequestDto {
    /// The vehicle: as its terminal is named in the site file, or by its plate or call sign.
    #[schema(min_length = 1, max_length = 64)]
    vehicle: String,
    class: ClassName,
    /// How urgent within its class, 0 least.
    #[serde(default)]
    #[schema(maximum = 14)]
    level: u8,
    incident: IncidentName,
    /// Where it starts; missing: where the vehicle was last known to be.
    origin: Option<PlaceDto>,
    /// Where it wants to.
    destination: PlaceDto,
    /// How fast it drives where nothing holds it; missing: 15 m/s.
    speed_m_per_s: Option<f64>,
    /// When it sets off, from now.
    #[serde(default)]
    departs_in_s: f64,
    /// For how long the request holds; missing: 600 s, which is also the longest that a corridor lasts.
    expires_in_s: Option<f64>,
    /// Whether all of it is a drill: it is done, and marked so everywhere.
    #[serde(default)]
    drill: bool,
}

/// What is to be changed: one of the three.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct CorridorChangeDto {
    /// The vehicle is there.
    position: Option<PositionDto>,
    /// It wants to go elsewhere.
    destination: Option<PlaceDto>,
    /// It comes so much later; sooner where it is negative.
    delay_s: Option<f64>,
}

/// Where a vehicle is.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct PositionDto {
    /// When it was measured, RFC 3339; missing: now.
    at: Option<String>,
    /// A link's name; with `offset_m`.
    link: Option<String>,
    /// Metres from the link's begin.
    offset_m: Option<f64>,
    /// Degrees north, WGS-84 (not shifted as on Chinese maps); with `longitude`.
    latitude: Option<f64>,
    /// Degrees east.
    longitude: Option<f64>,
    /// Metres east of the site's origin; with `y_m`.
    x_m: Option<f64>,
    /// Metres north of it.
    y_m: Option<f64>,
    /// Its standard deviation along each axis; missing: 8 m.
    spread_m: Option<f64>,
    /// How fast it drives.
    speed_m_per_s: Option<f64>,
    /// Degrees clockwise from north.
    heading_degrees: Option<f64>,
}

impl PlaceDto {
    fn asked(self, which: &str) -> Result<Where, String> {
        let Self { link, offset_m, latitude, longitude, x_m, y_m, place } = self;
        let numbers = [offset_m, latitude, longitude, x_m, y_m];
        if numbers.iter().flatten().any(|number| !number.is_finite()) {
            return Err(format!("{which}: it has a number that is none"));
        }
        match (link, offset_m, latitude, longitude, x_m, y_m, place) {
            (Some(link), Some(offset), None, None, None, None, None) => {
                Ok(Where::Link(Spot { link, offset: Metres(offset) }))
            }
            (None, None, Some(latitude), Some(longitude), None, None, None) => {
                if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
                    return Err(format!("{which}: its degrees are of no place"));
                }
                Ok(Where::Degrees(latitude, longitude))
            }
            (None, None, None, None, Some(x), Some(y), None) => Ok(Where::Plane(Point { x, y })),
            (None, None, None, None, None, None, Some(name)) => Ok(Where::Named(name)),
            _ => Err(format!(
                "{which}: it is either link and offset_m, latitude and longitude, x_m and y_m, or place"
            )),
        }
    }
}

impl CorridorRequestDto {
    /// What is asked, under a key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::web) fn asked(self, key: String) -> Result<Asked, String> {
        let vehicle = self.vehicle.trim().to_owned();
        let length = vehicle.chars().count();
        if !(1..=VEHICLE_MAX).contains(&length) || vehicle.chars().any(char::is_control) {
            return Err(format!("vehicle: it has 1 to {VEHICLE_MAX} characters on one line"));
        }
        let level = Level::new(self.level).ok_or("level: it is 0 to 14")?;
        let origin = match self.origin {
            Some(place) => place.asked("origin")?,
            None => Where::Vehicle,
        };
        let destination = self.destination.asked("destination")?;
        let expires = self.expires_in_s.unwrap_or(EXPIRES_S);
        let speed = self.speed_m_per_s.unwrap_or(SPEED);
        for (name, number) in
            [("expires_in_s", expires), ("departs_in_s", self.departs_in_s), ("speed", speed)]
        {
            if !number.is_finite() || number.abs() > EXPIRES_MAX_S {
                return Err(format!("{name}: it is beyond {EXPIRES_MAX_S}"));
            }
        }
        Ok(Asked {
            key,
            vehicle,
            class: self.class.into(),
            level,
            incident: self.incident.into(),
            origin,
            destination,
            speed: MetresPerSecond(speed),
            departs_in: Millis::from_secs_f64(self.departs_in_s),
            expires_in: Millis::from_secs_f64(expires),
            is_drill: self.drill,
        })
    }
}

impl CorridorChangeDto {
    /// What is asked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::web) fn asked(self) -> Result<AskedChange, String> {
        match (self.position, self.destination, self.delay_s) {
            (Some(position), None, None) => position.asked().map(AskedChange::Position),
            (None, Some(place), None) => place.asked("destination").map(AskedChange::Destination),
            (None, None, Some(delay)) if delay.is_finite() && delay.abs() <= EXPIRES_MAX_S => {
                Ok(AskedChange::Delay(Millis::from_secs_f64(delay)))
            }
            (None, None, Some(_)) => Err(format!("delay_s: it is beyond {EXPIRES_MAX_S}")),
            _ => Err("it is one of position, destination, delay_s".to_owned()),
        }
    }
}

impl PositionDto {
    fn asked(self) -> Result<Fix, String> {
        let Self { at, link, offset_m, latitude, longitude, x_m, y_m, .. } = self;
        let place = PlaceDto { link, offset_m, latitude, longitude, x_m, y_m, place: None };
        let at = match at {
            Some(text) => {
                let stamp: jiff::Timestamp =
                    text.parse().map_err(|_| "position.at: it is no time as RFC 3339 has it")?;
                Some(WallTime(stamp.as_millisecond()))
            }
            None => None,
        };
        let spread = self.spread_m.unwrap_or(SPREAD_M);
        if !(0.0..=1_000.0).contains(&spread) {
            return Err("position.spread_m: it is 0 to 1000".to_owned());
        }
        let speed = self.speed_m_per_s;
        if speed.is_some_and(|speed| !(0.0..100.0).contains(&speed)) {
            return Err("position.speed_m_per_s: nobody drives so fast".to_owned());
        }
        let heading = self.heading_degrees;
        if heading.is_some_and(|heading| !(0.0..=360.0).contains(&heading)) {
            return Err("position.heading_degrees: it is 0 to 360".to_owned());
        }
        let (place, spread) = (place.asked("position")?, Metres(spread));
        Ok(Fix { at, place, spread, speed: speed.map(MetresPerSecond), heading })
    }
}
