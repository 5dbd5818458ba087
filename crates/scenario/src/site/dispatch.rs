//! What a site knows for emergencies: where it lies on the globe, places by name, who answers for which
//! road, which terminals may say where a vehicle is, and whom to tell.

use std::net::IpAddr;

use network::Globe;
use units::{LinkId, Metres};

/// The classes of vehicles that a scope may name, as requests name them.
pub const VEHICLE_CLASSES: [&str; 6] =
    ["fire", "ambulance-with-patient", "ambulance", "police", "utility", "escort"];

/// All of it; empty where the file says nothing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DispatchSite {
    /// Where the network's origin lies.
    pub globe: Option<Globe>,
    /// Places that may be named in requests.
    pub places: Vec<PlaceSite>,
    /// Roads with people who answer for them.
    pub road_sections: Vec<RoadSectionSite>,
    /// Where vehicles' terminals may connect.
    pub terminals: Option<TerminalsSite>,
    /// Where the dispatch system wants to be told.
    pub webhook: Option<WebhookSite>,
}

/// A place by name.
#[derive(Clone, PartialEq, Debug)]
pub struct PlaceSite {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// At which link.
    pub link: LinkId,
    /// From the link's begin.
    pub offset: Metres,
    /// Where it wants to be told who comes when.
    pub notice: Option<HttpUrl>,
}

/// What a place is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlaceKind {
    /// Where the ill are brought.
    Hospital,
    /// Where fire engines stand.
    FireStation,
    /// Where help gathers.
    RescuePoint,
}

impl PlaceKind {
    /// Every kind with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("hospital", Self::Hospital),
        ("fire-station", Self::FireStation),
        ("rescue-point", Self::RescuePoint),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// A stretch of road, the people who answer for it, and the area of those who may ask for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoadSectionSite {
    /// Its name.
    pub name: String,
    /// Its links.
    pub links: Vec<LinkId>,
    /// Who answers for it: a name and how to reach it, each.
    pub people: Vec<String>,
}

/// What a dispatcher may ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeSite {
    /// Classes of vehicles, of [`VEHICLE_CLASSES`].
    pub classes: Vec<String>,
    /// Road sections that his corridors may lead over; none named: all roads.
    pub area: Vec<String>,
    /// Corridors that he may open within an hour.
    pub per_hour: u32,
}

impl Default for ScopeSite {
    /// Every class, everywhere, twice as often as a busy station turns out.
    fn default() -> Self {
        let classes = VEHICLE_CLASSES.map(str::to_owned).to_vec();
        Self { classes, area: Vec::new(), per_hour: 60 }
    }
}

/// Where terminals connect, and which.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TerminalsSite {
    /// Address and port.
    pub listen: String,
    /// Networks that they may come from; none named: this machine alone.
    pub networks: Vec<IpNetwork>,
    /// The terminals.
    pub allowed: Vec<TerminalSite>,
}

/// A terminal that may speak.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TerminalSite {
    /// Its number, of digits.
    pub phone: String,
    /// The vehicle that it speaks for, as requests name it.
    pub vehicle: String,
    /// The code that it must show.
    pub code: String,
    /// The plate that it must register with.
    pub plate: Option<String>,
}

/// A network of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IpNetwork {
    address: IpAddr,
    bits: u8,
}

impl IpNetwork {
    /// A network written as `10.20.0.0/16`, or one address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let plain = |bits: &str| bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|&number| plain(bits) && number <= most)?,
            None => most,
        };
        let network = Self { address, bits };
        // An address that has more than its network's bits was meant otherwise.
        (network.masked(address) == network.value()).then_some(network)
    }

    /// Whether an address is of it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && self.masked(address) == self.value()
    }

    fn value(self) -> u128 {
        number(self.address)
    }

    fn masked(self, address: IpAddr) -> u128 {
        let width = if address.is_ipv4() { 32 } else { 128 };
        let free = width - u32::from(self.bits);
        let number = number(address);
        if free >= 128 { 0 } else { number >> free << free }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl std::fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Whom to tell of what corridors do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookSite {
    /// Where.
    pub url: HttpUrl,
    /// What both know, by which the receiver tells that it was us.
    pub secret: Option<String>,
}

/// An address of a web service that is spoken to without encryption.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpUrl {
    /// The host, as it stands in the address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, with what follows it.
    pub path: String,
}

impl HttpUrl {
    /// Reads `http://HOST[:PORT]/PATH`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") {
            let why = "https is not spoken: name a proxy on this machine that speaks it";
            return Err(why.to_owned());
        }
        let rest = text.strip_prefix("http://").ok_or("it does not begin with http://")?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain(rest) || rest.contains(['@', '#', '"', '\\']) {
            return Err("it has signs that no such address has".to_owned());
        }
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let is_port = |(_, port): &(&str, &str)| !port.contains(']');
        let (host, port) = match authority.rsplit_once(':').filter(is_port) {
            Some((host, port)) => {
                let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
                (host, port)
            }
            None => (authority, 80),
        };
        if host.is_empty() || port == 0 {
            return Err("it names no host, or port 0".to_owned());
        }
        Ok(Self { host: host.to_owned(), port, path: path.to_owned() })
    }
}

impl std::fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}:{}{}", self.host, self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, inside) in [
            ("10.20.0.0/16", "10.20.3.4", true),
            ("10.20.0.0/16", "10.21.0.1", false),
            ("10.20.0.0/16", "::ffff:10.20.3.4", true),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("fd00::/8", "fd12::1", true),
            ("::/0", "fe80::1", true),
        ] {
            let parsed = IpNetwork::parse(network).expect(network);
            assert_eq!(
                parsed.contains(address.parse().expect("one")),
                inside,
                "{network} {address}"
            );
            assert_eq!(IpNetwork::parse(&parsed.to_string()), Some(parsed));
        }
        for wrong in
            ["", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "a/8", "10.0.0.0/-1", "10.0.0.0/+8"]
        {
            assert_eq!(IpNetwork::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses_of_services_are_read_or_refused_with_why() {
        for (text, host, port, path) in [
            ("http://dispatch.example/hook", "dispatch.example", 80, "/hook"),
            ("http://127.0.0.1:9000", "127.0.0.1", 9_000, "/"),
            ("http://[::1]:9000/a?b=c", "[::1]", 9_000, "/a?b=c"),
            ("http://[::1]/", "[::1]", 80, "/"),
        ] {
            let url = HttpUrl::parse(text).expect(text);
            assert_eq!((url.host.as_str(), url.port, url.path.as_str()), (host, port, path));
            assert_eq!(HttpUrl::parse(&url.to_string()), Ok(url));
        }
        for (text, part) in [
            ("https://dispatch.example/", "proxy"),
            ("ftp://a/", "http://"),
            ("http://", "host"),
            ("http://a:0/", "port"),
            ("http://a:99999/", "port"),
            ("http://a b/", "signs"),
            ("http://user@a/", "signs"),
            ("http://a/\r\nx: y", "signs"),
        ] {
            let why = HttpUrl::parse(text).expect_err(text);
            assert!(why.contains(part), "{text}: {why}");
        }
    }
}
