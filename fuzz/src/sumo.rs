//! SUMO's files: what is read is refused with a line in words, or it makes a site and programs that
//! hold together.

use scenario::{Demand, SiteOptions, sumo as files, write_demand};
use units::Millis;

use super::documents::{PART, refused, survives};

/// A SUMO network, after [`PART`] vehicles, after another a configuration.
///
/// # Panics
/// Where what was imported does not survive our own files, or a program shows nothing.
pub fn sumo(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (net, rest) = text.split_once(PART).unwrap_or((&text, "<routes/>"));
    let (routes, config) = rest.split_once(PART).unwrap_or((rest, ""));
    match files::read_config(&mut config.as_bytes()) {
        Ok(config) => assert!(!config.net.is_empty()),
        Err(problems) => refused(&problems),
    }
    let imported = match files::import_net(&mut net.as_bytes()) {
        Ok(imported) => imported,
        Err(problems) => return refused(&problems),
    };
    for program in &imported.programs {
        for at in [Millis(-1), Millis::ZERO, program.cycle(), Millis(i64::from(i32::MAX))] {
            assert_eq!(program.aspects_at(at).len(), program.groups(), "{}", program.name);
        }
        if let Err(problems) = program.stand_in() {
            refused(&problems);
        }
    }
    let (site, _) = imported.site(&SiteOptions::default());
    survives(&site);
    let mut reader = imported.routes(1);
    if let Err(problems) = reader.read(&mut routes.as_bytes()) {
        return refused(&problems);
    }
    let (demand, _) = reader.finish();
    // What chance or a long day makes of a few words is too much to write out.
    if demand.flows.len() > 1_000 {
        return;
    }
    let text = write_demand(&demand, &site.network);
    assert_eq!(Demand::parse(&text, &site.network), Ok(demand));
}
