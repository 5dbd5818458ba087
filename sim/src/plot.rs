//! Charts as SVG: lines, dots and steps over two axes; means with their intervals.
//!
//! The same figures give the same bytes: numbers are written with a fixed number of digits, and
//! letters are left to whoever shows the file.

mod axis;

use std::fmt::Write;

use units::Millis;

use crate::compare::Comparison;
use axis::{Axis, Frame};

/// How points are joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// By lines.
    Line,
    /// Not at all.
    Dots,
    /// By lines, thin and without an entry in the legend: one of many, such as a vehicle's way.
    Thin,
}

/// Points of one kind.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// How they are joined.
    pub style: Style,
    /// Where they are; what is not finite is left out.
    pub points: Vec<(f64, f64)>,
}

/// A chart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What goes to the right, with its unit.
    pub x: String,
    /// What goes up, with its unit.
    pub y: String,
    /// What is shown.
    pub series: Vec<Series>,
}

/// Colours that most people tell apart (Okabe and Ito 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

impl Chart {
    /// A chart without anything on it.
    #[must_use]
    pub fn new(title: &str, x: &str, y: &str) -> Self {
        Self { title: title.into(), x: x.into(), y: y.into(), series: Vec::new() }
    }

    /// The same with one more series.
    #[must_use]
    pub fn with(mut self, name: &str, style: Style, points: Vec<(f64, f64)>) -> Self {
        let points = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        self.series.push(Series { name: name.into(), style, points });
        self
    }

    /// The chart as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let frame = Frame {
            x: Axis::around(points().map(|point| point.0)),
            y: Axis::around(points().map(|point| point.1)),
        };
        let mut svg = frame.open(&self.title, &self.x, &self.y);
        let mut named = 0;
        for (index, series) in self.series.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            match series.style {
                Style::Line => line(&mut svg, &frame, &series.points, colour, "2"),
                Style::Thin => line(&mut svg, &frame, &series.points, "#0072b2", "0.7"),
                Style::Dots => dots(&mut svg, &frame, &series.points, colour),
            }
            if series.style != Style::Thin && self.series.len() > 1 {
                frame.legend(&mut svg, named, &series.name, colour);
                named += 1;
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn line(svg: &mut String, frame: &Frame, points: &[(f64, f64)], colour: &str, width: &str) {
    let _ = write!(
        svg,
        "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" points=\""
    );
    for (index, &point) in points.iter().enumerate() {
        let (x, y) = frame.place(point);
        let space = if index == 0 { "" } else { " " };
        let _ = write!(svg, "{space}{x:.1},{y:.1}");
    }
    svg.push_str("\"/>\n");
}

fn dots(svg: &mut String, frame: &Frame, points: &[(f64, f64)], colour: &str) {
    for &point in points {
        let (x, y) = frame.place(point);
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
    }
}

/// The differences of a comparison in per cent of the first side, each with its interval.
#[must_use]
pub fn comparison(comparison: &Comparison, duration: Millis) -> String {
    let percent = |of: f64, value: f64| 100.0 * value / of;
    let rows: Vec<(&str, [f64; 3])> = comparison
        .differences
        .iter()
        .map(|row| {
            let d = row.difference;
            (row.measure, [d.low, d.mean, d.high].map(|value| percent(row.a, value)))
        })
        // Of nobody, and in per cent of nothing, there is no difference to draw.
        .filter(|(_, ends)| ends.iter().all(|end| end.is_finite()))
        .collect();
    let ends = rows.iter().flat_map(|row| row.1).chain([0.0]);
    let frame = Frame { x: Axis::of_rows(rows.len()), y: Axis::around(ends) };
    let [a, b] = &comparison.names;
    let seeds = comparison.seeds.len();
    let title = format!("{b} against {a}: {seeds} seeds of {duration}");
    let mut svg = frame.open(&title, "", "difference, %");
    for (index, (name, [low, mean, high])) in rows.into_iter().enumerate() {
        let at = index as f64 + 0.5;
        let (left, zero) = frame.place((at - 0.28, 0.0));
        let (right, top) = frame.place((at + 0.28, mean));
        let (middle, under) = frame.place((at, low));
        let (_, over) = frame.place((at, high));
        let (y, height) = (top.min(zero), (top - zero).abs());
        let width = right - left;
        let colour = if low > 0.0 || high < 0.0 { COLOURS[0] } else { "#999999" };
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{colour}\"/>\n<path d=\"M{middle:.1},{under:.1}V{over:.1}M{:.1},{under:.1}h12M{:.1},\
             {over:.1}h12\" stroke=\"#000\" stroke-width=\"1.5\"/>",
            middle - 6.0,
            middle - 6.0,
        );
        frame.below(&mut svg, middle, name);
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Difference, Interval};

    fn chart() -> Chart {
        Chart::new("a < b", "time, s", "queue")
            .with("one", Style::Line, vec![(0.0, 0.0), (10.0, 5.0), (f64::NAN, 1.0)])
            .with("two & three", Style::Dots, vec![(5.0, -2.0)])
    }

    /// Whether every element that begins ends, and nothing stands bare that must not.
    fn is_well_formed(svg: &str) -> bool {
        let mut open = Vec::new();
        for part in svg.split('<').skip(1) {
            let (tag, text) = part.split_once('>').expect("an end");
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name)),
                None if tag.ends_with('/') => {}
                None => open.push(name),
            }
            assert!(text.split('&').skip(1).all(|entity| entity.contains(';')), "{text}");
        }
        open.is_empty()
    }

    #[test]
    fn a_chart_is_well_formed_and_the_same_each_time() {
        let svg = chart().svg();
        assert!(is_well_formed(&svg));
        assert_eq!(svg, chart().svg());
        assert!(svg.contains("a &lt; b") && svg.contains("two &amp; three"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        let empty = Chart::new("", "", "").svg();
        assert!(is_well_formed(&empty) && !empty.contains("NaN"));
    }

    #[test]
    fn a_comparison_shows_each_measure() {
        let difference = Interval { mean: -4.0, low: -6.0, high: -2.0 };
        let row = |measure| Difference {
            measure,
            a: 100.0,
            b: 96.0,
            difference,
            relative: -0.04,
            differs: true,
        };
        let nobody = Difference { a: f64::NAN, ..row("co2_kg") };
        let all = Comparison {
            names: ["x".into(), "y".into()],
            seeds: vec![1, 2],
            runs: Vec::new(),
            differences: vec![row("delay_s"), row("stops"), nobody],
        };
        let svg = comparison(&all, Millis::from_secs(600));
        assert!(is_well_formed(&svg));
        assert!(svg.contains("y against x: 2 seeds of 600 s") && svg.contains("delay_s"), "{svg}");
        assert!(!svg.contains("co2_kg") && !svg.contains("NaN"), "a mean of nobody: {svg}");
    }
}
