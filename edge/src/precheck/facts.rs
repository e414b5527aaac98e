//! The cached facts that a window is judged by, and how old they may be.

use super::bodies::Ask;
use super::subject::Subject;
use crate::cache;
use crate::clock;
use crate::origin::{self, OriginRequest};
use chrono::NaiveDate;
use contract::Operation;
use contract::shapes::{Entry, Owed, Page, PolicyVersion, Profile, Session, Time};
use contract::token::Claims;
use logic::ids::{PolicyId, ProfileId, ScheduleId, WaitlistId};
use logic::policy_version::{check_choice, is_settled};
use logic::{Instant, Policy};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// How old a class may be, in milliseconds: the `s-maxage` of the backend. It may be called off at any time.
const CLASS_MAX_AGE_MS: i64 = 5_000;
/// How old the policy and the caller's own reads may be, in milliseconds. The caller's writes count at once.
const OWN_MAX_AGE_MS: i64 = 60_000;

/// How old a version of the policy may be, in milliseconds: it never changes.
const VERSION_MAX_AGE_MS: i64 = 24 * 60 * 60 * 1000;

/// How far the origin's clock may be from the edge's, in milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;

/// The facts that one request is judged by.
pub(super) enum Facts {
    /// A class that is to be joined.
    Join { class: Session, policy: Judging },
    /// A class that is to be booked.
    Book { class: Session, policy: Judging },
    /// A class that is to make up for a missed one, which is `owed`.
    MakeUp { class: Session, owed: Owed, policy: Judging },
    /// An entry whose offer is answered.
    Respond { entry: Entry },
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
                let policy = sources.policy_of(&class).await?;
                Some(Self::Join { class, policy })
            }
            // A booking paid with credit depends on the balance, which is not judged here.
            Ask::Book(book) if !book.pay_with_compensation => {
                let class = sources.class(book.course_schedule_id, book.booking_date).await?;
                sources.own_profile(book.profile_id).await?;
                let policy = sources.policy_of(&class).await?;
                Some(Self::Book { class, policy })
            }
            Ask::BookMakeup(book) => {
                let class = sources.class(book.course_schedule_id, book.booking_date).await?;
                let owed: Page<Owed> = sources.fact(owed(), OWN_MAX_AGE_MS).await?;
                let owed = owed.items.into_iter().find(|owed| {
                    owed.booking.id == book.original_booking_id && owed.booking.profile_id == book.profile_id
                })?;
                sources.own_profile(book.profile_id).await?;
                let policy = sources.policy_of(&class).await?;
                Some(Self::MakeUp { class, owed, policy })
            }
            Ask::Respond(id) => {
                let entry: Entry = sources.fact(entry(*id), OWN_MAX_AGE_MS).await?;
                Some(Self::Respond { entry })
            }
            Ask::Join(_) | Ask::Book(_) => None,
        }
    }

    /// Whether the version of the policy that judges the class cannot become another one before the origin judges: it is
    /// fixed, or the class is settled (R1.25) by what was known when the oldest fact was read.
    pub(super) fn has_its_version(&self, now: Now) -> bool {
        self.judged().is_none_or(|(class, policy)| {
            class.policy_fixed || is_settled(class.starts_at, policy.next, now.before_every_fact())
        })
    }

    /// The class that is judged by a version of the policy, with that version.
    fn judged(&self) -> Option<(&Session, &Judging)> {
        match self {
            Self::Respond { .. } => None,
            Self::Join { class, policy }
            | Self::Book { class, policy }
            | Self::MakeUp { class, policy, .. } => Some((class, policy)),
        }
    }
}

/// The version of the policy that judges a class.
pub(super) struct Judging {
    pub(super) policy: Policy,
    /// From when the first version that has not yet come holds.
    pub(super) next: Option<Instant>,
}

/// The answer of `GET /policy`, beside the fields.
#[derive(Deserialize)]
struct InForce {
    id: PolicyId,
    next: Option<Next>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// The version that comes next.
#[derive(Deserialize)]
struct Next {
    effective_from: Instant,
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

fn version(id: PolicyId) -> Read {
    (Operation::PoliciesGet, Operation::PoliciesGet.path_with(&[&id]))
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
        Ask::Respond(id) => vec![entry(*id)],
    }
}

/// The version of the policy that judges the class of `ask`, as far as the class is cached.
pub(super) async fn version_read(ask: &Ask, origin: &str, caller: &Claims) -> Option<Read> {
    let (schedule, date) = match ask {
        Ask::Join(join) => (join.course_schedule_id, join.booking_date),
        Ask::Book(book) => (book.course_schedule_id, book.booking_date),
        Ask::BookMakeup(book) => (book.course_schedule_id, book.booking_date),
        Ask::Respond(_) => return None,
    };
    let (operation, path) = class(schedule, date);
    let audience = operation.cache()?.audience;
    let class: Session = cache::fact(origin, audience, Some(caller), &path, CLASS_MAX_AGE_MS).await?;
    Some(version(class.policy_id))
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

    /// The version that judges a class: that in force, or another one, which never changes.
    async fn policy_of(&self, class: &Session) -> Option<Judging> {
        let InForce { id, next, fields } = self.fact(policy(), OWN_MAX_AGE_MS).await?;
        let fields = if id == class.policy_id {
            fields
        } else {
            let version: PolicyVersion = self.fact(version(class.policy_id), VERSION_MAX_AGE_MS).await?;
            version.policy
        };
        Some(Judging { policy: known_policy(fields)?, next: next.map(|next| next.effective_from) })
    }

    /// Whether the class of `facts` still has the version that it had in the cache. The class is read from the origin,
    /// unless its version can no longer be chosen anew (R1.26).
    pub(super) async fn confirm_version(&self, facts: &Facts, now: Now) -> bool {
        let Some((cached, _)) = facts.judged() else { return true };
        if check_choice(cached.status, cached.starts_at, false, now.earliest).is_err() {
            return true;
        }
        let (_, path) = class(cached.course_schedule_id, cached.booking_date);
        self.ask::<Session>(&path).await.is_some_and(|found| found.policy_id == cached.policy_id)
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
