//! Statements over lists of rows or ids.
//!
//! A connection keeps every statement prepared, and each length of a list makes another statement, so lengths are rounded
//! to powers of two. A statement takes at most 65,535 placeholders, so a long list is split into pieces, one statement each.

use sqlx::{Encode, MySql, QueryBuilder, Type};

/// The most rows of one statement; no row has more than 63 placeholders.
const PIECE_MAX: usize = 1024;

/// A part of a list of ids.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdPiece<'a, T>(pub(super) &'a [T]);

/// Splits ids into pieces, in their order.
pub(super) fn id_pieces<T>(ids: &[T]) -> impl Iterator<Item = IdPiece<'_, T>> {
    ids.chunks(PIECE_MAX).map(IdPiece)
}

/// Appends `(?, …)` with the next power of two of placeholders; the surplus ones repeat ids.
pub(super) fn push_ids<T>(statement: &mut QueryBuilder<MySql>, IdPiece(ids): IdPiece<'_, T>)
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

/// Splits rows into pieces for one INSERT each, in their order. The lengths are powers of two.
pub(super) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let length = PIECE_MAX.min(1 << rest.len().checked_ilog2()?);
        let (piece, others) = rest.split_at(length);
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
            push_ids(&mut statement, IdPiece(ids));
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

    #[test]
    fn no_piece_is_longer_than_a_statement_takes() {
        let rows = vec![0_i64; 10_000];
        let lengths: Vec<usize> = pieces(&rows).map(<[i64]>::len).collect();
        assert_eq!(lengths, [1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 512, 256, 16]);
        assert_eq!(id_pieces(&rows).map(|piece| piece.0.len()).max(), Some(1024));
        assert_eq!(id_pieces(&rows).map(|piece| piece.0.len()).sum::<usize>(), 10_000);
    }
}
