//! The formats of trajectories: CSV, Parquet, and the floating-car data of SUMO.

use std::io::{BufWriter, Write};
use std::path::Path;

use network::Point;
use units::Millis;

use super::Target;
use super::parquet::Parquet;

/// A format, by the ending of a file's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// `.csv`.
    Csv,
    /// `.parquet`.
    Parquet,
    /// `.fcd.xml`: SUMO's `fcd-export`.
    Fcd,
}

impl Format {
    /// The format that a file's name ends with.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let endings = [(".csv", Self::Csv), (".parquet", Self::Parquet), (".fcd.xml", Self::Fcd)];
        endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| format)
    }
}

/// A vehicle at a moment.
pub(super) struct Sample<'a> {
    pub(super) vehicle: u32,
    pub(super) class: &'static str,
    pub(super) road: &'a str,
    /// Metres from the begin of the road.
    pub(super) position: f32,
    /// Metres a second.
    pub(super) speed: f32,
    pub(super) point: Point,
    /// Degrees from north, clockwise.
    pub(super) angle: f64,
}

/// Takes samples moment by moment.
pub(super) trait Sink {
    fn write(&mut self, now: Millis, samples: &[Sample<'_>]) -> anyhow::Result<()>;
    fn finish(&mut self) -> anyhow::Result<()>;
}

/// The sink of a format.
pub(super) fn open(target: Target, format: Format) -> anyhow::Result<Box<dyn Sink>> {
    Ok(match format {
        Format::Csv => Box::new(Csv::new(target)?),
        Format::Parquet => Box::new(Parquet::new(target)?),
        Format::Fcd => Box::new(Fcd::new(target)?),
    })
}

/// The columns of CSV and Parquet.
pub(super) const COLUMNS: [&str; 9] =
    ["time_s", "vehicle", "class", "road", "position_m", "speed_mps", "x_m", "y_m", "angle_deg"];

struct Csv(csv::Writer<Target>);

impl Csv {
    fn new(target: Target) -> anyhow::Result<Self> {
        let mut csv = csv::Writer::from_writer(target);
        csv.write_record(COLUMNS)?;
        Ok(Self(csv))
    }
}

impl Sink for Csv {
    fn write(&mut self, now: Millis, samples: &[Sample<'_>]) -> anyhow::Result<()> {
        let now = format!("{}", now.as_secs_f64());
        for sample in samples {
            self.0.write_record([
                now.as_str(),
                &sample.vehicle.to_string(),
                sample.class,
                sample.road,
                &format!("{:.2}", sample.position),
                &format!("{:.2}", sample.speed),
                &format!("{:.2}", sample.point.x),
                &format!("{:.2}", sample.point.y),
                &format!("{:.1}", sample.angle),
            ])?;
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
}

struct Fcd(BufWriter<Target>);

impl Fcd {
    fn new(target: Target) -> anyhow::Result<Self> {
        let mut file = BufWriter::new(target);
        file.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<fcd-export>\n")?;
        Ok(Self(file))
    }
}

impl Sink for Fcd {
    fn write(&mut self, now: Millis, samples: &[Sample<'_>]) -> anyhow::Result<()> {
        writeln!(self.0, "  <timestep time=\"{:.2}\">", now.as_secs_f64())?;
        for sample in samples {
            writeln!(
                self.0,
                "    <vehicle id=\"{}\" x=\"{:.2}\" y=\"{:.2}\" angle=\"{:.2}\" type=\"{}\" \
                 speed=\"{:.2}\" pos=\"{:.2}\" lane=\"{}\" slope=\"0.00\"/>",
                sample.vehicle,
                sample.point.x,
                sample.point.y,
                sample.angle,
                sample.class,
                sample.speed,
                sample.position,
                escaped(sample.road),
            )?;
        }
        writeln!(self.0, "  </timestep>")?;
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        self.0.write_all(b"</fcd-export>\n")?;
        Ok(self.0.flush()?)
    }
}

/// A text as it may stand within quotes in XML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to say it.
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        let of = |name: &str| Format::of(Path::new(name));
        assert_eq!(of("a/b.csv"), Some(Format::Csv));
        assert_eq!(of("b.parquet"), Some(Format::Parquet));
        assert_eq!(of("b.fcd.xml"), Some(Format::Fcd));
        assert_eq!([of("b.xml"), of("csv"), of("b.CSV"), of("")], [None; 4]);
    }

    #[test]
    fn xml_holds_any_name() {
        assert_eq!(escaped("a<b>&\"\u{1}ä"), "a&lt;b&gt;&amp;&quot;?ä");
    }
}
