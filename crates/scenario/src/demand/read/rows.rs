//! Lists of rows: written in the demand file itself, or in a CSV file beside it.
//!
//! ```toml
//! trips = [["north", "south", 300]] # or
//! trips_file = "trips.csv"          # north,south,300
//! ```
//!
//! CSV: a row a line, cells by commas, a cell may stand in double quotes; a first line whose last cell
//! is no number is a header; empty lines and lines that begin with `#` say nothing.

use std::ops::RangeInclusive;

use document::{Item, Table};

/// The text of a file of that name beside the demand file, or why there is none.
pub(super) type Beside<'f> = &'f dyn Fn(&str) -> Result<String, String>;

/// The largest CSV file, bytes: as for the demand file itself.
const BYTES_MAX: usize = 64 << 20;

/// A list in the file, and what its rows consist of.
pub(super) struct List {
    pub(super) key: &'static str,
    /// The key that names a CSV file; empty where there can be none.
    pub(super) file_key: &'static str,
    pub(super) columns: &'static [&'static str],
}

/// A row, and where it stands.
pub(super) enum Row<'t, 'd> {
    Written { item: Item<'d>, cells: Vec<Item<'d>> },
    Line { table: &'t Table<'d>, list: &'t List, at: String, cells: Vec<String> },
}

impl List {
    /// Its rows that have all cells.
    pub(super) fn rows<'t, 'd>(
        &'t self,
        table: &'t Table<'d>,
        beside: Beside<'_>,
    ) -> Vec<Row<'t, 'd>> {
        let mut rows = Vec::new();
        for item in table.items(self.key) {
            let cells = item.items();
            if cells.len() == self.columns.len() {
                rows.push(Row::Written { item, cells });
            } else {
                item.say(self.wrong());
            }
        }
        if self.file_key.is_empty() {
            return rows;
        }
        let Some(name) = table.text_if(self.file_key) else {
            return rows;
        };
        match read(&name, beside) {
            Ok(text) => rows.extend(self.lines(table, &name, &text)),
            Err(why) => table.say(self.file_key, why),
        }
        rows
    }

    /// Whether the table has it in either form.
    pub(super) fn is_in(&self, table: &Table<'_>) -> bool {
        table.has(self.key) || (!self.file_key.is_empty() && table.has(self.file_key))
    }

    fn wrong(&self) -> String {
        format!("it is not a row of {}", self.columns.join(", "))
    }

    fn lines<'t, 'd>(&'t self, table: &'t Table<'d>, name: &str, text: &str) -> Vec<Row<'t, 'd>> {
        let mut rows = Vec::new();
        let mut is_first = true;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = format!("{name:?}, line {number}");
            let Some(cells) = cells(line) else {
                table.say(self.file_key, format!("{at}: a quote is not closed, or closes early"));
                continue;
            };
            let is_number = |cell: &String| cell.parse::<f64>().is_ok();
            let is_header = is_first && !cells.last().is_some_and(is_number);
            is_first = false;
            if is_header {
                continue;
            }
            if cells.len() == self.columns.len() {
                rows.push(Row::Line { table, list: self, at, cells });
            } else {
                table.say(self.file_key, format!("{at}: {}", self.wrong()));
            }
        }
        rows
    }
}

impl Row<'_, '_> {
    /// Says that something is wrong with the row.
    pub(super) fn say(&self, reason: &str) {
        match self {
            Self::Written { item, .. } => item.say(reason),
            Self::Line { table, list, at, .. } => {
                table.say(list.file_key, format!("{at}: {reason}"));
            }
        }
    }

    /// Says that something is wrong with one cell.
    pub(super) fn say_at(&self, column: usize, reason: &str) {
        match self {
            Self::Written { cells, .. } => cells[column].say(reason),
            Self::Line { list, .. } => self.say(&format!("{}: {reason}", list.columns[column])),
        }
    }

    /// A cell as a text.
    pub(super) fn text(&self, column: usize) -> Option<String> {
        match self {
            Self::Written { cells, .. } => cells[column].text(),
            Self::Line { cells, .. } => Some(cells[column].clone()),
        }
    }

    /// A cell as a number within `range`.
    pub(super) fn number(&self, column: usize, range: RangeInclusive<f64>) -> Option<f64> {
        let cell = match self {
            Self::Written { cells, .. } => return cells[column].number(range),
            Self::Line { cells, .. } => &cells[column],
        };
        let Ok(number) = cell.parse::<f64>() else {
            self.say_at(column, &format!("{cell:?} is not a number"));
            return None;
        };
        let is_within = range.contains(&number);
        if !is_within {
            let (least, most) = (range.start(), range.end());
            self.say_at(column, &format!("{number} is not within {least} to {most}"));
        }
        is_within.then_some(number)
    }
}

fn read(name: &str, beside: Beside<'_>) -> Result<String, String> {
    // A demand file that is handed on must not make its reader open what lies elsewhere.
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name == ".." {
        return Err(format!("{name:?} is not the name of a file beside this one"));
    }
    let text = beside(name).map_err(|why| format!("cannot read {name:?}: {why}"))?;
    if text.len() > BYTES_MAX {
        return Err(format!("{name:?} has {} bytes: the most is {BYTES_MAX}", text.len()));
    }
    Ok(text)
}

/// The cells of a line, without the quotes; none where a quote is not closed or closes early.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, after) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let (cell, after) = quoted.split_once('"')?;
                (cell, after.trim_start())
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (cell, after) = rest.split_at(end);
                (cell.trim(), after)
            }
        };
        cells.push(cell.to_owned());
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(cells),
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_at_commas_outside_of_quotes() {
        for (line, expected) in [
            ("a,b,3", Some(vec!["a", "b", "3"])),
            (" a , \"b, c\" ,3 ", Some(vec!["a", "b, c", "3"])),
            ("a,,", Some(vec!["a", "", ""])),
            ("\"a", None),
            ("\"a\"b,c", None),
        ] {
            let split = cells(line);
            let split = split.as_ref().map(|all| all.iter().map(String::as_str).collect());
            assert_eq!(split, expected, "{line}");
        }
    }
}
