//! The lists that members read: a day of 200 classes, a family's bookings, and the classes that can make up for one.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use sqlx::{Connection, Executor, MySqlConnection};

use crate::seed::{FAMILIES, Town, insert, sql};

/// Classes of the day that is listed.
const CLASSES: i64 = 200;
/// Days before today on which every child had a class.
const DAYS: i64 = 25;
/// Classes of each of these days.
const CLASSES_A_DAY: i64 = 20;
/// First ids, beyond those of the other measurements.
const FIRST_SLOT: i64 = 20_000;
const FIRST_CLASS: i64 = 40_000;
const FIRST_BOOKING: i64 = 10_000_000;
/// Rows of a page: the most that are accepted.
pub(crate) const PAGE: u32 = contract::paging::MAX_LIMIT;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// The day's classes.
    Classes,
    /// A family's bookings.
    Bookings,
    /// The classes of the day that can make up for a missed one.
    Makeups,
}

/// A family with two children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Family {
    pub(crate) account: i64,
    /// Its first child, and the booking that this child missed.
    pub(crate) profile: i64,
    pub(crate) missed: i64,
}

/// Those who read, and the day whose classes they read.
#[derive(Debug)]
pub(crate) struct Families {
    pub(crate) date: NaiveDate,
    pub(crate) all: Vec<Family>,
}

impl Families {
    /// Returns the path of a list of a family.
    pub(crate) fn path(&self, list: List, family: Family) -> String {
        let day = format!("from={0}&to={0}&limit={PAGE}", self.date);
        match list {
            List::Classes => format!("/api/v1/sessions?{day}"),
            List::Bookings => format!("/api/v1/bookings/my?limit={PAGE}"),
            List::Makeups => {
                let Family { profile, missed, .. } = family;
                format!("/api/v1/makeup/available?profile_id={profile}&original_booking_id={missed}&{day}")
            }
        }
    }
}

/// Writes the classes of the day, and two bookings of every family on each day that is over. Each child took leave from
/// the last of its classes.
pub(crate) async fn seed(database: &str, town: &Town) -> anyhow::Result<Arc<Families>> {
    let mut conn = MySqlConnection::connect(database).await?;
    let date = town.date() - TimeDelta::days(1);
    let slot = |index: i64, date: NaiveDate| {
        let weekday = date.weekday().number_from_monday();
        format!("({},1,{weekday},'{:02}:00',20,'{date}','{date}')", FIRST_SLOT + index, 8 + index % 12)
    };
    // The slots of the days that are over are met by no date any more.
    let slots = (0..CLASSES).map(|index| slot(index, date));
    let past_slots = (CLASSES..CLASSES + CLASSES_A_DAY).map(|index| slot(index, date - TimeDelta::days(365)));
    let into = "course_schedule (id, course_id, weekday, start_time, capacity, valid_from, valid_until)";
    insert(&mut conn, into, slots.chain(past_slots)).await?;
    let class = |id: i64, index: i64, date: NaiveDate, booked: i64| {
        let start = date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(index % 12);
        let end = start + TimeDelta::minutes(60);
        let finished = if end < town.now { format!("'{}'", sql(end)) } else { "NULL".to_owned() };
        let slot = FIRST_SLOT + index;
        format!("({id},{slot},'{date}','{}','{}',60,20,{booked},{finished})", sql(start), sql(end))
    };
    let days = (1..=DAYS).map(|day| (day, town.now.date_naive() - TimeDelta::days(day)));
    let listed = (0..CLASSES).map(|index| class(FIRST_CLASS + index, index, date, 0));
    let past_class = |day: i64, index: i64| FIRST_CLASS + CLASSES * (1 + day) + index;
    let past = days.clone().flat_map(|(day, date)| {
        (0..CLASSES_A_DAY).map(move |index| class(past_class(day, index), CLASSES + index, date, 20))
    });
    let into = "class_session (id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, \
                booked, finished_at)";
    insert(&mut conn, into, listed.chain(past)).await?;
    let children = FAMILIES * 2;
    let booking = |day: i64, child: i64| FIRST_BOOKING + day * children + child;
    let until = sql(town.now + TimeDelta::days(30));
    let bookings = days.flat_map(|(day, date)| {
        let (until, at) = (&until, sql(town.now - TimeDelta::days(day + 1)));
        let rows = (0..children).map(move |child| {
            let index = child % CLASSES_A_DAY;
            let (slot, class) = (FIRST_SLOT + CLASSES + index, past_class(day, index));
            let state = if day == 1 { format!("'leave','{until}'") } else { "'completed',NULL".to_owned() };
            let (id, profile) = (booking(day, child), Town::child(child));
            format!("({id},{profile},{class},{slot},'{date}','{at}',{state})")
        });
        rows.collect::<Vec<_>>()
    });
    let into = "booking (id, profile_id, session_id, course_schedule_id, booking_date, created_at, status, right_until)";
    insert(&mut conn, into, bookings).await?;
    conn.execute("ANALYZE TABLE course_schedule, class_session, booking").await?;
    conn.close().await?;
    let all = (0..FAMILIES).map(|family| Family {
        account: Town::family(family),
        profile: Town::child(family * 2),
        missed: booking(1, family * 2),
    });
    Ok(Arc::new(Families { date, all: all.collect() }))
}
