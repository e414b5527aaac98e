//! The service under test: two programs over one database, and a token for every caller.

use crate::actions::{Action, Requester};
use crate::credit::Credit;
use crate::fake_wechat::FakeWechat;
use crate::ledger;
use crate::model::{Child, Key, Ms};
use crate::scenario::Scenario;
use crate::snapshot::{self, Names, Place, Snapshot};
use backend::{db, fixtures};
use logic::Instant;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::mysql::MySqlPool;
use std::collections::BTreeMap;
use tempfile::TempDir;
use tests::program::{Program, Setup};
use tests::{Answer, Client};

/// An HTTP request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) token: String,
    pub(crate) key: Option<String>,
}

/// The two programs, their settings, and the ids of the rows.
pub(crate) struct Service {
    pub(crate) sql: MySqlPool,
    pub(crate) places: Vec<Place>,
    programs: Vec<Program>,
    callers: Vec<Client>,
    pub(crate) setup: Setup,
    pub(crate) profiles: Vec<i64>,
    family_tokens: Vec<String>,
    staff_token: String,
    pub(crate) entry_ids: BTreeMap<(Child, usize), i64>,
    pub(crate) booking_ids: BTreeMap<(Child, usize), Vec<i64>>,
    makeup_ids: BTreeMap<(Key, usize), i64>,
    pub(crate) grant_ids: BTreeMap<i64, usize>,
    _var: TempDir,
}

impl Service {
    /// Creates a database with the scenario's gym and starts two programs over it.
    pub(crate) async fn start(setting: &Scenario, post: Option<&FakeWechat>, sweeps: bool) -> Self {
        let var = tempfile::tempdir().unwrap();
        let policy = var.path().join("policy.json");
        std::fs::write(&policy, setting.policy.to_json().to_string()).unwrap();
        let database_url = test_support::new_database().await;
        let sql = db::connect(&database_url).await.unwrap();
        let file = fixtures::File::read(setting.fixtures.to_string().as_bytes()).unwrap();
        let policies = test_support::policies(&sql, &setting.policy).await;
        fixtures::load(&sql, chrono_tz::Asia::Shanghai, &policies, &file).await.unwrap();
        let wechat = post.map(|post| {
            let templates = var.path().join("templates.json");
            std::fs::write(&templates, FakeWechat::templates().to_string()).unwrap();
            (post.base(), templates)
        });
        let setup = Setup { database_url, var: var.path().to_owned(), policy: Some(policy), wechat, sweeps };
        let programs: Vec<_> = (0..2).map(|_| Program::start(&setup)).collect();
        let callers = programs.iter().map(|program| Client::new(program.base())).collect();
        let mut service = Self {
            sql,
            places: setting.places.clone(),
            programs,
            callers,
            setup,
            profiles: setting.profiles.clone(),
            family_tokens: Vec::new(),
            staff_token: String::new(),
            entry_ids: BTreeMap::new(),
            booking_ids: BTreeMap::new(),
            makeup_ids: BTreeMap::new(),
            grant_ids: BTreeMap::new(),
            _var: var,
        };
        service.move_clock(setting.monday).await;
        for openid in &setting.openids {
            service.family_tokens.push(service.login(openid).await);
        }
        service.staff_token = service.login(&setting.staff).await;
        service
    }

    async fn login(&self, openid: &str) -> String {
        self.callers[0].login(&format!("dev:{openid}")).await.unwrap().token
    }

    /// Moves both clocks.
    pub(crate) async fn move_clock(&self, now: Ms) {
        for caller in &self.callers {
            caller.set_clock(Instant::clamped(now)).await.unwrap();
        }
    }

    /// Returns a client of one of the programs.
    pub(crate) fn caller(&self, program: usize) -> Client {
        self.callers[program].clone()
    }

    /// Kills a program with SIGKILL.
    pub(crate) fn kill(&mut self, program: usize) {
        self.programs[program].kill();
    }

