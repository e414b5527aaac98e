//! Storms: many concurrent requests to both programs, one of which may be killed meanwhile. The outcome must equal what
//! the model replies to the same requests in some order; requests without an answer may have been executed or not.

use crate::actions::{Action, Families, Requester};
use crate::assertions::same_verdict;
use crate::credit::{Credit, Purse};
use crate::model::{Class, Gym, Ms};
use crate::service::{Request, Service, deliver};
use crate::{Simulation, generators};
use rand::RngExt;
use std::sync::Arc;
use tests::Answer;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// A request in flight.
#[derive(Debug)]
struct InFlight {
    by: Requester,
    ask: Action,
    request: Request,
    /// How many copies are sent at the same time, with one idempotency key.
    copies: usize,
    /// The answer; `None` if the program was killed.
    answer: Option<Answer>,
}

impl Simulation {
    /// Runs a storm about one or two classes.
    pub(crate) async fn storm(&mut self) {
        let kill =
            self.rng.random_bool(0.4).then(|| (self.rng.random_range(0..2), self.rng.random_range(0..6)));
        self.diary.note(format!("storm, kill {kill:?}"));
        let mut flights = self.draw_requests();
        // Each message that WeChat accepts meanwhile would count as one more request.
        let swept = flights.len() <= 3
            && self.post.is_none()
            && self.rng.random_bool(0.6)
            && self.few_wait_for_makeups();
        let sweeps = usize::from(swept);
        for _ in 0..sweeps {
            let (by, ask) = (Requester::Staff, Action::Sweep { class: None });
            let request = self.service.request(by, &ask);
            flights.push(InFlight { by, ask, request, copies: 1, answer: None });
        }
        self.fly(&mut flights, kill).await;
        // A call-off is several transactions, of which a kill may leave the last ones undone: its repeat does them.
        for flight in &mut flights {
            if flight.answer.is_none() && matches!(flight.ask, Action::CallOff { .. }) {
                flight.answer = Some(self.service.send(0, &flight.request).await);
            }
        }
        for flight in &flights {
            let answer = flight.answer.as_ref().map(|answer| format!("{} {}", answer.status, answer.body));
            self.diary.note(format!("  {:?} {:?} x{}: {answer:?}", flight.by, flight.ask, flight.copies));
        }

        // A sweep visits class after class. In a class without other requests its effect is known; in each other class it
        // counts as one more request.
        let sweeps = flights.split_off(flights.len() - sweeps);
        let mut touched: Vec<usize> =
            flights.iter().flat_map(|flight| flight.ask.touches(&self.gym, &self.families)).collect();
        for sweep in &sweeps {
            touched.extend((0..self.gym.classes.len()).filter(|class| self.waits_for_a_makeup(*class)));
            touched.sort_unstable();
            touched.dedup();
            let part = |ask| {
                let (request, answer) = (sweep.request.clone(), sweep.answer.clone());
                InFlight { by: Requester::Staff, ask, request, copies: 1, answer }
            };
            let joins = flights.iter().any(|it| matches!(it.ask, Action::Join { makeup_for: Some(_), .. }));
            for number in 0..self.gym.classes.len() {
                let ask = Action::Sweep { class: Some(number) };
                if !touched.contains(&number) {
                    self.gym.ask(Requester::Staff, &ask, &self.families, self.now).unwrap();
                    continue;
                }
                flights.push(part(ask));
                if joins || self.waits_for_a_makeup(number) {
                    flights.push(part(Action::Lapse { class: number }));
                }
            }
            for child in self.with_dead_grants() {
                flights.push(part(Action::Expire { child }));
            }
        }
        touched.sort_unstable();
        touched.dedup();
        self.learn_versions(&touched).await;
        let mut stored = Vec::new();
        for class in &touched {
            let seen = self.service.picture(*class).await;
            let class_as_stored =
                seen.map_or_else(|| Class::clone(&self.gym.classes[*class]), |seen| seen.class);
            stored.push((*class, class_as_stored));
        }
        let credit = self.service.credit().await;
        credit.check();
        let open: Vec<&InFlight> = flights.iter().collect();
        let stored = Stored { classes: stored, credit };
        self.gym = explain(&self.gym, &open, &stored, &self.families, self.now)
            .unwrap_or_else(|| panic!("no order of the requests explains the answers and {stored:#?}"));
        if sweeps.is_empty() {
            self.check_classes(&touched).await;
        } else {
            self.check_classes(&(0..self.gym.classes.len()).collect::<Vec<_>>()).await;
        }

        // A request without an answer is sent again.
        for flight in flights.into_iter().filter(|flight| flight.answer.is_none()) {
            self.perform(flight.by, flight.ask).await;
        }
    }

