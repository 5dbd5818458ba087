//! The difference of two texts as a unified diff, line by line (Myers 1986).

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line {
    Kept(usize, usize),
    Gone(usize),
    New(usize),
}

/// The diff; empty where the texts are the same.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let script = script(&a, &b);
    let changed: Vec<usize> =
        (0..script.len()).filter(|&at| !matches!(script[at], Line::Kept(..))).collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut out = format!("--- {name}\n+++ {name}\n");
    let mut from = 0;
    while from < changed.len() {
        let mut to = from;
        while to + 1 < changed.len() && changed[to + 1] - changed[to] <= 2 * AROUND {
            to += 1;
        }
        let begin = changed[from].saturating_sub(AROUND);
        let end = (changed[to] + AROUND + 1).min(script.len());
        hunk(&mut out, &script, begin..end, &a, &b);
        from = to + 1;
    }
    out
}

fn hunk(out: &mut String, script: &[Line], range: std::ops::Range<usize>, a: &[&str], b: &[&str]) {
    let olds = |lines: &[Line]| lines.iter().filter(|l| !matches!(l, Line::New(_))).count();
    let news = |lines: &[Line]| lines.iter().filter(|l| !matches!(l, Line::Gone(_))).count();
    let (before, own) = (&script[..range.start], &script[range]);
    let begin = |lines: usize, count: usize| lines + usize::from(count > 0);
    let (old, new) = (olds(own), news(own));
    let (at, to) = (begin(olds(before), old), begin(news(before), new));
    out.push_str(&format!("@@ -{at},{old} +{to},{new} @@\n"));
    for line in own {
        let (sign, text) = match *line {
            Line::Kept(_, at) => (' ', b[at]),
            Line::Gone(at) => ('-', a[at]),
            Line::New(at) => ('+', b[at]),
        };
        out.push_str(&format!("{sign}{text}\n"));
    }
}

/// The shortest way from the one to the other, in order.
fn script(a: &[&str], b: &[&str]) -> Vec<Line> {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let most = (n + m) as usize;
    let centre = most as isize + 1;
    let mut far = vec![0_isize; 2 * most + 3];
    let mut trail: Vec<Vec<isize>> = Vec::new();
    'search: for edits in 0..=most as isize {
        // Only what the step back looks at is kept: it grows with the changes, not with the file.
        trail.push(far[(centre - edits - 1) as usize..=(centre + edits + 1) as usize].to_vec());
        for k in (-edits..=edits).step_by(2) {
            let at = |k: isize| far[(centre + k) as usize];
            let down = k == -edits || (k != edits && at(k - 1) < at(k + 1));
            let mut x = if down { at(k + 1) } else { at(k - 1) + 1 };
            while x < n && x - k < m && a[x as usize] == b[(x - k) as usize] {
                x += 1;
            }
            far[(centre + k) as usize] = x;
            if x >= n && x - k >= m {
                break 'search;
            }
        }
    }
    let (mut x, mut y) = (n, m);
    let mut back = Vec::new();
    for (edits, far) in trail.iter().enumerate().rev() {
        let edits = edits as isize;
        let at = |k: isize| far[(k + edits + 1) as usize];
        let k = x - y;
        let down = k == -edits || (k != edits && at(k - 1) < at(k + 1));
        let from = if down { k + 1 } else { k - 1 };
        let (before_x, before_y) = if edits == 0 { (0, 0) } else { (at(from), at(from) - from) };
        while x > before_x && y > before_y {
            (x, y) = (x - 1, y - 1);
            back.push(Line::Kept(x as usize, y as usize));
        }
        if edits > 0 {
            back.push(if down {
                Line::New(before_y as usize)
            } else {
                Line::Gone(before_x as usize)
            });
            (x, y) = (before_x, before_y);
        }
    }
    back.reverse();
    back
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let before: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let after = before.replace("\n10\n", "\nten\n").replace("\n20\n", "\n20\n21\n");
        let diff = unified("f", &before, &after);
        let expected = "--- f\n+++ f\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n\
                        @@ -18,3 +18,4 @@\n 18\n 19\n 20\n+21\n";
        assert_eq!(diff, expected);
        assert_eq!(unified("f", &before, &before), "");
    }

    proptest! {
        #[test]
        fn the_script_leads_from_the_one_to_the_other(
            a in prop::collection::vec("[abc]", 0..12),
            b in prop::collection::vec("[abc]", 0..12),
        ) {
            let (a, b): (Vec<&str>, Vec<&str>) =
                (a.iter().map(String::as_str).collect(), b.iter().map(String::as_str).collect());
            let script = script(&a, &b);
            let mut old = Vec::new();
            let mut new = Vec::new();
            for line in &script {
                match *line {
                    Line::Kept(x, y) => {
                        prop_assert_eq!(a[x], b[y]);
                        old.push(x);
                        new.push(y);
                    }
                    Line::Gone(x) => old.push(x),
                    Line::New(y) => new.push(y),
                }
            }
            prop_assert_eq!(old, (0..a.len()).collect::<Vec<_>>());
            prop_assert_eq!(new, (0..b.len()).collect::<Vec<_>>());
        }
    }
}
