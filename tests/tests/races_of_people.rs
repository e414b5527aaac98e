//! Races of guardians and of owners: whoever comes first counts, and nobody is left without a guardian or an owner.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use contract::shapes::Action;
use logic::ids::{ProfileId, WaitlistId};
use logic::status::EntryStatus;
use reqwest::Method;
use serde_json::{Value, json};
use std::pin::Pin;
use tests::race::at_once;
use tests::rows::Seats;
use tests::{Class, Client, Family, Plan, Problem, World};

/// How many children a test uses.
const CHILDREN: usize = 8;

type Racer = Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send>>;

/// A request on connections of its own.
fn racer(client: &Client, method: Method, path: String, body: Value) -> Racer {
    let client = client.apart();
    Box::pin(async move { client.json(method, &path, &body).await.read(200) })
}

fn claim(client: &Client, code: &str) -> Racer {
    racer(client, Method::POST, "/profiles/claim".to_owned(), json!({ "code": code }))
}

fn respond(client: &Client, entry: WaitlistId, action: Action) -> Racer {
    racer(client, Method::PUT, format!("/waitlist/{entry}/respond"), json!({ "action": action }))
}

async fn code(client: &Client, child: ProfileId) -> String {
    let path = format!("/profiles/{child}/claim-code");
    let answer: Value = client.json(Method::POST, &path, &json!({})).await.read(200).unwrap();
    answer["code"].as_str().unwrap().to_owned()
}

async fn guardians(client: &Client, child: ProfileId) -> Vec<i64> {
    let page: Value = client.get(&format!("/profiles/{child}/guardians")).await.read(200).unwrap();
    page["items"].as_array().unwrap().iter().map(|item| item["account_id"].as_i64().unwrap()).collect()
}

/// Children with two guardians, each of whom holds an offer.
struct Offers {
    world: World,
    classes: Vec<Class>,
    first: Family,
    second: Family,
    entries: Vec<WaitlistId>,
}

async fn offers() -> Offers {
    let mut plan = Plan::new().await;
    let classes: Vec<_> = (2..).take(CHILDREN).map(|day| plan.full_class(day, "18:00")).collect();
    let (first, second) = (plan.large_family(CHILDREN), plan.family());
    let world = plan.load().await;
    let mut entries = Vec::new();
    for (child, (class, holder, seat)) in classes.iter().enumerate() {
        let code = code(&world[first].client, world[first].children[child]).await;
        claim(&world[second].client, &code).await.unwrap();
        entries.push(world[first].join_for(child, class).await.unwrap().id);
        world[*holder].client.cancel(*seat).await.unwrap();
    }
    Offers { world, classes: classes.into_iter().map(|(class, ..)| class).collect(), first, second, entries }
}

/// R8.3.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_claims_of_one_code_one_makes_a_guardian() {
    let mut plan = Plan::new().await;
    let first = plan.large_family(CHILDREN);
    let [one, other] = plan.families();
    let world = plan.load().await;
    let mut racers = Vec::new();
    for child in &world[first].children {
        let code = code(&world[first].client, *child).await;
        racers.push(claim(&world[one].client, &code));
        racers.push(claim(&world[other].client, &code));
    }
    let answers = at_once(racers).await;
    for (child, pair) in world[first].children.iter().zip(answers.chunks(2)) {
        let winner = match pair {
            [Ok(profile), Err(problem)] if (problem.status, profile["id"] == json!(child)) == (404, true) => {
                one
            }
            [Err(problem), Ok(profile)] if (problem.status, profile["id"] == json!(child)) == (404, true) => {
                other
            }
            _ => panic!("{pair:?}"),
        };
        let family = guardians(&world[first].client, *child).await;
        assert_eq!(family, [world[first].account.0, world[winner].account.0]);
    }
    world.close().await;
}

/// R8.8.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_guardians_who_answer_differently_the_first_counts() {
    let Offers { world, classes, first, second, entries } = offers().await;
    let mut racers = Vec::new();
    for entry in &entries {
        racers.push(respond(&world[first].client, *entry, Action::Confirm));
        racers.push(respond(&world[second].client, *entry, Action::Decline));
    }
    let answers = at_once(racers).await;
    for ((class, entry), pair) in classes.iter().zip(&entries).zip(answers.chunks(2)) {
        let (counts, seats) = match pair {
            [Ok(_), Err(problem)] if problem.code == "conflict" => {
                (EntryStatus::Confirmed, Seats::of(1, 0, 0))
            }
            [Err(problem), Ok(_)] if problem.code == "conflict" => {
                (EntryStatus::Cancelled, Seats::of(0, 0, 0))
            }
            _ => panic!("{pair:?}"),
        };
        for guardian in [first, second] {
            assert_eq!(world[guardian].status(*entry).await, counts);
        }
        assert_eq!(world.seats(class).await, seats);
    }
    world.close().await;
}

