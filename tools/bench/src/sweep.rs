//! How long one sweep takes for many overdue offers.

use chrono::TimeDelta;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use tokio::time::Instant;

use crate::gym::Gym;
use crate::seed::{PROFILES, Town, insert, sql};

/// Open offers of each class, all of them overdue.
const OFFERS_EACH: i64 = 10;
/// Entries of each class that wait behind them and are offered a seat by the sweep.
const WAITING_EACH: i64 = 5;
/// The first class of the sweeps.
const FIRST: i64 = 10_000;

/// Sweeps 25,000, 50,000 and 100,000 overdue offers, which are created for each sweep.
pub(crate) async fn measure(gym: &Gym, database: &str, town: &Town) -> anyhow::Result<()> {
    println!(
        "{:<32}{:>10}{:>10}{:>10}",
        format!("sweep, {OFFERS_EACH} offers a class"),
        "offers",
        "s",
        "per s"
    );
    // Sweep first what the other measurements left due.
    gym.sweep().await?;
    let mut first = FIRST;
    for offers in [25_000_u32, 50_000, 100_000] {
        let mut conn = MySqlConnection::connect(database).await?;
        let classes = i64::from(offers) / OFFERS_EACH;
        seed(&mut conn, town, first, classes).await?;
        first += classes;
        let began = Instant::now();
        let said = gym.sweep().await?;
        let took = began.elapsed().as_secs_f64();
        println!("{:<32}{offers:>10}{took:>10.1}{:>10.0}  {said}", "", f64::from(offers) / took);
        let left: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM waitlist WHERE response_deadline < ? AND status = 'notified'",
        )
        .bind(town.now)
        .fetch_one(&mut conn)
        .await?;
        anyhow::ensure!(left == 0, "{left} offers are still overdue");
        conn.close().await?;
    }
    Ok(())
}

/// Creates `classes` classes whose seats are all offered and whose offers are all overdue.
async fn seed(conn: &mut MySqlConnection, town: &Town, first: i64, classes: i64) -> anyhow::Result<()> {
    let (sent, due) = (sql(town.now - TimeDelta::minutes(31)), sql(town.now - TimeDelta::minutes(1)));
    let (date, start) = town.class(1);
    let expires = sql(start - TimeDelta::minutes(390));
    let (from, to) = (sql(start), sql(start + TimeDelta::minutes(60)));
    let queue = OFFERS_EACH + WAITING_EACH;
    let ids = first..first + classes;
    conn.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0").await?;
    let schedules = ids.clone().map(|id| format!("({id},1,1,'18:00',{OFFERS_EACH})"));
    insert(conn, "course_schedule (id, course_id, weekday, start_time, capacity)", schedules).await?;
    let sessions = ids.clone().map(|id| {
        format!("({id},{id},'{date}','{from}','{to}',60,{OFFERS_EACH},{OFFERS_EACH},{WAITING_EACH},{queue}+1,'{due}','{due}')")
    });
    insert(
        conn,
        "class_session (id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, held, \
         waiting, next_ticket, due_at, offers_due_at)",
        sessions,
    )
    .await?;
    // Far above the service's own ids.
    let entry = |class: i64, place: i64| 100_000_000 + class * 100 + place;
    let all = ids.flat_map(|class| (1..=queue).map(move |place| (class, place)));
    let entries = all.clone().map(|(class, place)| {
        let id = entry(class, place);
        let profile = id % PROFILES + 1;
        let offer = if place <= OFFERS_EACH {
            format!("'notified','{sent}',1,'{due}'")
        } else {
            "'waiting',NULL,0,NULL".to_owned()
        };
        format!("({id},{profile},{class},{class},'{date}',{place},'{sent}','{expires}',{offer})")
    });
    insert(
        conn,
        "waitlist (id, profile_id, session_id, course_schedule_id, booking_date, `position`, join_time, expires_at, \
         status, last_notified_at, notification_round, response_deadline)",
        entries,
    )
    .await?;
    let offered = all.filter(|(_, place)| *place <= OFFERS_EACH).map(|(class, place)| entry(class, place));
    let notifications = offered.map(|id| format!("({id},{},'{sent}','{due}')", id % PROFILES + 1));
    insert(
        conn,
        "waitlist_notification (waitlist_id, profile_id, sent_time, response_deadline)",
        notifications,
    )
    .await?;
    // The offers of earlier sweeps have ended.
    let flows = format!(
        "INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time) \
         SELECT id, sent_time FROM waitlist_notification WHERE sent_time = '{sent}' AND status = 'sent'"
    );
    conn.execute(AssertSqlSafe(flows)).await?;
    conn.execute("ANALYZE TABLE class_session, waitlist, waitlist_notification, waitlist_flow").await?;
    Ok(())
}
