//! A simulation over HTTP: random members and staff use two running programs over one real database, for weeks of
//! classes on the dev clock. A simple model predicts every answer and the rows afterwards.
//!
//! `SIM_HTTP_STEPS` sets the number of steps for each of the two seeds, one fixed and one random; `SIM_HTTP_SEED` replays
//! one seed. Half of the worlds are calm: they send one request after another, kill programs in between, and are
//! reproducible. The other worlds have storms, in which requests race.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod actions;
mod assertions;
mod credit;
mod fake_wechat;
mod generators;
mod ledger;
mod makeups;
mod members;
mod model;
mod replies;
mod scenario;
mod service;
mod snapshot;
mod staff;
mod storm;

use actions::{Action, Families, Requester};
use fake_wechat::FakeWechat;
use logic::status::BookingStatus;
use model::{Booking, Gym, Ms};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use scenario::Scenario;
use service::{Request, Service};
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use tests::{Answer, rows};

/// Steps of one seed, unless `SIM_HTTP_STEPS` is set.
const STEPS: usize = 1_000;
/// Steps of one world. Each world has a new database.
const STEPS_PER_WORLD: usize = 500;
/// Steps between two checks of everything.
const STEPS_BETWEEN_CHECKS: usize = 25;
/// How long the service stores the answer to an idempotency key.
const IDEMPOTENCY_TTL_MS: Ms = 24 * 60 * 60 * 1_000;
/// How many steps are printed if a run fails.
const NOTES_MAX: usize = 60;

/// The last steps, printed if the test fails.
struct Log {
    seed: u64,
    notes: VecDeque<String>,
}

impl Log {
    fn note(&mut self, note: String) {
        if self.notes.len() == NOTES_MAX {
            self.notes.pop_front();
        }
        self.notes.push_back(note);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the last steps of SIM_HTTP_SEED={}:", self.seed);
            self.notes.iter().for_each(|note| eprintln!("{note}"));
        }
    }
}

/// One world of the simulation.
struct Simulation {
    rng: StdRng,
    now: Ms,
    gym: Gym,
    families: Families,
    service: Service,
    diary: Log,
    stormy: bool,
    /// The fake WeChat; `None` if messages go to the recorder.
    post: Option<FakeWechat>,
    /// Whether both programs sweep in the background.
    background: bool,
    answers: BTreeMap<String, usize>,
    keys: usize,
    /// Requests with an idempotency key, with the time and the answer.
    answered: Vec<(Ms, Request, Answer)>,
}

impl Simulation {
    async fn open(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let setting = Scenario::draw(&mut rng);
        let post = if rng.random_bool(0.35) { Some(FakeWechat::open(seed).await) } else { None };
        let background = post.is_none() && rng.random_bool(0.3);
        let service = Service::start(&setting, post.as_ref(), background).await;
        let diary = Log { seed, notes: VecDeque::new() };
        let stormy = seed % 2 == 1;
        let (now, gym, families) = (setting.monday, setting.gym, setting.families);
        let answers = BTreeMap::new();
        Self {
            rng,
            now,
            gym,
            families,
            service,
            diary,
            stormy,
            post,
            background,
            answers,
            keys: 0,
            answered: Vec::new(),
        }
    }

    /// Describes the kind of this world.
    fn kind(&self) -> String {
        let traits = [
            (self.stormy, "storms"),
            (self.post.is_some(), "an unreliable WeChat"),
            (self.background, "background sweeps"),
        ];
        let traits: Vec<&str> = traits.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect();
        format!("simulation: seed {} with [{}]", self.diary.seed, traits.join(", "))
    }

    async fn run(&mut self, steps: usize) {
        // Learns the ids of the rows of the fixtures.
        self.check_everything().await;
        for step in 1..=steps {
            let then = generators::later(&self.gym, self.now, &mut self.rng);
            if then != self.now {
                self.now = then;
                self.service.move_clock(then).await;
                if self.background {
                    // When this sweep ends, the background sweeps are done, too.
                    self.perform(Requester::Staff, Action::Sweep { class: None }).await;
                }
            }
            if self.post.is_some() && self.rng.random_bool(0.2) {
                // Only a sweep sends messages to WeChat.
                self.perform(Requester::Staff, Action::Sweep { class: None }).await;
            }
            match self.rng.random_range(0..1000) {
                0..60 if self.stormy => self.storm().await,
                990.. => {
                    let program = self.rng.random_range(0..2);
                    self.diary.note(format!("program {program} is killed"));
                    self.service.kill_and_restart(program, self.now).await;
                }
                _ => {
                    let class = generators::class(&self.gym, self.now, &mut self.rng);
                    let (by, mut ask) =
                        generators::ask(&self.gym, &self.families, class, self.now, &mut self.rng);
                    if self.background {
                        ask.forget_the_makeup();
                    }
                    let again = self.rng.random_bool(0.05).then(|| (by, ask.clone()));
                    self.perform(by, ask).await;
                    if let Some((by, ask)) = again {
                        self.perform(by, ask).await;
                    }
                    if self.rng.random_bool(0.05) {
                        self.repeat_an_old_request().await;
                    }
                }
            }
            if step % STEPS_BETWEEN_CHECKS == 0 || step == steps {
                self.check_everything().await;
            }
        }
    }

