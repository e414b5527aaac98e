//! A gym with a row of every kind, and the check that no row has changed.

use logic::ids::{BookingId, WaitlistId};
use reqwest::Method;
use std::collections::BTreeMap;
use tests::{Answer, Class, Client, Family, Plan, World, rows};

/// A class with a waiting entry and an offer, a booking in another class, and a copy of the tables.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) class: Class,
    /// The member with the offer and the booking.
    pub(crate) ann: Family,
    pub(crate) staff: Family,
    pub(crate) owner: Family,
    pub(crate) offer: WaitlistId,
    pub(crate) booking: BookingId,
    before: BTreeMap<String, (i64, Option<i64>)>,
    tried: u32,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let mut plan = Plan::new().await;
        let (class, holder, seat) = plan.full_class(2, "18:00");
        let other = plan.class(3, "18:00", 2);
        let [ann, ben] = plan.families();
        let booking = plan.booked(&other, ann);
        let (staff, owner) = (plan.staff(), plan.owner());
        let world = plan.load().await;
        let offer = world[ann].join(&class).await.unwrap().id;
        world[ben].join(&class).await.unwrap();
        world[holder].client.cancel(seat).await.unwrap();
        let before = rows::fingerprint(world.sql()).await;
        Self { world, class, ann, staff, owner, offer, booking, before, tried: 0 }
    }

    /// The member whose rows the requests name.
    pub(crate) fn ann(&self) -> Client {
        self.world[self.ann].client.clone()
    }

    /// Asserts that an answer has this status and code, and a detail that names the fault.
    #[track_caller]
    pub(crate) fn expect(&mut self, about: &str, answer: &Answer, status: u16, code: &str, names: &str) {
        let problem = answer.problem();
        assert_eq!((problem.status, problem.code.as_str()), (status, code), "{about}: {problem:?}");
        assert!(problem.detail.contains(names), "{about}: `{names}` is not named in `{}`", problem.detail);
        self.tried += 1;
    }

    /// Sends a JSON text and expects a 400 whose detail contains `names`.
    pub(crate) async fn malformed(
        &mut self,
        client: &Client,
        method: &Method,
        path: &str,
        body: &str,
        names: &str,
    ) {
        let sent = body.as_bytes().to_vec();
        let answer = client.send(method.clone(), path, Some("application/json"), sent).await;
        let short: String = body.chars().take(120).collect();
        self.expect(&format!("{method} {path} {short}"), &answer, 400, "invalid_request", names);
    }

    /// Asserts that no row has changed.
    pub(crate) async fn close(self, at_least: u32) {
        assert!(self.tried >= at_least, "only {} of {at_least} cases were tried", self.tried);
        assert_eq!(rows::fingerprint(self.world.sql()).await, self.before);
        self.world.close().await;
    }
}
