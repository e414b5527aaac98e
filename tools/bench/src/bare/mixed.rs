//! The bare statements of the mixed day, in their transactions. What a member would decide, and what the rules would, is
//! taken for granted; what the statements write is what the program writes.

use std::sync::Mutex;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::mysql::MySqlQueryResult;
use sqlx::{Connection, MySqlConnection, Row};

use super::texts;
use crate::scenario::Turn;
use crate::seed::{Owned, Town};

/// As long as those that the program writes.
const DATA: &str = r#"{"thing1":{"value":"体操"},"thing2":{"value":"小朋友100"},"thing5":{"value":"请在截止前确认，逾期顺延下一位"},"time3":{"value":"2026年12月5日 09:00"},"time4":{"value":"2026年11月29日 00:31"}}"#;
const CONTENT: &str = "小朋友100候补的体操（12月5日 09:00）有名额了，请在 00:31 前确认";

/// A locked class.
#[derive(Clone, sqlx::FromRow)]
struct Class {
    id: i64,
    course_schedule_id: i64,
    booking_date: NaiveDate,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    capacity: u32,
    booked: u32,
    held: u32,
    waiting: u32,
    next_ticket: i64,
    due_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Entry {
    id: i64,
    profile_id: i64,
    position: i64,
    notification_round: i32,
}

/// Offers that nobody answered yet.
pub(super) type Offers = Mutex<Vec<Owned>>;

/// Runs the statements of one request of the mixed day.
pub(super) async fn request(conn: &mut MySqlConnection, town: &Town, offers: &Offers) -> anyhow::Result<()> {
    let turn = Turn::next(town, offers, &mut rand::rng());
    let offered = match turn {
        Turn::Read(entry) => return position(conn, entry.id).await,
        Turn::Join(profile, class) => return join(conn, town, profile, class).await,
        Turn::Cancel(booking) => cancel(conn, town, booking.id).await?,
        Turn::Answer(entry, confirms) => answer(conn, town, entry, confirms).await?,
    };
    if let (Some(entry), Ok(mut offers)) = (offered, offers.lock()) {
        offers.push(entry);
    }
    Ok(())
}

/// Runs the statement of one position read.
pub(super) async fn position(conn: &mut MySqlConnection, entry: i64) -> anyhow::Result<()> {
    sqlx::query(texts::POSITION).bind(entry).fetch_one(conn).await?;
    Ok(())
}

async fn join(conn: &mut MySqlConnection, town: &Town, profile: i64, slot: i64) -> anyhow::Result<()> {
    let mut tx = conn.begin().await?;
    let class: Class = sqlx::query_as(texts::LOCK_CLASS_OF_SLOT)
        .bind(slot)
        .bind(town.class(slot).0)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query(texts::JOINER).bind(class.id).bind(slot).bind(profile).fetch_one(&mut *tx).await?;
    sqlx::query(texts::JOINER_QUEUES).bind(profile).bind(class.id).fetch_all(&mut *tx).await?;
    sqlx::query(texts::ENTRY_INSERT)
        .bind(profile)
        .bind(class.id)
        .bind(slot)
        .bind(class.booking_date)
        .bind(class.next_ticket)
        .bind(town.now)
        .bind(class.starts_at)
        .execute(&mut *tx)
        .await?;
    let after = Class { waiting: class.waiting + 1, next_ticket: class.next_ticket + 1, ..class.clone() };
    write(&mut tx, town, (&class, &after)).await?;
    tx.commit().await?;
    Ok(())
}

/// Cancels a booking; returns the entry that was offered its seat.
async fn cancel(conn: &mut MySqlConnection, town: &Town, booking: i64) -> anyhow::Result<Option<Owned>> {
    let session = session_of(conn, texts::BOOKING_OWNER, booking).await?;
    let mut tx = conn.begin().await?;
    let class = lock(&mut tx, session).await?;
    let state = sqlx::query(texts::BOOKING_STATE).bind(booking).bind(session).fetch_one(&mut *tx).await?;
    sqlx::query(texts::LOCK_PROFILE).bind(state.try_get::<i64, _>(0)?).fetch_one(&mut *tx).await?;
    let head = head(&mut tx, session, town).await?;
    let gone = sqlx::query(texts::BOOKING_CANCEL).bind(town.now).bind(booking).execute(&mut *tx).await?;
    one(&gone)?;
    sqlx::query(texts::CREDIT_SPENT).bind(booking).fetch_all(&mut *tx).await?;
    let after = Class { booked: class.booked - 1, ..class.clone() };
    let offered = hand_on(&mut tx, town, head, (&class, after)).await?;
    tx.commit().await?;
    sqlx::query(texts::BOOKING).bind(booking).fetch_one(conn).await?;
    Ok(offered)
}

/// Answers an offer; returns the entry that was offered the seat instead.
async fn answer(
    conn: &mut MySqlConnection,
    town: &Town,
    Owned { id, account }: Owned,
    confirms: bool,
) -> anyhow::Result<Option<Owned>> {
    let session = session_of(conn, texts::ENTRY_OWNER, id).await?;
    let mut tx = conn.begin().await?;
    let class = lock(&mut tx, session).await?;
    sqlx::query(texts::OFFERS).bind(session).fetch_all(&mut *tx).await?;
    let entry: Entry = sqlx::query_as(texts::ENTRY).bind(id).bind(session).fetch_one(&mut *tx).await?;
    if confirms {
        let profile = entry.profile_id;
        sqlx::query(texts::LOCK_PROFILE).bind(profile).fetch_one(&mut *tx).await?;
        sqlx::query(texts::OVERLAP)
            .bind(profile)
            .bind(session)
            .bind(class.ends_at)
            .bind(class.starts_at)
            .fetch_optional(&mut *tx)
            .await?;
        sqlx::query(texts::LEAVE).bind(session).bind(profile).fetch_optional(&mut *tx).await?;
    }
    let head = head(&mut tx, session, town).await?;
    let answered = if confirms {
        sqlx::query(texts::CONFIRM).bind(town.now).bind(id).execute(&mut *tx).await?
    } else {
        sqlx::query(texts::DECLINE).bind(id).bind(entry.position).execute(&mut *tx).await?
    };
    one(&answered)?;
    sqlx::query(texts::ANSWERED)
        .bind(town.now)
        .bind(town.now)
        .bind((!confirms).then_some("user_cancelled"))
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let mut offered = None;
    if confirms {
        sqlx::query(texts::BOOKING_INSERT)
            .bind(entry.profile_id)
            .bind(session)
            .bind(class.course_schedule_id)
            .bind(class.booking_date)
            .bind(id)
            .bind(town.now)
            .execute(&mut *tx)
            .await?;
        let after = Class { held: class.held - 1, booked: class.booked + 1, ..class.clone() };
        write(&mut tx, town, (&class, &after)).await?;
    } else {
        let after = Class { held: class.held - 1, ..class.clone() };
        offered = hand_on(&mut tx, town, head, (&class, after)).await?;
    }
    tx.commit().await?;
    position(conn, id).await?;
    if confirms {
        let booking = sqlx::query(texts::BOOKING_OF_ENTRY).bind(id).fetch_one(conn).await?;
        town.booked(Owned { id: booking.try_get("id")?, account });
    }
    Ok(offered)
}

async fn session_of(conn: &mut MySqlConnection, text: &'static str, id: i64) -> anyhow::Result<i64> {
    Ok(sqlx::query(text).bind(id).fetch_one(conn).await?.try_get(0)?)
}

async fn lock(conn: &mut MySqlConnection, session: i64) -> anyhow::Result<Class> {
    Ok(sqlx::query_as(texts::LOCK_CLASS).bind(session).fetch_one(conn).await?)
}

async fn head(conn: &mut MySqlConnection, session: i64, town: &Town) -> anyhow::Result<Option<Entry>> {
    let interval = town.now - TimeDelta::hours(1);
    Ok(sqlx::query_as(texts::HEAD).bind(session).bind(interval).fetch_optional(conn).await?)
}

/// Offers the free seat of a class to its head, and tells the next that it is the first in line.
async fn hand_on(
    conn: &mut MySqlConnection,
    town: &Town,
    head: Option<Entry>,
    (before, mut after): (&Class, Class),
) -> anyhow::Result<Option<Owned>> {
    let deadline = town.now + TimeDelta::minutes(30);
    if let Some(head) = &head {
        after.held += 1;
        after.waiting -= 1;
        let offered = sqlx::query(texts::OFFER)
            .bind(town.now)
            .bind(deadline)
            .bind(town.now + TimeDelta::minutes(20))
            .bind(head.notification_round + 1)
            .bind(head.position)
            .bind(head.position)
            .bind(head.id)
            .execute(&mut *conn)
            .await?;
        one(&offered)?;
        let notice = tell(conn, town, (before.id, head.id), "spot_available", Some(deadline)).await?;
        sqlx::query(texts::FLOW).bind(notice).bind(town.now).execute(&mut *conn).await?;
    }
    write(conn, town, (before, &after)).await?;
    let front = sqlx::query(texts::FRONT).bind(before.id).fetch_optional(&mut *conn).await?;
    if let Some(front) = front {
        tell(conn, town, (before.id, front.try_get("id")?), "waitlist_front", None).await?;
    }
    Ok(head.map(|head| Owned { id: head.id, account: Town::account_of(head.profile_id) }))
}

/// Writes a message to the guardian of an entry; returns the id of its notification.
async fn tell(
    conn: &mut MySqlConnection,
    town: &Town,
    (session, entry): (i64, i64),
    template: &str,
    deadline: Option<DateTime<Utc>>,
) -> anyhow::Result<u64> {
    let to = sqlx::query(texts::RECIPIENT).bind(session).bind(entry).fetch_one(&mut *conn).await?;
    let account: i64 = to.try_get("account_id")?;
    let notice = sqlx::query(texts::NOTIFY)
        .bind(entry)
        .bind(to.try_get::<i64, _>("profile_id")?)
        .bind(if deadline.is_some() { "spot_available" } else { "queue_update" })
        .bind(1)
        .bind(town.now)
        .bind(deadline)
        .bind(CONTENT)
        .bind(DATA)
        .execute(&mut *conn)
        .await?
        .last_insert_id();
    sqlx::query(texts::MESSAGE)
        .bind(account)
        .bind(to.try_get::<String, _>("openid")?)
        .bind(template)
        .bind(format!("pages/waitlist/detail?id={entry}"))
        .bind(DATA)
        .bind(entry)
        .bind(notice)
        .bind(town.now)
        .bind(town.now)
        .bind(deadline.unwrap_or(town.now))
        .bind(town.now)
        .execute(&mut *conn)
        .await?;
    sqlx::query(texts::SPEND_CONSENT).bind(account).bind(template).execute(conn).await?;
    Ok(notice)
}

/// Writes the counters of a class.
async fn write(
    conn: &mut MySqlConnection,
    town: &Town,
    (before, after): (&Class, &Class),
) -> anyhow::Result<()> {
    let offers_due = (after.held > 0).then(|| town.now + TimeDelta::minutes(30));
    let written = sqlx::query(texts::WRITE_CLASS)
        .bind(after.capacity)
        .bind(after.booked)
        .bind(after.held)
        .bind(after.waiting)
        .bind(after.next_ticket)
        .bind("scheduled")
        .bind(before.due_at)
        .bind(offers_due)
        .bind(None::<DateTime<Utc>>)
        .bind(before.id)
        .bind(before.capacity)
        .bind(before.booked)
        .bind(before.held)
        .bind(before.waiting)
        .bind(before.next_ticket)
        .execute(conn)
        .await?;
    one(&written)
}

fn one(changed: &MySqlQueryResult) -> anyhow::Result<()> {
    (changed.rows_affected() == 1).then_some(()).context("a row is not as it was read")
}
