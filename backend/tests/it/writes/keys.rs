//! Requests with one key.

use super::*;
use logic::ids::AccountId;

#[tokio::test]
async fn of_two_services_with_one_key_one_writes_and_the_other_replays() {
    let app = app().await;
    let other: &TestApp = Box::leak(Box::new(app.beside().await));
    for (member, path, class) in [(7, "/api/v1/bookings", OPEN), (8, "/api/v1/waitlist/join", FULL)] {
        let lock = hold(app).await;
        let sent = [app, other].map(|app| {
            tokio::spawn(async move {
                send(app, member, Some("k"), (Method::POST, path, &place(member, class))).await
            })
        });
        // Both have looked for the key before they began.
        stuck(app, 2).await;
        lock.rollback().await.unwrap();
        let [one, two] = sent;
        let (one, two) = (one.await.unwrap().expect(201), two.await.unwrap().expect(201));
        assert_eq!(one.text, two.text);
        let mut replayed = [one.header("idempotency-replayed"), two.header("idempotency-replayed")];
        replayed.sort_unstable();
        assert_eq!(replayed, ["", "true"]);
        assert_eq!(count(app, KEYS, member).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_requests_with_one_key_one_writes_eight_wait_and_one_comes_again() {
    let app = app().await;
    let lock = hold(app).await;
    let sent: Vec<_> = (0..9).map(|_| tokio::spawn(book(app, 9))).collect();
    while app.app.keys_under_way.waiting(AccountId(9), "k") < 8 {
        tokio::task::yield_now().await;
    }
    let busy = book(app, 9).await.expect(503);
    assert_eq!((busy.code(), busy.header("retry-after")), ("unavailable", "1"));
    lock.rollback().await.unwrap();
    let mut replays = 0;
    for sent in sent {
        let answer = sent.await.unwrap().expect(201);
        replays += usize::from(answer.header("idempotency-replayed") == "true");
    }
    assert_eq!(replays, 8);
    assert_eq!((count(app, BOOKINGS, 9).await, count(app, KEYS, 9).await), (1, 1));
}
