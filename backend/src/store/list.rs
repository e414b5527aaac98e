//! The parameters that the statements of lists have in common.

use crate::paging::Paging;
use logic::ids::{AccountId, ProfileId};
use sqlx::MySql;
use sqlx::mysql::MySqlArguments;
use sqlx::query::{QueryAs, QueryScalar};

/// Whose rows a list shows.
#[derive(Clone, Copy, Debug)]
pub enum OwnerFilter {
    /// The rows of a guardian's children.
    Guardian {
        /// The guardian.
        account: AccountId,
        /// One of the children; `None` for all.
        profile: Option<ProfileId>,
    },
    /// The rows of a profile, whoever its guardians are.
    Profile(ProfileId),
}

/// The condition that [`BindListParams::bind_owner`] binds, over the column of the profile. The two halves are never both
/// in force, so that the profiles are few and known before the rows are looked up.
macro_rules! owned {
    ($profile:literal) => {
        concat!(
            $profile,
            " IN (SELECT shown.profile_id FROM (SELECT profile_id FROM guardian WHERE account_id = ? \
             AND profile_id = COALESCE(?, profile_id) UNION ALL SELECT id FROM profile WHERE id = ?) shown)"
        )
    };
}
pub(super) use owned;

/// The children of a guardian, as part of a list's version, bound by [`BindListParams::bind_children`]: adding or removing
/// a child changes the version.
macro_rules! children {
    () => {
        "COALESCE((SELECT GROUP_CONCAT(profile_id ORDER BY profile_id) FROM guardian WHERE account_id = ?), '')"
    };
}
pub(super) use children;

/// The condition and the limit that [`BindListParams::bind_page`] binds, over the columns that order a list.
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

    /// Binds the placeholder of `children!`.
    fn bind_children(self, owner: OwnerFilter) -> Self;

    /// Binds the placeholders of `page!`.
    fn bind_page(self, list: &Paging) -> Self;
}

macro_rules! bind_list_params {
    ($query:ident) => {
        impl<O> BindListParams for $query<'_, MySql, O, MySqlArguments> {
            fn bind_owner(self, owner: OwnerFilter) -> Self {
                match owner {
                    OwnerFilter::Guardian { account, profile } => {
                        self.bind(account).bind(profile).bind(None::<ProfileId>)
                    }
                    OwnerFilter::Profile(profile) => {
                        self.bind(None::<AccountId>).bind(None::<ProfileId>).bind(profile)
                    }
                }
            }

            fn bind_children(self, owner: OwnerFilter) -> Self {
                self.bind(match owner {
                    OwnerFilter::Guardian { account, .. } => Some(account),
                    OwnerFilter::Profile(_) => None,
                })
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