    /// Starts a killed program again; its clock stands where it stood.
    pub(crate) async fn restart(&mut self, program: usize, now: Ms) {
        self.programs[program] = Program::start(&self.setup);
        self.callers[program] = Client::new(self.programs[program].base());
        let stands = self.callers[program].time().await.unwrap().now;
        assert_eq!(stands.millis(), now, "the clock of a program that was killed stands where it stood");
    }

    /// Stops both programs and drops the database.
    pub(crate) async fn close(self) {
        drop(self.programs);
        let (_, path) = self.setup.database_url.rsplit_once('/').unwrap();
        let name = path.split('?').next().unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}"))).execute(&self.sql).await.unwrap();
        self.sql.close().await;
    }

    /// Returns the end of both logs.
    pub(crate) fn last_words(&self) -> String {
        self.programs.iter().map(Program::last_words).collect::<Vec<_>>().join("\n")
    }

    /// Reads the rows of a class and learns their ids.
    pub(crate) async fn picture(&mut self, class: usize) -> Option<Snapshot> {
        let picture = snapshot::take(&self.sql, &self.names(), class).await?;
        let number = |profile: &i64| self.profiles.iter().position(|id| id == profile).unwrap();
        self.entry_ids.extend(picture.entry_ids.iter().map(|(profile, id)| ((number(profile), class), *id)));
        self.booking_ids
            .extend(picture.booking_ids.iter().map(|(profile, ids)| ((number(profile), class), ids.clone())));
        Some(picture)
    }

    /// Reads the rows of makeups and credit and learns their ids.
    pub(crate) async fn credit(&mut self) -> Credit {
        let wealth = ledger::take(&self.sql, &self.names()).await;
        self.makeup_ids = wealth.makeup_ids;
        self.grant_ids = wealth.grant_ids;
        wealth.credit
    }

    /// Returns the class and the child of an entry.
    pub(crate) fn entry(&self, id: i64) -> (Child, usize) {
        *self.entry_ids.iter().find(|(_, known)| **known == id).expect("an entry of the gym").0
    }

    /// Returns the known ids.
    fn names(&self) -> Names {
        let bookings = self.booking_ids.iter().flat_map(|((child, class), ids)| {
            let key = |nth| Key { class: *class, child: *child, nth };
            ids.iter().enumerate().map(move |(nth, id)| (*id, key(nth)))
        });
        Names { places: self.places.clone(), profiles: self.profiles.clone(), bookings: bookings.collect() }
    }

    /// Returns the query that covers all days of classes.
    fn span(&self) -> String {
        let dates = self.places.iter().map(|place| place.date);
        let (from, to) = (dates.clone().min().unwrap(), dates.max().unwrap());
        format!("from={from}&to={to}")
    }

    /// Converts an action to an HTTP request.
    pub(crate) fn request(&self, by: Requester, ask: &Action) -> Request {
        let entry = |child: Child, class: usize| self.entry_ids[&(child, class)];
        let booking = |child: Child, class: usize, nth: usize| self.booking_ids[&(child, class)][nth];
        let key = |key: Key| booking(key.child, key.class, key.nth);
        let place = |class: usize| self.places[class];
        let profile = |child: Child| format!("profile_id={}", self.profiles[child]);
        let (method, path, body) = match *ask {
            Action::Join { child, class, makeup_for } => {
                let mut body = json!({
                    "profile_id": self.profiles[child], "course_schedule_id": place(class).schedule,
                    "booking_date": place(class).date,
                });
                if let Some(original) = makeup_for {
                    body["makeup_for"] = key(original).into();
                }
                (Method::POST, "/waitlist/join".to_owned(), Some(body))
            }
            Action::Book { child, class, with_credit, late } => {
                let mut body = json!({
                    "profile_id": self.profiles[child], "course_schedule_id": place(class).schedule,
                    "booking_date": place(class).date, "pay_with_compensation": with_credit,
                });
                if late {
                    body["late"] = true.into();
                    body["reason"] = "走进来的".into();
                }
                (Method::POST, "/bookings".to_owned(), Some(body))
            }
            Action::Leave { child, class } => {
                (Method::DELETE, format!("/waitlist/{}", entry(child, class)), None)
            }
            Action::Confirm { child, class } | Action::Decline { child, class } => {
                let action = if matches!(ask, Action::Confirm { .. }) { "confirm" } else { "decline" };
                let path = format!("/waitlist/{}/respond", entry(child, class));
                (Method::PUT, path, Some(json!({ "action": action })))
            }
            Action::Cancel { child, class, nth } => {
                (Method::DELETE, format!("/bookings/{}", booking(child, class, nth)), None)
            }
            Action::Position { child, class } => {
                (Method::GET, format!("/waitlist/position/{}", entry(child, class)), None)
            }
            Action::Entry { child, class } => {
                (Method::GET, format!("/waitlist/{}", entry(child, class)), None)
            }
            Action::MyEntries { status, .. } => {
                let status = status.map(|status| format!("status={status}&")).unwrap_or_default();
                (Method::GET, format!("/waitlist/my?{status}limit=10"), None)
            }
            Action::MyBookings { .. } => (Method::GET, "/bookings/my?limit=10".to_owned(), None),
            Action::Session { class } => {
                let Place { schedule, date } = place(class);
                (Method::GET, format!("/sessions/{schedule}/{date}"), None)
            }
            Action::Sessions => (Method::GET, format!("/sessions?{}&limit=100", self.span()), None),
            Action::MakeUp { child, original, class } => {
                let body = json!({
                    "profile_id": self.profiles[child], "original_booking_id": key(original),
                    "course_schedule_id": place(class).schedule, "booking_date": place(class).date,
                });
                (Method::POST, "/makeup/book".to_owned(), Some(body))
            }
            Action::CancelMakeup { original, class } => {
                let id = self.makeup_ids[&(original, class)];
                (Method::DELETE, format!("/makeup/{id}/cancel"), None)
            }
            Action::Owed { child } => (Method::GET, format!("/makeup/owed?{}&limit=2", profile(child)), None),
            Action::Available { original } => {
                let whose = profile(original.child);
                let (id, span) = (key(original), self.span());
                let query = format!("{whose}&original_booking_id={id}&{span}&limit=4");
                (Method::GET, format!("/makeup/available?{query}"), None)
            }
            Action::Makeups { child } => {
                (Method::GET, format!("/makeup/my?{}&limit=100", profile(child)), None)
            }
            Action::Balance { child } => {
                (Method::GET, format!("/compensation/balance?{}", profile(child)), None)
            }
            Action::History { child } => {
                (Method::GET, format!("/compensation/history?{}&limit=3", profile(child)), None)
            }
            Action::Preview { child, minutes } => {
                let body = json!({ "profile_id": self.profiles[child], "required_minutes": minutes });
                (Method::POST, "/compensation/preview".to_owned(), Some(body))
            }
            Action::Sweep { .. } | Action::Lapse { .. } | Action::Expire { .. } => {
                (Method::POST, "/dev/sweep".to_owned(), Some(json!({})))
            }
            Action::ProcessExpiry => {
                (Method::POST, "/waitlist/process-expiry".to_owned(), Some(json!({ "limit": 100_000 })))
            }
            Action::TakeLeave { child, class, nth, waives_lead } => {
                let body = waives_lead.then(|| json!({ "waive_lead": true, "reason": "发烧" }));
                (Method::POST, format!("/bookings/{}/leave", booking(child, class, nth)), body)
            }
            Action::Goodwill { booking, minutes } => {
                let body = json!({ "booking_id": key(booking), "minutes": minutes, "reason": "停电" });
                (Method::POST, "/compensation/grants".to_owned(), Some(body))
            }
            Action::MakeupRight { booking, until } => {
                let body = json!({ "until": Instant::clamped(until).to_rfc3339(), "reason": "住院" });
                (Method::PUT, format!("/bookings/{}/makeup-right", key(booking)), Some(body))
            }
            Action::SetPolicy { from, ref fields } => {
                let body = json!({ "effective_from": Instant::clamped(from).to_rfc3339(), "policy": fields });
                (Method::POST, "/policies".to_owned(), Some(body))
            }
            Action::ChoosePolicy { class } => {
                let Place { schedule, date } = place(class);
                (Method::POST, format!("/sessions/{schedule}/{date}/policy"), None)
            }
            Action::Policy => (Method::GET, "/policy".to_owned(), None),
            Action::Attend { child, class, nth, came } => {
                let path = format!("/bookings/{}/attendance", booking(child, class, nth));
                let status = if came { "completed" } else { "absent" };
                (Method::POST, path, Some(json!({ "status": status })))
            }
            Action::SetCapacity { class, seats } => {
                let Place { schedule, date } = place(class);
                let path = format!("/sessions/{schedule}/{date}/capacity");
                (Method::PUT, path, Some(json!({ "capacity": seats })))
            }
            Action::CallOff { class } => {
                let Place { schedule, date } = place(class);
                (Method::POST, format!("/sessions/{schedule}/{date}/cancel"), None)
            }
            Action::NotifyEntries { class, ref children } => {
                let ids: Vec<i64> = children.iter().map(|child| entry(*child, class)).collect();
                (Method::POST, "/waitlist/notify".to_owned(), Some(json!({ "waitlist_ids": ids })))
            }
            Action::NotifyClass { class, max } => {
                let Place { schedule, date } = place(class);
                let mut body = json!({ "course_schedule_id": schedule, "booking_date": date });
                if let Some(max) = max {
                    body["max"] = max.into();
                }
                (Method::POST, "/waitlist/notify".to_owned(), Some(body))
            }
            Action::DeadlineCheck { class } => {
                let Place { schedule, date } = place(class);
                let query = format!("course_schedule_id={schedule}&booking_date={date}");
                (Method::GET, format!("/waitlist/deadline-check?{query}"), None)
            }
            Action::Offers { child, class } => {
                (Method::GET, format!("/waitlist/{}/notifications", entry(child, class)), None)
            }
        };
        let token = match by {
            Requester::Family(family) => self.family_tokens[family].clone(),
            Requester::Staff => self.staff_token.clone(),
        };
        Request { method, path, body, token, key: None }
    }

    /// Sends a request to one of the programs and reads all pages.
    pub(crate) async fn send(&self, program: usize, request: &Request) -> Answer {
        let mut answer = deliver(&self.callers[program], request).await.unwrap();
        let mut items = Vec::new();
        loop {
            let mut page: Value = serde_json::from_str(&answer.body).unwrap();
            let (Some(Value::Array(more)), Some(cursor)) =
                (page.get("items").cloned(), page.get("next_cursor"))
            else {
                return answer;
            };
            items.extend(more);
            let Some(cursor) = cursor.as_str() else {
                page["items"] = items.into();
                answer.body = page.to_string();
                return answer;
            };
            let next = Request { path: format!("{}&cursor={cursor}", request.path), ..request.clone() };
            answer = deliver(&self.callers[program], &next).await.unwrap();
        }
    }
}

/// # Errors
/// The program was killed before it answered.
pub(crate) async fn deliver(caller: &Client, request: &Request) -> Result<Answer, reqwest::Error> {
    let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
    let content_type = request.body.as_ref().map(|_| "application/json");
    let mut caller = caller.speaking_as(&request.token);
    if let Some(key) = &request.key {
        caller = caller.with_key(key);
    }
    caller.try_send(request.method.clone(), &request.path, content_type, body.into_bytes()).await
}
