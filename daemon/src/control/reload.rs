//! Going over to a changed site file without letting go of anything that did not change.
//!
//! ```text
//!   file ── read, checked whole ──▶ successor engine ── lines changed over ──▶ the engine that runs
//!     └── any mistake: refused, reported, nothing changed
//! ```

use std::sync::Arc;

use engine::{Engine, Succession};
use scenario::Site;

use super::Control;
use crate::action::ActionError;
use crate::terminals::Allowed;

impl Control {
    /// Reads the site file again and goes over to it, or keeps what runs and says why.
    pub(super) fn reload(&mut self, who: &str) -> Result<String, ActionError> {
        let outcome = self.try_reload();
        match &outcome {
            Ok(change) => self.own("reload", format!("{who}: {change}")),
            Err(error) => self.own("reload-refused", format!("{who}: {error}")),
        }
        outcome
    }

    fn try_reload(&mut self) -> Result<String, ActionError> {
        let site = self.config.site().map_err(ActionError::SiteRefused)?;
        let old = self.engine.site().clone();
        let fixed = fixed(&old, &site);
        if !fixed.is_empty() {
            return Err(ActionError::SiteRefused(fixed));
        }
        let now = self.clock.now();
        let succession = Engine::succeed(&self.engine, Arc::new(site), &hw_profiles::builtin, now);
        let Succession { engine, runs_on, keeps_lines } =
            succession.map_err(ActionError::SiteRefused)?;
        let change = self.ports.change_to(engine.site(), &self.clock);
        let change = change.map_err(|error| ActionError::Refused(error.to_string()))?;
        self.engine = engine;
        self.loads += 1;
        if !keeps_lines {
            self.asker += 1;
        }
        self.ends.tokens.send_replace(self.engine.site().web.tokens.clone());
        let site = self.engine.site().clone();
        let allowed = Allowed::of(site.dispatch.terminals.as_ref());
        self.ends.terminals.allowed.send_replace(Arc::new(allowed));
        self.dispatch.change_to(site, &self.engine, now);
        self.publish();
        Ok(format!(
            "lines: {} kept, {} opened, {} closed; junctions: {} run on, {} begin anew",
            change.kept,
            change.opened,
            change.closed,
            runs_on,
            self.engine.site().signals.len() - runs_on
        ))
    }
}

/// What only a restart can change.
fn fixed(old: &Site, new: &Site) -> Vec<String> {
    let mut changed = Vec::new();
    let mut check = |same: bool, key: &str| {
        if !same {
            changed.push(format!("{key}: it changes only with a restart"));
        }
    };
    check(old.web.listen == new.web.listen, "web.listen");
    check(old.web.accounts == new.web.accounts, "web.accounts");
    check(old.store == new.store, "store");
    check(old.time_zone == new.time_zone, "time_zone");
    let listen = |site: &Site| site.dispatch.terminals.as_ref().map(|row| row.listen.clone());
    check(listen(old) == listen(new), "dispatch.listen");
    if !old.web.tokens.is_empty() && new.web.tokens.is_empty() {
        changed.push("web.token: the last token goes only with a restart".to_owned());
    }
    changed
}
