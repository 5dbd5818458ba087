//! The `[web]` table: where the page listens, and who may use it.

use document::Table;

use crate::site::{Role, TokenSite, WebSite};

/// The digits of a blake3 hash.
const HASH_DIGITS: usize = 64;

pub(super) fn web(table: &Table<'_>, areas: &[String]) -> Option<WebSite> {
    let listen = table.text("listen");
    let accounts = table.flag_or("accounts", false);
    let rows = table.tables("token");
    let mut tokens = Vec::with_capacity(rows.len());
    let mut sound = true;
    for row in &rows {
        match token(row, areas) {
            Some(token) if tokens.iter().any(|other: &TokenSite| other.name == token.name) => {
                row.say("name", format!("the name {:?} is given twice", token.name));
            }
            Some(token) => tokens.push(token),
            None => sound = false,
        }
    }
    sound.then_some(WebSite { listen: listen?, tokens, accounts: accounts? })
}

fn token(table: &Table<'_>, areas: &[String]) -> Option<TokenSite> {
    let name = table.text("name");
    let role = table.choice("role", Role::ALL, None);
    let hash = table.text("hash").map(|hash| hash.to_ascii_lowercase());
    if name.as_deref() == Some("") {
        table.say("name", "it is empty");
    }
    let is_hash = |hash: &String| {
        hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if hash.as_ref().is_some_and(|hash| !is_hash(hash)) {
        table.say("hash", format!("it is not {HASH_DIGITS} hexadecimal digits"));
    }
    let scope = match role {
        Some(Role::Dispatch) => Some(super::dispatch::scope(table, areas)?),
        _ => None,
    };
    Some(TokenSite { name: name?, role: role?, hash: hash?, scope })
}
