//! Messages to members, written in the transaction of the change that they report: what is said, for the list in the app;
//! a notification where it is about a waitlist entry; and a row of the outbox where its kind has a template. The recorder
//! of development takes a message at commit: its rows are written as sent.

use super::Context;
use super::policies::JudgedClass;
use crate::error::AppError;
use crate::store::{
    self, ClassSession, Conn, EndingGrant, MessageSubject, NewMessage, NewNotification, NewSending,
    OfferNames, Recipient, StoreError,
};
use crate::wechat::message::{About, Message, Remedy, StaffChange};
use logic::ids::{BookingId, GrantId, NotificationId, ProfileId, WaitlistId};
use logic::status::{BookingSource, Delivery, MessageDelivery, MessageKind, NotificationType};
use logic::{Instant, deadline, ledger};
use serde_json::Value;
use std::collections::HashMap;

/// A message on its way to a recipient.
struct OutgoingMessage {
    recipient: Recipient,
    message: Message,
    subject: MessageSubject,
    /// It is not sent before this. In the app it is there at once.
    not_before: Instant,
    /// It is of no use on a phone after this.
    give_up_at: Instant,
}

/// An offer that can be answered.
pub(super) struct OpenOffer {
    pub(super) entry: WaitlistId,
    /// The number of the offer, from 1.
    pub(super) round: u32,
    pub(super) deadline: Instant,
}

/// Tells members that seats are offered to them (名额可预约), each until its deadline. `flow_data`: how the seats came to
/// them.
pub(super) async fn offers(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    offers: &[OpenOffer],
    flow_data: &Value,
    now: Instant,
) -> Result<(), AppError> {
    let kind = NotificationType::SpotAvailable;
    let notifications = to_answer(context, conn, class, offers, kind, now).await?;
    Ok(store::waitlist_flow_insert(conn, &notifications, flow_data, now).await?)
}

/// Reminds a member that an offer is about to run out.
pub(super) async fn reminder(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    offer: OpenOffer,
    now: Instant,
) -> Result<(), AppError> {
    to_answer(context, conn, class, &[offer], NotificationType::ExpiryReminder, now).await?;
    Ok(())
}

/// Writes the deadline of an open offer into its message, after the deadline was moved.
pub(super) async fn moved_offer(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    entry: WaitlistId,
    (before, after): (Instant, Instant),
) -> Result<(), AppError> {
    for recipient in of_entries(conn, class, &[entry]).await? {
        let message = Message::offer(about(context, class, &recipient), context.local(after), entry.0);
        store::waitlist_notification_move_deadline(conn, entry, before, after, &message.text).await?;
        store::message_reword_offer(conn, recipient.profile_id, entry, &message.text).await?;
    }
    Ok(())
}

/// The fields of an open offer if WeChat accepts it at `accepted_at` after an attempt that failed (RULES §2); `None` if the
/// entry is gone, or has no offer.
pub(super) async fn late_offer(
    context: &Context,
    conn: &mut Conn,
    entry: WaitlistId,
    accepted_at: Instant,
) -> Result<Option<Message>, AppError> {
    let Some(names) = store::waitlist_offer_names(&mut *conn, entry).await? else { return Ok(None) };
    let policy = context.policies.of_class(conn, &names).await?;
    let OfferNames { course_name, profile_name, starts_at, response_deadline, .. } = names;
    let Some(deadline) = response_deadline else { return Ok(None) };
    let about = About { course: &course_name, child: &profile_name, start: context.local(starts_at) };
    let until = deadline::deadline_after_late_delivery(accepted_at, deadline, starts_at, &policy);
    Ok(Some(Message::offer(about, context.local(until), entry.0)))
}

/// Tells members of entries something that they need not answer, with a notification of the plan. What a member did itself
/// is confirmed at once; everything else waits for the end of the quiet hours.
pub(super) async fn news(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    entries: &[WaitlistId],
    kind: MessageKind,
    now: Instant,
) -> Result<(), AppError> {
    let messages = about_entries(context, conn, class, entries, kind, now).await?;
    let update = NotificationType::QueueUpdate;
    let rows: Vec<_> =
        messages.iter().map(|outgoing| notification(context, outgoing, update, 1, None)).collect();
    let notifications = store::waitlist_notification_insert(conn, &rows, now).await?;
    send(context, conn, &messages, &notifications, now).await
}

