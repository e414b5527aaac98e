//! Which classes can make up for a missed one.

use super::facts;
use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::Paging;
use crate::service::classes::ClassName;
use crate::service::sessions::Judged;
use crate::service::{Context, access, sessions, shapes};
use crate::store::{self, Conn, StoreError};
use chrono::{NaiveDate, TimeDelta};
use contract::shapes::{MakeupOption, Page};
use logic::booking::free_seats;
use logic::ids::{BookingId, ProfileId};
use logic::joining::JoinFacts;
use logic::makeup::{MissedBooking, Opening, TargetClass, makeup_opening};
use logic::session::Actor;
use logic::status::SessionStatus;
use logic::time::overlap;
use logic::{Instant, Minutes};
use std::collections::HashSet;

/// `?profile_id=&original_booking_id=&from=&to=&limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct Range {
    /// The profile that missed a class.
    pub profile: ProfileId,
    /// The booking that it missed.
    pub original: BookingId,
    /// First day; left out: today.
    pub from: Option<NaiveDate>,
    /// Last day; left out: the last on which the missed class can be made up, 31 days on at most.
    pub to: Option<NaiveDate>,
    /// Which page.
    pub list: Paging,
}

/// `GET /makeup/available`: what can be booked now, or waited for, in the order in which it starts. A booking that is not
/// owed has none.
///
/// # Errors
/// `not_found` for a profile or a booking that does not exist or is not the caller's; `invalid_request` for a span that
/// is empty or longer than 31 days.
pub async fn available(
    context: &Context,
    caller: &Caller,
    range: &Range,
    now: Instant,
) -> Result<Page<MakeupOption>, AppError> {
    // Given back before the classes are read, which takes a connection of its own.
    let (acting, row) = {
        let mut conn = context.pool.acquire().await?;
        let acting = access::require_profile(&mut *conn, caller, range.profile).await?;
        (acting, facts::missed(&mut conn, range.original, range.profile).await?)
    };
    let Some(row) = row else {
        let Range { profile, original, .. } = range;
        return Err(AppError::not_found(format!("profile {profile} has no booking {original}")));
    };
    let missed = MissedBooking::from(&row);
    let today = context.local(now).date_naive();
    let from = range.from.unwrap_or(today);
    let last = context.local(missed.makeup_until.unwrap_or(now)).date_naive();
    let longest = from + TimeDelta::days(sessions::MAX_DAYS - 1);
    let to = range.to.unwrap_or_else(|| last.min(longest).max(from));
    let classes = sessions::between(context, None, from, to, now).await?;
    let mut conn = context.pool.acquire().await?;
    let own = Own::read(&mut conn, range.profile, &classes, now).await?;
    drop(conn);
    let mut options: Vec<MakeupOption> = classes
        .into_iter()
        .filter(|class| sessions::is_behind(&class.session, range.list.cursor.as_ref()))
        .filter_map(|class| option(class, &missed, &row.category, (&own, acting.by), now).transpose())
        .take(usize::try_from(range.list.fetch()).unwrap_or(usize::MAX))
        .collect::<Result<_, StoreError>>()?;
    let next_cursor = range.list.next(&mut options, |option| sessions::cursor(&option.session));
    Ok(Page { items: options, next_cursor })
}

/// What the profile has in a span of days.
struct Own {
    /// Live bookings, from start to end.
    classes: Vec<(Instant, Instant)>,
    /// Classes in whose open queue it is, or where it may answer an offer, whenever they are. An entry whose list has
    /// closed is no obstacle, though the sweep has yet to end it (RULES §2).
    queues: HashSet<ClassName>,
    /// Classes that it took leave from, and made up.
    made_up: HashSet<ClassName>,
    /// Places in classes that have not ended.
    live_bookings: u32,
}

impl Own {
    async fn read(
        conn: &mut Conn,
        profile: ProfileId,
        classes: &[Judged],
        now: Instant,
    ) -> Result<Self, AppError> {
        let first = classes.iter().map(|class| class.session.starts_at).min().unwrap_or(now);
        let last = classes.iter().map(|class| class.session.ends_at).max().unwrap_or(now);
        Ok(Self {
            classes: store::booking_list_spans(&mut *conn, profile, (first, last)).await?,
            queues: store::waitlist_list_active(&mut *conn, profile, now).await?.into_iter().collect(),
            made_up: store::booking_list_made_up(&mut *conn, profile).await?.into_iter().collect(),
            live_bookings: store::booking_count_to_come(&mut *conn, profile, now).await?,
        })
    }
}

/// The class as a makeup of `missed`, if it can be booked or waited for.
fn option(
    Judged { session: class, policy, .. }: Judged,
    missed: &MissedBooking,
    category: &str,
    (own, by): (&Own, Actor),
    now: Instant,
) -> Result<Option<MakeupOption>, StoreError> {
    let key = (class.course_schedule_id, class.booking_date);
    if own.made_up.contains(&key) {
        return Ok(None);
    }
    let span = (class.starts_at, class.ends_at);
    let target = TargetClass {
        start: class.starts_at,
        duration: Minutes(i64::from(class.duration_minutes)),
        same_category: class.category == category,
        time_conflict: own.classes.iter().any(|taken| overlap(*taken, span)),
    };
    let join = JoinFacts {
        by,
        cancelled: class.status == SessionStatus::Cancelled,
        start: class.starts_at,
        // A place in the class is an overlap already.
        already_booked: false,
        already_waiting: own.queues.contains(&key),
        free_seats: free_seats(class.capacity, class.booked, class.held),
        queue_length: class.waiting.saturating_add(class.held),
        queue_capacity: Some(class.queue_capacity),
        active_waitlists: u32::try_from(own.queues.len()).unwrap_or(u32::MAX),
    };
    let opening = makeup_opening(missed, &target, &join, (class.free, own.live_bookings), now, &policy);
    let Some((made_up, open)) = opening else { return Ok(None) };
    let minutes = |minutes| shapes::minutes("booking", missed.booking.0, minutes);
    Ok(Some(MakeupOption {
        original_duration: minutes(made_up.original_duration)?,
        makeup_duration: minutes(made_up.makeup_duration)?,
        session: class,
        duration_difference: made_up.difference.0,
        completion_type: made_up.completion_type,
        compensation_minutes: made_up.credit().map_or(Ok(0), minutes)?,
        waitlist: open == Opening::Waitlist,
    }))
}
