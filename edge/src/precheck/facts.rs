//! The cached facts that a window is judged by, and how old they may be.

use super::bodies::Ask;
use super::subject::Subject;
use crate::cache;
use crate::clock;
use crate::origin::{self, OriginRequest};
use chrono::NaiveDate;
use contract::Operation;
use contract::shapes::{Entry, Owed, Page, Profile, Session, Time};
use contract::token::Claims;
use logic::ids::{ProfileId, ScheduleId, WaitlistId};
use logic::{Instant, Policy};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// How old a class may be, in milliseconds: the `s-maxage` of the backend. It may be called off at any time.
const CLASS_MAX_AGE_MS: i64 = 5_000;
/// How old the policy and the caller's own reads may be, in milliseconds. The caller's writes count at once.
const OWN_MAX_AGE_MS: i64 = 60_000;

/// How far the origin's clock may be from the edge's, in milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;

/// The facts that one request is judged by.
pub(super) enum Facts {
    /// A class that is to be joined.
    Join { class: Session, policy: Policy },
    /// A class that is to be booked.
    Book { class: Session, policy: Policy },
    /// A class that is to make up for a missed one, which is `owed`.
    MakeUp { class: Session, owed: Owed, policy: Policy },
    /// An entry whose offer is answered.
    Respond { entry: Entry, policy: Policy },
}

/// The earliest and the latest instant that the origin's clock may show now.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) earliest: Instant,
    pub(super) latest: Instant,
}

impl Now {
    /// An instant before every usable fact was read.
    pub(super) fn before_every_fact(self) -> Instant {
        Instant::clamped(self.earliest.millis() - OWN_MAX_AGE_MS)
    }
}

impl Facts {
    /// Finds the facts about `ask`. `None` if one is missing, or the profile is not known to be the caller's own: then
    /// only the origin can judge.
    pub(super) async fn find(ask: &Ask, sources: &Sources<'_>) -> Option<Self> {
        match ask {
            // A join with a makeup is judged by whose booking that is first, which is not cached.
            Ask::Join(join) if join.makeup_for.is_none() => {
                let class = sources.class(join.course_schedule_id, join.booking_date).await?;
                sources.own_profile(join.profile_id).await?;
                Some(Self::Join { class, policy: sources.policy().await? })
            }
            // A booking paid with credit depends on the balance, which is not judged here.
            Ask::Book(book) if !book.pay_with_compensation => {
                let class = sources.class(book.course_schedule_id, book.booking_date).await?;
                sources.own_profile(book.profile_id).await?;
                Some(Self::Book { class, policy: sources.policy().await? })
            }
            Ask::BookMakeup(book) => {
                let class = sources.class(book.course_schedule_id, book.booking_date).await?;
                let owed: Page<Owed> = sources.fact(owed(), OWN_MAX_AGE_MS).await?;
                let owed = owed.items.into_iter().find(|owed| {
                    owed.booking.id == book.original_booking_id && owed.booking.profile_id == book.profile_id
                })?;
                sources.own_profile(book.profile_id).await?;
                Some(Self::MakeUp { class, owed, policy: sources.policy().await? })
            }
            Ask::Respond(id) => {
                let entry: Entry = sources.fact(entry(*id), OWN_MAX_AGE_MS).await?;
                Some(Self::Respond { entry, policy: sources.policy().await? })
            }
            Ask::Join(_) | Ask::Book(_) => None,
        }
    }
}

/// Where the facts about a request come from.
pub(super) struct Sources<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) origin: &'a str,
    pub(super) caller: &'a Claims,
}

/// A read that a fact comes from: its operation, and its path and query as the mini-program asks.
pub(super) type Read = (Operation, String);

fn policy() -> Read {
    (Operation::PolicyGet, Operation::PolicyGet.path().to_owned())
}

fn profiles() -> Read {
    (Operation::ProfilesList, format!("{}?limit=100", Operation::ProfilesList.path()))
}

