//! A loaded gym: its accounts, its clock and its database.

use crate::class::Class;
use crate::client::{Answered, Client, Told, book, join};
use crate::host::Host;
use crate::rows;
use contract::shapes::{
    Balance, Book, BookMakeup, Booking, CreditMovement, Entry, Join, Makeup, MakeupOption, Owed, Position,
    Session,
};
use logic::ids::{AccountId, BookingId, ProfileId, WaitlistId};
use logic::status::EntryStatus;
use logic::{Instant, Minutes};
use sqlx::mysql::MySqlPool;
use std::ops::Index;

/// An account of the plan, an index into the [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    pub(crate) index: usize,
}

/// A logged-in account.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account's client.
    pub client: Client,
    /// The account's id.
    pub account: AccountId,
    /// The account's openid.
    pub openid: String,
    /// The profiles that it may act for.
    pub children: Vec<ProfileId>,
}

/// A running service with the gym of a plan.
pub struct World {
    host: Host,
    members: Vec<Member>,
    /// A client without a token, for the clock, the sweep and the messages.
    pub anyone: Client,
}

impl Index<Family> for World {
    type Output = Member;

    fn index(&self, family: Family) -> &Member {
        &self.members[family.index]
    }
}

impl World {
    pub(crate) async fn open(host: Host, accounts: Vec<(String, Vec<ProfileId>, AccountId)>) -> Self {
        let anyone = Client::new(host.base());
        anyone.set_clock(host.morning()).await.unwrap();
        // A shared service may hold due rows of earlier worlds; sweep them first.
        anyone.sweep().await.unwrap();
        let mut members = Vec::with_capacity(accounts.len());
        for (openid, children, account) in accounts {
            let login = anyone.login(&format!("dev:{openid}")).await.unwrap();
            assert_eq!(login.account_id, account);
            assert_eq!(login.profiles.iter().map(|profile| profile.id).collect::<Vec<_>>(), children);
            members.push(Member { client: anyone.with_token(&login.token), account, openid, children });
        }
        Self { host, members, anyone }
    }

    /// Returns the database behind the service.
    pub fn sql(&self) -> &MySqlPool {
        self.host.sql()
    }

    /// Returns the time of the service's clock.
    pub async fn now(&self) -> Instant {
        self.anyone.time().await.unwrap().now
    }

    /// Moves the clock to `at`.
    pub async fn at(&self, at: Instant) {
        assert_eq!(self.anyone.set_clock(at).await.unwrap().now, at);
    }

    /// Moves the clock to `minutes` before a class.
    pub async fn before(&self, class: &Class, minutes: i64) -> Instant {
        let at = class.start.minus(Minutes(minutes));
        self.at(at).await;
        at
    }

    /// Advances the clock by minutes.
    pub async fn wait(&self, minutes: u32) -> Instant {
        self.anyone.advance_clock(minutes * 60).await.unwrap().now
    }

    /// Reads the stored counters of a class without settling it.
    pub async fn seats(&self, class: &Class) -> rows::Seats {
        rows::seats(self.sql(), class).await
    }

    /// Returns the messages to an account since the world began, without the message that its entry is first in line:
    /// most stories cause it, and the backend's tests cover it.
    pub async fn told(&self, family: Family) -> Vec<Told> {
        let told = self.anyone.messages(&self[family].openid).await.unwrap();
        told.into_iter().filter(|told| told.template != "waitlist_front").collect()
    }

    /// Returns the templates of those messages.
    pub async fn templates(&self, family: Family) -> Vec<String> {
        self.told(family).await.into_iter().map(|told| told.template).collect()
    }

    /// Ends a story and checks every invariant of the database.
    ///
    /// # Panics
    /// If one is broken.
    pub async fn close(self) {
        rows::check_invariants(self.sql()).await;
        self.host.close().await;
    }
}

impl Member {
    /// Returns the same account with its own connections, for races.
    pub fn apart(&self) -> Self {
        Self { client: self.client.apart(), ..self.clone() }
    }

