//! Lists with stable cursors: a page ends at a row, and the next one starts behind it, whatever came in between.

use contract::paging::{DEFAULT_LIMIT, MAX_LIMIT};
use logic::ids::{AccountId, ProfileId};
use logic::{Code, Instant, Refusal};
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

/// The row that a page ended at: its place in the list's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The instant that the list is ordered by.
    pub at: Instant,
    /// The row's id, among those of one instant.
    pub id: i64,
}

impl Cursor {
    /// The cursor of a row.
    pub const fn at(at: Instant, id: i64) -> Self {
        Self { at, id }
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('_')?;
        Some(Self { at: Instant::from_millis(at.parse().ok()?)?, id: id.parse().ok()? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.at.millis(), self.id)
    }
}

/// Which page of a list: `?limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct ListQuery {
    limit: u32,
    /// The row that the page starts behind.
    pub cursor: Option<Cursor>,
}

impl ListQuery {
    /// Reads the two parameters.
    ///
    /// # Errors
    /// `invalid_request` for a limit outside 1..=100, or a cursor that no list gave.
    pub fn read(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Refusal> {
        let invalid = |what: String| Refusal::because(Code::InvalidRequest, what);
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(invalid(format!("limit is {limit}: it must be 1 to {MAX_LIMIT}")));
        }
        let no_cursor = || invalid("invalid cursor: pass `next_cursor` back unchanged".to_owned());
        let cursor = cursor.map(|text| Cursor::parse(text).ok_or_else(no_cursor)).transpose()?;
        Ok(Self { limit, cursor })
    }

    /// Rows to fetch: one more than the page holds tells whether there is a next one.
    pub const fn fetch(&self) -> u32 {
        self.limit + 1
    }

    /// Cuts `rows` to the page; the cursor of its last row, if there is a next page.
    pub fn next<T>(&self, rows: &mut Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Option<String> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        rows.last().map(|row| cursor(row).to_string())
    }
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
            "(? IS NULL OR ", $at, " < ? OR (", $at, " = ? AND ", $id, " < ?)) ORDER BY ", $at, " DESC, ", $id,
            " DESC LIMIT ?"
        )
    };
    ($at:literal, $id:literal, oldest first) => {
        concat!("(? IS NULL OR ", $at, " > ? OR (", $at, " = ? AND ", $id, " > ?)) ORDER BY ", $at, ", ", $id, " LIMIT ?")
    };
}
pub(super) use page;

/// Binds the parameters that lists have in common.
pub(super) trait BindListParams: Sized {
    /// Binds the placeholders of `owned!`.
    fn bind_owner(self, owner: OwnerFilter) -> Self;

    /// Binds the placeholders of `page!`.
    fn bind_page(self, list: &ListQuery) -> Self;
}

macro_rules! bind_list_params {
    ($query:ident) => {
        impl<O> BindListParams for $query<'_, MySql, O, MySqlArguments> {
            fn bind_owner(self, owner: OwnerFilter) -> Self {
                let OwnerFilter { account, profile } = owner;
                self.bind(account).bind(account).bind(profile).bind(profile)
            }

            fn bind_page(self, list: &ListQuery) -> Self {
                let (at, id) = (list.cursor.map(|cursor| cursor.at), list.cursor.map(|cursor| cursor.id));
                self.bind(at).bind(at).bind(at).bind(id).bind(list.fetch())
            }
        }
    };
}

bind_list_params!(QueryAs);
bind_list_params!(QueryScalar);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip() {
        let cursor = Cursor::at(Instant::clamped(1_772_445_600_123), 42);
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        for broken in ["", "x", "1", "1_", "_1", "1_2_3", "99999999999999999_1"] {
            assert_eq!(Cursor::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let list = ListQuery::read(Some(2), None).unwrap();
        let cursor = |n: &i64| Cursor::at(Instant::clamped(*n), *n);
        let (mut full, mut short) = (vec![1, 2, 3], vec![1, 2]);
        assert_eq!(list.next(&mut full, cursor), Some("2_2".to_owned()));
        assert_eq!((full, list.next(&mut short, cursor)), (vec![1, 2], None));
    }
}
