//! What was found, as CSV for the authority that acts.

use units::WallTime;

use super::csv::field;
use super::levels::Levels;
use super::watch::Finding;

/// Findings as CSV, one a line, with each operator's level at `now`. The purpose stands in every line,
/// so that it goes wherever a line goes.
#[must_use]
pub fn export(findings: &[Finding], levels: &Levels, now: WallTime, purpose: &str) -> String {
    let mut out = "at_unix_ms,rule,class,operator,level,plate,place,what,purpose\r\n".to_owned();
    for finding in findings {
        let level = levels.of(&finding.operator, now).map_or("none", |level| level.name());
        let at = finding.at.0.to_string();
        let (rule, class, plate) =
            (finding.rule.name(), finding.class.name(), finding.plate.text());
        let each = [
            &*at,
            rule,
            class,
            &*finding.operator,
            level,
            &*plate,
            &*finding.place,
            &*finding.what,
            purpose,
        ];
        let line: Vec<String> = each.iter().map(|text| field(text)).collect();
        out.push_str(&line.join(","));
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::csv::rows;
    use super::super::{KeyClass, Rule};
    use super::*;
    use crate::plate::{Plate, PlateColour};
    use units::Millis;

    #[test]
    fn a_line_has_all_that_the_authority_needs_and_no_formula() {
        let plate = Plate::read("鲁A11111", PlateColour::Unknown).expect("a plate").key();
        let finding = Finding {
            rule: Rule::Fatigue,
            plate,
            class: KeyClass::TourCoach,
            operator: "=Lu, Tours".to_owned(),
            place: "ring".to_owned(),
            at: WallTime(7),
            what: "270 minutes".to_owned(),
        };
        let mut levels = Levels::new(Millis(100), 2, 3);
        levels.add(&finding.operator, WallTime(7));
        let text = export(&[finding], &levels, WallTime(50), "safety of tours");
        let found = rows(&text).expect("rows");
        let expected = [
            "7",
            "fatigue",
            "tour-coach",
            "'=Lu, Tours",
            "blue",
            "鲁A11111",
            "ring",
            "270 minutes",
            "safety of tours",
        ];
        assert_eq!(found[1].1, expected);
        assert_eq!(found[0].1.len(), expected.len());
    }
}
