//! Commands that a lenient interlock let through: nothing else can make one.

use std::sync::Arc;

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
