//! Who may do what, by role: whose rows they may do it to is another question, which roles do not answer.

use logic::error::{Code, Refusal};
use logic::status::Role;

/// Who may use an operation of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without a token.
    Anyone,
    /// Members, and staff.
    People,
    /// Staff alone.
    Staff,
    /// Staff, and the machines.
    StaffAndService,
}

impl Who {
    /// Whether a caller of that role is among them.
    pub const fn includes(self, role: Role) -> bool {
        match self {
            Self::Anyone => true,
            Self::People => matches!(role, Role::Member | Role::Staff),
            Self::Staff => matches!(role, Role::Staff),
            Self::StaffAndService => matches!(role, Role::Staff | Role::Service),
        }
    }

    /// Lets a caller of that role in.
    ///
    /// # Errors
    /// `forbidden` for a role that is not among them, saying whom this is for.
    pub fn admit(self, role: Role) -> Result<(), Refusal> {
        if self.includes(role) {
            return Ok(());
        }
        let words = format!("this is for {}, not for a caller of the role {role}", self.as_str());
        Err(Refusal::because(Code::Forbidden, words))
    }

    /// Them, in words.
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
            assert!(Who::Anyone.includes(role));
            assert_eq!(Who::People.includes(role), role != Role::Service);
            assert_eq!(Who::Staff.includes(role), role == Role::Staff);
            assert_eq!(Who::StaffAndService.includes(role), role != Role::Member);
        }
        let refused = Who::Staff.admit(Role::Member).unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert_eq!(refused.to_string(), "this is for staff, not for a caller of the role member");
    }
}
