//! The limits on connections, over raw sockets.

use std::time::Duration;

use backend::http;
use backend::server::{Connections, serve};
use backend::service::sweep_runner::Stop;
use test_support::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves the routes of `app` under `limits`; the address.
async fn serving(app: &TestApp, limits: Connections) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, http::service(app.app.clone()), limits, Stop::never()));
    address
}

/// Whatever comes until the service closes.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn login(length: usize) -> String {
    format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: gym\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_request_timeout() {
    let app = TestApp::start().await;
    let address =
        serving(&app, Connections { body: Duration::from_millis(200), ..Connections::default() }).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all((login(20) + "{").as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    for part in ["\"code\":\"request_timeout\"", "connection: close"] {
        assert!(answer.contains(part), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_ends_early_is_malformed() {
    let app = TestApp::start().await;
    let address = serving(&app, Connections::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all((login(20) + "{\"code\"").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("invalid_request"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let app = TestApp::start().await;
    let address =
        serving(&app, Connections { head: Duration::from_millis(200), ..Connections::default() }).await;
    for begun in ["", "GET /api/v1/time HTTP/1.1\r\nhost:", "GET /api/v1/time HTTP/1.1\r\nhost: gym\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert_eq!(answer.contains("HTTP/1.1 200 "), begun.ends_with("\r\n\r\n"), "{answer}");
    }
}

/// Who begins a request and does not go on is in nobody's way: neither of the next caller nor of a stop.
#[tokio::test]
async fn a_head_that_does_not_come_makes_room() {
    let app = TestApp::start().await;
    let limits = Connections {
        most: 2,
        head: Duration::from_secs(3_600),
        linger: Duration::from_millis(50),
        ..Connections::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = tokio::sync::watch::channel(false);
    let served = tokio::spawn(serve(listener, http::service(app.app.clone()), limits, Stop::new(told)));
    let time = "GET /api/v1/time HTTP/1.1\r\nhost: gym\r\n\r\n";
    let mut held = Vec::new();
    let (fresh, used) = ("GET /api", format!("{time}GET /api"));
    for begun in [fresh, &used, fresh, &used] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        if begun.starts_with(time) {
            stream.read_exact(&mut [0; 15]).await.unwrap();
        }
        held.push(stream);
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(time.replace("gym", "gym\r\nconnection: close").as_bytes()).await.unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 200 "));
    tell.send(true).unwrap();
    served.await.unwrap();
}

/// What the service does not read, it does not leave in the way of the next request.
#[tokio::test]
async fn an_answer_before_the_body_was_read_closes_the_connection_and_arrives() {
    let app = TestApp::start().await;
    let address = serving(&app, Connections::default()).await;
    let post = |path: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: gym\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n"
        )
    };
    for (path, length, status) in [
        ("/api/v1/bookings", 3, 401),
        ("/api/v1/bookings", 60_000, 401),
        ("/api/v1/nowhere", 60_000, 404),
        ("/api/v1/time", 60_000, 405),
        ("/api/v1/auth/login", 4_000_000, 413),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(post(path, length).as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; length]).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}, {length} bytes: {answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn an_ordinary_client_loses_no_request_after_a_refusal() {
    let app = TestApp::start().await;
    for length in [3, 30_000, 63_000] {
        for n in 0..40 {
            let body = serde_json::json!({ "note": "x".repeat(length) });
            app.post("/api/v1/bookings", None, body).await.expect(401);
            assert_eq!(app.get("/api/v1/time", None).await.status, 200, "request {n} after {length} bytes");
        }
    }
}

#[tokio::test]
async fn an_answered_request_leaves_its_connection_open() {
    let app = TestApp::start().await;
    let address =
        serving(&app, Connections { head: Duration::from_millis(500), ..Connections::default() }).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = "{\"code\":\"dev:someone\"}";
    stream.write_all((login(body.len()) + body).repeat(2).as_bytes()).await.unwrap();
    let answers = read_to_end(&mut stream).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
    assert!(!answers.contains("connection: close"), "{answers}");
}

#[tokio::test]
async fn invented_methods_are_one_series() {
    let app = TestApp::start().await;
    for n in 0..20 {
        let method = reqwest::Method::from_bytes(format!("INVENTED{n}").as_bytes()).unwrap();
        app.send(app.request(method, "/api/v1/time", None)).await.expect(405);
    }
    let metrics = app.get("/metrics", None).await.text;
    assert!(!metrics.contains("INVENTED"), "a label is whatever a caller sent");
    assert!(metrics.contains("method=\"other\""));
}
