//! The bare statements of the lists that members read.

use chrono::{DateTime, TimeDelta, Utc};
use rand::seq::IndexedRandom;
use sqlx::MySqlConnection;

use super::texts;
use crate::lists::{Families, Family, List, PAGE};
use crate::seed::Town;

/// Runs the statements of one list, for a random family.
pub(super) async fn request(
    conn: &mut MySqlConnection,
    town: &Town,
    families: &Families,
    list: List,
) -> anyhow::Result<()> {
    let Some(family) = families.all.choose(&mut rand::rng()).copied() else { return Ok(()) };
    match list {
        List::Classes => classes(conn, families).await,
        List::Bookings => bookings(conn, town, family).await,
        List::Makeups => makeups(conn, town, families, family).await,
    }
}

async fn classes(conn: &mut MySqlConnection, families: &Families) -> anyhow::Result<()> {
    let none = None::<i64>;
    sqlx::query(texts::SLOTS).bind(none).bind(none).bind(none).bind(none).fetch_all(&mut *conn).await?;
    let date = families.date;
    sqlx::query(texts::CLASSES).bind(date).bind(date).bind(none).bind(none).fetch_all(conn).await?;
    Ok(())
}

async fn bookings(conn: &mut MySqlConnection, town: &Town, family: Family) -> anyhow::Result<()> {
    let (none, account) = (None::<i64>, family.account);
    sqlx::query(texts::BOOKINGS_VERSION)
        .bind(town.now)
        .bind(account)
        .bind(account)
        .bind(none)
        .bind(none)
        .fetch_one(&mut *conn)
        .await?;
    let from_the_newest = None::<DateTime<Utc>>;
    sqlx::query(texts::BOOKINGS)
        .bind(account)
        .bind(account)
        .bind(none)
        .bind(none)
        .bind(from_the_newest)
        .bind(from_the_newest)
        .bind(from_the_newest)
        .bind(none)
        .bind(PAGE + 1)
        .fetch_all(conn)
        .await?;
    Ok(())
}

async fn makeups(
    conn: &mut MySqlConnection,
    town: &Town,
    families: &Families,
    Family { profile, missed, .. }: Family,
) -> anyhow::Result<()> {
    sqlx::query(texts::PROFILE_ACCOUNT).bind(profile).fetch_one(&mut *conn).await?;
    sqlx::query(texts::MISSED).bind(missed).bind(profile).fetch_one(&mut *conn).await?;
    classes(conn, families).await?;
    let day = families.date.and_time(chrono::NaiveTime::MIN).and_utc();
    sqlx::query(texts::TAKEN)
        .bind(profile)
        .bind(day + TimeDelta::days(1))
        .bind(day)
        .fetch_all(&mut *conn)
        .await?;
    sqlx::query(texts::QUEUES).bind(profile).bind(town.now).fetch_all(&mut *conn).await?;
    sqlx::query(texts::MADE_UP).bind(profile).fetch_all(&mut *conn).await?;
    sqlx::query(texts::QUEUE_COUNT)
        .bind(profile)
        .bind(None::<i64>)
        .bind(town.now)
        .bind(town.now)
        .fetch_one(conn)
        .await?;
    Ok(())
}
