//! What a plant says: each line is answered, ends the run in words, or is its end; and nothing is answered
//! after that.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use optimizer::Control;
use plant::{Reply, Session};
use scenario::{PhasedNetwork, cityflow, sumo};

/// The streets that are talked about, by the first byte.
static STREETS: LazyLock<[Arc<PhasedNetwork>; 2]> = LazyLock::new(|| {
    let grid = include_str!("../../crates/plant/tests/streets/crossroads.json");
    let odd = include_str!("../../crates/plant/tests/streets/odd.net.xml");
    let streets = [cityflow::import_phases(grid), sumo::import_phases(&mut odd.as_bytes())];
    streets.map(|street| Arc::new(street.expect("it is sound")))
});

/// Lines of a plant on one of two streets, after a letter for the street and one for the control.
///
/// # Panics
/// Where an answer is no line of JSON, or one comes after the end.
pub fn plant(data: &[u8]) {
    let (head, lines) = data.split_at(data.len().min(2));
    let pick = |at: usize, of: usize| head.get(at).map_or(0, |&byte| usize::from(byte) % of);
    let (_, control) = Control::ALL[pick(1, Control::ALL.len())];
    let mut session = Session::new(STREETS[pick(0, 2)].clone(), control);
    let mut time = Duration::ZERO;
    let mut clock = || {
        time += Duration::from_micros(1);
        time
    };
    let mut over = false;
    for line in lines.split(|&byte| byte == b'\n') {
        let reply = session.line(line, &mut clock);
        match &reply {
            Reply::Line(text) => assert!(!over && text.starts_with('{'), "{text}"),
            Reply::Refused(text) => assert!(text.starts_with("{\"error\":\"line "), "{text}"),
            Reply::Over => {}
        }
        if let Reply::Line(text) | Reply::Refused(text) = &reply {
            assert!(!text.contains('\n'), "{text}");
        }
        over |= !matches!(reply, Reply::Line(_));
    }
    let report = session.report();
    assert!(report.changes <= report.decisions, "{report:?}");
}
