//! Places in somebody's words, put on the roads.

use corridor::position::Courses;
use corridor::{Place, Progress, Refusal};
use network::Point;
use scenario::Site;

use super::ask::{Spot, Where};

/// So far from a road a place is on none, metres: the depth of a large plot.
const NEAR: f64 = 100.0;

/// The place on the roads.
///
/// # Errors
/// Why there is none.
pub(super) fn resolve(
    site: &Site,
    courses: &Courses,
    (which, place): (&'static str, &Where),
    vehicle: Option<Progress>,
) -> Result<Place, Refusal> {
    let unknown = |why: String| Err(Refusal::UnknownPlace { which, why });
    match place {
        Where::Link(Spot { link, offset }) => match site.network.link_named(link) {
            Some(link) => Ok(Place { link, offset: *offset }),
            None => unknown(format!("there is no link {link:?}")),
        },
        Where::Named(name) => {
            let found = site.dispatch.places.iter().find(|row| row.name == *name);
            match found {
                Some(row) => Ok(Place { link: row.link, offset: row.offset }),
                None => unknown(format!("the site file has no place {name:?}")),
            }
        }
        Where::Vehicle => match vehicle {
            Some(progress) => Ok(progress.place),
            None => unknown("nobody has told where the vehicle is".to_owned()),
        },
        Where::Plane(_) | Where::Degrees(..) => match point(site, place) {
            Some(point) => match courses.nearest(point, NEAR) {
                Some((place, _)) => Ok(place),
                None => unknown(format!("no road is within {NEAR} m of it")),
            },
            None => {
                unknown("the site file does not say where its roads lie on the globe".to_owned())
            }
        },
    }
}

/// Where it lies in the plane, where it says that by itself.
pub(super) fn point(site: &Site, place: &Where) -> Option<Point> {
    match place {
        Where::Plane(point) => Some(*point),
        Where::Degrees(latitude, longitude) => {
            site.dispatch.globe.map(|globe| globe.point(*latitude, *longitude))
        }
        Where::Link(_) | Where::Named(_) | Where::Vehicle => None,
    }
}