/// Tells members of entries something that the plan has no notification for.
pub(super) async fn said(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    entries: &[WaitlistId],
    kind: MessageKind,
    now: Instant,
) -> Result<(), AppError> {
    let messages = about_entries(context, conn, class, entries, kind, now).await?;
    send(context, conn, &messages, &[], now).await
}

async fn about_entries(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    entries: &[WaitlistId],
    kind: MessageKind,
    now: Instant,
) -> Result<Vec<OutgoingMessage>, AppError> {
    let not_before = match kind {
        MessageKind::WaitlistLeft => now,
        _ => outside_quiet_hours(context, class, now),
    };
    let messages = of_entries(conn, class, entries).await?.into_iter().map(|recipient| {
        let message = Message::update(kind, about(context, class, &recipient), recipient.about);
        let subject = subject_of_entry(class, recipient.about);
        OutgoingMessage { recipient, message, subject, not_before, give_up_at: class.starts_at }
    });
    Ok(messages.collect())
}

/// A child's place in a class.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In its queue.
    Entry(WaitlistId),
    /// Booked.
    Booking(BookingId),
}

/// Tells a family what staff did to a place of its child; `class` is locked.
pub(super) async fn staff_change(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    change: StaffChange,
    place: Place,
    now: Instant,
) -> Result<(), AppError> {
    let (recipients, entry, subject, grant) = match place {
        Place::Entry(id) => {
            (of_entries(conn, class, &[id]).await?, Some(id.0), subject_of_entry(class, id.0), None)
        }
        Place::Booking(id) => {
            let makeup = store::makeup_booking_of_booking(&mut *conn, id).await?;
            let grant = makeup.as_ref().and_then(|makeup| makeup.compensation_id);
            let subject =
                MessageSubject { makeup_id: makeup.map(|makeup| makeup.id), ..subject_of_booking(class, id) };
            (store::booking_recipients(conn, class.id, &[id]).await?, None, subject, grant)
        }
    };
    for recipient in recipients {
        let message = Message::staff_change(about(context, class, &recipient), change, entry);
        let not_before = outside_quiet_hours(context, class, now);
        let give_up_at = stale_at(class, now);
        let outgoing = [OutgoingMessage { recipient, message, subject, not_before, give_up_at }];
        // The plan has a cancel notice for who leaves the queue, and nothing for the rest.
        let notices = outgoing.iter().filter(|_| change == StaffChange::TakenOff);
        let notices: Vec<_> =
            notices.map(|one| notification(context, one, NotificationType::QueueUpdate, 1, None)).collect();
        let notifications = store::waitlist_notification_insert(conn, &notices, now).await?;
        send(context, conn, &outgoing, &notifications, now).await?;
        if let (Some(grant), StaffChange::MakeupBooked | StaffChange::OfferTaken) = (grant, change) {
            credit_granted(context, conn, grant, subject, now).await?;
        }
    }
    Ok(())
}

/// Tells a family of credit: what came with a makeup that staff made, or goodwill (RULES §3, §4).
pub(super) async fn credit_granted(
    context: &Context,
    conn: &mut Conn,
    grant: GrantId,
    subject: MessageSubject,
    now: Instant,
) -> Result<(), AppError> {
    let Some(EndingGrant { profile_id, profile_name, grant }) =
        store::class_credit_compensation_get_ending(conn, grant).await?
    else {
        return Ok(());
    };
    let until = grant.expiry_time;
    let message = Message::credit_granted(&profile_name, grant.remaining_minutes.0, context.local(until));
    let subject = MessageSubject { grant_id: Some(grant.id), ..subject };
    enqueue(context, conn, profile_id, (message, subject), until, now).await
}

