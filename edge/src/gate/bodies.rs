//! Bodies, read as the backend reads them: the shapes of the contract, no unknown field, to the end.

use crate::body;
use crate::border::Lines;
use crate::problem::Problem;
use logic::api::{
    Attend, Book, BookMakeup, Join, Login, NotifyAsk, PreviewAsk, ProcessExpiry, Respond, SetCapacity,
    Subscriptions,
};
use logic::ids::WaitlistId;
use serde::de::DeserializeOwned;

/// What is asked, where more than its form can be judged here.
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

/// What a body asks; `None` where its form is all that can be judged, or the path is not one of that route.
///
/// # Errors
/// `invalid_request`, in the backend's words.
pub(super) fn read(pattern: &str, path: &str, headers: &Lines, body: &[u8]) -> Result<Option<Ask>, Problem> {
    match pattern {
        "/api/v1/waitlist/join" => Ok(Some(Ask::Join(json(headers, body)?))),
        "/api/v1/bookings" => Ok(Some(Ask::Book(json(headers, body)?))),
        "/api/v1/makeup/book" => Ok(Some(Ask::BookMakeup(json(headers, body)?))),
        "/api/v1/waitlist/{id}/respond" => {
            json::<Respond>(headers, body)?;
            let id = path.split('/').nth(4).and_then(|segment| segment.parse().ok());
            Ok(id.map(|id| Ask::Respond(WaitlistId(id))))
        }
        "/api/v1/auth/login" => json::<Login>(headers, body).map(|_| None),
        "/api/v1/subscriptions" => json::<Subscriptions>(headers, body).map(|_| None),
        "/api/v1/bookings/{id}/attendance" => json::<Attend>(headers, body).map(|_| None),
        "/api/v1/compensation/preview" => json::<PreviewAsk>(headers, body).map(|_| None),
        "/api/v1/waitlist/process-expiry" => json::<ProcessExpiry>(headers, body).map(|_| None),
        "/api/v1/waitlist/notify" => {
            json::<NotifyAsk>(headers, body)?.whom()?;
            Ok(None)
        }
        "/api/v1/sessions/{id}/{date}/capacity" => {
            json::<SetCapacity>(headers, body)?.seats()?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn json<T: DeserializeOwned>(headers: &Lines, body: &[u8]) -> Result<T, Problem> {
    body::check_type(headers)?;
    body::from_json(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::Code;

    fn judged(pattern: &str, path: &str, body: &str) -> Result<bool, Code> {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        let read = read(pattern, &format!("/api/v1{path}"), &headers, body.as_bytes());
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

    #[test]
    fn a_body_is_said_to_be_json() {
        for (given, ok) in
            [("application/json", true), ("APPLICATION/JSON ;a=b", true), ("application/x+json", false)]
        {
            let headers = vec![("content-type", given.to_owned())];
            assert_eq!(json::<Respond>(&headers, br#"{"action": "confirm"}"#).is_ok(), ok, "{given}");
        }
        let none = json::<Respond>(&vec![], br#"{"action": "confirm"}"#).unwrap_err();
        assert_eq!(none.detail, "the content-type must be application/json, not left out");
    }
}