    fn waits_for_a_makeup(&self, class: usize) -> bool {
        let entries = &self.gym.classes[class].entries;
        entries.values().any(|entry| entry.status.is_active() && entry.makeup_for.is_some())
    }

    /// Returns whether few enough classes have entries that wait for a makeup, so that the search for an order ends.
    fn few_wait_for_makeups(&self) -> bool {
        (0..self.gym.classes.len()).filter(|class| self.waits_for_a_makeup(*class)).count() <= 1
    }

    fn with_dead_grants(&self) -> Vec<usize> {
        let dead = |purse: &Purse| purse.clone().expire(self.now) > 0;
        self.gym.credit.purses.iter().filter(|(_, purse)| dead(purse)).map(|(child, _)| *child).collect()
    }

    fn draw_requests(&mut self) -> Vec<InFlight> {
        let classes = [0; 2].map(|_| generators::class(&self.gym, self.now, &mut self.rng));
        let size = self.rng.random_range(2..=5);
        let mut flights = Vec::new();
        while flights.len() < size {
            let class = classes[usize::from(self.rng.random_bool(0.3))];
            let (by, mut ask) = generators::ask(&self.gym, &self.families, class, self.now, &mut self.rng);
            if self.background {
                ask.forget_the_makeup();
            }
            let about_one_class = ask.touches(&self.gym, &self.families).len() == 1;
            // What a policy that is chosen meanwhile says of the other requests is not searched for.
            if !about_one_class
                || matches!(
                    ask,
                    Action::MyEntries { .. } | Action::MyBookings { .. } | Action::ChoosePolicy { .. }
                )
            {
                continue;
            }
            let mut request = self.service.request(by, &ask);
            let mut copies = 1;
            if ask.takes_a_key() && self.rng.random_bool(0.5) {
                request.key = Some(self.new_key());
                copies = self.rng.random_range(1..=3);
            }
            flights.push(InFlight { by, ask, request, copies, answer: None });
        }
        flights
    }

    /// Sends all requests at the same time. `kill` names a program and after how many answers to kill it.
    async fn fly(&mut self, flights: &mut [InFlight], kill: Option<(usize, usize)>) {
        let line = Arc::new(Barrier::new(flights.iter().map(|flight| flight.copies).sum()));
        let mut flying = JoinSet::new();
        for (number, flight) in flights.iter().enumerate() {
            for _ in 0..flight.copies {
                let any = self.rng.random_range(0..2);
                // A sweep goes to the program that survives, because the progress of a killed sweep is unknown.
                let survivor = kill.map_or(any, |(victim, _)| 1 - victim);
                let caller = self.service.caller(if matches!(flight.ask, Action::Sweep { .. }) {
                    survivor
                } else {
                    any
                });
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
                // With its key the request can be sent again, whether or not the first one was executed.
                answers.push(Some(self.service.send(self.rng.random_range(0..2), &flight.request).await));
            }
            // A copy that waited for one which was refused before its transaction began is asked to come again.
            let mut answers = answers.into_iter().flatten().filter(|answer| answer.status != 503);
            flight.answer = answers.next();
            let first = flight.answer.as_ref().map(spoken);
            for other in answers {
                assert_eq!(Some(spoken(&other)), first, "two answers to one request: {flight:?}");
            }
            assert!(lost || flight.answer.is_some(), "nobody answers {flight:?}");
        }
    }
}

/// Returns the comparable part of an answer. A refusal that is not stored under the key names each copy's own request id.
fn spoken(answer: &Answer) -> (u16, String) {
    match answer.status {
        status @ (400 | 403 | 404) => (status, answer.problem().code),
        status => (status, answer.body.clone()),
    }
}

/// The rows after a storm.
#[derive(Debug)]
struct Stored {
    /// The classes that the storm was about.
    classes: Vec<(usize, Class)>,
    credit: Credit,
}

/// Searches for an order in which the model gives these answers and ends with these rows; returns its final state.
fn explain(gym: &Gym, open: &[&InFlight], stored: &Stored, families: &Families, now: Ms) -> Option<Gym> {
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
        let rest: Vec<&InFlight> = open
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != next)
            .map(|(_, flight)| *flight)
            .collect();
        explain(&after, &rest, stored, families, now)
    })
}

impl Service {
    /// Kills a program between two requests and starts it again.
    pub(crate) async fn kill_and_restart(&mut self, program: usize, now: Ms) {
        self.kill(program);
        self.restart(program, now).await;
    }
}
