//! The order of roles (R7.1).

use crate::status::Role;

impl Role {
    /// Whether this role may do what `least` may. The service has no rank: the answer is false if either role is the
    /// service.
    pub const fn is_at_least(self, least: Self) -> bool {
        match (self.rank(), least.rank()) {
            (Some(own), Some(least)) => own >= least,
            _ => false,
        }
    }

    const fn rank(self) -> Option<u8> {
        match self {
            Self::Member => Some(0),
            Self::Coach => Some(1),
            Self::Staff => Some(2),
            Self::Owner => Some(3),
            Self::Service => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_the_service_has_no_rank() {
        let order = [Role::Member, Role::Coach, Role::Staff, Role::Owner];
        for (i, role) in order.iter().enumerate() {
            for (j, least) in order.iter().enumerate() {
                assert_eq!(role.is_at_least(*least), i >= j, "R7.1: {role}, {least}");
            }
            assert!(!role.is_at_least(Role::Service) && !Role::Service.is_at_least(*role), "R7.1");
        }
    }
}
