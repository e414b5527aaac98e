//! A loaded gym: who acts in it, what time it is, what its database holds.

use crate::client::{Answered, Client, Told, book, join};
use crate::home::Home;
use crate::plan::Class;
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

/// An account of the plan; index the [`World`] with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    pub(crate) index: usize,
}

/// A logged-in account.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its caller.
    pub client: Client,
    /// Its id.
    pub account: AccountId,
    /// Who it is to WeChat.
    pub openid: String,
    /// Whom it may act for.
    pub children: Vec<ProfileId>,
}

/// A running service with a plan's gym in it.
pub struct World {
    home: Home,
    members: Vec<Member>,
    /// A caller without a token: the clock, the sweep, the messages.
    pub anyone: Client,
}

impl Index<Family> for World {
    type Output = Member;

    fn index(&self, family: Family) -> &Member {
        &self.members[family.index]
    }
}

impl World {
    pub(crate) async fn open(home: Home, accounts: Vec<(String, Vec<ProfileId>, AccountId)>) -> Self {
        let anyone = Client::new(home.base());
        anyone.set_clock(home.morning()).await.unwrap();
        // A shared service may hold leftovers of earlier worlds: what is due goes first.
        anyone.sweep().await.unwrap();
        let mut members = Vec::with_capacity(accounts.len());
        for (openid, children, account) in accounts {
            let login = anyone.login(&format!("dev:{openid}")).await.unwrap();
            assert_eq!(login.account_id, account);
            assert_eq!(login.profiles.iter().map(|profile| profile.id).collect::<Vec<_>>(), children);
            members.push(Member { client: anyone.with_token(&login.token), account, openid, children });
        }
        Self { home, members, anyone }
    }

    /// The database behind the service.
    pub fn sql(&self) -> &MySqlPool {
        self.home.sql()
    }

    /// What the clock says.
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

    /// Moves the clock on by minutes.
    pub async fn wait(&self, minutes: u32) -> Instant {
        self.anyone.advance_clock(minutes * 60).await.unwrap().now
    }

    /// What the database says of a class, whatever is due in it.
    pub async fn seats(&self, class: &Class) -> rows::Seats {
        rows::seats(self.sql(), class).await
    }

    /// The messages to an account since the world began, but for the news that its entry came to the front of a
    /// queue: most stories have it in passing, and it has tests of its own beside the backend.
    pub async fn told(&self, family: Family) -> Vec<Told> {
        let told = self.anyone.messages(&self[family].openid).await.unwrap();
        told.into_iter().filter(|told| told.template != "waitlist_front").collect()
    }

    /// The templates of those messages.
    pub async fn templates(&self, family: Family) -> Vec<String> {
        self.told(family).await.into_iter().map(|told| told.template).collect()
    }

    /// Ends a story: every invariant of the database holds.
    ///
    /// # Panics
    /// If one does not.
    pub async fn close(self) {
        rows::check_invariants(self.sql()).await;
        self.home.close().await;
    }
}

impl Member {
    /// The same account on connections of its own: for races.
    pub fn apart(&self) -> Self {
        Self { client: self.client.apart(), ..self.clone() }
    }

    /// The first child.
    pub fn child(&self) -> ProfileId {
        self.children[0]
    }

    /// The first child joins a class's queue.
    pub async fn join(&self, class: &Class) -> Answered<Entry> {
        self.join_for(0, class).await
    }

    /// Another child does.
    pub async fn join_for(&self, child: usize, class: &Class) -> Answered<Entry> {
        self.client.join(&join(self.children[child], class.schedule, class.date)).await
    }

    /// The first child books directly.
    pub async fn book(&self, class: &Class) -> Answered<Booking> {
        self.book_for(0, class).await
    }

    /// Another child does.
    pub async fn book_for(&self, child: usize, class: &Class) -> Answered<Booking> {
        self.client.book(&book(self.children[child], class.schedule, class.date)).await
    }

    /// The first child books and pays with class credit.
    pub async fn pay(&self, class: &Class) -> Answered<Booking> {
        let ask = book(self.child(), class.schedule, class.date);
        self.client.book(&Book { pay_with_compensation: true, ..ask }).await
    }

    /// The first child makes a missed booking up.
    pub async fn make_up(&self, original: BookingId, class: &Class) -> Answered<Makeup> {
        let ask = BookMakeup {
            profile_id: self.child(),
            original_booking_id: original,
            course_schedule_id: class.schedule,
            booking_date: class.date,
        };
        self.client.make_up(&ask).await
    }

    /// The first child waits for a seat to make a missed booking up.
    pub async fn wait_to_make_up(&self, original: BookingId, class: &Class) -> Answered<Entry> {
        let ask = join(self.child(), class.schedule, class.date);
        self.client.join(&Join { makeup_for: Some(original), ..ask }).await
    }

    /// What the account has still to make up.
    ///
    /// # Panics
    /// If the service does not say, or there is more than a page of it.
    pub async fn owed(&self) -> Vec<Owed> {
        let page = self.client.owed("").await.unwrap();
        assert_eq!(page.next_cursor, None, "more than a page is owed");
        page.items
    }

    /// What can make a missed booking of the first child up; `span` narrows it to `&from=…&to=…`.
    ///
    /// # Panics
    /// If the service does not say, or there is more than a page of it.
    pub async fn available(&self, original: BookingId, span: &str) -> Vec<MakeupOption> {
        let query = format!("profile_id={}&original_booking_id={original}&limit=100{span}", self.child());
        let page = self.client.available(&query).await.unwrap();
        assert_eq!(page.next_cursor, None, "more than a page is available");
        page.items
    }

    /// The first child's class credit.
    ///
    /// # Panics
    /// If the service does not say.
    pub async fn balance(&self) -> Balance {
        self.client.balance(self.child()).await.unwrap()
    }

    /// What became of it, newest first.
    ///
    /// # Panics
    /// If the service does not say, or there is more than a page of it.
    pub async fn history(&self) -> Vec<CreditMovement> {
        let page = self.client.history(&format!("profile_id={}&limit=100", self.child())).await.unwrap();
        assert_eq!(page.next_cursor, None, "more than a page of movements");
        page.items
    }

    /// A class as the service shows it.
    ///
    /// # Panics
    /// If it does not.
    pub async fn see(&self, class: &Class) -> Session {
        self.client.session(class.schedule, class.date).await.unwrap()
    }

    /// An entry of its own as the service shows it.
    ///
    /// # Panics
    /// If it does not.
    pub async fn entry(&self, id: WaitlistId) -> Entry {
        self.client.entry(id).await.unwrap()
    }

    /// Where an entry of its own stands.
    ///
    /// # Panics
    /// If the service does not say.
    pub async fn status(&self, id: WaitlistId) -> EntryStatus {
        self.entry(id).await.status
    }

    /// An entry's place.
    ///
    /// # Panics
    /// If the service does not say.
    pub async fn position(&self, id: WaitlistId) -> Position {
        self.client.position(id).await.unwrap()
    }
}