/// Tells the accounts of bookings that the gym cancelled with their class, and what that leaves them. These have no
/// waitlist entry, so no notification.
pub(super) async fn bookings_called_off(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    bookings: &[BookingId],
    now: Instant,
) -> Result<(), AppError> {
    if bookings.is_empty() {
        return Ok(());
    }
    let not_before = outside_quiet_hours(context, class, now);
    let missed = store::booking_list_missed(conn, bookings).await?;
    let paid: Vec<BookingId> = missed.iter().filter(|row| row.paid).map(|row| row.id).collect();
    let credit_ends: HashMap<BookingId, Instant> =
        store::compensation_usage_list_ends(conn, &paid).await?.into_iter().collect();
    let remedies: HashMap<i64, Remedy> = missed
        .iter()
        .map(|row| {
            let remedy = match row.makeup_until {
                Some(until) => Remedy::Makeup(context.local(until)),
                None if row.source == BookingSource::Makeup => Remedy::AnotherMakeup,
                None if credit_ends.get(&row.id).is_some_and(|end| ledger::has_expired(*end, now)) => {
                    Remedy::CreditExpired
                }
                None => Remedy::CreditBack,
            };
            (row.id.0, remedy)
        })
        .collect();
    let mut messages = Vec::with_capacity(bookings.len());
    let recipients = store::booking_recipients(conn, class.id, bookings).await?;
    for recipient in in_order(recipients, bookings.iter().map(|id| id.0), "booking")? {
        let id = recipient.about;
        let missing = StoreError::unexpected("booking", id, "the booking", "no row");
        let remedy = *remedies.get(&id).ok_or(missing)?;
        let message = Message::booking_called_off(about(context, class, &recipient), remedy);
        let subject = subject_of_booking(class, BookingId(id));
        messages.push(OutgoingMessage {
            recipient,
            message,
            subject,
            not_before,
            give_up_at: class.starts_at,
        });
    }
    send(context, conn, &messages, &[], now).await
}

/// Tells a profile's account something that is not about a waitlist entry; it is not sent after `until`.
pub(super) async fn enqueue(
    context: &Context,
    conn: &mut Conn,
    profile: ProfileId,
    (message, subject): (Message, MessageSubject),
    until: Instant,
    now: Instant,
) -> Result<(), AppError> {
    let recipient = store::profile_recipient(conn, profile).await?;
    let offset = context.utc_offset(now);
    let policy = context.policies.current(&mut *conn, now).await?;
    let not_before = deadline::informational_message_at(now, until, offset, &policy);
    let outgoing = OutgoingMessage { recipient, message, subject, not_before, give_up_at: until };
    send(context, conn, &[outgoing], &[], now).await
}

async fn to_answer(
    context: &Context,
    conn: &mut Conn,
    class: &JudgedClass,
    offers: &[OpenOffer],
    kind: NotificationType,
    now: Instant,
) -> Result<Vec<NotificationId>, AppError> {
    let entries: Vec<WaitlistId> = offers.iter().map(|offer| offer.entry).collect();
    let recipients = of_entries(conn, class, &entries).await?;
    let messages = recipients.into_iter().zip(offers).map(|(recipient, offer)| {
        let (about, until) = (about(context, class, &recipient), context.local(offer.deadline));
        let message = match kind {
            NotificationType::ExpiryReminder => Message::reminder(about, until, offer.entry.0),
            _ => Message::offer(about, until, offer.entry.0),
        };
        let subject = subject_of_entry(class, recipient.about);
        OutgoingMessage { recipient, message, subject, not_before: now, give_up_at: offer.deadline }
    });
    let messages: Vec<_> = messages.collect();
    let rows = messages
        .iter()
        .zip(offers)
        .map(|(outgoing, offer)| notification(context, outgoing, kind, offer.round, Some(offer.deadline)));
    let notifications = store::waitlist_notification_insert(conn, &rows.collect::<Vec<_>>(), now).await?;
    send(context, conn, &messages, &notifications, now).await?;
    Ok(notifications)
}

fn about<'a>(context: &Context, class: &ClassSession, recipient: &'a Recipient) -> About<'a> {
    About {
        course: &recipient.course_name,
        child: &recipient.profile_name,
        start: context.local(class.starts_at),
    }
}

fn subject_of_class(class: &ClassSession) -> MessageSubject {
    MessageSubject {
        course_schedule_id: Some(class.course_schedule_id),
        booking_date: Some(class.booking_date),
        ..MessageSubject::default()
    }
}

fn subject_of_entry(class: &ClassSession, entry: i64) -> MessageSubject {
    MessageSubject { waitlist_id: Some(WaitlistId(entry)), ..subject_of_class(class) }
}

fn subject_of_booking(class: &ClassSession, booking: BookingId) -> MessageSubject {
    MessageSubject { booking_id: Some(booking), ..subject_of_class(class) }
}

/// When an informational message about a class may go out.
fn outside_quiet_hours(context: &Context, class: &JudgedClass, now: Instant) -> Instant {
    let offset = context.utc_offset(now);
    deadline::informational_message_at(now, stale_at(class, now), offset, &class.policy)
}

/// When a message about a class is of no use on a phone any more.
fn stale_at(class: &ClassSession, now: Instant) -> Instant {
    deadline::stale_at(class.starts_at, class.ends_at, now)
}

