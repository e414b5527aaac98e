//! Bodies, parsed as the backend parses them: the shapes of the contract, no unknown field, no trailing text. Their
//! `content-type` was checked before.

use crate::body::from_json;
use crate::routes::Found;
use contract::Operation;
use contract::problem::Problem;
use contract::shapes::{
    Attend, AttendanceList, Book, BookMakeup, ClaimChild, DeviceDecision, DeviceToken, GoodwillAsk, Join,
    LeaveAsk, Login, MakeupRightAsk, NotifyAsk, PreviewAsk, ProcessExpiry, ProfileAsk, ReadMessages, Respond,
    SetCapacity, SetPolicy, SetRole, Subscriptions, TellGuardian,
};
use logic::ids::WaitlistId;
use serde::de::DeserializeOwned;

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

/// Parses the body of a request. Returns `None` where nothing but its form can be judged.
///
/// # Errors
/// `invalid_request`, in the backend's words.
pub(super) fn read(found: &Found<'_>, body: &[u8]) -> Result<Option<Ask>, Problem> {
    use Operation as Op;
    match found.operation {
        Op::WaitlistJoin => Ok(Some(Ask::Join(from_json(body)?))),
        Op::BookingsCreate => {
            let ask: Book = from_json(body)?;
            // Who may book late, and until when, the backend judges alone.
            Ok(ask.late_reason()?.is_none().then_some(Ask::Book(ask)))
        }
        Op::MakeupBook => Ok(Some(Ask::BookMakeup(from_json(body)?))),
        Op::WaitlistRespond => {
            from_json::<Respond>(body)?;
            let id = found.path.split('/').nth(4).and_then(|segment| segment.parse().ok());
            Ok(id.map(|id| Ask::Respond(WaitlistId(id))))
        }
        Op::AuthLogin => form::<Login>(body),
        Op::AuthDeviceToken => form::<DeviceToken>(body),
        Op::AuthDeviceApprove => form::<DeviceDecision>(body),
        Op::AccountsRole => form::<SetRole>(body),
        Op::SubscriptionsCreate => form::<Subscriptions>(body),
        Op::ProfilesClaim => form::<ClaimChild>(body),
        Op::ProfilesGuardianTold => form::<TellGuardian>(body),
        Op::MessagesRead => form::<ReadMessages>(body),
        Op::PoliciesCreate => form::<SetPolicy>(body),
        Op::BookingsAttendance => form::<Attend>(body),
        Op::CompensationPreview => form::<PreviewAsk>(body),
        Op::WaitlistProcessExpiry => form::<ProcessExpiry>(body),
        Op::WaitlistNotify => {
            from_json::<NotifyAsk>(body)?.whom()?;
            Ok(None)
        }
        Op::SessionsCapacity => {
            from_json::<SetCapacity>(body)?.seats()?;
            Ok(None)
        }
        Op::ProfilesCreate | Op::ProfilesUpdate => {
            from_json::<ProfileAsk>(body)?.checked()?;
            Ok(None)
        }
        Op::CompensationGrant => {
            from_json::<GoodwillAsk>(body)?.checked_reason()?;
            Ok(None)
        }
        Op::BookingsMakeupRight => {
            from_json::<MakeupRightAsk>(body)?.checked_reason()?;
            Ok(None)
        }
        Op::BookingsLeave => {
            let text = if body.is_empty() { b"{}" } else { body };
            from_json::<LeaveAsk>(text)?.waive_reason()?;
            Ok(None)
        }
        Op::DeskAttendance => {
            from_json::<AttendanceList>(body)?.check()?;
            Ok(None)
        }
        // The edge itself answers these, or the backend's clock can be moved and it judges them alone.
        Op::RulesCall | Op::DevClockSet | Op::DevClockAdvance => Ok(None),
        // These take no JSON body, or none that must be there.
        Op::TimeGet
        | Op::AuthDevice
        | Op::AuthDeviceGet
        | Op::AuthRenew
        | Op::AuthLogout
        | Op::AccountsList
        | Op::PolicyGet
        | Op::PoliciesList
        | Op::PoliciesGet
        | Op::OpenapiGet
        | Op::PeopleList
        | Op::AuditList
        | Op::ProfilesList
        | Op::ProfilesClaimCode
        | Op::ProfilesGuardians
        | Op::ProfilesGuardianRemove
        | Op::SessionsList
        | Op::SessionsGet
        | Op::SessionsCancel
        | Op::SessionsPolicy
        | Op::BookingsMy
        | Op::BookingsCancel
        | Op::WaitlistMy
        | Op::WaitlistDeadlineCheck
        | Op::WaitlistPosition
        | Op::WaitlistGet
        | Op::WaitlistLeave
        | Op::WaitlistNotifications
        | Op::NotificationsMy
        | Op::MessagesMy
        | Op::SubscriptionsGet
        | Op::MakeupAvailable
        | Op::MakeupMy
        | Op::MakeupOwed
        | Op::MakeupCancel
        | Op::CompensationBalance
        | Op::CompensationHistory
        | Op::DeskDay
        | Op::DeskSession
        | Op::DeskProfile
        | Op::DevMessages
        | Op::DevSweep => Ok(None),
    }
}

/// Checks that a body is a `T`, for an operation of which nothing else can be judged.
fn form<T: DeserializeOwned>(body: &[u8]) -> Result<Option<Ask>, Problem> {
    from_json::<T>(body).map(|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::Code;

    fn judged(operation: Operation, body: &str) -> Result<bool, Code> {
        let path = operation.path_with(&[&7]);
        let read = read(&Found { operation, path: &path }, body.as_bytes());
        read.map(|ask| ask.is_some()).map_err(|problem| problem.code)
    }

    #[test]
    fn bodies_are_those_of_the_contract() {
        let place = r#""course_schedule_id": 1, "booking_date": "2026-03-02""#;
        let join = format!(r#"{{"profile_id": 1, {place}}}"#);
        assert_eq!(judged(Operation::WaitlistJoin, &join), Ok(true));
        assert_eq!(judged(Operation::BookingsCreate, &join), Ok(true));
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
            assert_eq!(judged(Operation::WaitlistJoin, body), Err(Code::InvalidRequest), "{body}");
        }
        let respond = Operation::WaitlistRespond;
        assert_eq!(judged(respond, r#"{"action": "confirm"}"#), Ok(true));
        assert_eq!(judged(respond, r#"{"action": "maybe"}"#), Err(Code::InvalidRequest));
        let leave = Operation::BookingsLeave;
        for good in ["", "{}", r#"{"waive_lead": true, "reason": "发烧"}"#] {
            assert_eq!(judged(leave, good), Ok(false), "{good}");
        }
        for bad in ["{", "[]", r#"{"waive_lead": true}"#, r#"{"reason": "发烧"}"#, r#"{"colour": 1}"#] {
            assert_eq!(judged(leave, bad), Err(Code::InvalidRequest), "{bad}");
        }
    }
}
