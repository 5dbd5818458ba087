//! Links as files name them.

use document::Table;
use network::Network;
use units::LinkId;

/// The link that stands under `link` in a table; none where it is missing or none of the network's, which is
/// said.
pub(crate) fn named_link(table: &Table<'_>, network: &Network) -> Option<LinkId> {
    let name = table.text("link")?;
    let found = network.link_named(&name);
    if found.is_none() {
        table.say("link", format!("there is no link {name:?}"));
    }
    found
}
