//! Random members and staff over weeks of classes: the real program, two of it over one real database, by HTTP and
//! by the dev clock, with a plain model beside it that says what every request must be answered and what the rows
//! must hold afterwards.
//!
//! `SIM_HTTP_STEPS` says how many steps (a fixed and a fresh seed are each given that many), `SIM_HTTP_SEED` replays
//! one seed alone. Half of the worlds are calm: one request after another, programs killed in between; those play
//! the same way every time. The others have storms, in which requests race.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod agreeing;
mod answering;
mod asking;
mod credit;
mod drawing;
mod ledger;
mod makeups;
mod members;
mod model;
mod picture;
mod post;
mod service;
mod setting;
mod staff;
mod storm;

use asking::{Ask, By, Families};
use model::{Gym, Ms};
use post::Post;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use service::{Request, Service};
use setting::Setting;
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use tests::{Answer, rows};

/// Steps of one seed unless the environment says otherwise.
const STEPS: usize = 1_000;
/// Steps of one world; the next has a new database.
const WORLD: usize = 500;
/// Between two looks at everything.
const LOOK: usize = 25;
/// How long an answer is kept for its key.
const KEPT: Ms = 24 * 60 * 60 * 1_000;
/// What is told of a run that fails.
const TOLD: usize = 60;

/// What happened last; said when a test fails.
struct Diary {
    seed: u64,
    notes: VecDeque<String>,
}

impl Diary {
    fn note(&mut self, note: String) {
        if self.notes.len() == TOLD {
            self.notes.pop_front();
        }
        self.notes.push_back(note);
    }
}

impl Drop for Diary {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the last steps of SIM_HTTP_SEED={}:", self.seed);
            self.notes.iter().for_each(|note| eprintln!("{note}"));
        }
    }
}

/// One world.
struct Simulation {
    rng: StdRng,
    now: Ms,
    gym: Gym,
    families: Families,
    service: Service,
    diary: Diary,
    stormy: bool,
    /// WeChat, where messages do not go to the recorder.
    post: Option<Post>,
    /// Both programs sweep in the background.
    background: bool,
    answers: BTreeMap<String, usize>,
    keys: usize,
    /// Requests with a key, when they were answered and how.
    told: Vec<(Ms, Request, Answer)>,
}

