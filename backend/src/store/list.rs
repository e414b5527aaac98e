//! The parameters that the statements of lists have in common.

use crate::paging::Paging;
use logic::ids::{AccountId, ProfileId};
use sqlx::MySql;
use sqlx::mysql::MySqlArguments;
use sqlx::query::{QueryAs, QueryScalar};

/// Whose rows a list shows: those of an account, of one profile, or of both; `None` is any.
#[derive(Clone, Copy, Debug)]
pub struct OwnerFilter {
    /// The account that the rows belong to.
    pub account: Option<AccountId>,
    /// The profile that they belong to.
    pub profile: Option<ProfileId>,
}

/// The condition that [`BindListParams::bind_owner`] binds, over the columns of the account and of the profile.
macro_rules! owned {
    ($account:literal, $profile:literal) => {
        concat!("(? IS NULL OR ", $account, " = ?) AND (? IS NULL OR ", $profile, " = ?)")
    };
}
pub(super) use owned;

/// The condition and the limit that [`BindListParams::bind_page`] binds, over the columns of a list's order, `<` for the
/// newest first.
macro_rules! page {
    ($at:literal, $id:literal, newest first) => {
        concat!(
            "(? IS NULL OR ",
            $at,
            " < ? OR (",
            $at,
            " = ? AND ",
            $id,
            " < ?)) ORDER BY ",
            $at,
            " DESC, ",
            $id,
            " DESC LIMIT ?"
        )
    };
    ($at:literal, $id:literal, oldest first) => {
        concat!(
            "(? IS NULL OR ",
            $at,
            " > ? OR (",
            $at,
            " = ? AND ",
            $id,
            " > ?)) ORDER BY ",
            $at,
            ", ",
            $id,
            " LIMIT ?"
        )
    };
}
pub(super) use page;

/// Binds the parameters that lists have in common.
pub(super) trait BindListParams: Sized {
    /// Binds the placeholders of `owned!`.
    fn bind_owner(self, owner: OwnerFilter) -> Self;

    /// Binds the placeholders of `page!`.
    fn bind_page(self, list: &Paging) -> Self;
}

macro_rules! bind_list_params {
    ($query:ident) => {
        impl<O> BindListParams for $query<'_, MySql, O, MySqlArguments> {
            fn bind_owner(self, owner: OwnerFilter) -> Self {
                let OwnerFilter { account, profile } = owner;
                self.bind(account).bind(account).bind(profile).bind(profile)
            }

            fn bind_page(self, list: &Paging) -> Self {
                let (at, id) = (list.cursor.map(|cursor| cursor.at), list.cursor.map(|cursor| cursor.id));
                self.bind(at).bind(at).bind(at).bind(id).bind(list.fetch())
            }
        }
    };
}

bind_list_params!(QueryAs);
bind_list_params!(QueryScalar);
