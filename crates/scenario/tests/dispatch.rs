//! What a site file says for emergencies: read as it is written, and every mistake told with its line.

use scenario::{InputRole, InputSite, Role, Site, generate, write_site};
use units::{DeviceId, LinkId, Metres, Millis};

const SITE: &str = r#"
[globe]
latitude = 36.6742
longitude = 117.0215

[dispatch]
webhook = "http://127.0.0.1:9000/greenwave"
webhook_secret = "known to both"
listen = "127.0.0.1:6808"
networks = ["10.20.0.0/16", "192.168.1.7"]

[[dispatch.terminal]]
phone = "013912344329"
vehicle = "AMB-1"
code = "456121111"
plate = "鲁A12345"

[[dispatch.terminal]]
phone = "013912344330"
vehicle = "FIRE-1"
code = "17"

[[place]]
name = "Central hospital"
kind = "hospital"
link = "l_0_1_1_1"
offset_m = 120.5
notice = "http://10.20.0.5/arrivals"

[[place]]
name = "Station 3"
kind = "fire-station"
link = "l_1_1_2_1"
offset_m = 0

[[road_section]]
name = "Jingshi road, west"
links = ["l_0_1_1_1", "l_1_1_2_1"]
people = ["Li Na, 138 0000 0000", "duty room, 0531 1"]
"#;

const TOKEN: &str = r#"
[[web.token]]
name = "dispatch 120"
role = "dispatch"
hash = "0123456789012345678901234567890123456789012345678901234567890123"
classes = ["ambulance", "ambulance-with-patient"]
area = ["Jingshi road, west"]
per_hour = 12
"#;

fn file(more: &str, token: &str) -> String {
    let (site, _) = generate::arterial(1, 2);
    let text = write_site(&site);
    let (head, tail) = text.split_once("\n[store]").expect("a store");
    format!("{head}{token}\n[store]{tail}{more}")
}

fn mistakes(text: &str) -> Vec<String> {
    let found = Site::parse(text).err().unwrap_or_default();
    let lines = text.lines().count();
    assert!(found.iter().all(|problem| (1..=lines).contains(&problem.line)));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let site = Site::parse(&file(SITE, TOKEN)).expect("a sound site");
    let dispatch = &site.dispatch;
    let globe = dispatch.globe.expect("a globe");
    assert_eq!((globe.latitude(), globe.longitude()), (36.6742, 117.0215));
    assert_eq!((dispatch.places.len(), dispatch.road_sections.len()), (2, 1));
    assert_eq!(dispatch.places[0].offset, Metres(120.5));
    let terminals = dispatch.terminals.as_ref().expect("terminals");
    assert_eq!((terminals.allowed.len(), terminals.networks.len()), (2, 2));
    let scope = site.web.tokens[0].scope.clone().expect("a scope");
    assert_eq!((site.web.tokens[0].role, scope.per_hour), (Role::Dispatch, 12));
    let again = Site::parse(&write_site(&site)).expect("as it was written");
    assert_eq!((&again.dispatch, &again.web), (&site.dispatch, &site.web));
    let plain = Site::parse(&file("", "")).expect("nothing of it need be there");
    assert_eq!(plain.dispatch, scenario::DispatchSite::default());
    // A dispatcher of whom nothing is said may ask for everything, a bounded number of times.
    let bare = TOKEN.replace("classes", "# ").replace("area", "# ").replace("per_hour", "# ");
    let site = Site::parse(&file("", &bare)).expect("a sound site");
    assert_eq!(site.web.tokens[0].scope, Some(scenario::ScopeSite::default()));
}

