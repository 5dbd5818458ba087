//! Writes lines, devices, and what inputs and outputs are wired to.

use std::fmt::{self, Write};

use super::write::{q, s};
use super::{DetectorKind, InputRole, OutputRole, Site, Transport};

pub(super) fn lines(out: &mut String, site: &Site) -> fmt::Result {
    for line in &site.lines {
        writeln!(out, "\n[[line]]\nname = {}", q(&line.name))?;
        match &line.transport {
            Transport::Tcp { address } => writeln!(out, "tcp = {}", q(address))?,
            Transport::RtuTcp { address } => writeln!(out, "rtu_tcp = {}", q(address))?,
            Transport::Serial(serial) => {
                let (path, baud, stop) = (q(&serial.path), serial.baud, serial.stop_bits);
                let parity = q(serial.parity.name());
                let (a, b) =
                    (format!("path = {path}, baud = {baud}"), format!("parity = {parity}"));
                writeln!(out, "serial = {{ {a}, {b}, stop_bits = {stop} }}")?;
            }
        }
        writeln!(out, "timeout_s = {}", s(line.timeout))?;
    }
    for device in &site.devices {
        writeln!(out, "\n[[device]]\nname = {}", q(&device.name))?;
        writeln!(out, "line = {}", q(&site.lines[device.line.index()].name))?;
        writeln!(out, "unit = {}\nprofile = {}", device.unit, q(&device.profile))?;
        if device.watchdog_tried {
            writeln!(out, "watchdog_tried = true")?;
        }
    }
    Ok(())
}

pub(super) fn wires(out: &mut String, site: &Site) -> fmt::Result {
    let signal = |junction| site.signals.iter().find(|signal| signal.junction == junction);
    for input in &site.inputs {
        writeln!(out, "\n[[input]]\ndevice = {}", q(&site.devices[input.device.index()].name))?;
        writeln!(out, "channel = {}", input.channel)?;
        match input.role {
            InputRole::Detector { lane, kind } => {
                let lane = q(&site.network.lane_name(lane));
                writeln!(out, "role = \"detector\"\nlane = {lane}")?;
                match kind {
                    DetectorKind::Advance { distance } => {
                        writeln!(out, "kind = \"advance\"\ndistance_m = {}", distance.0)?;
                    }
                    _ => writeln!(out, "kind = \"stop-line\"")?,
                }
            }
            InputRole::Call { junction, group } => {
                let name = q(&site.network.junction(junction).name);
                writeln!(out, "role = \"call\"\njunction = {name}")?;
                if let Some(signal) = signal(junction) {
                    writeln!(out, "group = {}", q(&signal.layout.group(group).name))?;
                }
            }
            InputRole::Preempt { link, distance, number } => {
                let link = q(&site.network.link(link).name);
                writeln!(out, "role = \"preempt\"\nlink = {link}")?;
                writeln!(out, "distance_m = {}\nnumber = {number}", distance.0)?;
            }
            InputRole::StageConfirmation { junction, stage } => {
                let name = q(&site.network.junction(junction).name);
                writeln!(out, "role = \"stage-confirmation\"\njunction = {name}")?;
                if let Some(signal) = signal(junction) {
                    writeln!(out, "stage = {}", q(&signal.layout.stage(stage).name))?;
                }
            }
        }
        if input.inverted {
            writeln!(out, "inverted = true")?;
        }
        writeln!(out, "filter_ms = {}", input.filter.0)?;
    }
    for output in &site.outputs {
        writeln!(out, "\n[[output]]\ndevice = {}", q(&site.devices[output.device.index()].name))?;
        writeln!(out, "channel = {}", output.channel)?;
        writeln!(out, "junction = {}", q(&site.network.junction(output.junction).name))?;
        match output.role {
            OutputRole::Call { group, pulse } => {
                writeln!(out, "role = \"call\"\npulse_s = {}", s(pulse))?;
                if let Some(signal) = signal(output.junction) {
                    writeln!(out, "group = {}", q(&signal.layout.group(group).name))?;
                }
            }
            OutputRole::Preempt { number } => {
                writeln!(out, "role = \"preempt\"\nnumber = {number}")?;
            }
            OutputRole::PlanBit { bit } => writeln!(out, "role = \"plan-bit\"\nbit = {bit}")?,
        }
    }
    Ok(())
}
