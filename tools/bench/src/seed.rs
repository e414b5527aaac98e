//! The gym that is measured, written as rows because fixtures are limited to fewer than a hundred thousand.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use logic::status::Role;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

use crate::gym::Gym;

pub(crate) const ACCOUNTS: i64 = 2_000;
/// The account of the front desk.
pub(crate) const FRONT: i64 = ACCOUNTS + 1;
const PROFILES_PER_ACCOUNT: i64 = 100;
pub(crate) const PROFILES: i64 = ACCOUNTS * PROFILES_PER_ACCOUNT;
/// Families that read lists, after the front desk: two children each.
pub(crate) const FAMILIES: i64 = 200;
pub(crate) const CLASSES: i64 = 200;
/// The class of the storm; the next class is that of the bare statements, and the one after it that of the storm with
/// idempotency keys.
pub(crate) const STORMED: i64 = CLASSES + 1;
pub(crate) const STORMED_WITH_KEYS: i64 = CLASSES + 3;
/// Booked seats of each of the 200 classes.
const SEATS: i64 = 100;
/// Waiting entries of each of them at the start.
const WAITING: i64 = 8;
/// Entries that wait for a class at most: the largest limit that there is.
const QUEUE_CAPACITY: i64 = logic::policy::QUEUE_CAPACITY_MAX as i64;
/// Rows in one INSERT.
const CHUNK: usize = 2_000;

/// An entry or a booking, and its account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owned {
    pub(crate) id: i64,
    pub(crate) account: i64,
}

/// The rows that a scenario reads, joins and cancels.
pub(crate) struct Town {
    /// The day of the first classes.
    date: NaiveDate,
    /// The time of the service's clock.
    pub(crate) now: DateTime<Utc>,
    /// The token of every account, by its id minus one.
    tokens: Vec<String>,
    /// Entries that wait at the start.
    pub(crate) entries: Vec<Owned>,
    /// Bookings that are not cancelled yet.
    pub(crate) bookings: Mutex<Vec<Owned>>,
    joiner: AtomicUsize,
    stormer: AtomicUsize,
}

impl Town {
    pub(crate) fn token(&self, account: i64) -> &str {
        usize::try_from(account - 1).ok().and_then(|index| self.tokens.get(index)).map_or("", String::as_str)
    }

    /// Returns the date and the time of a class. There are ten a day, and none overlaps another, because the same
    /// profiles are in many.
    pub(crate) fn class(&self, class: i64) -> (NaiveDate, DateTime<Utc>) {
        let (day, hour) = ((class - 1) / 10 % 200, (class - 1) % 10);
        let date = self.date + TimeDelta::days(day);
        (date, date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(hour))
    }

    /// Returns the day of the first classes.
    pub(crate) fn date(&self) -> NaiveDate {
        self.date
    }

    /// Returns the account of a family, from 0 on.
    pub(crate) fn family(family: i64) -> i64 {
        FRONT + 1 + family
    }

    /// Returns the profile of a child of the families, from 0 on: two of each family.
    pub(crate) fn child(child: i64) -> i64 {
        PROFILES + 1 + child
    }

    pub(crate) fn account_of(profile: i64) -> i64 {
        (profile - 1) / PROFILES_PER_ACCOUNT + 1
    }

    /// Returns a profile and a class that no join has combined yet, classes in turn.
    pub(crate) fn next_join(&self) -> (i64, i64) {
        let turn = i64::try_from(self.joiner.fetch_add(1, Ordering::Relaxed)).unwrap_or(0);
        // The first profiles are already in the classes.
        let first = SEATS + WAITING;
        // Consecutive joins have different profiles, so that none waits for another's profile row.
        (first + 1 + turn * 13 % (PROFILES - first), turn % CLASSES + 1)
    }

    /// Returns a profile that has not joined the class of the storm; `None` once its queue is full.
    pub(crate) fn next_stormer(&self) -> Option<i64> {
        let turn = i64::try_from(self.stormer.fetch_add(1, Ordering::Relaxed)).ok()?;
        (turn < QUEUE_CAPACITY).then_some(turn + 2)
    }

    /// Records a booking that can be cancelled.
    pub(crate) fn booked(&self, booking: Owned) {
        if let Ok(mut bookings) = self.bookings.lock() {
            bookings.push(booking);
        }
    }

    /// Begins another storm, which has another class.
    pub(crate) fn storm_again(&self) {
        self.stormer.store(0, Ordering::Relaxed);
    }
}

/// Writes the rows of the gym.
pub(crate) async fn town(gym: &Gym) -> anyhow::Result<Town> {
    let mut conn = MySqlConnection::connect(&gym.database_url()?).await?;
    let now: DateTime<Utc> =
        sqlx::query_scalar("SELECT stood_at FROM dev_clock").fetch_one(&mut conn).await?;
    let date = now.date_naive() + TimeDelta::days(7);
    let mut town = Town {
        date,
        now,
        tokens: Vec::new(),
        entries: Vec::new(),
        bookings: Mutex::default(),
        joiner: AtomicUsize::new(0),
        stormer: AtomicUsize::new(0),
    };
    accounts(&mut conn).await?;
    classes(&mut conn, &town).await?;
    let (entries, bookings) = places(&mut conn, &town).await?;
    town.entries = entries;
    town.bookings = Mutex::new(bookings);
    for account in 1..=ACCOUNTS {
        town.tokens.push(gym.token(account, Role::Member)?);
    }
    town.tokens.push(gym.token(FRONT, Role::Staff)?);
    for family in 0..FAMILIES {
        town.tokens.push(gym.token(Town::family(family), Role::Member)?);
    }
    conn.execute("ANALYZE TABLE account, profile, guardian, class_session, booking, waitlist").await?;
    conn.close().await?;
    Ok(town)
}

