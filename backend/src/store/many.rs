//! Statements over lists. Every length is a statement of its own, and every statement stays prepared on its connection:
//! so lengths are powers of two, whatever a list's own.

use sqlx::{Encode, MySql, QueryBuilder, Type};

/// `(?, …)` with as many placeholders as the next power of two; those left over repeat the ids.
pub(super) fn push_ids<T>(statement: &mut QueryBuilder<MySql>, ids: &[T])
where
    T: Copy + Type<MySql> + for<'q> Encode<'q, MySql>,
{
    statement.push("(");
    let mut placeholders = statement.separated(",");
    for id in ids.iter().cycle().take(ids.len().next_power_of_two()) {
        placeholders.push_bind(*id);
    }
    statement.push(")");
}

/// The rows in pieces whose lengths are powers of two, the longest first: one INSERT each.
pub(super) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let (piece, others) = rest.split_at(1 << rest.len().checked_ilog2()?);
        rest = others;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_fill_the_next_power_of_two() {
        let text = |ids: &[i64]| {
            let mut statement = QueryBuilder::<MySql>::new("");
            push_ids(&mut statement, ids);
            statement.sql().as_str().to_owned()
        };
        assert_eq!(text(&[7]), "(?)");
        assert_eq!(text(&[7, 8, 9]), "(?,?,?,?)");
    }

    #[test]
    fn pieces_are_the_rows_in_their_order() {
        let rows: Vec<u32> = (0..11).collect();
        let lengths: Vec<usize> = pieces(&rows).map(<[u32]>::len).collect();
        assert_eq!(lengths, [8, 2, 1]);
        assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert_eq!(pieces::<u32>(&[]).count(), 0);
    }
}
