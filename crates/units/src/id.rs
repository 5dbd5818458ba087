//! Typed ids. Each is an index into one table of the site or network that gave it out, so that a
//! lane can never be looked up where a link was meant.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $name(pub $inner);

        impl $name {
            /// The id as an index into its table.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the table's row `index`.
            ///
            /// # Panics
            /// Where `index` does not fit the id: tables are bounded when they are built.
            #[must_use]
            pub fn from_index(index: usize) -> Self {
                Self(<$inner>::try_from(index).expect("table outgrew its id type"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id!(
    /// A junction of the network, signalised or not.
    JunctionId(u32)
);
id!(
    /// A directed link between two junctions.
    LinkId(u32)
);
id!(
    /// A lane of a link.
    LaneId(u32)
);
id!(
    /// A movement across a junction, from one link to another.
    MovementId(u32)
);
id!(
    /// A detector of the site.
    DetectorId(u32)
);
id!(
    /// A device (one Modbus unit) of the site.
    DeviceId(u32)
);
id!(
    /// A line: one TCP connection or one serial bus with the units on it.
    LineId(u32)
);
id!(
    /// A signal group of one junction, counted from 0.
    GroupId(u8)
);
id!(
    /// A stage of one junction, counted from 0. On the wire stages count from 1; 0 says "none".
    StageId(u8)
);
id!(
    /// A plan of one junction, counted from 0. On the wire plans count from 1; 0 says "none".
    PlanId(u8)
);