/// The recipients of a message about entries of a class, in their order.
async fn of_entries(
    conn: &mut Conn,
    class: &JudgedClass,
    entries: &[WaitlistId],
) -> Result<Vec<Recipient>, AppError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let recipients = store::waitlist_recipients(conn, class.id, entries).await?;
    in_order(recipients, entries.iter().map(|id| id.0), "waitlist")
}

fn in_order(
    recipients: Vec<Recipient>,
    ids: impl Iterator<Item = i64>,
    table: &'static str,
) -> Result<Vec<Recipient>, AppError> {
    let mut by_id: HashMap<i64, Recipient> =
        recipients.into_iter().map(|recipient| (recipient.about, recipient)).collect();
    let missing = |row| AppError::from(StoreError::unexpected(table, row, "an entry or a booking", "no row"));
    ids.map(|id| by_id.remove(&id).ok_or_else(|| missing(id))).collect()
}

fn notification<'a>(
    context: &Context,
    outgoing: &'a OutgoingMessage,
    kind: NotificationType,
    round: u32,
    deadline: Option<Instant>,
) -> NewNotification<'a> {
    let OutgoingMessage { recipient, message, .. } = outgoing;
    let delivery = match delivery(context, outgoing) {
        MessageDelivery::Pending => Delivery::Pending,
        MessageDelivery::Delivered => Delivery::Delivered,
        MessageDelivery::Undeliverable => Delivery::Undeliverable,
        _ => Delivery::Failed,
    };
    NewNotification {
        entry: WaitlistId(recipient.about),
        profile: recipient.profile_id,
        kind,
        round,
        deadline,
        delivery,
        text: &message.text,
        data: message.data.under_own_names(),
    }
}

/// Whether a message will reach a phone, as it is written.
fn delivery(context: &Context, outgoing: &OutgoingMessage) -> MessageDelivery {
    let messenger = &context.messenger;
    match messenger.template_id(outgoing.message.kind.as_str()) {
        None => MessageDelivery::AppOnly,
        Some(_) if outgoing.recipient.told().next().is_none() => MessageDelivery::Undeliverable,
        Some(_) if messenger.is_recorder() => MessageDelivery::Delivered,
        Some(_) => MessageDelivery::Pending,
    }
}

/// Says messages in the app, and puts those whose kind has a template into the outbox, once for each guardian who is told:
/// each about its entry and one of `notifications`, or about neither.
async fn send(
    context: &Context,
    conn: &mut Conn,
    messages: &[OutgoingMessage],
    notifications: &[NotificationId],
    now: Instant,
) -> Result<(), AppError> {
    let messenger = &context.messenger;
    let uuids: Vec<String> = messages.iter().map(|_| uuid::Uuid::new_v4().to_string()).collect();
    let said = messages.iter().zip(&uuids).map(|(outgoing, uuid)| NewMessage {
        uuid,
        profile: outgoing.recipient.profile_id,
        kind: outgoing.message.kind,
        title: outgoing.message.title,
        text: &outgoing.message.text,
        subject: outgoing.subject,
        delivery: delivery(context, outgoing),
    });
    let said: Vec<_> = said.collect();
    store::message_insert(conn, &said, now).await?;
    let sent = messages.iter().enumerate().zip(&said);
    let sent = sent.filter(|(_, said)| said.delivery != MessageDelivery::AppOnly);
    let sendings = sent.flat_map(|((index, outgoing), said)| {
        let OutgoingMessage { recipient, message, not_before, give_up_at, .. } = outgoing;
        recipient.told().map(move |guardian| NewSending {
            message: said.uuid,
            account: guardian.account,
            openid: &guardian.openid,
            template: message.kind.as_str(),
            page: &message.page,
            data: messenger.fields(message.kind, &message.data),
            about: notifications.get(index).map(|id| (WaitlistId(recipient.about), *id)),
            not_before: *not_before,
            give_up_at: *give_up_at,
        })
    });
    let taken = messenger.is_recorder();
    store::outbox_insert(conn, &sendings.collect::<Vec<_>>(), taken, now).await?;
    if taken {
        for outgoing in messages {
            if let Some(template) = messenger.template_id(outgoing.message.kind.as_str()) {
                for guardian in outgoing.recipient.told() {
                    store::subscription_grant_spend(conn, guardian.account, template).await?;
                }
            }
        }
    }
    Ok(())
}
