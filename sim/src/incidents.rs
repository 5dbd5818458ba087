//! Reads what blocks a street for a time, and reports every mistake in it: a file beside a scenario, or
//! a part of a change file.
//!
//! ```toml
//! version = 1
//!
//! [[block]]                   # something stands there: works, a load that fell
//! link = "l_1_1_2_1"          # all its lanes; or lane = "l_1_1_2_1_0"
//! at_m = 120                  # from the begin of the link; without it the middle
//! from_s = 300                # without it from the begin on
//! until_s = 900               # without it to the end
//!
//! [[breakdown]]               # the next vehicle that passes there breaks down
//! lane = "l_1_1_2_1_0"
//! at_m = 120
//! from_s = 300
//! until_s = 900               # when it drives on
//! ```

use document::{Document, Problem, Table};
use network::Network;
use units::{LaneId, Metres, Millis};

use crate::world::{Blocked, Incident};

/// The longest that something may lie ahead, seconds: the longest run is a month.
const AHEAD_S: f64 = 31.0 * 86_400.0;
/// No link is longer, metres; what the link itself has is told by its own length.
const PLACE_MAX_M: f64 = 1e7;

/// Reads a file of incidents on these roads.
///
/// # Errors
/// Every mistake in it, with its line: a lane or link that there is not, a place beyond its end, an
/// incident that ends before it begins.
pub fn parse(text: &str, network: &Network) -> Result<Vec<Incident>, Vec<Problem>> {
    Document::parse(text)?.read(|root| {
        let version = root.integer("version", 1..=1);
        let incidents = all(root, network);
        version.and(incidents)
    })
}

/// The incidents among the tables of a document; none where one of them has a mistake.
pub(crate) fn all(root: &Table<'_>, network: &Network) -> Option<Vec<Incident>> {
    let blocks = root.tables("block");
    let blocks: Vec<_> = blocks.iter().map(|table| block(table, network)).collect();
    let breakdowns = root.tables("breakdown");
    let breakdowns: Vec<_> = breakdowns.iter().map(|table| breakdown(table, network)).collect();
    blocks.into_iter().chain(breakdowns).collect()
}

fn block(table: &Table<'_>, network: &Network) -> Option<Incident> {
    let (lane, link) = (table.text_if("lane"), table.text_if("link"));
    let at = table.has("at_m").then(|| table.number("at_m", 0.0..=PLACE_MAX_M));
    let time = time(table);
    let blocked = match (lane, link) {
        (Some(name), None) => lane_named(table, network, &name).and_then(|lane| {
            let length = network.link(network.lane(lane).link).length;
            place(table, at, length).map(|at| Blocked::Lane(lane, at))
        }),
        (None, Some(name)) => match network.link_named(&name) {
            Some(link) => {
                place(table, at, network.link(link).length).map(|at| Blocked::Link(link, at))
            }
            None => {
                table.say("link", format!("there is no link {name:?}"));
                None
            }
        },
        _ => {
            table.say("", "it names one lane or one link");
            None
        }
    };
    let (from, until) = time?;
    Some(Incident { blocked: blocked?, from, until })
}

fn breakdown(table: &Table<'_>, network: &Network) -> Option<Incident> {
    let name = table.text("lane");
    let at = table.has("at_m").then(|| table.number("at_m", 0.0..=PLACE_MAX_M));
    let time = time(table);
    let lane = lane_named(table, network, &name?)?;
    let at = place(table, at, network.link(network.lane(lane).link).length);
    let (from, until) = time?;
    Some(Incident { blocked: Blocked::NextVehicle(lane, at?), from, until })
}

fn lane_named(table: &Table<'_>, network: &Network, name: &str) -> Option<LaneId> {
    let lane = network.lane_named(name);
    if lane.is_none() {
        table.say("lane", format!("there is no lane {name:?}"));
    }
    lane
}

/// A place on a link of this length: `at` is none where it is not said, and none inside where it is
/// said and wrong.
fn place(table: &Table<'_>, at: Option<Option<f64>>, length: Metres) -> Option<Metres> {
    let at = at.unwrap_or(Some(length.0 / 2.0))?;
    if at > length.0 {
        table.say("at_m", format!("it is beyond the {} m that there are", length.0));
    }
    (at <= length.0).then_some(Metres(at))
}

fn time(table: &Table<'_>) -> Option<(Millis, Millis)> {
    let from = table.number_or("from_s", 0.0..=AHEAD_S, 0.0);
    let until = table.number_or("until_s", 0.0..=AHEAD_S, AHEAD_S);
    let (from, until) = (Millis::from_secs_f64(from?), Millis::from_secs_f64(until?));
    if from >= until {
        table.say("until_s", "it ends before it begins");
    }
    (from < until).then_some((from, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_is_what_blocks_the_street() {
        let (site, _) = scenario::generate::arterial(1, 2);
        let network = &site.network;
        let (link, name) = (&network.links()[0], network.lane_name(LaneId(1)));
        let text = format!(
            "version = 1\n[[block]]\nlink = {:?}\n[[block]]\nlane = {:?}\nat_m = 5\nfrom_s = 60\n\
             until_s = 90\n[[breakdown]]\nlane = {:?}\nat_m = 7\n",
            link.name, name, name
        );
        let found = parse(&text, network).expect("sound");
        let lane = LaneId(1);
        let link_id = network.link_named(&link.name).expect("it is there");
        let middle = Metres(link.length.0 / 2.0);
        assert_eq!(found[0].blocked, Blocked::Link(link_id, middle));
        assert_eq!(found[0].from, Millis::ZERO);
        assert_eq!(found[1].blocked, Blocked::Lane(lane, Metres(5.0)));
        assert_eq!((found[1].from, found[1].until), (Millis(60_000), Millis(90_000)));
        assert_eq!(found[2].blocked, Blocked::NextVehicle(lane, Metres(7.0)));
        assert_eq!(parse("version = 1", network), Ok(Vec::new()));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let (site, _) = scenario::generate::arterial(1, 2);
        let name = &site.network.links()[0].name;
        let text = format!(
            "version = 1\n[[block]]\nlane = \"no\"\n[[block]]\nlink = {name:?}\nat_m = 1e6\n\
             [[block]]\nfrom_s = 5\nuntil_s = 5\n[[breakdown]]\nat_m = -1\nwhy = 1\n"
        );
        let all = parse(&text, &site.network).expect_err("six mistakes");
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        for part in [
            "line 3: block[0].lane: there is no lane \"no\"",
            "line 6: block[1].at_m: it is beyond the",
            "block[2]: it names one lane or one link",
            "line 9: block[2].until_s: it ends before it begins",
            "breakdown[0].lane: it is missing",
            "line 11: breakdown[0].at_m: -1 is not within 0 to 10000000",
            "line 12: breakdown[0].why: this key is not known here",
        ] {
            assert!(all.iter().any(|line| line.contains(part)), "{part}\n{all:#?}");
        }
    }
}
