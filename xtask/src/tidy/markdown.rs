//! Pages: every link to another file of the tree must lead somewhere.

use std::path::Path;

/// Checks one page.
pub(super) fn check(root: &Path, file: &Path, text: &str, problems: &mut Vec<String>) {
    let folder = root.join(file).parent().map(Path::to_path_buf).unwrap_or_default();
    for (number, target) in links(text) {
        let path = target.split(['#', '?']).next().unwrap_or_default();
        let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
        if path.is_empty() || is_elsewhere || folder.join(path).exists() {
            continue;
        }
        problems.push(format!("{}:{number}: there is no {path}", file.display()));
    }
}

/// What a page links to, each with its line; blocks and words of code link nowhere.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        // Every second part of a line that is split at its ticks is code.
        for words in line.split('`').step_by(2) {
            let inline = words.split("](").skip(1).filter_map(|part| part.split([')', ' ']).next());
            found.extend(inline.map(|target| (number, target)));
        }
        if line.starts_with('[')
            && let Some((_, target)) = line.split_once("]: ")
        {
            found.push((number, target.split_whitespace().next().unwrap_or_default()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md) and ![c](d.png \"title\"), `[e](f)`\n```\n[g](h)\n```\n[i]: j.md k\n";
        assert_eq!(links(text), [(1, "b.md"), (1, "d.png"), (5, "j.md")]);
    }

    #[test]
    fn a_link_leads_to_a_file_from_its_own_folder() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(root.path().join("docs")).expect("a folder");
        std::fs::write(root.path().join("docs/a.md"), "").expect("written");
        for (file, target, is_sound) in [
            ("docs/b.md", "a.md", true),
            ("docs/b.md", "a.md#part", true),
            ("docs/b.md", "#part", true),
            ("docs/b.md", "../docs", true),
            ("docs/b.md", "https://example.org/a.md", true),
            ("b.md", "a.md", false),
            ("docs/b.md", "c.md#part", false),
        ] {
            let mut problems = Vec::new();
            let text = format!("[x]({target})");
            check(root.path(), Path::new(file), &text, &mut problems);
            assert_eq!(problems.is_empty(), is_sound, "{file}: {target}: {problems:?}");
        }
    }
}
