//! Many requests at once, to both programs, one of which may be killed on the way. Whatever came of it must be what
//! the model answers to the same requests in some order, with those that got no answer granted or not.

use crate::asking::{Ask, By, Families};
use crate::model::{Class, Gym, Ms};
use crate::service::{Service, deliver, same_verdict};
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
    /// `None`: its program was killed.
    answer: Option<Answer>,
}

impl Simulation {
    /// A storm about one class or two.
    pub(crate) async fn storm(&mut self) {
        let first = drawing::class(&self.gym, self.now, &mut self.rng);
        let second = drawing::class(&self.gym, self.now, &mut self.rng);
        let size = self.rng.random_range(2..=6);
        let mut asks = Vec::new();
        while asks.len() < size {
            let class = if self.rng.random_bool(0.7) { first } else { second };
            let (by, ask) = drawing::ask(&self.gym, &self.families, class, &mut self.rng);
            let one_class = ask.touches(&self.gym, &self.families).len() == 1;
            if one_class && !matches!(ask, Ask::MyEntries { .. } | Ask::MyBookings { .. }) {
                asks.push((by, ask));
            }
        }
        let kill =
            self.rng.random_bool(0.4).then(|| (self.rng.random_range(0..2), self.rng.random_range(0..size)));
        self.diary.note(format!("storm, kill {kill:?}: {asks:?}"));
        let flights = self.fly(asks, kill).await;
        for flight in &flights {
            let answer = flight.answer.as_ref().map(|answer| format!("{} {}", answer.status, answer.body));
            self.diary.note(format!("  {:?} {:?}: {answer:?}", flight.by, flight.ask));
        }

        let mut touched: Vec<usize> =
            flights.iter().flat_map(|flight| flight.ask.touches(&self.gym, &self.families)).collect();
        touched.sort_unstable();
        touched.dedup();
        let mut stored = Vec::new();
        for class in &touched {
            let seen = self.service.picture(*class).await;
            let class_as_stored =
                seen.map_or_else(|| Class::clone(&self.gym.classes[*class]), |seen| seen.class);
            stored.push((*class, class_as_stored));
        }
        let open: Vec<&Flight> = flights.iter().collect();
        self.gym = explain(&self.gym, &open, &stored, &self.families, self.now)
            .unwrap_or_else(|| panic!("no order of the storm explains its answers and {stored:#?}"));
        self.check_classes(&touched).await;

        // Whoever got no answer asks again.
        for flight in flights.into_iter().filter(|flight| flight.answer.is_none()) {
            self.perform(flight.by, flight.ask).await;
        }
    }

    /// Sends all from one starting line. `kill`: which program, after how many answers.
    async fn fly(&mut self, asks: Vec<(By, Ask)>, kill: Option<(usize, usize)>) -> Vec<Flight> {
        let line = Arc::new(Barrier::new(asks.len()));
        let mut flying = JoinSet::new();
        for (number, (by, ask)) in asks.iter().enumerate() {
            let request = self.service.request(*by, ask);
            let caller = self.service.caller(self.rng.random_range(0..2));
            let line = Arc::clone(&line);
            flying.spawn(async move {
                line.wait().await;
                (number, deliver(&caller, &request).await.ok())
            });
        }
        let mut flights: Vec<Flight> =
            asks.into_iter().map(|(by, ask)| Flight { by, ask, answer: None }).collect();
        let mut landed = 0;
        let mut victim = None;
        loop {
            if let Some((program, after)) = kill
                && landed == after
                && victim.is_none()
            {
                self.service.kill(program);
                victim = Some(program);
            }
            let Some(done) = flying.join_next().await else { break };
            let (number, answer) = done.unwrap();
            flights[number].answer = answer;
            landed += 1;
        }
        if let Some(program) = victim {
            self.service.restart(program, self.now).await;
        } else {
            assert!(
                flights.iter().all(|flight| flight.answer.is_some()),
                "an answer is missing: {flights:?}"
            );
        }
        flights
    }
}

/// An order in which the model gives these answers and ends with these rows, if there is one: the gym at its end.
fn explain(
    gym: &Gym,
    open: &[&Flight],
    stored: &[(usize, Class)],
    families: &Families,
    now: Ms,
) -> Option<Gym> {
    let over = open.iter().all(|flight| flight.answer.is_none());
    if over && stored.iter().all(|(class, rows)| *gym.classes[*class] == *rows) {
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
