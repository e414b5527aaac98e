//! Bodies, parsed as the backend parses them: the shapes of the contract, no unknown field, no trailing text. Their
//! `content-type` was checked before.

use crate::body::from_json;
use crate::problem::Problem;
use contract::shapes::{
    Attend, Book, BookMakeup, Join, Login, NotifyAsk, PreviewAsk, ProcessExpiry, Respond, SetCapacity,
    Subscriptions,
};
use logic::ids::WaitlistId;

/// What a request asks, where more than its form can be judged here.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// `POST /waitlist/join`.
    Join(Join),
    /// `POST /bookings`.
    Book(Book),
    /// `POST /makeup/book`.
    BookMakeup(BookMakeup),
    /// `PUT /waitlist/{id}/respond`: to which entry.
    Respond(WaitlistId),
}

/// Parses a body. `None` where its form is all that can be judged, or the path is not one of that route.
///
/// # Errors
/// `invalid_request`, in the backend's words.
pub(super) fn read(pattern: &str, path: &str, body: &[u8]) -> Result<Option<Ask>, Problem> {
    match pattern {
        "/api/v1/waitlist/join" => Ok(Some(Ask::Join(from_json(body)?))),
        "/api/v1/bookings" => Ok(Some(Ask::Book(from_json(body)?))),
        "/api/v1/makeup/book" => Ok(Some(Ask::BookMakeup(from_json(body)?))),
        "/api/v1/waitlist/{id}/respond" => {
            from_json::<Respond>(body)?;
            let id = path.split('/').nth(4).and_then(|segment| segment.parse().ok());
            Ok(id.map(|id| Ask::Respond(WaitlistId(id))))
        }
        "/api/v1/auth/login" => from_json::<Login>(body).map(|_| None),
        "/api/v1/subscriptions" => from_json::<Subscriptions>(body).map(|_| None),
        "/api/v1/bookings/{id}/attendance" => from_json::<Attend>(body).map(|_| None),
        "/api/v1/compensation/preview" => from_json::<PreviewAsk>(body).map(|_| None),
        "/api/v1/waitlist/process-expiry" => from_json::<ProcessExpiry>(body).map(|_| None),
        "/api/v1/waitlist/notify" => {
            from_json::<NotifyAsk>(body)?.whom()?;
            Ok(None)
        }
        "/api/v1/sessions/{id}/{date}/capacity" => {
            from_json::<SetCapacity>(body)?.seats()?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::Code;

    fn judged(pattern: &str, path: &str, body: &str) -> Result<bool, Code> {
        let read = read(pattern, &format!("/api/v1{path}"), body.as_bytes());
        read.map(|ask| ask.is_some()).map_err(|problem| problem.code)
    }

    #[test]
    fn bodies_are_those_of_the_contract() {
        let place = r#""course_schedule_id": 1, "booking_date": "2026-03-02""#;
        let join = format!(r#"{{"profile_id": 1, {place}}}"#);
        assert_eq!(judged("/api/v1/waitlist/join", "/waitlist/join", &join), Ok(true));
        assert_eq!(judged("/api/v1/bookings", "/bookings", &join), Ok(true));
        for body in [
            "",
            "{",
            "[]",
            "{}",
            &format!(r#"{{"profile_id": 1, {place}, "colour": 1}}"#),
            &format!(r#"{{"profile_id": "1", {place}}}"#),
            &format!("{join} x"),
            &join.replace("2026-03-02", "2026-3-2"),
        ] {
            assert_eq!(
                judged("/api/v1/waitlist/join", "/waitlist/join", body),
                Err(Code::InvalidRequest),
                "{body}"
            );
        }
        let respond = "/api/v1/waitlist/{id}/respond";
        assert_eq!(judged(respond, "/waitlist/7/respond", r#"{"action": "confirm"}"#), Ok(true));
        assert_eq!(
            judged(respond, "/waitlist/7/respond", r#"{"action": "maybe"}"#),
            Err(Code::InvalidRequest)
        );
    }
}