    /// Returns the first profile.
    pub fn child(&self) -> ProfileId {
        self.children[0]
    }

    /// Joins the waitlist of a class with the first profile.
    pub async fn join(&self, class: &Class) -> Answered<Entry> {
        self.join_for(0, class).await
    }

    /// Joins the waitlist of a class with another profile.
    pub async fn join_for(&self, child: usize, class: &Class) -> Answered<Entry> {
        self.client.join(&join(self.children[child], class.schedule, class.date)).await
    }

    /// Books directly with the first profile.
    pub async fn book(&self, class: &Class) -> Answered<Booking> {
        self.book_for(0, class).await
    }

    /// Books directly with another profile.
    pub async fn book_for(&self, child: usize, class: &Class) -> Answered<Booking> {
        self.client.book(&book(self.children[child], class.schedule, class.date)).await
    }

    /// Books with the first profile and pays with credit.
    pub async fn pay(&self, class: &Class) -> Answered<Booking> {
        let ask = book(self.child(), class.schedule, class.date);
        self.client.book(&Book { pay_with_compensation: true, ..ask }).await
    }

    /// Books a makeup for the first profile.
    pub async fn make_up(&self, original: BookingId, class: &Class) -> Answered<Makeup> {
        let ask = BookMakeup {
            profile_id: self.child(),
            original_booking_id: original,
            course_schedule_id: class.schedule,
            booking_date: class.date,
        };
        self.client.make_up(&ask).await
    }

    /// Joins a waitlist for a makeup of the first profile.
    pub async fn wait_to_make_up(&self, original: BookingId, class: &Class) -> Answered<Entry> {
        let ask = join(self.child(), class.schedule, class.date);
        self.client.join(&Join { makeup_for: Some(original), ..ask }).await
    }

    /// Returns the bookings that the account can still make up.
    ///
    /// # Panics
    /// If the request is refused, or there is more than one page.
    pub async fn owed(&self) -> Vec<Owed> {
        let page = self.client.owed("").await.unwrap();
        assert_eq!(page.next_cursor, None, "more than a page is owed");
        page.items
    }

    /// Returns the classes that can make up a booking of the first profile; `span` is `&from=…&to=…` or empty.
    ///
    /// # Panics
    /// If the request is refused, or there is more than one page.
    pub async fn available(&self, original: BookingId, span: &str) -> Vec<MakeupOption> {
        let query = format!("profile_id={}&original_booking_id={original}&limit=100{span}", self.child());
        let page = self.client.available(&query).await.unwrap();
        assert_eq!(page.next_cursor, None, "more than a page is available");
        page.items
    }

    /// Returns the credit balance of the first profile.
    ///
    /// # Panics
    /// If the request is refused.
    pub async fn balance(&self) -> Balance {
        self.client.balance(self.child()).await.unwrap()
    }

    /// Returns the ledger of the first profile, newest first.
    ///
    /// # Panics
    /// If the request is refused, or there is more than one page.
    pub async fn history(&self) -> Vec<CreditMovement> {
        let page = self.client.history(&format!("profile_id={}&limit=100", self.child())).await.unwrap();
        assert_eq!(page.next_cursor, None, "more than a page of movements");
        page.items
    }

    /// Reads a class.
    ///
    /// # Panics
    /// If the request is refused.
    pub async fn see(&self, class: &Class) -> Session {
        self.client.session(class.schedule, class.date).await.unwrap()
    }

    /// Reads an entry of the account.
    ///
    /// # Panics
    /// If the request is refused.
    pub async fn entry(&self, id: WaitlistId) -> Entry {
        self.client.entry(id).await.unwrap()
    }

    /// Returns the status of an entry of the account.
    ///
    /// # Panics
    /// If the request is refused.
    pub async fn status(&self, id: WaitlistId) -> EntryStatus {
        self.entry(id).await.status
    }

    /// Returns the position of an entry.
    ///
    /// # Panics
    /// If the request is refused.
    pub async fn position(&self, id: WaitlistId) -> Position {
        self.client.position(id).await.unwrap()
    }
}