#[test]
fn a_detector_for_preemption_stands_on_a_link() {
    let (mut site, _) = generate::arterial(1, 2);
    let role = InputRole::Preempt { link: LinkId(1), distance: Metres(80.0), number: 2 };
    let device = DeviceId(0);
    site.inputs.push(InputSite { device, channel: 3, role, inverted: false, filter: Millis(0) });
    let text = write_site(&site);
    assert_eq!(Site::parse(&text).expect("a sound site").inputs, site.inputs);
    for (from, to, part) in [
        ("number = 2", "number = 0", "number: it is not within 1 to 255"),
        ("distance_m = 80", "distance_m = 9000", "9000 is not within 0 to"),
        ("distance_m = 80\n", "", "distance_m: it is missing"),
        ("role = \"preempt\"\nlink = \"", "role = \"preempt\"\nlink = \"x", "there is no link \"x"),
        (
            "role = \"preempt\"",
            "role = \"prompt\"",
            "none of detector, stage-confirmation, call, pr",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let found = mistakes(&text.replace(from, to));
        assert!(found.iter().any(|one| one.contains(part)), "{part}: {found:?}");
    }
}

#[test]
fn every_mistake_is_told() {
    let table = [
        ("latitude = 36.6742", "latitude = 89", "89 is not within -85 to 85"),
        ("longitude = 117.0215", "longitude = 190", "190 is not within -180 to 180"),
        ("[globe]\nlatitude = 36.6742\nlongitude = 117.0215\n", "", "terminals say degrees"),
        (
            "http://127.0.0.1:9000",
            "https://127.0.0.1:9000",
            "dispatch.webhook: https is not spoken",
        ),
        ("webhook = \"http", "# ", "webhook_secret: there is no webhook"),
        ("10.20.0.0/16", "10.20.0.1/16", "is no network as 10.20.0.0/16"),
        ("\"013912344329\"", "\"0139123443x9\"", "it is not 1 to 20 digits"),
        ("\"013912344330\"", "\"13912344329\"", "the phone 13912344329 is given twice"),
        ("code = \"17\"", "code = \"\"", "it has 1 to 64 characters"),
        ("code = \"17\"", "code = \"鲁\"", "signs that a terminal cannot send"),
        ("listen = \"127.0.0.1:6808\"\n", "", "nothing listens for it"),
        ("kind = \"hospital\"", "kind = \"bank\"", "\"bank\" is none of hospital, fire-station"),
        ("link = \"l_1_1_2_1\"", "link = \"nowhere\"", "there is no link \"nowhere\""),
        ("offset_m = 120.5", "offset_m = 99999", "99999 is not within 0 to"),
        (
            "name = \"Station 3\"",
            "name = \"Central hospital\"",
            "\"Central hospital\" is given twice",
        ),
        ("name = \"Station 3\"", "name = \" \"", "it is empty"),
        ("http://10.20.0.5/arrivals", "10.20.0.5", "it does not begin with http://"),
        ("[\"l_0_1_1_1\", \"l_1_1_2_1\"]", "[]", "road_section[0].links: it has none"),
        ("[\"l_0_1_1_1\", \"l_1_1_2_1\"]", "[\"x\"]", "there is no link \"x\""),
        ("people =", "persons =", "this key is not known here"),
    ];
    for (from, to, part) in table {
        assert!(SITE.contains(from), "{from}");
        let found = mistakes(&file(&SITE.replacen(from, to, 1), TOKEN));
        assert!(found.iter().any(|one| one.contains(part)), "{part}: {found:?}");
    }
    for (from, to, part) in [
        ("\"ambulance\",", "\"tank\",", "\"tank\" is none of fire, ambulance-with-patient"),
        ("\"Jingshi road, west\"", "\"Mars\"", "there is no road_section \"Mars\""),
        ("per_hour = 12", "per_hour = 0", "per_hour: it is not within 1 to 1000"),
        ("role = \"dispatch\"", "role = \"view\"", "this key is not known here"),
    ] {
        let found = mistakes(&file(SITE, &TOKEN.replacen(from, to, 1)));
        assert!(found.iter().any(|one| one.contains(part)), "{part}: {found:?}");
    }
}

#[test]
fn mistakes_are_told_at_once_and_also_where_the_roads_are_not_sound() {
    let text =
        SITE.replace("89", "").replace("\"hospital\"", "\"bank\"").replace("code = \"17\"", "");
    assert_eq!(mistakes(&file(&text, TOKEN)).len(), 2);
    let broken = file(SITE, TOKEN).replacen("length_m = ", "length_m = -", 1);
    let found = mistakes(&broken);
    assert!(!found.iter().any(|one| one.contains("not known")), "{found:?}");
}
