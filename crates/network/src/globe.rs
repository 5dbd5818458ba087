//! How a network's own plane lies on the globe: its origin has a longitude and a latitude (WGS-84),
//! its first axis leads east, its second north.
//!
//! The projection is the equirectangular one around the origin, with the radii of curvature that the
//! ellipsoid has there. Within 20 km of the origin, at up to 60 degrees of latitude, a place is off by
//! less than 120 m at the corners, and within 5 km by less than 8 m (held against the sphere by the
//! tests below).

use crate::tables::Point;

/// WGS-84: the half axis at the equator, metres, and the square of the eccentricity.
const AXIS: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_3;
/// Nearer to a pole, east is no direction any more.
const LATITUDE_MAX: f64 = 85.0;

/// A plane's origin on the globe.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Globe {
    latitude: f64,
    longitude: f64,
    /// Metres for a degree, north and east.
    north: f64,
    east: f64,
}

impl Globe {
    /// The plane whose origin is there, in degrees north and east; none beyond 85 degrees of latitude
    /// or 180 of longitude.
    #[must_use]
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        if !(latitude.abs() <= LATITUDE_MAX && longitude.abs() <= 180.0) {
            return None;
        }
        let cosine = cosine(latitude.to_radians());
        let sine_2 = 1.0 - cosine * cosine;
        let root = (1.0 - ECCENTRICITY_2 * sine_2).sqrt();
        // The radii of curvature of the ellipsoid, along the meridian and across it.
        let meridian = AXIS * (1.0 - ECCENTRICITY_2) / (root * root * root);
        let across = AXIS / root;
        let degree = std::f64::consts::PI / 180.0;
        Some(Self { latitude, longitude, north: meridian * degree, east: across * cosine * degree })
    }

    /// Degrees north of the origin.
    #[must_use]
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east of the origin.
    #[must_use]
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Where a place lies in the plane, metres. Over the date line the shorter way is taken.
    #[must_use]
    pub fn point(self, latitude: f64, longitude: f64) -> Point {
        let mut by = longitude - self.longitude;
        if by > 180.0 {
            by -= 360.0;
        } else if by < -180.0 {
            by += 360.0;
        }
        Point { x: by * self.east, y: (latitude - self.latitude) * self.north }
    }

    /// The degrees north and east of a place in the plane.
    #[must_use]
    pub fn degrees(self, point: Point) -> (f64, f64) {
        (self.latitude + point.y / self.north, self.longitude + point.x / self.east)
    }
}

/// By its series, up to a quarter turn: library functions differ from machine to machine.
fn cosine(angle: f64) -> f64 {
    let square = angle * angle;
    let (mut term, mut sum) = (1.0, 1.0);
    for step in 1..=12 {
        let two = f64::from(2 * step);
        term *= -square / (two * (two - 1.0));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_has_the_metres_of_the_ellipsoid() {
        // Published lengths of a degree of latitude and of longitude on WGS-84, metres.
        for (latitude, north, east) in
            [(0.0, 110_574.0, 111_320.0), (45.0, 111_132.0, 78_847.0), (60.0, 111_412.0, 55_800.0)]
        {
            let globe = Globe::new(latitude, 116.0).expect("a place");
            let point = globe.point(latitude + 1.0, 117.0);
            assert!((point.y - north).abs() < 2.0 && (point.x - east).abs() < 2.0, "{point:?}");
        }
    }

    #[test]
    fn places_come_back_and_the_date_line_is_no_wall() {
        let globe = Globe::new(36.67, 117.02).expect("a place");
        for (x, y) in [(0.0, 0.0), (1_234.5, -678.9), (-20_000.0, 20_000.0)] {
            let (latitude, longitude) = globe.degrees(Point { x, y });
            let back = globe.point(latitude, longitude);
            assert!((back.x - x).abs() < 1e-6 && (back.y - y).abs() < 1e-6, "{back:?}");
        }
        let globe = Globe::new(0.0, 179.999).expect("a place");
        assert!((globe.point(0.0, -179.999).x - 222.6).abs() < 0.1);
        for (latitude, longitude) in [(86.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0), (0.0, f64::NAN)] {
            assert_eq!(Globe::new(latitude, longitude), None);
        }
    }

    #[test]
    fn what_the_plane_bends_is_as_small_as_is_said() {
        // The only bend of this projection: a degree east gets shorter to the north.
        for (away, most) in [(5_000.0, 8.0), (20_000.0, 120.0)] {
            let globe = Globe::new(60.0, 10.0).expect("a place");
            let corner = Point { x: away, y: away };
            let (latitude, longitude) = globe.degrees(corner);
            let there = Globe::new(latitude, 10.0).expect("a place");
            let off = (there.point(latitude, longitude).x - away).abs();
            assert!(off < most, "{off} m at {away} m");
        }
    }
}
