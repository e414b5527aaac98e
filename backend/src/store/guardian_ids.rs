//! The guardians of a profile as other tables' rows carry them.

use logic::ids::AccountId;

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
