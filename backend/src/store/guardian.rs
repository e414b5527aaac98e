//! Table `guardian`: the accounts that may act for a profile.

use logic::ids::AccountId;

/// Whether the account that is bound is a guardian of the profile of a column.
macro_rules! is_guardian {
    ($profile:literal) => {
        concat!(
            "EXISTS(SELECT 1 FROM guardian own WHERE own.profile_id = ",
            $profile,
            " AND own.account_id = ?)"
        )
    };
}
pub(super) use is_guardian;

/// The guardians of the profile of a column, to be read as [`Guardians`].
macro_rules! guardians {
    ($profile:literal) => {
        concat!(
            "(SELECT GROUP_CONCAT(own.account_id) FROM guardian own WHERE own.profile_id = ",
            $profile,
            ")"
        )
    };
}
pub(super) use guardians;

/// The guardians of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guardians(Vec<AccountId>);

impl Guardians {
    /// Whether `account` is one of them.
    pub fn include(&self, account: AccountId) -> bool {
        self.0.contains(&account)
    }
}

/// As `guardians!` gives them: ids between commas, or NULL.
impl From<Option<String>> for Guardians {
    fn from(ids: Option<String>) -> Self {
        let ids = ids.unwrap_or_default();
        Self(ids.split(',').filter_map(|id| id.parse().ok()).map(AccountId).collect())
    }
}
