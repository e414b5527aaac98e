//! What staff give beyond the rules: class credit (R4.15), and the right to a makeup, or a longer one (R3.36 to R3.38).

use super::access::Acting;
use super::audit::{self, Act};
use super::credit::{self, Occasion};
use super::{Context, bookings, messages, shapes};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, BookingState, MessageSubject};
use crate::unit::{Answer, Unit};
use crate::wechat::message::{About, Message};
use contract::shapes::{GoodwillAsk, Grant, MakeupRightAsk};
use logic::compensation::expiry_of_grant;
use logic::ids::BookingId;
use logic::makeup::{GivenRightFacts, MissedBooking, check_duration, check_given_right};
use logic::session::Command;
use logic::status::{GrantSource, GrantStatus};
use logic::{Instant, Minutes};
use serde_json::json;

/// `POST /compensation/grants`: class credit for a booking, as goodwill.
///
/// # Errors
/// `invalid_request` for a missing reason; `invalid_duration`; `not_found`; `conflict` for the caller's own child.
pub async fn grant(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &GoodwillAsk,
    now: Instant,
) -> Result<Answer, AppError> {
    let reason = &ask.checked_reason()?;
    let minutes = Minutes(ask.minutes);
    check_duration(minutes)?;
    let booking = ask.booking_id;
    unit.write(&context.pool, "goodwill_grant", |conn, tx| {
        Box::pin(async move {
            let names = store::booking_names(conn, booking).await?;
            let names = names.ok_or_else(|| bookings::no_booking(booking))?;
            let profile = tx.locks().lock_profile(conn, names.profile_id).await?;
            let acting = Acting::with_power(caller, profile.guardians().include(caller.account))?;
            let occasion = Occasion::Goodwill(booking);
            let expires = expiry_of_grant(now, &*context.policies.current(&mut *conn, now).await?);
            let id = credit::grant(conn, &profile, occasion, (minutes, expires), now).await?;
            let after = json!({ "grant_id": id, "minutes": minutes });
            let act = Act::new("compensation.grant", bookings::subject(booking)).to(profile.id());
            audit::record_for(conn, &acting, act.after(after).because(reason.as_str()), now).await?;
            let subject = MessageSubject { grant_id: Some(id), ..names.subject(booking) };
            messages::credit_granted(context, conn, id, subject, now).await?;
            let minutes = shapes::minutes("class_credit_compensation", id.0, minutes)?;
            Ok(Ok(Grant {
                id,
                original_booking_id: booking,
                source: GrantSource::Goodwill,
                compensation_minutes: minutes,
                remaining_minutes: minutes,
                status: GrantStatus::Available,
                created_time: now,
                expiry_time: expires,
                used_time: None,
            }))
        })
    })
    .await
}

/// `PUT /bookings/{id}/makeup-right`: until when a booking can be made up. The end that it has already changes nothing.
///
/// # Errors
/// `invalid_request` for a missing reason, or an end that R3.37 does not allow; `not_found`; `not_missed`,
/// `already_made_up`; `conflict` for minutes that are given back, a class that was booked again, and the caller's own child.
pub async fn give_right(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: BookingId,
    ask: &MakeupRightAsk,
    now: Instant,
) -> Result<Answer, AppError> {
    let reason = &ask.checked_reason()?;
    let until = ask.until;
    let found = store::booking_session(&context.pool, id, caller.account).await?;
    let (session, is_own) = found.ok_or_else(|| bookings::no_booking(id))?;
    let acting = &Acting::with_power(caller, is_own)?;
    context
        .write_on_class(unit, session, "makeup_right", |conn, class| {
            Box::pin(async move {
                let (mut locked, lock) = class.locked();
                locked.run(context, conn, &[], &Command::Settle, now).await?;
                let BookingState { profile_id, .. } = store::booking_state(conn, id, session).await?;
                let profile = lock.lock_profile(conn, profile_id).await?.id();
                let rows = store::booking_list_missed(conn, &[id]).await?;
                let row = rows.first().ok_or_else(|| bookings::no_booking(id))?;
                let (minutes_used, booked_again) = store::booking_given_right_facts(conn, id).await?;
                let facts =
                    GivenRightFacts { source: row.source, paid: row.paid, minutes_used, booked_again };
                let missed = MissedBooking::from(row);
                if let Err(refusal) = check_given_right(&missed, &facts, until, now) {
                    return Ok(Err(refusal));
                }
                if missed.makeup_until != Some(until) {
                    let before = missed.makeup_until;
                    store::booking_give_right(conn, id, (missed.status, before), until).await?;
                    locked.touch(conn).await?;
                    let act = Act::new("booking.makeup_right", bookings::subject(id)).to(profile);
                    let act = act.before(json!({ "makeup_until": before }));
                    let act = act.after(json!({ "makeup_until": until })).because(reason.as_str());
                    audit::record_for(conn, acting, act, now).await?;
                    let names = store::booking_names(conn, id).await?;
                    let names = names.ok_or_else(|| bookings::no_booking(id))?;
                    let start = context.local(missed.start);
                    let about = About { course: &names.course_name, child: &names.profile_name, start };
                    let message = Message::makeup_given(about, context.local(until));
                    messages::enqueue(context, conn, profile, (message, names.subject(id)), until, now)
                        .await?;
                }
                Ok(Ok(bookings::get(context, conn, id).await?))
            })
        })
        .await
}
