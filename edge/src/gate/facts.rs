//! What is kept that a window can be judged by, and until when it counts.

use super::Asked;
use super::bodies::Ask;
use crate::cache::{self, For};
use crate::clock;
use crate::forward::{self, Onward};
use chrono::NaiveDate;
use contract::{
    shapes::{Entry, Owed, Page, Profile, Session, Time},
    token::Claims,
};
use logic::ids::{ProfileId, ScheduleId};
use logic::{Instant, Policy};
use serde::de::DeserializeOwned;

/// How old a class may be, in milliseconds: as long as the backend lets anyone take it for the truth. It may be called
/// off at any time.
const CLASS_HOLDS_MS: i64 = 5_000;
/// How old the policy and what the caller read of its own may be, in milliseconds. Its own writes count at once.
const OWN_HOLDS_MS: i64 = 60_000;

/// How far the origin's clock may be from the edge's, in milliseconds.
const CLOCKS_DIFFER_MS: i64 = 5_000;

/// What one request can be judged by.
pub(super) enum Facts {
    /// A class that is to be joined.
    Join { class: Session, policy: Policy },
    /// A class that is to be booked.
    Book { class: Session },
    /// A class that is to make up for a missed one.
    MakeUp { class: Session, owed: Owed, policy: Policy },
    /// An entry whose offer is answered.
    Respond { entry: Entry, policy: Policy },
}

/// The instants that the origin's clock may show now, the earliest and the latest, and how old a fact may be then.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) earliest: Instant,
    pub(super) latest: Instant,
}

impl Now {
    /// Before any time that what is kept was read at.
    pub(super) fn before_any_fact(self) -> Instant {
        Instant::clamped(self.earliest.millis() - OWN_HOLDS_MS)
    }
}

impl Facts {
    /// What is kept of what `ask` is about; `None` if anything is missing, or the profile is not known to be the
    /// caller's own: then it is the origin that knows.
    pub(super) async fn find(ask: &Ask, known: &Known<'_>) -> Option<Self> {
        match ask {
            // With a makeup in mind, whose booking that is comes first.
            Ask::Join(join) if join.makeup_for.is_none() => {
                let class = known.class(join.course_schedule_id, join.booking_date).await?;
                known.own_profile(join.profile_id).await?;
                Some(Self::Join { class, policy: known.policy().await? })
            }
            // With credit, what there is of it.
            Ask::Book(book) if !book.pay_with_compensation => {
                let class = known.class(book.course_schedule_id, book.booking_date).await?;
                known.own_profile(book.profile_id).await?;
                Some(Self::Book { class })
            }
            Ask::BookMakeup(book) => {
                let class = known.class(book.course_schedule_id, book.booking_date).await?;
                let owed: Page<Owed> = known.fact(For::Account, OWED, OWN_HOLDS_MS).await?;
                let owed = owed.items.into_iter().find(|owed| {
                    owed.booking.id == book.original_booking_id && owed.booking.profile_id == book.profile_id
                })?;
                known.own_profile(book.profile_id).await?;
                Some(Self::MakeUp { class, owed, policy: known.policy().await? })
            }
            Ask::Respond(id) => {
                let path = format!("/api/v1/waitlist/{id}");
                let entry: Entry = known.fact(For::Account, &path, OWN_HOLDS_MS).await?;
                Some(Self::Respond { entry, policy: known.policy().await? })
            }
            Ask::Join(_) | Ask::Book(_) => None,
        }
    }
}

/// Where facts are kept, and for whom.
pub(super) struct Known<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) origin: &'a str,
    pub(super) caller: &'a Claims,
}

/// As the mini-program reads them.
const PROFILES: &str = "/api/v1/profiles?limit=100";
const OWED: &str = "/api/v1/makeup/owed?limit=100";
const POLICY: &str = "/api/v1/policy";

/// Where the facts about `ask` come from: routes and paths.
pub(super) fn sources(ask: &Ask) -> Vec<(&'static str, String)> {
    let class =
        |schedule: ScheduleId, date: NaiveDate| ("/api/v1/sessions/{id}/{date}", class_path(schedule, date));
    let profiles = || ("/api/v1/profiles", PROFILES.to_owned());
    let policy = (POLICY, POLICY.to_owned());
    match ask {
        Ask::Join(join) => vec![policy, profiles(), class(join.course_schedule_id, join.booking_date)],
        Ask::Book(book) => vec![profiles(), class(book.course_schedule_id, book.booking_date)],
        Ask::BookMakeup(book) => vec![
            policy,
            profiles(),
            ("/api/v1/makeup/owed", OWED.to_owned()),
            class(book.course_schedule_id, book.booking_date),
        ],
        Ask::Respond(id) => vec![policy, ("/api/v1/waitlist/{id}", format!("/api/v1/waitlist/{id}"))],
    }
}

fn class_path(schedule: ScheduleId, date: NaiveDate) -> String {
    format!("/api/v1/sessions/{schedule}/{date}")
}

impl Known<'_> {
    async fn class(&self, schedule: ScheduleId, date: NaiveDate) -> Option<Session> {
        self.fact(For::Everyone, &class_path(schedule, date), CLASS_HOLDS_MS).await
    }

    async fn policy(&self) -> Option<Policy> {
        let json = self.fact(For::Everyone, POLICY, OWN_HOLDS_MS).await?;
        Policy::from_json(&json).ok()
    }

    async fn own_profile(&self, profile: ProfileId) -> Option<()> {
        let profiles: Page<Profile> = self.fact(For::Account, PROFILES, OWN_HOLDS_MS).await?;
        profiles.items.iter().any(|own| own.id == profile).then_some(())
    }

    /// What is kept of a path. Where the origin's clock can be moved, nothing is young for sure: it is asked again.
    async fn fact<T: DeserializeOwned>(&self, whom: For, path: &str, holds_ms: i64) -> Option<T> {
        let kept = cache::fact(self.origin, whom, Some(self.caller), path, holds_ms).await?;
        if self.asked.config.dev_clock { self.ask(path).await } else { Some(kept) }
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let onward = Onward {
            origin: self.origin,
            method: "GET",
            path_and_query: path,
            headers: self.asked.headers,
            body: vec![],
            timeout_ms: self.asked.config.origin_timeout_ms,
            request_id: self.asked.request_id,
        };
        forward::answered(onward).await.ok()?.json().await
    }

    /// What the origin's clock may show. One that can be moved is asked.
    pub(super) async fn now(&self) -> Option<Now> {
        if self.asked.config.dev_clock {
            let time: Time = self.ask("/api/v1/time").await?;
            return Some(Now { earliest: time.now, latest: time.now });
        }
        let now = clock::now().millis();
        Some(Now {
            earliest: Instant::clamped(now - CLOCKS_DIFFER_MS),
            latest: Instant::clamped(now + CLOCKS_DIFFER_MS),
        })
    }
}