async fn accounts(conn: &mut MySqlConnection) -> anyhow::Result<()> {
    let front = format!("({FRONT},'bench-front','staff')");
    let families = (0..FAMILIES).map(Town::family);
    let members = (1..=ACCOUNTS).chain(families).map(|id| format!("({id},'bench-{id}','member')"));
    insert(conn, "account (id, openid, role)", members.chain([front])).await?;
    let children = (0..FAMILIES * 2).map(|child| (Town::child(child), Town::family(child / 2)));
    let children = (1..=PROFILES).map(|id| (id, Town::account_of(id))).chain(children);
    let profiles = children.clone().map(|(id, account)| format!("({id},{account},'小朋友{id}')"));
    insert(conn, "profile (id, account_id, name)", profiles).await?;
    let guardians = children.map(|(id, account)| format!("({id},{account},UTC_TIMESTAMP(3))"));
    insert(conn, "guardian (profile_id, account_id, since)", guardians).await
}

async fn classes(conn: &mut MySqlConnection, town: &Town) -> anyhow::Result<()> {
    let course = [format!("(1,'体操','gym',60,{QUEUE_CAPACITY})")].into_iter();
    insert(conn, "course (id, name, category, duration_minutes, queue_capacity)", course).await?;
    let schedules = (1..=STORMED_WITH_KEYS).map(|id| {
        let (date, start) = town.class(id);
        let (weekday, time) = (date.weekday().number_from_monday(), start.time() + TimeDelta::hours(8));
        format!("({id},1,{weekday},'{time}',{SEATS})")
    });
    insert(conn, "course_schedule (id, course_id, weekday, start_time, capacity)", schedules).await?;
    let sessions = (1..=STORMED_WITH_KEYS).map(|id| {
        let waiting = if id <= CLASSES { WAITING } else { 0 };
        let (date, start) = town.class(id);
        let (from, to) = (sql(start), sql(start + TimeDelta::minutes(60)));
        format!(
            "({id},{id},'{date}','{from}','{to}',60,{SEATS},{QUEUE_CAPACITY},{SEATS},{waiting},{},'{from}')",
            waiting + 1
        )
    });
    insert(
        conn,
        "class_session (id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, \
         queue_capacity, booked, waiting, next_ticket, due_at)",
        sessions,
    )
    .await
}

/// Returns the entries and the bookings of the 200 classes, with the same profiles in all of them.
async fn places(conn: &mut MySqlConnection, town: &Town) -> anyhow::Result<(Vec<Owned>, Vec<Owned>)> {
    let now = sql(town.now);
    let mut bookings = Vec::new();
    let mut entries = Vec::new();
    let mut booking_rows = Vec::new();
    let mut entry_rows = Vec::new();
    for class in 1..=CLASSES {
        let (date, start) = town.class(class);
        let expires = sql(start - TimeDelta::minutes(390));
        for profile in 1..=SEATS {
            let id = 1_000_000 + i64::try_from(bookings.len())?;
            bookings.push(Owned { id, account: Town::account_of(profile) });
            booking_rows.push(format!("({id},{profile},{class},{class},'{date}','{now}')"));
        }
        for place in 1..=WAITING {
            let id = 1_000_000 + i64::try_from(entries.len())?;
            let profile = SEATS + place;
            entries.push(Owned { id, account: Town::account_of(profile) });
            entry_rows.push(format!("({id},{profile},{class},{class},'{date}',{place},'{now}','{expires}')"));
        }
    }
    insert(
        conn,
        "booking (id, profile_id, session_id, course_schedule_id, booking_date, created_at)",
        booking_rows.into_iter(),
    )
    .await?;
    insert(
        conn,
        "waitlist (id, profile_id, session_id, course_schedule_id, booking_date, `position`, join_time, expires_at)",
        entry_rows.into_iter(),
    )
    .await?;
    Ok((entries, bookings))
}

/// Inserts rows into a table, some thousand at a time.
pub(crate) async fn insert(
    conn: &mut MySqlConnection,
    into: &str,
    rows: impl Iterator<Item = String>,
) -> anyhow::Result<()> {
    let rows: Vec<String> = rows.collect();
    for chunk in rows.chunks(CHUNK) {
        let statement = format!("INSERT INTO {into} VALUES {}", chunk.join(","));
        conn.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(())
}

/// Formats an instant as an SQL literal in UTC.
pub(crate) fn sql(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

pub(crate) async fn server_version(database: &str) -> anyhow::Result<String> {
    let mut conn = MySqlConnection::connect(database).await?;
    let version: String = sqlx::query_scalar(
        "SELECT CONCAT(@@version, ', flush at commit: ', @@innodb_flush_log_at_trx_commit)",
    )
    .fetch_one(&mut conn)
    .await?;
    conn.close().await?;
    Ok(version)
}
