//! Who came to the front of the queue, and is told so.

use super::load::Locked;
use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::service::messages;
use crate::wechat::message::Template;
use logic::ids::Ticket;
use logic::session::{Event, Session};
use logic::status::SessionStatus;
use logic::{Instant, deadline};

/// Tells the entry that is first in the queue now and was not before, because those ahead of it were offered a seat
/// or left. Tickets only grow, so an entry comes to the front once in its life; one that joined an empty queue was
/// there from the start and is told nothing, and neither is anyone once no more offers go out.
pub(super) async fn tell(
    conn: &mut Conn,
    locked: &Locked,
    before: &Session,
    events: &[Event],
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let Some(foremost) = events.iter().filter_map(gone).min() else { return Ok(()) };
    let state = &locked.state;
    let open = deadline::phase(state.start, now, &app.policy) == deadline::Phase::Open;
    if state.waiting == 0 || state.status != SessionStatus::Scheduled || !open {
        return Ok(());
    }
    let first: Option<(i64, i64)> = sqlx::query_as(
        "SELECT id, `position` FROM waitlist WHERE session_id = ? AND status = 'waiting' \
         ORDER BY `position` LIMIT 1",
    )
    .bind(locked.row.id)
    .fetch_optional(&mut *conn)
    .await?;
    match first {
        Some((entry, ticket)) if foremost < Ticket(ticket) && Ticket(ticket) < before.next_ticket => {
            messages::news(conn, locked, &[entry], Template::Front, now, app).await
        }
        _ => Ok(()),
    }
}

/// The place in the queue that an event emptied.
fn gone(event: &Event) -> Option<Ticket> {
    match event {
        Event::Offered { ticket, .. }
        | Event::LeftQueue { ticket, offered: false, .. }
        | Event::MakeupLapsed { ticket, offered: false }
        | Event::EndedByBooking { ticket } => Some(*ticket),
        _ => None,
    }
}
