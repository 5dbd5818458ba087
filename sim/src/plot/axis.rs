//! The frame of a chart: its axes, their ticks, and the text around.

use std::fmt::Write;

/// The size of a chart and the room around its frame, pixels.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 52.0;
/// About so many ticks are on an axis.
const TICKS: f64 = 6.0;

/// What an axis spans.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    /// From tick to tick; 0 where there are none.
    tick: f64,
}

impl Axis {
    /// An axis with round ends that holds all values.
    pub(super) fn around(values: impl Iterator<Item = f64> + Clone) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        // An axis that begins near zero begins there.
        let low = if low > 0.0 && low < 0.4 * high { 0.0 } else { low };
        let span = if high - low > 1e-12 { high - low } else { high.abs().max(1.0) };
        let tick = round(span / TICKS);
        let ends = ((low / tick).floor() * tick, (high / tick).ceil() * tick);
        let high = if ends.1 > ends.0 { ends.1 } else { ends.0 + tick };
        Self { low: ends.0, high, tick }
    }

    /// An axis of so many rows, each one wide, without ticks.
    pub(super) fn of_rows(count: usize) -> Self {
        Self { low: 0.0, high: count.max(1) as f64, tick: 0.0 }
    }

    fn share(self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn ticks(self) -> impl Iterator<Item = f64> {
        let count =
            if self.tick > 0.0 { ((self.high - self.low) / self.tick).round() } else { -1.0 };
        (0_u32..).take_while(move |&n| f64::from(n) <= count).map(move |n| {
            let value = self.low + f64::from(n) * self.tick;
            if value.abs() < self.tick * 1e-9 { 0.0 } else { value }
        })
    }

    fn digits(self) -> usize {
        (0..6).find(|&digits| self.tick * 10_f64.powi(digits) >= 0.999).unwrap_or(6) as usize
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn round(step: f64) -> f64 {
    let mut power = 1e-9;
    while power * 10.0 <= step {
        power *= 10.0;
    }
    let mut steps = [1.0, 2.0, 5.0].into_iter();
    steps.find(|factor| factor * power >= step).map_or(10.0 * power, |factor| factor * power)
}

/// Both axes.
pub(super) struct Frame {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Frame {
    /// Where a point lies in the picture.
    pub(super) fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let across = LEFT + self.x.share(x) * (WIDTH - LEFT - RIGHT);
        (across, HEIGHT - BOTTOM - self.y.share(y) * (HEIGHT - TOP - BOTTOM))
    }

    /// The begin of the file up to the frame.
    pub(super) fn open(&self, title: &str, x: &str, y: &str) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
        );
        for value in self.x.ticks() {
            let (at, bottom) = self.place((value, self.y.low));
            let (_, top) = self.place((value, self.y.high));
            grid(&mut svg, &format!("M{at:.1},{bottom:.1}V{top:.1}"));
            let digits = self.x.digits();
            text(&mut svg, at, bottom + 16.0, "middle", &format!("{value:.digits$}"));
        }
        for value in self.y.ticks() {
            let (left, at) = self.place((self.x.low, value));
            let (right, _) = self.place((self.x.high, value));
            grid(&mut svg, &format!("M{left:.1},{at:.1}H{right:.1}"));
            let digits = self.y.digits();
            text(&mut svg, left - 6.0, at + 4.0, "end", &format!("{value:.digits$}"));
        }
        let middle = (TOP + HEIGHT - BOTTOM) / 2.0;
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"{middle:.1}\" text-anchor=\"middle\" \
             transform=\"rotate(-90 16 {middle:.1})\">{}</text>",
            escaped(y)
        );
        text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14.0, "middle", x);
        let _ = writeln!(
            svg,
            "<text x=\"{LEFT}\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>",
            escaped(title)
        );
        svg
    }

    /// An entry of the legend.
    pub(super) fn legend(&self, svg: &mut String, place: usize, name: &str, colour: &str) {
        let (x, y) = (LEFT + 10.0, TOP + 16.0 + 16.0 * place as f64);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{}</text>",
            escaped(name)
        );
    }

    /// A name under the frame.
    pub(super) fn below(&self, svg: &mut String, x: f64, name: &str) {
        text(svg, x, HEIGHT - BOTTOM + 16.0, "middle", name);
    }
}

fn grid(svg: &mut String, path: &str) {
    let _ = writeln!(svg, "<path d=\"{path}\" stroke=\"#ddd\"/>");
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, what: &str) {
    let what = escaped(what);
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{what}</text>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
