//! The trip file: one row for each vehicle of the demand, by its number.

use scenario::Site;
use units::{LinkId, Millis};

use super::Target;
use super::book::{Book, State};

/// Its columns. What has not come to pass is left empty.
const COLUMNS: [&str; 15] = [
    "vehicle",
    "flow",
    "class",
    "origin",
    "destination",
    "due_s",
    "entered_s",
    "arrived_s",
    "travel_time_s",
    "delay_s",
    "stops",
    "waiting_s",
    "distance_m",
    "fuel_g",
    "co2_g",
];

/// Writes the file. Travel time is from when a vehicle was due until it arrived; delay is that less
/// the free-flow time of its way; waiting is what it stood on the road.
pub(super) fn write(book: &Book, site: &Site, target: Target) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(target);
    csv.write_record(COLUMNS)?;
    let name = |link: Option<LinkId>| link.map_or("", |link| site.network.link(link).name.as_str());
    let seconds = |time: Millis| format!("{}", time.as_secs_f64());
    for (vehicle, trip) in book.trips().iter().enumerate() {
        let (class, origin, destination) = book.way(trip);
        let (due, free) = book.due(vehicle);
        let has_entered = trip.state != State::Waiting;
        let has_arrived = trip.state == State::Arrived;
        let only = |when: bool, what: String| if when { what } else { String::new() };
        csv.write_record([
            vehicle.to_string().as_str(),
            &trip.flow.to_string(),
            class.name(),
            name(origin),
            name(destination),
            &seconds(due),
            &only(has_entered, seconds(trip.entered)),
            &only(has_arrived, seconds(trip.arrived)),
            &only(has_arrived, seconds(trip.arrived - due)),
            &only(has_arrived, seconds(trip.arrived - due - free)),
            &only(has_entered, trip.stops.to_string()),
            &only(has_entered, seconds(trip.waiting)),
            &only(has_entered, format!("{:.2}", trip.distance)),
            &only(has_entered, format!("{:.2}", trip.emission.fuel)),
            &only(has_entered, format!("{:.2}", trip.emission.carbon_dioxide)),
        ])?;
    }
    Ok(csv.flush()?)
}
