//! What the tests of this room share: admitted commands, register maps, and a bench on which a line
//! runs in virtual time against units that answer, are slow, dead or behind a gateway that goes.

#![allow(dead_code)]

pub(crate) mod bench;

use std::sync::Arc;

use field::DeviceMap;
use hw_profiles::Profile;
use signal::{
    Admitted, Command, Group, GroupKind, Interlock, InterlockLimits, Layout, Seen, Stage,
};
use units::{GroupId, Millis, Moment, StageId};

/// A command that a lenient interlock let through.
pub(crate) fn admitted(command: Command) -> Admitted<Command> {
    let mut builder = Layout::builder();
    for name in ["a", "b"] {
        builder.group(Group {
            name: name.to_owned(),
            kind: GroupKind::Vehicle,
            min_green: Millis::from_secs(5),
            max_green: Millis::from_secs(60),
            closing: Millis::from_secs(3),
            all_red: Millis::from_secs(1),
            max_red: Millis::from_secs(180),
        });
    }
    builder.conflict(GroupId(0), GroupId(1), None, None);
    for group in [GroupId(0), GroupId(1)] {
        builder.stage(Stage {
            name: format!("s{}", group.0),
            groups: [group].into_iter().collect(),
            min_green: Millis::from_secs(5),
            max_green: Millis::from_secs(60),
        });
    }
    let layout = Arc::new(builder.build().expect("sound"));
    let limits = InterlockLimits { max_lease: Millis::MAX, max_age: Millis::MAX };
    let seen = Seen {
        at: Moment(0),
        running: Some(StageId(0)),
        next: None,
        elapsed: Millis::from_secs(50),
        aspects: Vec::new(),
        fault: false,
        local_control: false,
    };
    Interlock::new(layout, limits).admit(command, Some(&seen), Moment(0)).expect("let through")
}

pub(crate) fn demand(stage: u8) -> Admitted<Command> {
    let lease = Millis::from_secs(5);
    admitted(Command::DemandStage { stage: StageId(stage), lease })
}

pub(crate) fn shipped(name: &str) -> Arc<DeviceMap> {
    Arc::new(DeviceMap::new(hw_profiles::builtin(name).expect("it ships")))
}

/// A profile of the registers given as TOML, with an identity of its own at the end of the inputs.
pub(crate) fn profile(registers: &str, rest: &str) -> Profile {
    let text = format!(
        "name = \"test\"\ntitle = \"Test\"\nmaker = \"Nobody\"\nversion = 1\nsource = \"here\"
certainty = \"open\"\nwiring = \"none\"
[watchdog]\nkind = \"lease\"\ntimeout_s = 60
[fail_safe]\nstate = \"local-plan\"
[[identity]]\npoint = \"identity-magic\"\nequals = 7
[[register]]\npoint = \"identity-magic\"\ntable = \"input\"\naddress = 60000\ntype = \"u16\"
order = \"AB\"\n{registers}\n{rest}"
    );
    Profile::parse(&text).unwrap_or_else(|all| panic!("{all:?}\n{text}"))
}

/// One register of a test profile.
pub(crate) fn register(point: &str, table: &str, address: u16, kind: &str, more: &str) -> String {
    format!(
        "[[register]]\npoint = \"{point}\"\ntable = \"{table}\"\naddress = {address}
type = \"{kind}\"\n{more}\n"
    )
}
