//! Many requests at once, to both programs, one of which may be killed on the way. Whatever came of it must be what
//! the model answers to the same requests in some order, with those that got no answer granted or not.

use crate::agreeing::same_verdict;
use crate::asking::{Ask, By, Families};
use crate::credit::{Credit, Purse};
use crate::model::{Class, Gym, Ms};
use crate::service::{Request, Service, deliver};
use crate::{Simulation, drawing};
use rand::RngExt;
use std::sync::Arc;
use tests::Answer;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// One that was under way.
#[derive(Debug)]
struct Flight {
    by: By,
    ask: Ask,
    request: Request,
    /// How often it is sent at once, under one key.
    copies: usize,
    /// `None`: its program was killed.
    answer: Option<Answer>,
}

impl Simulation {
    /// A storm about one class or two.
    pub(crate) async fn storm(&mut self) {
        let kill =
            self.rng.random_bool(0.4).then(|| (self.rng.random_range(0..2), self.rng.random_range(0..6)));
        self.diary.note(format!("storm, kill {kill:?}"));
        let mut flights = self.take_off();
        // What WeChat takes meanwhile would be one more flight for each message.
        let swept = flights.len() <= 3
            && self.post.is_none()
            && self.rng.random_bool(0.6)
            && self.few_wait_for_makeups();
        let sweeps = usize::from(swept);
        for _ in 0..sweeps {
            let (by, ask) = (By::Staff, Ask::Sweep { class: None });
            let request = self.service.request(by, &ask);
            flights.push(Flight { by, ask, request, copies: 1, answer: None });
        }
        self.fly(&mut flights, kill).await;
        for flight in &flights {
            let answer = flight.answer.as_ref().map(|answer| format!("{} {}", answer.status, answer.body));
            self.diary.note(format!("  {:?} {:?} x{}: {answer:?}", flight.by, flight.ask, flight.copies));
        }

        // A sweep goes from class to class: what it does to one that nothing else is about is plain, the rest is one
        // more flight for each class.
        let sweeps = flights.split_off(flights.len() - sweeps);
        let mut touched: Vec<usize> =
            flights.iter().flat_map(|flight| flight.ask.touches(&self.gym, &self.families)).collect();
        for sweep in &sweeps {
            touched.extend((0..self.gym.classes.len()).filter(|class| self.waits_for_a_makeup(*class)));
            touched.sort_unstable();
            touched.dedup();
            let part = |ask| {
                let (request, answer) = (sweep.request.clone(), sweep.answer.clone());
                Flight { by: By::Staff, ask, request, copies: 1, answer }
            };
            let joins = flights.iter().any(|it| matches!(it.ask, Ask::Join { makeup_for: Some(_), .. }));
            for number in 0..self.gym.classes.len() {
                let ask = Ask::Sweep { class: Some(number) };
                if !touched.contains(&number) {
                    self.gym.ask(By::Staff, &ask, &self.families, self.now).unwrap();
                    continue;
                }
                flights.push(part(ask));
                if joins || self.waits_for_a_makeup(number) {
                    flights.push(part(Ask::Lapse { class: number }));
                }
            }
            for child in self.with_dead_grants() {
                flights.push(part(Ask::Expire { child }));
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let mut stored = Vec::new();
        for class in &touched {
            let seen = self.service.picture(*class).await;
            let class_as_stored =
                seen.map_or_else(|| Class::clone(&self.gym.classes[*class]), |seen| seen.class);
            stored.push((*class, class_as_stored));
        }
        let credit = self.service.credit().await;
        credit.check();
        let open: Vec<&Flight> = flights.iter().collect();
        let stored = Stored { classes: stored, credit };
        self.gym = explain(&self.gym, &open, &stored, &self.families, self.now)
            .unwrap_or_else(|| panic!("no order of the storm explains its answers and {stored:#?}"));
        if sweeps.is_empty() {
            self.check_classes(&touched).await;
        } else {
            self.check_classes(&(0..self.gym.classes.len()).collect::<Vec<_>>()).await;
        }

        // Whoever got no answer asks again.
        for flight in flights.into_iter().filter(|flight| flight.answer.is_none()) {
            self.perform(flight.by, flight.ask).await;
        }
    }

    fn waits_for_a_makeup(&self, class: usize) -> bool {
        let entries = &self.gym.classes[class].entries;
        entries.values().any(|entry| entry.status.is_active() && entry.makeup_for.is_some())
    }

    /// Each class in whose queue makeups are waited for has to be explained: no more than a search can order.
    fn few_wait_for_makeups(&self) -> bool {
        (0..self.gym.classes.len()).filter(|class| self.waits_for_a_makeup(*class)).count() <= 1
    }

    fn with_dead_grants(&self) -> Vec<usize> {
        let dead = |purse: &Purse| purse.clone().expire(self.now) > 0;
        self.gym.credit.purses.iter().filter(|(_, purse)| dead(purse)).map(|(child, _)| *child).collect()
    }

    fn take_off(&mut self) -> Vec<Flight> {
        let classes = [0; 2].map(|_| drawing::class(&self.gym, self.now, &mut self.rng));
        let size = self.rng.random_range(2..=5);
        let mut flights = Vec::new();
        while flights.len() < size {
            let class = classes[usize::from(self.rng.random_bool(0.3))];
            let (by, mut ask) = drawing::ask(&self.gym, &self.families, class, self.now, &mut self.rng);
            if self.background {
                ask.forget_the_makeup();
            }
            let about_one_class = ask.touches(&self.gym, &self.families).len() == 1;
            if !about_one_class || matches!(ask, Ask::MyEntries { .. } | Ask::MyBookings { .. }) {
                continue;
            }
            let mut request = self.service.request(by, &ask);
            let mut copies = 1;
            if ask.takes_a_key() && self.rng.random_bool(0.5) {
                request.key = Some(self.new_key());
                copies = self.rng.random_range(1..=3);
            }
            flights.push(Flight { by, ask, request, copies, answer: None });
        }
        flights
    }

    /// Sends all from one starting line. `kill`: which program, after how many answers.
    async fn fly(&mut self, flights: &mut [Flight], kill: Option<(usize, usize)>) {
        let line = Arc::new(Barrier::new(flights.iter().map(|flight| flight.copies).sum()));
        let mut flying = JoinSet::new();
        for (number, flight) in flights.iter().enumerate() {
            for _ in 0..flight.copies {
                let any = self.rng.random_range(0..2);
                // A sweep is left to end: nobody knows how far one came that was killed.
                let survivor = kill.map_or(any, |(victim, _)| 1 - victim);
                let caller =
                    self.service.caller(if matches!(flight.ask, Ask::Sweep { .. }) { survivor } else { any });
                let (line, request) = (Arc::clone(&line), flight.request.clone());
                flying.spawn(async move {
                    line.wait().await;
                    (number, deliver(&caller, &request).await.ok())
                });
            }
        }
        let mut answers: Vec<Vec<Option<Answer>>> = flights.iter().map(|_| Vec::new()).collect();
        let mut landed = 0;
        let mut victim = None;
        loop {
            if let Some((program, after)) = kill
                && landed == after
            {
                self.service.kill(program);
                victim = Some(program);
            }
            let Some(done) = flying.join_next().await else { break };
            let (number, answer) = done.unwrap();
            answers[number].push(answer);
            landed += 1;
        }
        if let Some(program) = victim {
            self.service.restart(program, self.now).await;
        }
        for (flight, mut answers) in flights.iter_mut().zip(answers) {
            let lost = answers.iter().any(Option::is_none);
            assert!(victim.is_some() || !lost, "no answer to {flight:?}");
            if lost && flight.request.key.is_some() {
                // With its key it can be sent again: the answer that was lost, or the first, or still none.
                answers.push(Some(self.service.send(self.rng.random_range(0..2), &flight.request).await));
            }
            let in_progress = |answer: &Answer| answer.body.contains("idempotency_in_progress");
            let mut answers = answers.into_iter().flatten().filter(|answer| !in_progress(answer));
            flight.answer = answers.next();
            let first = flight.answer.as_ref().map(spoken);
            for other in answers {
                assert_eq!(Some(spoken(&other)), first, "two answers to one request: {flight:?}");
            }
            assert!(lost || flight.answer.is_some(), "nobody answers {flight:?}");
        }
    }
}

/// What an answer says. A role's refusal comes before any key is looked at: each copy's names its own request.
fn spoken(answer: &Answer) -> (u16, String) {
    if answer.status == 403 { (403, answer.problem().code) } else { (answer.status, answer.body.clone()) }
}

/// What the rows hold after a storm.
#[derive(Debug)]
struct Stored {
    /// The classes that it was about.
    classes: Vec<(usize, Class)>,
    credit: Credit,
}

/// An order in which the model gives these answers and ends with these rows, if there is one: the gym at its end.
fn explain(gym: &Gym, open: &[&Flight], stored: &Stored, families: &Families, now: Ms) -> Option<Gym> {
    let over = open.iter().all(|flight| flight.answer.is_none());
    let same = || stored.classes.iter().all(|(class, rows)| *gym.classes[*class] == *rows);
    if over && same() && *gym.credit == stored.credit {
        return Some(gym.clone());
    }
    (0..open.len()).find_map(|next| {
        let mut after = gym.clone();
        let flight = open[next];
        let said = after.ask(flight.by, &flight.ask, families, now);
        if let Some(answer) = &flight.answer
            && same_verdict(&said, answer).is_err()
        {
            return None;
        }
        let rest: Vec<&Flight> = open
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != next)
            .map(|(_, flight)| *flight)
            .collect();
        explain(&after, &rest, stored, families, now)
    })
}

impl Service {
    /// Kills a program between two requests.
    pub(crate) async fn kill_and_restart(&mut self, program: usize, now: Ms) {
        self.kill(program);
        self.restart(program, now).await;
    }
}
