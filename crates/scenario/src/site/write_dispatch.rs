//! Writes what a site knows for emergencies.

use std::fmt::{self, Write};

use super::Site;
use super::dispatch::{DispatchSite, ScopeSite, TerminalsSite};
use super::write::q;

/// What a dispatcher may ask for, within his token's table.
pub(super) fn scope(out: &mut String, scope: &ScopeSite) -> fmt::Result {
    writeln!(out, "classes = {}", list(&scope.classes))?;
    if !scope.area.is_empty() {
        writeln!(out, "area = {}", list(&scope.area))?;
    }
    writeln!(out, "per_hour = {}", scope.per_hour)
}

pub(super) fn dispatch(out: &mut String, site: &Site) -> fmt::Result {
    let DispatchSite { globe, places, road_sections, terminals, webhook } = &site.dispatch;
    let link = |id: units::LinkId| &site.network.link(id).name;
    if let Some(globe) = globe {
        writeln!(out, "\n[globe]\nlatitude = {}", globe.latitude())?;
        writeln!(out, "longitude = {}", globe.longitude())?;
    }
    if webhook.is_some() || terminals.is_some() {
        writeln!(out, "\n[dispatch]")?;
    }
    if let Some(webhook) = webhook {
        writeln!(out, "webhook = {}", q(&webhook.url.to_string()))?;
        if let Some(secret) = &webhook.secret {
            writeln!(out, "webhook_secret = {}", q(secret))?;
        }
    }
    if let Some(TerminalsSite { listen, networks, allowed }) = terminals {
        writeln!(out, "listen = {}", q(listen))?;
        let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
        writeln!(out, "networks = {}", list(&networks))?;
        for terminal in allowed {
            writeln!(out, "\n[[dispatch.terminal]]\nphone = {}", q(&terminal.phone))?;
            writeln!(out, "vehicle = {}\ncode = {}", q(&terminal.vehicle), q(&terminal.code))?;
            if let Some(plate) = &terminal.plate {
                writeln!(out, "plate = {}", q(plate))?;
            }
        }
    }
    for place in places {
        writeln!(out, "\n[[place]]\nname = {}", q(&place.name))?;
        writeln!(out, "kind = {}\nlink = {}", q(place.kind.name()), q(link(place.link)))?;
        writeln!(out, "offset_m = {}", place.offset.0)?;
        if let Some(notice) = &place.notice {
            writeln!(out, "notice = {}", q(&notice.to_string()))?;
        }
    }
    for section in road_sections {
        writeln!(out, "\n[[road_section]]\nname = {}", q(&section.name))?;
        let links: Vec<_> = section.links.iter().map(|&id| link(id).clone()).collect();
        writeln!(out, "links = {}\npeople = {}", list(&links), list(&section.people))?;
    }
    Ok(())
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| q(text)).collect();
    format!("[{}]", quoted.join(", "))
}