    /// Sends one request and checks its answer and the rows that it may change.
    async fn perform(&mut self, by: Requester, ask: Action) {
        let program = self.rng.random_range(0..2);
        let touched = ask.touches(&self.gym, &self.families);
        let mut request = self.service.request(by, &ask);
        if ask.takes_a_key() && self.rng.random_bool(0.3) {
            request.key = Some(self.new_key());
        }
        let answer = self.service.send(program, &request).await;
        let now = logic::Instant::clamped(self.now).to_rfc3339();
        self.diary.note(format!("{now} {by:?} {ask:?} at {program}: {} {}", answer.status, answer.body));
        let said = self.gym.ask(by, &ask, &self.families, self.now);
        if let (Some(post), Action::Sweep { .. }) = (&mut self.post, &ask) {
            let moved = post.tell(&mut self.gym, self.now, |id| self.service.entry(id));
            *self.answers.entry("(deadlines moved)".to_owned()).or_default() += moved;
        }
        if let (Ok(fields), Action::Sweep { .. }) = (&said, &ask) {
            for (what, count) in fields {
                let count = usize::try_from(count.as_u64().unwrap()).unwrap();
                *self.answers.entry(format!("({what})")).or_default() += count;
            }
        }
        if let Err(difference) = self.service.agrees(&ask, &said, &answer) {
            panic!("{by:?} {ask:?}: {difference}\n{}", self.service.last_words());
        }
        let accepted = said.is_ok();
        let verdict = said.map_or_else(|code| code.as_str(), |_| "yes");
        *self.answers.entry(verdict.to_owned()).or_default() += 1;
        // What is refused before the transaction begins is not stored.
        if request.key.is_some() && !matches!(answer.status, 400 | 403 | 404) {
            self.answered.push((self.now, request, answer));
        }
        if accepted && (ask.takes_a_key() || matches!(ask, Action::Sweep { .. })) {
            self.learn_versions(&touched).await;
        }
        self.check_classes(&touched).await;
        if ask.takes_a_key()
            || matches!(ask, Action::Sweep { .. } | Action::Balance { .. } | Action::History { .. })
        {
            self.check_credit().await;
        }
        if matches!(ask, Action::Sweep { .. }) {
            self.check_nothing_is_overdue().await;
        }
    }

    fn new_key(&mut self) -> String {
        self.keys += 1;
        format!("key {}", self.keys)
    }

    /// Sends a request with a stored key again: it must get the same answer and change nothing. The key with another
    /// request must be refused.
    async fn repeat_an_old_request(&mut self) {
        self.answered.retain(|(at, _, _)| self.now - at < IDEMPOTENCY_TTL_MS);
        let Some((_, mut request, first)) = generators::pick(&self.answered, &mut self.rng) else { return };
        let program = self.rng.random_range(0..2);
        if self.rng.random_bool(0.2) {
            request.path += "?other";
            let answer = self.service.send(program, &request).await;
            assert_eq!(answer.problem().code, "idempotency_key_reused", "{request:?}");
            return;
        }
        let answer = self.service.send(program, &request).await;
        self.diary.note(format!("again {request:?}: {} {}", answer.status, answer.body));
        assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{request:?} again");
        assert_eq!(answer.header("idempotency-replayed"), "true", "{request:?} again");
    }

    /// Learns of each of these classes whether its version is fixed now: which writes fix it, the model does not say. It can
    /// only be the version that judged the class before (R1.22), and it must be fixed where somebody has a place.
    pub(crate) async fn learn_versions(&mut self, classes: &[usize]) {
        for number in classes {
            let Some(seen) = self.service.picture(*number).await else { continue };
            let judged = self.gym.version_of(*number);
            let class = self.gym.class(*number);
            if let Some(version) = seen.class.version {
                assert_eq!(version, judged, "class {number}: its version moved");
                class.version = Some(version);
            }
            let by_file = |booking: &Booking| booking.status == BookingStatus::Leave;
            let used = !class.entries.is_empty() || !class.bookings.values().flatten().all(by_file);
            assert!(class.version.is_some() || !used, "class {number} is used, and has no version");
        }
    }

