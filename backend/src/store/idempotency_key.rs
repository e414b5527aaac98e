//! Table `idempotency_key`: the first answer to each write that carried a key.

use super::many::pieces;
use super::sweep::PurgeQuery;
use super::{Conn, Result, sql};
use logic::Instant;
use logic::ids::AccountId;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, MySql, MySqlExecutor, QueryBuilder, Row};

/// A key and what is stored under it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IdempotencyKeyRow {
    pub account_id: AccountId,
    pub key: String,
    pub request_hash: Vec<u8>,
    /// `None`: an older program is working on the request.
    pub status_code: Option<u16>,
    pub body: Option<Vec<u8>>,
    /// Until when that program's request blocks the key, in real time.
    pub locked_until: Option<Instant>,
    pub created_at: Instant,
}

/// An answer that is stored under a key.
#[derive(Clone, Debug)]
pub struct NewIdempotencyKey<'a> {
    pub account: AccountId,
    pub key: &'a str,
    pub request_hash: &'a [u8; 32],
    pub status: u16,
    pub content_type: &'static str,
    pub body: &'a [u8],
    pub answered_at: Instant,
}

/// The answers that are stored under keys, in no order.
pub async fn idempotency_key_list(
    db: impl MySqlExecutor<'_>,
    keys: &[(AccountId, &str)],
) -> Result<Vec<IdempotencyKeyRow>> {
    let mut statement = QueryBuilder::<MySql>::new(sql!(
        idempotency_key_list,
        "SELECT account_id, `key`, request_hash, status_code, body, locked_until, created_at \
         FROM idempotency_key WHERE "
    ));
    push_keys(&mut statement, keys);
    Ok(statement.build_query_as().fetch_all(db).await?)
}

/// As [`idempotency_key_list`], with the name of the server that answers ([`super::server_name`]).
pub async fn idempotency_key_list_on_server(
    conn: &mut Conn,
    keys: &[(AccountId, &str)],
) -> Result<(String, Vec<IdempotencyKeyRow>)> {
    let mut statement = QueryBuilder::<MySql>::new(sql!(
        idempotency_key_list_on_server,
        "SELECT server.name AS server, account_id, `key`, request_hash, status_code, body, locked_until, created_at \
         FROM (SELECT CONCAT_WS(':', @@hostname, @@port, @@server_id) AS name) AS server \
         LEFT JOIN idempotency_key ON "
    ));
    push_keys(&mut statement, keys);
    let rows = statement.build().fetch_all(conn).await?;
    let server = rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get("server")?;
    let mut found = Vec::new();
    for row in &rows {
        // Without any key there is one row, with the server's name alone.
        if row.try_get::<Option<AccountId>, _>("account_id")?.is_some() {
            found.push(IdempotencyKeyRow::from_row(row)?);
        }
    }
    Ok((server, found))
}

/// Appends the condition that a row has one of the keys. Their number is rounded up to a power of two by repeating keys,
/// which keeps the number of distinct statements small. Pairs, because servers plan them faster than alternatives.
fn push_keys(statement: &mut QueryBuilder<MySql>, keys: &[(AccountId, &str)]) {
    statement.push("(account_id, `key`) IN ");
    let rounded = keys.iter().cycle().take(keys.len().next_power_of_two());
    statement.push_tuples(rounded, |mut pair, (account, key)| {
        pair.push_bind(*account).push_bind((*key).to_owned());
    });
}

/// Reads a key once every transaction that has written it is over.
pub async fn idempotency_key_lock(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
) -> Result<Option<IdempotencyKeyRow>> {
    Ok(sqlx::query_as(sql!(
        idempotency_key_lock,
        "SELECT account_id, `key`, request_hash, status_code, body, locked_until, created_at \
         FROM idempotency_key WHERE account_id = ? AND `key` = ? FOR UPDATE"
    ))
    .bind(account)
    .bind(key)
    .fetch_optional(conn)
    .await?)
}

/// Deletes a key whose answer was stored at `before` or earlier, or whose request an older program left unanswered until
/// `real`.
pub async fn idempotency_key_delete_dead(
    conn: &mut Conn,
    (account, key): (AccountId, &str),
    before: Instant,
    real: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        idempotency_key_delete_dead,
        "DELETE FROM idempotency_key WHERE account_id = ? AND `key` = ? \
         AND (created_at <= ? OR (status_code IS NULL AND locked_until <= ?))"
    ))
    .bind(account)
    .bind(key)
    .bind(before)
    .bind(real)
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores answers under keys that have none.
///
/// # Errors
/// See [`super::StoreError::is_duplicate`] for a key that has an answer.
pub async fn idempotency_key_insert_all(conn: &mut Conn, rows: &[NewIdempotencyKey<'_>]) -> Result<()> {
    for piece in pieces(rows) {
        let mut statement = QueryBuilder::<MySql>::new(sql!(
            idempotency_key_insert_all,
            "INSERT INTO idempotency_key \
             (account_id, `key`, request_hash, status_code, headers, body, created_at) "
        ));
        statement.push_values(piece, |mut row, new| {
            let headers: Json<Value> = Json(serde_json::json!({ "content-type": new.content_type }));
            row.push_bind(new.account).push_bind(new.key).push_bind(&new.request_hash[..]);
            row.push_bind(new.status).push_bind(headers).push_bind(new.body).push_bind(new.answered_at);
        });
        statement.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Keys, by when their answers were stored.
pub const IDEMPOTENCY_KEY_PURGE: PurgeQuery = PurgeQuery(sql!(
    idempotency_key_purge,
    "DELETE FROM idempotency_key WHERE created_at < ? ORDER BY created_at LIMIT ?"
));
