//! Who may enter a site, as its file says it.

use scenario::{Site, write_site};

#[test]
fn a_site_says_whether_people_sign_in_and_what_a_token_is_for() {
    let (mut site, _) = scenario::generate::arterial(1, 2);
    assert!(!site.web.accounts, "nobody is asked who they are unless the site file says so");
    site.web.accounts = true;
    site.web.tokens = scenario::Role::ALL
        .iter()
        .map(|&(name, role)| scenario::TokenSite {
            name: name.to_owned(),
            role,
            hash: "0".repeat(64),
            scope: (role == scenario::Role::Dispatch).then(scenario::ScopeSite::default),
        })
        .collect();
    let text = write_site(&site);
    assert_eq!(Site::parse(&text).unwrap().web, site.web);
    let wrong = text.replace("accounts = true", "accounts = 1").replace("\"audit\"", "\"king\"");
    let problems = Site::parse(&wrong).unwrap_err();
    let all = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(all.contains("accounts: ") && all.contains("role: "), "{all}");
}