    /// Compares the rows and the counters of these classes with the model.
    async fn check_classes(&mut self, classes: &[usize]) {
        for number in classes {
            let seen = self.service.picture(*number).await;
            let class = &*self.gym.classes[*number];
            let Some(seen) = seen else {
                assert_eq!((class.entries.len(), class.bookings.len()), (0, 0), "class {number} has no row");
                continue;
            };
            assert_eq!(seen.class, *class, "class {number}: the rows differ from the model");
            let counted = (class.booked(), class.held(), class.waiting());
            assert_eq!(seen.counters, counted, "class {number}: the counters differ from the rows");
            assert!(counted.0 + counted.1 <= class.capacity, "class {number}: {counted:?} seats");
        }
    }

    /// Compares makeups and credit with the model and checks their invariants.
    async fn check_credit(&mut self) {
        let seen = self.service.credit().await;
        assert_eq!(seen, *self.gym.credit, "the rows of credit differ from the model");
        seen.check();
    }

    /// Asserts that a sweep leaves no overdue offer and no open waitlist past its time.
    async fn check_nothing_is_overdue(&self) {
        let left: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM waitlist w JOIN dev_clock d WHERE (w.status = 'notified' \
             AND w.response_deadline < d.stood_at) OR (w.status = 'waiting' AND w.expires_at < d.stood_at)",
        )
        .fetch_one(&self.service.sql)
        .await
        .unwrap();
        assert_eq!(left, 0, "a sweep left something overdue");
    }

    /// Checks every class, every invariant of the rows, and the ranks of the longest queue as its members see them.
    async fn check_everything(&mut self) {
        let all: Vec<usize> = (0..self.gym.classes.len()).collect();
        self.check_classes(&all).await;
        self.check_credit().await;
        let mut broken = rows::broken_invariants(&mut self.service.sql.acquire().await.unwrap()).await;
        if self.gym.versions.iter().any(|version| version.numbers.quiet.is_some()) {
            // That invariant ignores quiet hours; the model does not.
            broken.retain(|invariant, _| !invariant.starts_with("no seat lies free"));
        }
        assert!(broken.is_empty(), "{broken:#?}");
        let waiting = |class: &usize| self.gym.classes[*class].waiting();
        if let Some(longest) = all.into_iter().max_by_key(waiting) {
            let mut ranks = Vec::new();
            let queue = self.gym.classes[longest].with(logic::status::EntryStatus::Waiting);
            for (child, _) in queue.map(|(child, entry)| (child, entry.ticket)).collect::<Vec<_>>() {
                let request =
                    self.service.request(Requester::Staff, &Action::Position { child, class: longest });
                let answer = self.service.send(0, &request).await;
                let place: contract::shapes::Position = answer.read(200).unwrap();
                if let Some(position) = place.position.filter(|position| *position > 0) {
                    ranks.push(position);
                }
                self.gym
                    .ask(
                        Requester::Staff,
                        &Action::Position { child, class: longest },
                        &self.families,
                        self.now,
                    )
                    .unwrap();
            }
            ranks.sort_unstable();
            assert!(ranks.iter().copied().eq((1..).take(ranks.len())), "ranks {ranks:?}");
        }
    }
}

fn steps() -> usize {
    std::env::var("SIM_HTTP_STEPS").map_or(STEPS, |steps| steps.parse().expect("SIM_HTTP_STEPS is a number"))
}

/// Prints which world runs, so that a reader of the log can replay it.
#[allow(
    clippy::explicit_write,
    reason = "the test harness swallows what eprintln! prints, unless a test fails"
)]
fn announce(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

/// Runs world after world, each with the next seed.
async fn play(seed: u64) {
    let mut left = steps();
    let mut answers = BTreeMap::<String, usize>::new();
    for seed in seed.. {
        let steps = left.min(STEPS_PER_WORLD);
        announce(&format!("simulation: a world of {steps} steps, SIM_HTTP_SEED={seed}"));
        let mut world = Simulation::open(seed).await;
        announce(&world.kind());
        world.run(steps).await;
        for (answer, count) in &world.answers {
            *answers.entry(answer.clone()).or_default() += count;
        }
        announce(&format!("simulation: it is {}", logic::Instant::clamped(world.now).to_rfc3339()));
        for moved in world.gym.credit.purses.values().flat_map(|purse| &purse.ledger) {
            *answers.entry(format!("({})", moved.kind.as_str())).or_default() += 1;
        }
        world.service.close().await;
        left -= steps;
        if left == 0 {
            break;
        }
    }
    println!("{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_service_agrees_with_the_model_for_a_fixed_seed() {
    if std::env::var("SIM_HTTP_SEED").is_err() {
        play(1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_service_agrees_with_the_model_for_a_random_or_given_seed() {
    let seed = std::env::var("SIM_HTTP_SEED").map_or_else(
        |_| rand::random_range(0..1 << 32),
        |seed| seed.parse().expect("SIM_HTTP_SEED is a number"),
    );
    play(seed).await;
}
