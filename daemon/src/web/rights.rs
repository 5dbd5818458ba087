//! What somebody of a role may do: one table.

use scenario::Role;
use serde::Serialize;
use utoipa::ToSchema;

/// What a request needs its asker to be allowed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Right {
    /// See the street, its devices and the event log.
    Look,
    /// Hold and release junctions, set the mode, ask what would be.
    Operate,
    /// Change the site.
    Engineer,
    /// Ask for emergency corridors.
    Dispatch,
    /// Judge what cameras have measured.
    Review,
    /// See who may enter.
    Audit,
    /// Say who may enter.
    Administer,
}

impl Right {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::Look,
        Self::Operate,
        Self::Engineer,
        Self::Dispatch,
        Self::Review,
        Self::Audit,
        Self::Administer,
    ];

    /// Its name, as it is shown.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Operate => "operate",
            Self::Engineer => "engineer",
            Self::Dispatch => "dispatch",
            Self::Review => "review",
            Self::Audit => "audit",
            Self::Administer => "administer",
        }
    }
}

/// What a role may. An administrator neither dispatches nor reviews: who measures and who judges are two
/// people, and one who does both is given both roles.
pub(super) fn rights(role: Role) -> &'static [Right] {
    use Right::{Administer, Audit, Dispatch, Engineer, Look, Operate, Review};
    match role {
        Role::View => &[Look],
        Role::Audit => &[Look, Audit],
        Role::Review => &[Look, Review],
        Role::Dispatch => &[Look, Dispatch],
        Role::Operate => &[Look, Operate],
        Role::Engineer => &[Look, Operate, Engineer],
        Role::Administer => &[Look, Operate, Engineer, Audit, Administer],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_may_look_and_every_right_has_a_role() {
        let roles = || Role::ALL.iter().map(|&(_, role)| role);
        assert!(roles().all(|role| rights(role).contains(&Right::Look)));
        for right in Right::ALL {
            assert!(roles().any(|role| rights(role).contains(&right)), "{right:?}");
            assert_eq!(serde_json::to_value(right).unwrap(), right.name());
        }
    }
}
