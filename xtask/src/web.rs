//! The web interface in `web/`: built, checked, and driven in a real browser, where Node.js is there.
//! Where it is not, that is said, and the rest goes on: the program is complete without it.

use std::path::Path;

use crate::{answers, run};

/// Where Debian and others have a browser that can be driven.
const BROWSERS: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// What came of building.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Built {
    /// `web/dist` is what the sources say.
    Fresh,
    /// There is no Node.js, or its packages cannot be fetched: what was built before stays.
    NoNode,
    /// The sources do not build.
    Failed,
}

/// Builds `web/dist`; cargo takes it into the program with the next build.
pub(crate) fn build(root: &Path) -> Built {
    let web = root.join("web");
    if !answers("npm", &["--version"]) || !answers("node", &["--version"]) {
        eprintln!(
            "xtask: Node.js and npm are not there: the web interface is not built, and the daemon \
             serves a page that says how to. On Debian: sudo apt-get install nodejs npm"
        );
        return Built::NoNode;
    }
    if !packages(&web) {
        eprintln!(
            "xtask: the packages of web/package-lock.json cannot be fetched: the web interface is \
             not built"
        );
        return Built::NoNode;
    }
    if run(&web, "npm", &["run", "--silent", "build", "--", "--logLevel", "warn"]) {
        Built::Fresh
    } else {
        Built::Failed
    }
}

/// Fetches the packages where they are not those of the lock file.
fn packages(web: &Path) -> bool {
    let read = |file: &str| std::fs::read(web.join(file)).unwrap_or_default();
    let lock = read("package-lock.json");
    let fetched = "node_modules/.fetched-lock.json";
    if !lock.is_empty() && read(fetched) == lock {
        return true;
    }
    let done = run(web, "npm", &["ci", "--no-audit", "--no-fund", "--loglevel", "error"]);
    // What cannot be noted down is fetched again the next time.
    done && std::fs::write(web.join(fetched), lock).is_ok()
}

/// The types and the tests that need no browser.
pub(crate) fn check(root: &Path) -> bool {
    let web = root.join("web");
    run(&web, "npm", &["run", "--silent", "check"])
        && run(&web, "npm", &["run", "--silent", "test"])
}

/// Every screen in a browser, against the program as it is built.
pub(crate) fn browser(root: &Path) -> bool {
    if !root.join("web/node_modules").exists() || !answers("node", &["--version"]) {
        eprintln!("xtask: the screens are not tried in a browser: there is no Node.js");
        return true;
    }
    if !BROWSERS.iter().any(|path| Path::new(path).exists()) {
        eprintln!(
            "xtask: the screens are not tried in a browser: there is none. On Debian: sudo apt-get \
             install chromium"
        );
        return true;
    }
    let try_all = || run(&root.join("web"), "npm", &["run", "--silent", "browser"]);
    if try_all() {
        return true;
    }
    // A browser on a busy machine is late now and then. What fails twice is broken.
    eprintln!("xtask: some screens failed: all are tried once more");
    try_all()
}
