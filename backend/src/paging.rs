//! Pages of lists. A page ends at a row and the next one starts after that row, whatever was inserted in between.

use contract::paging::{CURSOR_DIGITS, CURSOR_LAST_MILLIS, DEFAULT_LIMIT, MAX_LIMIT};
use logic::{Code, Instant, Refusal};

/// The place of a row in the order of its list.
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
        // A parsed integer may have a sign; a cursor has none.
        let number = |text: &str, most: usize| -> Option<i64> {
            let is_number = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().ok())?
        };
        let ((at, id), (at_most, id_most)) = (text.split_once('_')?, CURSOR_DIGITS);
        let at = number(at, at_most).filter(|at| *at <= CURSOR_LAST_MILLIS)?;
        Some(Self { at: Instant::from_millis(at)?, id: number(id, id_most)? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.at.millis(), self.id)
    }
}

/// Which page of a list is asked for: `?limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct Paging {
    limit: u32,
    /// The row before the page; `None` for the first page.
    pub cursor: Option<Cursor>,
}

impl Paging {
    /// Reads the two parameters.
    ///
    /// # Errors
    /// `invalid_request` for a limit outside 1..=100, or a malformed cursor.
    pub fn new(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Refusal> {
        let invalid = |what: String| Refusal::because(Code::InvalidRequest, what);
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(invalid(format!("limit is {limit}: it must be 1 to {MAX_LIMIT}")));
        }
        let cursor = cursor
            .map(|text| {
                Cursor::parse(text)
                    .ok_or_else(|| invalid("invalid cursor: pass `next_cursor` back unchanged".to_owned()))
            })
            .transpose()?;
        Ok(Self { limit, cursor })
    }

    /// How many rows to fetch: one more than the page holds, which tells whether there is a next page.
    pub const fn fetch(&self) -> u32 {
        self.limit + 1
    }

    /// Cuts `rows` to the page. Returns the cursor of its last row if there is a next page.
    pub fn next<T>(&self, rows: &mut Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Option<String> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        rows.last().map(|row| cursor(row).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip() {
        for at in [1_772_445_600_123, CURSOR_LAST_MILLIS] {
            let cursor = Cursor::at(Instant::clamped(at), 42);
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for broken in [
            "",
            "x",
            "1",
            "1_",
            "_1",
            "1_2_3",
            "253402300800000_1",
            "1000000000000000_1",
            "1_1000000000000000000",
            "-1_1",
            "1_-1",
            "+1_1",
        ] {
            assert_eq!(Cursor::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let list = Paging::new(Some(2), None).unwrap();
        let cursor = |n: &i64| Cursor::at(Instant::clamped(*n), *n);
        let (mut full, mut short) = (vec![1, 2, 3], vec![1, 2]);
        assert_eq!(list.next(&mut full, cursor), Some("2_2".to_owned()));
        assert_eq!((full, list.next(&mut short, cursor)), (vec![1, 2], None));
    }
}