/// R8.8.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_guardians_who_answer_alike_are_answered_alike() {
    let Offers { world, classes, first, second, entries } = offers().await;
    let mut racers = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let action = if number % 2 == 0 { Action::Confirm } else { Action::Decline };
        racers.push(respond(&world[first].client, *entry, action));
        racers.push(respond(&world[second].client, *entry, action));
    }
    let answers = at_once(racers).await;
    for (number, (class, pair)) in classes.iter().zip(answers.chunks(2)).enumerate() {
        let [Ok(one), Ok(other)] = pair else { panic!("{pair:?}") };
        assert_eq!(
            (&one["booking"], &one["entry"]["status"]),
            (&other["booking"], &other["entry"]["status"])
        );
        let booked = u32::from(number % 2 == 0);
        assert_eq!(world.seats(class).await, Seats::of(booked, 0, 0));
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_guardian_is_taken_away_while_it_answers() {
    let Offers { world, classes, first, second, entries } = offers().await;
    let mut racers = Vec::new();
    for (child, entry) in world[first].children.iter().zip(&entries) {
        let path = format!("/profiles/{child}/guardians/{}", world[second].account);
        racers.push(respond(&world[second].client, *entry, Action::Confirm));
        racers.push(racer(&world[first].client, Method::DELETE, path, json!({})));
    }
    let answers = at_once(racers).await;
    for (number, (class, entry)) in classes.iter().zip(&entries).enumerate() {
        let [answer, removal] = &answers[number * 2..][..2] else { panic!("{answers:?}") };
        assert!(removal.is_ok(), "{removal:?}");
        let (status, seats) = match answer {
            Ok(_) => (EntryStatus::Confirmed, Seats::of(1, 0, 0)),
            Err(problem) => {
                assert_eq!(problem.status, 404, "{problem:?}");
                (EntryStatus::Notified, Seats::of(0, 1, 0))
            }
        };
        assert_eq!(world[first].status(*entry).await, status);
        assert_eq!(world.seats(class).await, seats);
        // From the next request on there is no access.
        assert_eq!(respond(&world[second].client, *entry, Action::Confirm).await.unwrap_err().status, 404);
        let child = world[first].children[number];
        assert_eq!(guardians(&world[first].client, child).await, [world[first].account.0]);
    }
    world.close().await;
}

/// R8.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_guardians_who_leave_one_stays() {
    let Offers { world, first, second, .. } = offers().await;
    let mut racers = Vec::new();
    for child in &world[first].children {
        for guardian in [first, second] {
            let path = format!("/profiles/{child}/guardians/{}", world[guardian].account);
            racers.push(racer(&world[guardian].client, Method::DELETE, path, json!({})));
        }
    }
    let answers = at_once(racers).await;
    for (child, pair) in world[first].children.iter().zip(answers.chunks(2)) {
        let stays = match pair {
            [Ok(_), Err(problem)] if problem.code == "last_guardian" => second,
            [Err(problem), Ok(_)] if problem.code == "last_guardian" => first,
            _ => panic!("{pair:?}"),
        };
        assert_eq!(guardians(&world[stays].client, *child).await, [world[stays].account.0]);
    }
    world.close().await;
}

/// R7.5.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_owners_who_demote_each_other_one_stays() {
    let mut plan = Plan::new().await;
    let owners: Vec<_> = (0..CHILDREN).map(|_| plan.owner()).collect();
    let world = plan.load().await;
    let mut racers = Vec::new();
    for pair in owners.chunks(2) {
        for (by, whom) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let path = format!("/accounts/{}/role", world[whom].account);
            racers.push(racer(&world[by].client, Method::PUT, path, json!({"role": "member"})));
        }
    }
    let answers = at_once(racers).await;
    for (owners, pair) in owners.chunks(2).zip(answers.chunks(2)) {
        let (stays, problem) = match pair {
            [Ok(_), Err(problem)] => (owners[0], problem),
            [Err(problem), Ok(_)] => (owners[1], problem),
            _ => panic!("{pair:?}"),
        };
        assert!([401, 403].contains(&problem.status) || problem.code == "last_owner", "{problem:?}");
        let accounts: Value =
            world[stays].client.get("/accounts?role=owner&limit=100").await.read(200).unwrap();
        let listed = accounts["items"].as_array().unwrap();
        assert!(listed.iter().any(|row| row["account_id"] == json!(world[stays].account)));
    }
    world.close().await;
}