fn owed() -> Read {
    (Operation::MakeupOwed, format!("{}?limit=100", Operation::MakeupOwed.path()))
}

fn class(schedule: ScheduleId, date: NaiveDate) -> Read {
    (Operation::SessionsGet, Operation::SessionsGet.path_with(&[&schedule, &date]))
}

fn entry(id: WaitlistId) -> Read {
    (Operation::WaitlistGet, Operation::WaitlistGet.path_with(&[&id]))
}

/// The reads that the facts about `ask` come from.
pub(super) fn reads(ask: &Ask) -> Vec<Read> {
    match ask {
        Ask::Join(join) => vec![policy(), profiles(), class(join.course_schedule_id, join.booking_date)],
        Ask::Book(book) => vec![policy(), profiles(), class(book.course_schedule_id, book.booking_date)],
        Ask::BookMakeup(book) => {
            vec![policy(), profiles(), owed(), class(book.course_schedule_id, book.booking_date)]
        }
        Ask::Respond(id) => vec![policy(), entry(*id)],
    }
}

/// Reads the fields of a policy that this `logic` knows. A newer backend may send more: those belong to rules that are
/// not judged here.
fn known_policy(mut json: Map<String, Value>) -> Option<Policy> {
    let known = Policy::default().to_json();
    json.retain(|field, _| known.get(field).is_some());
    Policy::from_json(&json.into()).ok()
}

impl Sources<'_> {
    async fn class(&self, schedule: ScheduleId, date: NaiveDate) -> Option<Session> {
        self.fact(class(schedule, date), CLASS_MAX_AGE_MS).await
    }

    async fn policy(&self) -> Option<Policy> {
        known_policy(self.fact(policy(), OWN_MAX_AGE_MS).await?)
    }

    async fn own_profile(&self, profile: ProfileId) -> Option<()> {
        let profiles: Page<Profile> = self.fact(profiles(), OWN_MAX_AGE_MS).await?;
        profiles.items.iter().any(|own| own.id == profile).then_some(())
    }

    /// The cached response to a read. Where the origin's clock can be moved, its age means nothing: the origin is
    /// asked again.
    async fn fact<T: DeserializeOwned>(&self, (operation, path): Read, max_age_ms: i64) -> Option<T> {
        let audience = operation.cache()?.audience;
        let cached = cache::fact(self.origin, audience, Some(self.caller), &path, max_age_ms).await?;
        if self.subject.config.dev_clock { self.ask(&path).await } else { Some(cached) }
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let request = OriginRequest {
            origin: self.origin,
            method: "GET",
            path_and_query: path,
            headers: self.subject.headers,
            body: vec![],
            timeout_ms: self.subject.config.origin_timeout_ms,
            request_id: self.subject.request_id,
        };
        origin::fetch(request).await.ok()?.json().await
    }

    /// What the origin's clock may show; the origin is asked where its clock can be moved.
    pub(super) async fn now(&self) -> Option<Now> {
        if self.subject.config.dev_clock {
            let time: Time = self.ask(Operation::TimeGet.path()).await?;
            return Some(Now { earliest: time.now, latest: time.now });
        }
        let now = clock::now().millis();
        Some(Now {
            earliest: Instant::clamped(now - CLOCK_SKEW_MS),
            latest: Instant::clamped(now + CLOCK_SKEW_MS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(json: Value) -> Option<Policy> {
        known_policy(json.as_object().unwrap().clone())
    }

    #[test]
    fn unknown_fields_of_a_policy_are_ignored() {
        let newer = json!({"last_notification_lead": 420, "a_newer_field": 14, "quiet_hours": null});
        assert_eq!(policy(newer), Some(Policy::from_json(&json!({"last_notification_lead": 420})).unwrap()));
        assert_eq!(policy(Policy::default().to_json()), Some(Policy::default()));
        assert_eq!(policy(json!({"last_notification_lead": "soon"})), None, "a known field is still checked");
    }
}
