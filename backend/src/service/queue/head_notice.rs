//! The message to the entry that came to the head of the queue.

use super::load::Locked;
use crate::error::AppError;
use crate::service::{Context, messages};
use crate::store::{self, Conn};
use logic::ids::Ticket;
use logic::session::{Event, Session};
use logic::status::{MessageKind, SessionStatus};
use logic::{Instant, deadline};

/// Tells the entry that is first in the queue now and was not before, because those ahead of it were offered a seat or
/// left. Tickets only grow, so an entry comes to the head once in its life; one that joined an empty queue was there
/// from the start and is told nothing, and neither is anyone once no more offers go out.
pub(super) async fn send(
    context: &Context,
    conn: &mut Conn,
    locked: &Locked,
    before: &Session,
    events: &[Event],
    now: Instant,
) -> Result<(), AppError> {
    let Some(foremost) = events.iter().filter_map(vacated).min() else { return Ok(()) };
    let state = &locked.state;
    let open = deadline::phase(state.start, now, &locked.class.policy) == deadline::Phase::Open;
    if state.waiting == 0 || state.status != SessionStatus::Scheduled || !open {
        return Ok(());
    }
    match store::waitlist_head(conn, locked.class.id).await? {
        Some((entry, ticket)) if foremost < ticket && ticket < before.next_ticket => {
            messages::news(context, conn, &locked.class, &[entry], MessageKind::WaitlistFront, now).await
        }
        _ => Ok(()),
    }
}

/// The place in the queue that an event emptied.
fn vacated(event: &Event) -> Option<Ticket> {
    match event {
        Event::Offered { ticket, .. }
        | Event::LeftQueue { ticket, offered: false, .. }
        | Event::MakeupLapsed { ticket, offered: false }
        | Event::EndedByBooking { ticket } => Some(*ticket),
        _ => None,
    }
}
