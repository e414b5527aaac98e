//! A COMMIT that the server does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::proxy::{Passing, proxy, rewriting};
use super::*;

#[tokio::test]
async fn a_commit_that_is_not_answered_is_looked_up_and_a_lost_one_is_run_once_more() {
    let app = app().await;
    let armed = Arc::new(AtomicBool::new(false));
    for (member, hears) in [(10, true), (12, false)] {
        let behind = {
            let armed = armed.clone();
            let url = proxy(&app.database_url, move |said| {
                if !said.ends_with(b"COMMIT") || !armed.swap(false, Ordering::SeqCst) {
                    Passing::On
                } else if hears {
                    Passing::CutAfter
                } else {
                    Passing::CutBefore
                }
            });
            app.behind(url).await
        };
        for (member, path, class) in
            [(member, "/api/v1/bookings", OPEN), (member + 1, "/api/v1/waitlist/join", FULL)]
        {
            armed.store(true, Ordering::SeqCst);
            let ask = place(member, class);
            let first = send(&behind, member, Some("k"), (Method::POST, path, &ask)).await.expect(201);
            assert!(!armed.load(Ordering::SeqCst), "a COMMIT was cut");
            let again = send(&behind, member, Some("k"), (Method::POST, path, &ask)).await.expect(201);
            assert_eq!((first.text, again.header("idempotency-replayed")), (again.text.clone(), "true"));
            assert_eq!(count(app, KEYS, member).await, 1);
        }
        armed.store(true, Ordering::SeqCst);
        let keyless = place(member + 10, OPEN);
        let unknown =
            send(&behind, member + 10, None, (Method::POST, "/api/v1/bookings", &keyless)).await.expect(503);
        assert_eq!((unknown.code(), unknown.header("retry-after")), ("unavailable", ""));
        assert!(unknown.body["detail"].as_str().unwrap().contains("not known"), "{}", unknown.text);
        assert_eq!(count(app, BOOKINGS, member + 10).await, i64::from(hears));
    }
}

#[tokio::test]
async fn where_another_server_answers_after_a_commit_its_outcome_is_not_known() {
    let app = app().await;
    let name = "SELECT CONCAT_WS(':', @@hostname, @@port, @@server_id)";
    let name: String = sqlx::query_scalar(name).fetch_one(&app.app.pool).await.unwrap();
    let (armed, elsewhere) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    for (member, hears) in [(30, true), (32, false)] {
        let url = {
            let (armed, to, from, name) = (armed.clone(), elsewhere.clone(), elsewhere.clone(), name.clone());
            let cut = move |said: &[u8]| {
                if !said.ends_with(b"COMMIT") || !armed.swap(false, Ordering::SeqCst) {
                    return Passing::On;
                }
                to.store(true, Ordering::SeqCst);
                if hears { Passing::CutAfter } else { Passing::CutBefore }
            };
            rewriting(&app.database_url, cut, move |said| {
                if from.load(Ordering::SeqCst)
                    && let Some(at) = said.windows(name.len()).position(|part| part == name.as_bytes())
                {
                    // The last digit of its id.
                    let digit = &mut said[at + name.len() - 1];
                    *digit = if *digit == b'9' { b'8' } else { b'9' };
                }
            })
        };
        let behind = app.behind(url).await;
        for (member, key, retry_after) in [(member, Some("k"), "5"), (member + 1, None, "")] {
            armed.store(true, Ordering::SeqCst);
            let ask = place(member, OPEN);
            let unknown =
                send(&behind, member, key, (Method::POST, "/api/v1/bookings", &ask)).await.expect(503);
            assert_eq!((unknown.code(), unknown.header("retry-after")), ("unavailable", retry_after));
            assert!(unknown.body["detail"].as_str().unwrap().contains("not known"), "{}", unknown.text);
            assert_eq!(count(app, BOOKINGS, member).await, i64::from(hears), "it is not run again");
            elsewhere.store(false, Ordering::SeqCst);
        }
        let again = book(&behind, member).await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), if hears { "true" } else { "" });
        assert_eq!((count(app, BOOKINGS, member).await, count(app, KEYS, member).await), (1, 1));
    }
}
