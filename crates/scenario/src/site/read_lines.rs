//! Reads the lines of a site and the devices on them.

use std::collections::BTreeMap;

use document::Table;
use units::{LineId, Millis};

use super::lines::{DeviceSite, LineSite, Parity, SerialSite, Transport};
use super::read::known;

/// The speeds that serial adapters and field devices agree on.
const BAUDS: [i64; 8] = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200];

/// Every line, each where it could be read.
pub(super) fn lines(root: &Table<'_>) -> Vec<Option<LineSite>> {
    let tables = root.tables("line");
    let lines: Vec<_> = tables.iter().map(line).collect();
    for (index, table) in tables.iter().enumerate() {
        let Some(line) = &lines[index] else {
            continue;
        };
        let place = line.transport.place();
        // Port 0 is any free one: two lines that say so lead to two places.
        let same = |other: &&LineSite| other.transport.place() == place && !place.ends_with(":0");
        if let Some(other) = lines[..index].iter().flatten().find(same) {
            table.say("", format!("it leads to {place}, as line {:?} does", other.name));
        }
    }
    lines
}

/// Every device, each where it could be read.
pub(super) fn devices(
    root: &Table<'_>,
    lines: &BTreeMap<String, usize>,
) -> Vec<Option<DeviceSite>> {
    let tables = root.tables("device");
    let devices: Vec<_> = tables.iter().map(|table| device(table, lines)).collect();
    for (index, table) in tables.iter().enumerate() {
        let Some(device) = &devices[index] else {
            continue;
        };
        let same = |other: &&DeviceSite| other.line == device.line && other.unit == device.unit;
        if let Some(other) = devices[..index].iter().flatten().find(same) {
            let (unit, name) = (device.unit, &other.name);
            table.say("unit", format!("{unit} is {name:?} on its line already"));
        }
    }
    devices
}

fn line(table: &Table<'_>) -> Option<LineSite> {
    let name = table.text("name");
    let transport = transport(table);
    let timeout = table.number("timeout_s", 0.05..=10.0).map(Millis::from_secs_f64);
    Some(LineSite { name: name?, transport: transport?, timeout: timeout? })
}

fn transport(table: &Table<'_>) -> Option<Transport> {
    let ways = ["tcp", "rtu_tcp", "serial"];
    let given: Vec<_> = ways.into_iter().filter(|way| table.has(way)).collect();
    match given[..] {
        ["tcp"] => Some(Transport::Tcp { address: address(table, "tcp")? }),
        ["rtu_tcp"] => Some(Transport::RtuTcp { address: address(table, "rtu_tcp")? }),
        ["serial"] => table.table("serial").and_then(|t| serial(&t)).map(Transport::Serial),
        _ => {
            let found = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
            table.say("", format!("it is reached by one of {}, not {found}", ways.join(", ")));
            None
        }
    }
}

fn address(table: &Table<'_>, key: &'static str) -> Option<String> {
    let address = table.text(key)?;
    let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    if port.is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
        table.say(key, format!("{address:?} is not a host and a port, as 10.0.0.7:502"));
        return None;
    }
    Some(address)
}

fn serial(table: &Table<'_>) -> Option<SerialSite> {
    let path = table.text("path");
    let baud = table.integer_or("baud", 1..=i64::from(u32::MAX), 19_200);
    let parity = table.choice("parity", Parity::ALL, Some(Parity::Even));
    let stop_bits = table.integer_or("stop_bits", 1..=2, 1);
    if path.as_ref().is_some_and(|path| !path.starts_with('/')) {
        table.say("path", "it is not a whole path, as /dev/serial/by-id/…");
    }
    if baud.is_some_and(|baud| !BAUDS.contains(&baud)) {
        table.say("baud", format!("it is none of {BAUDS:?}"));
    }
    Some(SerialSite {
        path: path?,
        baud: u32::try_from(baud?).ok()?,
        parity: parity?,
        stop_bits: u8::try_from(stop_bits?).ok()?,
    })
}

fn device(table: &Table<'_>, lines: &BTreeMap<String, usize>) -> Option<DeviceSite> {
    let (name, profile) = (table.text("name"), table.text("profile"));
    let unit = table.integer("unit", 1..=247);
    let line = known(table, "line", lines).map(LineId::from_index);
    let watchdog_tried = table.flag_or("watchdog_tried", false);
    if let Some(profile) = profile.as_deref()
        && profile.is_empty()
    {
        table.say("profile", "it is empty");
    }
    Some(DeviceSite {
        name: name?,
        line: line?,
        unit: u8::try_from(unit?).ok()?,
        profile: profile?,
        watchdog_tried: watchdog_tried?,
    })
}
