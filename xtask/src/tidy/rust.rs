//! Rust files: how long they and their functions are, how they open, and that no test is passed over.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A file stops here, without its tests.
const FILE_LINES_MAX: usize = 500;
/// A function fits a screen.
const FUNCTION_LINES_MAX: usize = 70;

/// Checks one file and gives its length without its tests.
pub(super) fn check(name: &str, text: &str, problems: &mut Vec<String>) -> usize {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
    if lines > FILE_LINES_MAX {
        problems.push(format!("{name}: {lines} lines without tests, the most is {FILE_LINES_MAX}"));
    }
    if !text.starts_with("//!") {
        problems.push(format!("{name}: it does not open with what it is for"));
    }
    match syn::parse_file(text) {
        Ok(syntax) => Functions { name, problems }.visit_file(&syntax),
        Err(error) => problems.push(format!("{name}:{}: {error}", error.span().start().line)),
    }
    lines
}

struct Functions<'p> {
    name: &'p str,
    problems: &'p mut Vec<String>,
}

impl Functions<'_> {
    fn check(&mut self, attributes: &[syn::Attribute], what: &syn::Signature, body: &syn::Block) {
        let (from, to) = (what.span().start().line, body.span().end().line);
        let (lines, name, ident) = (to - from + 1, self.name, &what.ident);
        if lines > FUNCTION_LINES_MAX {
            let most = FUNCTION_LINES_MAX;
            self.problems
                .push(format!("{name}:{from}: {ident} has {lines} lines, the most is {most}"));
        }
        if attributes.iter().any(|attribute| attribute.path().is_ident("ignore")) {
            self.problems.push(format!("{name}:{from}: {ident} is a test that is passed over"));
        }
    }
}

impl<'a> Visit<'a> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.check(&item.attrs, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.check(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.check(&item.attrs, &item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    /// Tests that proptest makes are tokens until it is run.
    fn visit_macro(&mut self, item: &'a syn::Macro) {
        let name = self.name;
        let tokens = item.tokens.to_string().replace(' ', "");
        if tokens.contains("#[ignore") {
            let line = item.span().start().line;
            self.problems.push(format!("{name}:{line}: it holds a test that is passed over"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check("a.rs", text, &mut problems);
        problems
    }

    #[test]
    fn a_function_of_seventy_lines_is_the_longest() {
        let function = |lines: usize| format!("//! A.\nfn a() {{\n{}}}\n", "\n".repeat(lines - 2));
        assert_eq!(problems(&function(70)), [""; 0]);
        assert_eq!(problems(&function(71)), ["a.rs:2: a has 71 lines, the most is 70"]);
        let method = function(71).replace("fn a", "impl A { fn a").replace('}', "}}");
        assert_eq!(problems(&method).len(), 1);
        let default = function(71).replace("fn a", "trait A { fn a").replace('}', "}}");
        assert_eq!(problems(&default).len(), 1);
    }

    #[test]
    fn a_file_of_five_hundred_lines_is_the_longest_and_its_tests_do_not_count() {
        let file = |lines: usize| format!("//! A.\n{}", "\n".repeat(lines - 1));
        assert_eq!(problems(&file(500)), [""; 0]);
        let expected = "a.rs: 501 lines without tests, the most is 500";
        assert_eq!(problems(&file(501)), [expected]);
        let tests = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", file(400), "\n".repeat(400));
        assert_eq!(problems(&tests), [""; 0]);
    }

    #[test]
    fn a_test_that_is_passed_over_is_found_everywhere() {
        let mark = ["ign", "ore"].concat();
        let test = format!("//! A.\n#[test]\n#[{mark}]\nfn a() {{}}\n");
        assert_eq!(problems(&test), ["a.rs:4: a is a test that is passed over"]);
        let reason = format!("//! A.\n#[test]\n#[{mark} = \"slow\"]\nfn a() {{}}\n");
        assert_eq!(problems(&reason).len(), 1);
        let made =
            format!("//! A.\nproptest! {{\n #[test]\n #[{mark}]\n fn a(x in 0..1) {{}}\n}}\n");
        assert_eq!(problems(&made), ["a.rs:2: it holds a test that is passed over"]);
    }

    #[test]
    fn what_is_no_rust_is_told_with_its_line() {
        let found = problems("//! A.\n\nfn a( {}\n");
        assert!(found[0].starts_with("a.rs:3: "), "{found:?}");
    }
}
