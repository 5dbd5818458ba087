//! Comma-separated values after RFC 4180: quoted fields, doubled quotes, either line end.

/// A row with the line where it begins, from 1.
pub(super) type Row = (usize, Vec<String>);

/// The rows of a text, empty lines left out.
///
/// # Errors
/// The line of a quote that is not closed, or that stands within a field.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, (usize, &'static str)> {
    let mut rows = Vec::new();
    let mut signs = text.trim_start_matches('\u{feff}').chars().peekable();
    let (mut line, mut begun) = (1, 1);
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut was_quoted = false;
    loop {
        match signs.next() {
            Some('"') if field.is_empty() && !was_quoted => {
                was_quoted = true;
                loop {
                    match signs.next() {
                        Some('"') if signs.next_if_eq(&'"').is_some() => field.push('"'),
                        Some('"') => break,
                        Some(sign) => {
                            line += usize::from(sign == '\n');
                            field.push(sign);
                        }
                        None => return Err((begun, "a quote is not closed")),
                    }
                }
            }
            Some('"') => return Err((line, "a quote stands within a field")),
            Some(',') => {
                row.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            Some('\r') if signs.peek() == Some(&'\n') => {}
            end @ (Some('\n') | None) => {
                row.push(std::mem::take(&mut field));
                was_quoted = false;
                if row.iter().any(|field| !field.trim().is_empty()) {
                    rows.push((begun, std::mem::take(&mut row)));
                }
                row.clear();
                if end.is_none() {
                    return Ok(rows);
                }
                line += 1;
                begun = line;
            }
            Some(sign) => field.push(sign),
        }
    }
}

/// A field as it is written. What a spreadsheet would take for a formula is made a text.
pub(super) fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_have_the_line_where_they_begin() {
        let text = "\u{feff}a,b\r\n\r\n\"x, \"\"y\"\"\nz\",2\nlast";
        let found = rows(text).expect("rows");
        let shown: Vec<(usize, Vec<&str>)> =
            found.iter().map(|(l, r)| (*l, r.iter().map(String::as_str).collect())).collect();
        assert_eq!(shown, [(1, vec!["a", "b"]), (3, vec!["x, \"y\"\nz", "2"]), (5, vec!["last"])]);
        assert_eq!(rows("a\n\"b"), Err((2, "a quote is not closed")));
        assert_eq!(rows("a\nb\"c"), Err((2, "a quote stands within a field")));
        assert_eq!(field("=1+1"), "'=1+1");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(fields in prop::collection::vec("[a-z,\"\n 鲁]{1,8}", 1..5)) {
            prop_assume!(fields.iter().any(|field| !field.trim().is_empty()));
            let line: Vec<String> = fields.iter().map(|text| field(text)).collect();
            let found = rows(&format!("{}\n", line.join(",")));
            prop_assert_eq!(found, Ok(vec![(1, fields)]));
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = rows(&text);
        }
    }
}
