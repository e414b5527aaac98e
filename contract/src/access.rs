//! Who may call an operation, by role. Whose rows a caller may see or change is decided per row, by the backend.

use logic::error::{Code, Refusal};
use logic::status::Role;

/// Who may call an operation. Each of the roles stands for those above it too (R7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a token.
    Anyone,
    /// Members, for their own profiles; from staff on, for anyone's.
    People,
    /// Coaches.
    Coach,
    /// Staff.
    Staff,
    /// Staff and machines.
    StaffAndService,
    /// Owners.
    Owner,
}

impl Access {
    /// The lowest role that may call; `None` where no role is needed.
    const fn least(self) -> Option<Role> {
        match self {
            Self::Anyone => None,
            Self::People => Some(Role::Member),
            Self::Coach => Some(Role::Coach),
            Self::Staff | Self::StaffAndService => Some(Role::Staff),
            Self::Owner => Some(Role::Owner),
        }
    }

    /// Whether a caller with `role` may call.
    pub const fn includes(self, role: Role) -> bool {
        match self.least() {
            None => true,
            Some(least) => {
                role.is_at_least(least) || matches!((self, role), (Self::StaffAndService, Role::Service))
            }
        }
    }

    /// Checks that a caller with `role` may call.
    ///
    /// # Errors
    /// `forbidden`, naming those who may.
    pub fn authorize(self, role: Role) -> Result<(), Refusal> {
        if self.includes(role) {
            return Ok(());
        }
        let words = format!("this is for {}, not for a caller of the role {role}", self.as_str());
        Err(Refusal::because(Code::Forbidden, words))
    }

    /// Those who may call, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone, without a token",
            Self::People => "members for their own profiles, staff for anyone's",
            Self::Coach => "coaches, staff and owners",
            Self::Staff => "staff and owners",
            Self::StaffAndService => "staff, owners and the service",
            Self::Owner => "owners",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_operations() {
        use Role::{Coach, Member, Owner, Service, Staff};
        for (access, roles) in [
            (Access::Anyone, &[Member, Coach, Staff, Owner, Service][..]),
            (Access::People, &[Member, Coach, Staff, Owner]),
            (Access::Coach, &[Coach, Staff, Owner]),
            (Access::Staff, &[Staff, Owner]),
            (Access::StaffAndService, &[Staff, Owner, Service]),
            (Access::Owner, &[Owner]),
        ] {
            for role in Role::ALL {
                assert_eq!(access.includes(*role), roles.contains(role), "R7.1: {access:?}, {role}");
            }
        }
        let refused = Access::Staff.authorize(Role::Coach).unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert_eq!(refused.to_string(), "this is for staff and owners, not for a caller of the role coach");
    }
}
