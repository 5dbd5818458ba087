//! What the tests of this room share: admitted commands, register maps, and a bench on which a line
//! runs in virtual time against units that answer, are slow, dead or behind a gateway that goes.

#![allow(dead_code, unused_imports)]

mod admitted;
pub(crate) mod bench;

pub(crate) use admitted::admitted;

use std::sync::Arc;

use field::DeviceMap;
use hw_profiles::Profile;
use signal::{Admitted, Command};
use units::{Millis, StageId};

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
