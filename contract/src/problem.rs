//! Problem bodies (RFC 9457).

use logic::error::Facts;
use serde_json::{Map, Value, json};

/// The members that a refusal's facts add to a problem, besides those that every problem has.
pub fn members(facts: &Facts) -> Map<String, Value> {
    let members = match facts {
        Facts::None | Facts::Detail(_) => vec![],
        Facts::Deadline(deadline) => vec![("deadline", json!(deadline))],
        Facts::Minutes { required, available } => {
            vec![("required", json!(required)), ("available", json!(available))]
        }
        Facts::Bookings(bookings) => vec![("bookings", json!(bookings))],
    };
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
