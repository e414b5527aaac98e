//! The places (`?`) that the statements behind lists have in common.

use chrono::{DateTime, Utc};
use sqlx::MySql;
use sqlx::mysql::MySqlArguments;
use sqlx::query::{QueryAs, QueryScalar};

use super::access::Scope;
use crate::paging::Paging;

/// Binds what every list is bound by.
pub(super) trait Places: Sized {
    /// Whose rows: `(? IS NULL OR account = ?) AND (? IS NULL OR profile = ?)`.
    fn scope(self, scope: &Scope) -> Self;

    /// Which of them, by when and id: `(? IS NULL OR at < ? OR (at = ? AND id < ?))`, or with `>`; then `LIMIT ?`.
    fn page(self, list: &Paging) -> Self;
}

macro_rules! places {
    ($query:ident) => {
        impl<O> Places for $query<'_, MySql, O, MySqlArguments> {
            fn scope(self, scope: &Scope) -> Self {
                let (account, profile) = (scope.account(), scope.profile());
                self.bind(account).bind(account).bind(profile).bind(profile)
            }

            fn page(self, list: &Paging) -> Self {
                let at = list.cursor.as_ref().map(|cursor| DateTime::<Utc>::from(cursor.at));
                let id = list.cursor.as_ref().map(|cursor| cursor.id);
                self.bind(at).bind(at).bind(at).bind(id).bind(list.fetch())
            }
        }
    };
}

places!(QueryAs);
places!(QueryScalar);
