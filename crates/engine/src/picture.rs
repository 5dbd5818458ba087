//! The state picture: what is known of the street at one moment, as a document that another process
//! can start a world from.
//!
//! Tokens are not in it, nor where the daemon listens: whoever may look may have it. What is not known
//! is left out, never 0; stages count from 1; ages and spans are seconds.

use scenario::{Mode, Site, write_site};
use serde::{Deserialize, Serialize};
use units::{CivilDate, CivilTime, LaneId, Millis, StageId};

use crate::snapshot::{JunctionSnapshot, LaneSnapshot, Snapshot};

/// The version of the document that this program writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// Where a site's page listens in a picture: on no machine but the reader's own.
const NOWHERE: &str = "127.0.0.1:0";

/// The state at one moment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// [`VERSION`].
    pub version: u32,
    /// The site file as the engine runs it, without tokens, codes of terminals, and whom to tell.
    pub site: String,
    /// What the clock on the wall shows.
    pub civil: Option<Civil>,
    /// The junctions that have signals.
    pub junctions: Vec<JunctionPicture>,
    /// The lanes of which anything is known.
    pub lanes: Vec<LanePicture>,
}

/// A civil time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Civil {
    /// The date, as `2026-06-01`.
    pub date: String,
    /// Seconds since midnight.
    pub of_day_s: f64,
}

/// One junction.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JunctionPicture {
    /// Its name.
    pub name: String,
    /// The stage that runs.
    pub stage: Option<u16>,
    /// The stage that a transition leads to.
    pub next: Option<u16>,
    /// The time in the stage or transition, seconds.
    pub elapsed_s: f64,
    /// The age of what was read, seconds.
    pub age_s: Option<f64>,
    /// Who controls it.
    pub control: String,
    /// The plan that the calendar has.
    pub plan: String,
}

/// One lane.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanePicture {
    /// Its name.
    pub name: String,
    /// Vehicles in the queue.
    pub queue: Option<f64>,
    /// Vehicles on the lane, the queue among them.
    pub vehicles: Option<f64>,
    /// The age of that, seconds.
    pub age_s: Option<f64>,
    /// What the loop before the stop line has counted in the last minutes.
    pub arrived: Option<Counted>,
    /// What the loop at the stop line has counted.
    pub left: Option<Counted>,
}

/// A count.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Vehicles.
    pub vehicles: u32,
    /// In what time, seconds.
    pub span_s: f64,
}

impl Picture {
    /// The picture of an engine's state; `site` is the one that the snapshot is of.
    #[must_use]
    pub fn of(snapshot: &Snapshot, site: &Site) -> Self {
        let lanes = snapshot.lanes.iter().enumerate();
        let lanes = lanes.filter(|(_, lane)| **lane != LaneSnapshot::default());
        let lanes = lanes.map(|(index, lane)| {
            LanePicture::of(site.network.lane_name(LaneId::from_index(index)), lane)
        });
        Self {
            version: VERSION,
            site: site_text(site, snapshot.mode),
            civil: snapshot.civil.map(|civil| Civil {
                date: civil.date().to_string(),
                of_day_s: civil.of_day().as_secs_f64(),
            }),
            junctions: snapshot.junctions.iter().map(JunctionPicture::of).collect(),
            lanes: lanes.collect(),
        }
    }

    /// What the clock on the wall shows; none where it is not known, or is none.
    #[must_use]
    pub fn civil(&self) -> Option<CivilTime> {
        let civil = self.civil.as_ref()?;
        CivilTime::new(CivilDate::parse(&civil.date)?, Millis::from_secs_f64(civil.of_day_s))
    }
}

impl JunctionPicture {
    fn of(junction: &JunctionSnapshot) -> Self {
        let number = |stage: StageId| u16::from(stage.0) + 1;
        Self {
            name: junction.name.clone(),
            stage: junction.stage.map(number),
            next: junction.next.map(number),
            elapsed_s: junction.elapsed.as_secs_f64(),
            age_s: junction.age.map(Millis::as_secs_f64),
            control: junction.source.name().to_owned(),
            plan: junction.coordination.plan.clone(),
        }
    }
}

impl LanePicture {
    fn of(name: String, lane: &LaneSnapshot) -> Self {
        let counted = |(vehicles, span): (u32, Millis)| {
            let span_s = span.as_secs_f64();
            Counted { vehicles, span_s }
        };
        Self {
            name,
            queue: lane.queue,
            vehicles: lane.vehicles,
            age_s: lane.age.map(Millis::as_secs_f64),
            arrived: lane.arrived.map(counted),
            left: lane.left.map(counted),
        }
    }
}

fn site_text(site: &Site, mode: Mode) -> String {
    let mut site = site.clone();
    site.control.mode = mode;
    site.web.tokens.clear();
    (site.dispatch.terminals, site.dispatch.webhook) = (None, None);
    site.dispatch.places.iter_mut().for_each(|place| place.notice = None);
    site.dispatch.road_sections.iter_mut().for_each(|section| section.people.clear());
    NOWHERE.clone_into(&mut site.web.listen);
    write_site(&site)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::{
        HttpUrl, PlaceKind, PlaceSite, RoadSectionSite, TerminalSite, TerminalsSite, WebhookSite,
        generate,
    };
    use units::{LinkId, Metres};

    #[test]
    fn a_picture_gives_away_no_secret() {
        let (mut site, _) = generate::arterial(1, 1);
        let secret = || "secret-word".to_owned();
        let url = HttpUrl { host: secret(), port: 80, path: "/".to_owned() };
        site.web.tokens.push(scenario::TokenSite {
            name: secret(),
            role: scenario::Role::View,
            hash: secret(),
            scope: None,
        });
        site.dispatch.webhook = Some(WebhookSite { url: url.clone(), secret: Some(secret()) });
        let row = TerminalSite { phone: secret(), vehicle: secret(), code: secret(), plate: None };
        let (listen, networks) = (secret(), Vec::new());
        site.dispatch.terminals = Some(TerminalsSite { listen, networks, allowed: vec![row] });
        let (link, links) = (LinkId(0), vec![LinkId(0)]);
        site.dispatch.places.push(PlaceSite {
            name: "hospital".to_owned(),
            kind: PlaceKind::Hospital,
            link,
            offset: Metres(1.0),
            notice: Some(url),
        });
        let name = "road".to_owned();
        site.dispatch.road_sections.push(RoadSectionSite { name, links, people: vec![secret()] });
        let text = site_text(&site, Mode::Fixed);
        assert!(!text.contains("secret-word"), "{text}");
        assert_eq!(Site::parse(&text).expect("a sound site").dispatch.places.len(), 1);
    }
}
