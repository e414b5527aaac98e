//! Metrics of offers, recorded when their transaction commits.

use crate::db::on_commit;
use logic::Instant;
use logic::session::{Event, Session};

/// Records what became of offers: `gym_offers_total` by outcome, `gym_seat_offered_seconds` from the freed seat to its
/// offer, `gym_offer_answered_seconds` from an offer to its answer. `freed_at` is since when a seat has been free that
/// someone waits for; a seat freed by the same command counts as zero wait.
pub(super) fn record_offers(before: &Session, freed_at: Option<Instant>, events: &[Event], now: Instant) {
    for event in events {
        let (outcome, ticket) = match event {
            Event::Offered { .. } => {
                let waited = seconds(now.millis_since(freed_at.unwrap_or(now)));
                on_commit(move || metrics::histogram!("gym_seat_offered_seconds").record(waited));
                ("made", None)
            }
            Event::Confirmed { ticket, .. } => ("confirmed", Some(ticket)),
            Event::Declined { ticket, .. } => ("declined", Some(ticket)),
            Event::Expired { .. } => ("expired", None),
            Event::LeftQueue { offered: true, .. } => ("left", None),
            Event::Withdrawn { .. } | Event::MakeupLapsed { offered: true, .. } => ("withdrawn", None),
            _ => continue,
        };
        let answered = ticket
            .and_then(|ticket| before.offer(*ticket))
            .map(|offer| seconds(now.millis_since(offer.sent_at)));
        on_commit(move || {
            metrics::counter!("gym_offers_total", "outcome" => outcome).increment(1);
            if let Some(answered) = answered {
                metrics::histogram!("gym_offer_answered_seconds", "outcome" => outcome).record(answered);
            }
        });
    }
}

#[allow(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 ms")]
fn seconds(millis: i64) -> f64 {
    millis.max(0) as f64 / 1000.0
}