impl Simulation {
    async fn open(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let setting = Setting::draw(&mut rng);
        let post = if rng.random_bool(0.35) { Some(Post::open(seed).await) } else { None };
        let background = post.is_none() && rng.random_bool(0.3);
        let service = Service::start(&setting, post.as_ref(), background).await;
        let diary = Diary { seed, notes: VecDeque::new() };
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
            told: Vec::new(),
        }
    }

    /// What is special about this world.
    fn kind(&self) -> String {
        let traits = [
            (self.stormy, "storms"),
            (self.post.is_some(), "WeChat on a bad day"),
            (self.background, "background sweeps"),
        ];
        let traits: Vec<&str> = traits.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect();
        format!("simulation: seed {} with [{}]", self.diary.seed, traits.join(", "))
    }

    async fn run(&mut self, steps: usize) {
        // What the fixtures' rows are called.
        self.look_at_everything().await;
        for step in 1..=steps {
            let then = drawing::later(&self.gym, self.now, &mut self.rng);
            if then != self.now {
                self.now = then;
                self.service.move_clock(then).await;
                if self.background {
                    // What they are at is done when this one ends.
                    self.perform(By::Staff, Ask::Sweep { class: None }).await;
                }
            }
            if self.post.is_some() && self.rng.random_bool(0.2) {
                // Nothing else takes messages to WeChat.
                self.perform(By::Staff, Ask::Sweep { class: None }).await;
            }
            match self.rng.random_range(0..1000) {
                0..60 if self.stormy => self.storm().await,
                990.. => {
                    let program = self.rng.random_range(0..2);
                    self.diary.note(format!("program {program} is killed"));
                    self.service.kill_and_restart(program, self.now).await;
                }
                _ => {
                    let class = drawing::class(&self.gym, self.now, &mut self.rng);
                    let (by, mut ask) =
                        drawing::ask(&self.gym, &self.families, class, self.now, &mut self.rng);
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
            if step % LOOK == 0 || step == steps {
                self.look_at_everything().await;
            }
        }
    }

    /// One request, its answer, and the rows that it touched.
    async fn perform(&mut self, by: By, ask: Ask) {
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
        if let (Some(post), Ask::Sweep { .. }) = (&mut self.post, &ask) {
            let moved = post.tell(&mut self.gym, self.now, |id| self.service.entry(id));
            *self.answers.entry("(deadlines moved)".to_owned()).or_default() += moved;
        }
        if let (Ok(fields), Ask::Sweep { .. }) = (&said, &ask) {
            for (what, count) in fields {
                let count = usize::try_from(count.as_u64().unwrap()).unwrap();
                *self.answers.entry(format!("({what})")).or_default() += count;
            }
        }
        if let Err(difference) = self.service.agrees(&ask, &said, &answer) {
            panic!("{by:?} {ask:?}: {difference}\n{}", self.service.last_words());
        }
        let verdict = said.map_or_else(|code| code.as_str(), |_| "yes");
        *self.answers.entry(verdict.to_owned()).or_default() += 1;
        // A role that may not ask is turned away before its key is looked at.
        if request.key.is_some() && answer.status != 403 {
            self.told.push((self.now, request, answer));
        }
        self.check_classes(&touched).await;
        if ask.takes_a_key() || matches!(ask, Ask::Sweep { .. } | Ask::Balance { .. } | Ask::History { .. }) {
            self.check_credit().await;
        }
        if matches!(ask, Ask::Sweep { .. }) {
            self.nothing_is_overdue().await;
        }
    }

    fn new_key(&mut self) -> String {
        self.keys += 1;
        format!("key {}", self.keys)
    }

    /// A request that had a key and an answer, sent again: the same answer, and nothing happens. The key with another
    /// request: refused.
    async fn repeat_an_old_request(&mut self) {
        self.told.retain(|(at, _, _)| self.now - at < KEPT);
        let Some((_, mut request, first)) = drawing::pick(&self.told, &mut self.rng) else { return };
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

    /// The rows of these classes are the model's, and so are their counters.
    async fn check_classes(&mut self, classes: &[usize]) {
        for number in classes {
            let seen = self.service.picture(*number).await;
            let class = &*self.gym.classes[*number];
            let Some(seen) = seen else {
                assert_eq!((class.entries.len(), class.bookings.len()), (0, 0), "class {number} has no row");
                continue;
            };
            assert_eq!(seen.class, *class, "class {number}: the rows, and the model's");
            let counted = (class.booked(), class.held(), class.waiting());
            assert_eq!(seen.counters, counted, "class {number}: the counters, and the rows");
            assert!(counted.0 + counted.1 <= class.capacity, "class {number}: {counted:?} seats");
        }
    }

    /// Makeups and credit are the model's, no minute has appeared or vanished, nothing is made up twice.
    async fn check_credit(&mut self) {
        let seen = self.service.credit().await;
        assert_eq!(seen, *self.gym.credit, "the rows of credit, and the model's");
        seen.check();
    }

    /// Every offer is settled by its deadline plus one sweep, and every list closed by its time.
    async fn nothing_is_overdue(&self) {
        let left: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM waitlist w JOIN dev_clock d WHERE (w.status = 'notified' \
             AND w.response_deadline < d.stood_at) OR (w.status = 'waiting' AND w.expires_at < d.stood_at)",
        )
        .fetch_one(&self.service.sql)
        .await
        .unwrap();
        assert_eq!(left, 0, "a sweep left something overdue");
    }

    /// Every class, every law of the rows, and each queue's ranks as its members see them.
    async fn look_at_everything(&mut self) {
        let all: Vec<usize> = (0..self.gym.classes.len()).collect();
        self.check_classes(&all).await;
        self.check_credit().await;
        let mut broken = rows::broken_invariants(&mut self.service.sql.acquire().await.unwrap()).await;
        if self.gym.numbers.quiet.is_some() {
            // It knows no quiet hours; the model does.
            broken.retain(|law, _| !law.starts_with("no seat lies free"));
        }
        assert!(broken.is_empty(), "{broken:#?}");
        let waiting = |class: &usize| self.gym.classes[*class].waiting();
        if let Some(longest) = all.into_iter().max_by_key(waiting) {
            let mut ranks = Vec::new();
            let queue = self.gym.classes[longest].with(logic::status::EntryStatus::Waiting);
            for (child, _) in queue.map(|(child, entry)| (child, entry.ticket)).collect::<Vec<_>>() {
                let request = self.service.request(By::Staff, &Ask::Position { child, class: longest });
                let answer = self.service.send(0, &request).await;
                let place: contract::shapes::Position = answer.read(200).unwrap();
                if let Some(position) = place.position.filter(|position| *position > 0) {
                    ranks.push(position);
                }
                self.gym
                    .ask(By::Staff, &Ask::Position { child, class: longest }, &self.families, self.now)
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

/// Says which world is played, so that whoever reads the log can play it again.
#[allow(
    clippy::explicit_write,
    reason = "the test harness swallows what eprintln! prints, unless a test fails"
)]
fn announce(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

/// World after world, each with the next seed.
async fn play(seed: u64) {
    let mut left = steps();
    let mut answers = BTreeMap::<String, usize>::new();
    for seed in seed.. {
        let steps = left.min(WORLD);
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
async fn a_fixed_seed() {
    if std::env::var("SIM_HTTP_SEED").is_err() {
        play(1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fresh_seed_or_the_one_that_is_given() {
    let seed = std::env::var("SIM_HTTP_SEED").map_or_else(
        |_| rand::random_range(0..1 << 32),
        |seed| seed.parse().expect("SIM_HTTP_SEED is a number"),
    );
    play(seed).await;
}
