//! Words that must not stay in what people wrote.

/// Kinds of files that people write.
const WRITTEN: [&str; 11] =
    ["rs", "toml", "md", "sh", "ts", "js", "svelte", "css", "html", "yml", "service"];

/// Checks one file.
pub(super) fn check(name: &str, text: &str, problems: &mut Vec<String>) {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if !WRITTEN.contains(&ending) {
        return;
    }
    for word in forbidden() {
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| line.contains(&word)) {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            if line.split(|c| !is_part(c)).any(|part| part == word) {
                problems.push(format!("{name}:{number}: {word}: do it, or write a decision"));
            }
        }
    }
}

/// Put together here, so that this file does not hold the words itself.
fn forbidden() -> [String; 4] {
    [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["HA", "CK"]].map(|parts| parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_by_itself_is_found_and_a_part_of_another_is_not() {
        let word = forbidden()[0].clone();
        for (name, text, expected) in [
            ("a.rs", format!("fine\n// {word}: later"), 1),
            ("a.ts", format!("{word}({word})"), 1),
            ("a.rs", format!("{word}S_{word} {}", word.to_lowercase()), 0),
            ("a.json", word.clone(), 0),
            ("LICENSE", word, 0),
        ] {
            let mut problems = Vec::new();
            check(name, &text, &mut problems);
            assert_eq!(problems.len(), expected, "{name}: {text}: {problems:?}");
        }
    }
}
