//! XML as a stream of elements with their lines, and where problems are put. Never more than one
//! element is held.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, Read};
use std::ops::RangeInclusive;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::PathProblem;

/// The most problems of one file that are kept.
const PROBLEMS_MAX: usize = 1_000;
/// No file of these formats nests deeper.
const DEPTH_MAX: usize = 32;
/// The most attributes of one element: the formats have about thirty.
const ATTRIBUTES_MAX: usize = 200;

/// Problems while files are read, each with its line.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<PathProblem>>);

impl Problems {
    pub(super) fn say(&self, path: impl Into<String>, reason: impl Into<String>) {
        let mut all = self.0.borrow_mut();
        if all.len() < PROBLEMS_MAX {
            all.push(PathProblem { path: path.into(), reason: reason.into() });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<PathProblem>> {
        let all = self.0.into_inner();
        match value {
            Some(value) if all.is_empty() => Ok(value),
            _ if all.is_empty() => Err(vec![PathProblem {
                path: String::new(),
                reason: "it cannot be read".to_owned(),
            }]),
            _ => Err(all),
        }
    }
}

/// An element's begin, with its attributes.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) line: usize,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        let id = self.get("id").map(|id| format!(" id={id:?}")).unwrap_or_default();
        format!("line {}: <{}{id}>", self.line, self.name)
    }

    pub(super) fn say(&self, problems: &Problems, reason: impl Into<String>) {
        problems.say(self.place(), reason);
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    /// A text that must be there and not be empty.
    pub(super) fn text(&self, problems: &Problems, key: &str) -> Option<&str> {
        let text = self.get(key).filter(|text| !text.is_empty());
        if text.is_none() {
            self.say(problems, format!("{key}: it must be there"));
        }
        text
    }

    /// A number within a range that must be there.
    pub(super) fn number(
        &self,
        problems: &Problems,
        key: &str,
        range: &RangeInclusive<f64>,
    ) -> Option<f64> {
        let text = self.text(problems, key)?;
        self.number_in(problems, key, text, range)
    }

    /// A number that may be there.
    pub(super) fn number_or(
        &self,
        problems: &Problems,
        key: &str,
        range: &RangeInclusive<f64>,
        usual: f64,
    ) -> Option<f64> {
        match self.get(key) {
            None => Some(usual),
            Some(text) => self.number_in(problems, key, text, range),
        }
    }

    pub(super) fn number_in(
        &self,
        problems: &Problems,
        key: &str,
        text: &str,
        range: &RangeInclusive<f64>,
    ) -> Option<f64> {
        let number = text.trim().parse::<f64>().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            self.say(problems, format!("{key}: {text:?} is no number from {least} to {most}"));
        }
        number
    }

    /// A count within a range that must be there.
    pub(super) fn count(&self, problems: &Problems, key: &str, most: usize) -> Option<usize> {
        let text = self.text(problems, key)?;
        let count = text.trim().parse::<usize>().ok().filter(|&count| count <= most);
        if count.is_none() {
            self.say(problems, format!("{key}: {text:?} is no whole number from 0 to {most}"));
        }
        count
    }
}

/// What comes next in a file.
#[derive(Debug)]
pub(super) enum Step {
    Open(Element),
    Close,
}

/// A file that is read.
pub(super) struct Source<'r> {
    reader: Reader<Lines<'r>>,
    buffer: Vec<u8>,
    lines: Rc<Cell<usize>>,
    open: Vec<String>,
    /// The element before closed itself.
    closes: bool,
    begun: bool,
    ended: bool,
}

impl<'r> Source<'r> {
    pub(super) fn new(file: &'r mut dyn BufRead) -> Self {
        let lines = Rc::new(Cell::new(1));
        let reader = Reader::from_reader(Lines { file, lines: lines.clone() });
        let (buffer, open) = (Vec::new(), Vec::new());
        Self { reader, buffer, lines, open, closes: false, begun: false, ended: false }
    }

    /// The next begin or end of an element; none at the end, or where it is no XML, which is said.
    pub(super) fn next(&mut self, problems: &Problems) -> Option<Step> {
        if std::mem::take(&mut self.closes) {
            return Some(Step::Close);
        }
        if self.ended {
            return None;
        }
        let step = self.read(problems);
        self.ended = step.is_none();
        self.begun |= step.is_some();
        step
    }

    /// Passes over what is within the element that was opened last.
    pub(super) fn skip(&mut self, problems: &Problems) -> Option<()> {
        let mut depth = 1;
        while depth > 0 {
            match self.next(problems)? {
                Step::Open(_) => depth += 1,
                Step::Close => depth -= 1,
            }
        }
        Some(())
    }

    fn read(&mut self, problems: &Problems) -> Option<Step> {
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer);
            let line = self.lines.get();
            let place = || format!("line {line}");
            match event {
                Ok(Event::Start(start)) => {
                    let element = element(&start, line, problems)?;
                    if self.open.len() >= DEPTH_MAX {
                        problems.say(place(), format!("more than {DEPTH_MAX} elements within"));
                        return None;
                    }
                    self.open.push(element.name.clone());
                    return Some(Step::Open(element));
                }
                Ok(Event::Empty(start)) => {
                    let element = element(&start, line, problems)?;
                    self.closes = true;
                    return Some(Step::Open(element));
                }
                Ok(Event::End(_)) => {
                    self.open.pop();
                    return Some(Step::Close);
                }
                Ok(Event::Eof) => {
                    if let Some(name) = self.open.last() {
                        problems.say(place(), format!("the file ends within <{name}>"));
                    } else if !self.begun {
                        problems.say(place(), "it is no XML: the file ends without an element");
                    }
                    return None;
                }
                Ok(_) => {}
                Err(error) => {
                    problems.say(place(), format!("it is not XML: {error}"));
                    return None;
                }
            }
        }
    }
}

fn element(start: &BytesStart<'_>, line: usize, problems: &Problems) -> Option<Element> {
    let name = start.name().as_ref().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes().take(ATTRIBUTES_MAX) {
        let value = attribute.map_err(quick_xml::Error::from).and_then(|a| {
            Ok((
                a.key.as_ref().to_owned(),
                a.normalized_value(XmlVersion::Explicit1_0)?.into_owned(),
            ))
        });
        match value {
            Ok(pair) => attributes.push(pair),
            Err(error) => {
                problems.say(format!("line {line}: <{name}>"), format!("it is not XML: {error}"));
                return None;
            }
        }
    }
    Some(Element { name, line, attributes })
}

/// A file whose lines are counted as they are taken from it.
struct Lines<'r> {
    file: &'r mut dyn BufRead,
    lines: Rc<Cell<usize>>,
}

impl Read for Lines<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Lines<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What was handed out is still there: no byte is read twice.
        if let Ok(bytes) = self.file.fill_buf() {
            let taken = &bytes[..amount.min(bytes.len())];
            let lines = taken.iter().filter(|&&byte| byte == b'\n').count();
            self.lines.set(self.lines.get() + lines);
        }
        self.file.consume(amount);
    }
}
