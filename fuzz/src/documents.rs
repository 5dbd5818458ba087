//! The files: what is read is refused with at least one problem in words, or it is sound, and what is
//! written of it reads back the same.

use std::fmt::Display;
use std::sync::{Arc, LazyLock};

use field::bank::RegisterBank;
use field::{DeviceMap, Request};
use hw_profiles::Profile;
use scenario::cityflow::{import_flow, import_roadnet};
use scenario::{Demand, Site, SiteOptions, generate, write_demand, write_site};
use units::Moment;

use super::CABINET;

/// What parts the network from the flow in an input of `cityflow`.
pub(super) const PART: &str = "\n---\n";

/// A device profile.
///
/// # Panics
/// Where a sound profile asks for more than a request can, or its own virtual device does not answer.
pub fn profile(data: &[u8]) {
    let profile = match Profile::parse(&String::from_utf8_lossy(data)) {
        Ok(profile) => profile,
        Err(problems) => return refused(&problems),
    };
    let map = Arc::new(DeviceMap::new(profile));
    let mut bank = RegisterBank::new(map.clone());
    let polls = map.polls().iter().flat_map(|poll| &poll.requests);
    for request in polls.chain(&map.identity_requests()) {
        if let Request::ReadInput { count, .. } | Request::ReadHolding { count, .. } = request {
            assert!((1..=125).contains(count), "{request:?}");
        }
        let reply = bank.handle(request).unwrap_or_else(|e| panic!("{request:?}: {e:?}"));
        map.decode(request, &reply).unwrap_or_else(|e| panic!("{request:?}: {e}"));
    }
}

/// A site file.
///
/// # Panics
/// Where a sound site does not survive its own file, or no engine can be made for it.
pub fn site(data: &[u8]) {
    let site = match Site::parse(&String::from_utf8_lossy(data)) {
        Ok(site) => site,
        Err(problems) => return refused(&problems),
    };
    survives(&site);
    // A profile that does not ship is refused in words.
    let known = &CABINET.profile().name;
    let profiles = |name: &str| (name == known).then(|| CABINET.profile().clone());
    let engine = engine::Engine::new(Arc::new(site), &profiles, Moment::ORIGIN, 1);
    match engine {
        Ok(mut engine) => engine.handle_timeout(Moment(1_000)),
        Err(problems) => refused(&problems),
    }
}

/// The most flows of a demand that is written and read again.
const FLOWS_MAX: usize = 10_000;

/// A demand file for a street of two junctions.
///
/// # Panics
/// Where a sound demand does not survive its own file.
pub fn demand(data: &[u8]) {
    static NETWORK: LazyLock<Arc<network::Network>> =
        LazyLock::new(|| generate::arterial(1, 2).0.network);
    match Demand::parse(&String::from_utf8_lossy(data), &NETWORK) {
        // Drawn from counts, a few bytes may become more than a file may hold.
        Ok(demand) if demand.flows.len() > FLOWS_MAX => {}
        Ok(demand) => {
            let text = write_demand(&demand, &NETWORK);
            let again = Demand::parse(&text, &NETWORK);
            assert_eq!(again.as_ref(), Ok(&demand));
            let first = demand.flows.iter().filter_map(|flow| flow.departures().next()).min();
            assert_eq!(first.is_some(), demand.vehicles() > 0);
        }
        Err(problems) => refused(&problems),
    }
}

/// A CityFlow network, and after [`PART`] a flow.
///
/// # Panics
/// Where what was imported does not survive our own files.
pub fn cityflow(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (roadnet, flow) = text.split_once(PART).unwrap_or((&text, "[]"));
    let imported = match import_roadnet(roadnet) {
        Ok(imported) => imported,
        Err(problems) => return refused(&problems),
    };
    let demand = match import_flow(flow, &imported.network) {
        Ok(demand) => demand,
        Err(problems) => return refused(&problems),
    };
    match imported.site(&demand, &SiteOptions::default()) {
        Ok(site) => survives(&site),
        Err(problems) => refused(&problems),
    }
}

pub(super) fn survives(site: &Site) {
    let text = write_site(site);
    let again = Site::parse(&text).unwrap_or_else(|all| panic!("{all:?} in {text}"));
    assert_eq!(again.signals, site.signals);
    assert_eq!(again.detectors, site.detectors);
    assert_eq!((&again.lines, &again.devices), (&site.lines, &site.devices));
    assert_eq!((&again.dispatch, &again.web), (&site.dispatch, &site.web));
    assert_eq!(again.network.links(), site.network.links());
    assert_eq!(again.network.movements(), site.network.movements());
    assert_eq!(write_site(&again), text);
}

pub(super) fn refused(problems: &[impl Display]) {
    assert!(!problems.is_empty(), "refused without a word");
    assert!(problems.iter().all(|problem| !problem.to_string().is_empty()));
}
