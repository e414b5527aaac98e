//! Who may call an operation, by role. Whose rows a caller may see or change is decided per row, by the backend.

use logic::error::{Code, Refusal};
use logic::status::Role;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a token.
    Anyone,
    /// Members and staff.
    People,
    /// Staff.
    Staff,
    /// Staff and machines.
    StaffAndService,
}

impl Access {
    /// Whether a caller with `role` may call.
    pub const fn includes(self, role: Role) -> bool {
        match self {
            Self::Anyone => true,
            Self::People => matches!(role, Role::Member | Role::Staff),
            Self::Staff => matches!(role, Role::Staff),
            Self::StaffAndService => matches!(role, Role::Staff | Role::Service),
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
            Self::Staff => "staff",
            Self::StaffAndService => "staff and the service",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_operations() {
        for role in [Role::Member, Role::Staff, Role::Service] {
            assert!(Access::Anyone.includes(role));
            assert_eq!(Access::People.includes(role), role != Role::Service);
            assert_eq!(Access::Staff.includes(role), role == Role::Staff);
            assert_eq!(Access::StaffAndService.includes(role), role != Role::Member);
        }
        let refused = Access::Staff.authorize(Role::Member).unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert_eq!(refused.to_string(), "this is for staff, not for a caller of the role member");
    }
}
