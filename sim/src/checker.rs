//! The checker: a third reading of the rules, by the lamps of a virtual cabinet at every step of its
//! controller. It uses the junction's table and nothing else of the kernel: neither the controller,
//! nor the interlock, nor the monitor.

use std::fmt;
use std::sync::Arc;

use signal::{Aspect, Layout};
use units::{GroupId, Moment};

/// What was broken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rule {
    /// Two groups that conflict may go at once.
    Conflict,
    /// A group starts before its intergreen has run out.
    Intergreen,
    /// A green ends before its minimum.
    MinimumGreen,
    /// A yellow or a clearance is cut short, or left out.
    Closing,
    /// A group waits beyond its maximum red.
    Starvation,
}

/// A rule that was broken, when, and by which groups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// When.
    pub at: Moment,
    /// What.
    pub rule: Rule,
    /// By whom.
    pub groups: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}: {}", self.at, self.rule, self.groups)
    }
}

/// The last times of one group.
#[derive(Clone, Copy, Debug)]
struct History {
    aspect: Aspect,
    began: Moment,
    went: Option<Moment>,
    stopped: Option<Moment>,
    told: bool,
}

/// The checker of one junction.
#[derive(Clone, Debug)]
pub struct Checker {
    layout: Arc<Layout>,
    histories: Vec<History>,
    conflicting: bool,
}

impl Checker {
    /// A checker that judges by `layout`.
    #[must_use]
    pub fn new(layout: Arc<Layout>) -> Self {
        Self { layout, histories: Vec::new(), conflicting: false }
    }

    /// Looks at the lamps; must be called at every step, or times come out too long.
    pub fn observe(&mut self, now: Moment, shown: &[Aspect]) -> Vec<Finding> {
        let mut found = Vec::new();
        if shown.iter().any(|aspect| matches!(aspect, Aspect::FlashingYellow | Aspect::Dark)) {
            self.histories.clear();
            return found;
        }
        self.together(now, shown, &mut found);
        if self.histories.len() != shown.len() {
            let fresh = |&aspect: &Aspect| History {
                aspect,
                began: Moment(i64::MIN / 4),
                went: None,
                stopped: Some(now),
                told: false,
            };
            self.histories = shown.iter().map(fresh).collect();
            // Whoever is red at the first look may have been so for any time.
            self.histories.iter_mut().for_each(|history| history.went = None);
            return found;
        }
        for (index, &aspect) in shown.iter().enumerate() {
            self.group(now, index, aspect, &mut found);
        }
        for (history, &aspect) in self.histories.iter_mut().zip(shown) {
            if history.aspect != aspect {
                if history.aspect == Aspect::Green {
                    history.went = Some(now);
                    history.stopped = Some(now);
                    history.told = false;
                }
                history.aspect = aspect;
                history.began = now;
            }
        }
        found
    }

    /// Conflicting groups that may go in the same moment; told once while it lasts.
    fn together(&mut self, now: Moment, shown: &[Aspect], found: &mut Vec<Finding>) {
        let may_go = |index: &usize| matches!(shown[*index], Aspect::Green | Aspect::FlashingGreen);
        let going: Vec<usize> = (0..shown.len()).filter(may_go).collect();
        let mut any = false;
        for (place, &a) in going.iter().enumerate() {
            for &b in &going[place + 1..] {
                let table = self.layout.intergreens();
                if table.get(GroupId::from_index(a), GroupId::from_index(b)).is_some() {
                    any = true;
                    if !self.conflicting {
                        self.say(now, Rule::Conflict, &[a, b], found);
                    }
                }
            }
        }
        self.conflicting = any;
    }

    fn group(&mut self, now: Moment, index: usize, aspect: Aspect, found: &mut Vec<Finding>) {
        let rule = self.layout.groups()[index].clone();
        let history = self.histories[index];
        let lasted = now - history.began;
        let closing = rule.closing_aspect();
        if aspect != history.aspect {
            if history.aspect == Aspect::Green && lasted < rule.min_green {
                self.say(now, Rule::MinimumGreen, &[index], found);
            }
            let skipped = history.aspect == Aspect::Green && aspect != closing;
            if skipped || history.aspect == closing && lasted < rule.closing {
                self.say(now, Rule::Closing, &[index], found);
            }
            if aspect == Aspect::Green {
                for foe in 0..self.histories.len() {
                    let id = GroupId::from_index;
                    let needed = self.layout.intergreens().get(id(foe), id(index));
                    let ended = self.histories[foe].went;
                    if let (Some(needed), Some(ended)) = (needed, ended)
                        && now - ended < needed
                    {
                        self.say(now, Rule::Intergreen, &[foe, index], found);
                    }
                }
            }
        }
        let waits = aspect != Aspect::Green && history.aspect != Aspect::Green;
        let over = history.stopped.is_some_and(|since| now - since > rule.max_red);
        if waits && over && !history.told {
            self.histories[index].told = true;
            self.say(now, Rule::Starvation, &[index], found);
        }
    }

    fn say(&self, at: Moment, rule: Rule, groups: &[usize], found: &mut Vec<Finding>) {
        let names: Vec<_> =
            groups.iter().map(|&group| self.layout.groups()[group].name.as_str()).collect();
        found.push(Finding { at, rule, groups: names.join(", ") });
    }
}
