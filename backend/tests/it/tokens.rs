//! Tokens: only an intact, current token of the service, for a role that the account has, is accepted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

async fn app() -> TestApp {
    let app = TestApp::start().await;
    let accounts = json!([
        {"id": 1, "openid": "ma", "role": "member"},
        {"id": 2, "openid": "coach", "role": "staff"},
        {"id": 3, "openid": "cron", "role": "service"},
    ]);
    app.load(&json!({ "accounts": accounts })).await.unwrap();
    app
}

async fn profiles(app: &TestApp, token: &str) -> Answer {
    app.get("/api/v1/profiles", Some(token)).await
}

/// Returns a token with these claims, signed with the service's key.
fn signed(app: &TestApp, claims: &Value) -> String {
    let key = EncodingKey::from_ed_pem(&std::fs::read(app.key_file()).unwrap()).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &key).unwrap()
}

fn claims(iat: i64, exp: i64) -> Value {
    json!({"sub": "1", "role": "member", "iat": iat, "exp": exp, "jti": "j"})
}

fn now() -> i64 {
    backend::clock::real_now().millis() / 1000
}

#[tokio::test]
async fn a_valid_token_is_accepted() {
    let app = app().await;
    profiles(&app, &app.token(1, Role::Member)).await.expect(200);
    profiles(&app, &app.token(2, Role::Staff)).await.expect(200);
    profiles(&app, &signed(&app, &claims(now(), now() + 60))).await.expect(200);
}

/// Clocks of two programs differ a little; a token that has expired is refused all the same.
#[tokio::test]
async fn an_issuer_whose_clock_is_ahead_is_believed() {
    let app = app().await;
    for ahead in [1, 5, 50] {
        let token = signed(&app, &claims(now() + ahead, now() + ahead + 86_400));
        profiles(&app, &token).await.expect(200);
    }
    profiles(&app, &signed(&app, &claims(now() + 90, now() + 120))).await.expect(401);
}

#[tokio::test]
async fn every_other_token_is_refused() {
    let app = app().await;
    let good = app.token(1, Role::Member);
    let [header, payload, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let b64 = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let pem = std::fs::read(app.key_file()).unwrap();
    let hs256 = |secret: &[u8]| {
        let key = EncodingKey::from_secret(secret);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims(now(), now() + 60), &key).unwrap()
    };
    let other = app.beside().await;
    let promoted = claims(now(), now() + 60).to_string().replace("member", "staff");
    for (what, token) in [
        ("nothing", String::new()),
        ("words", "let me in".to_owned()),
        ("expired", signed(&app, &claims(now() - 60, now() - 1))),
        ("expiring this very second", signed(&app, &claims(now() - 60, now()))),
        ("too long a life", signed(&app, &claims(now(), now() + 86_500))),
        ("a long life that began long ago", signed(&app, &claims(now() - 86_400, now() + 60))),
        ("no end", signed(&app, &json!({"sub": "1", "role": "member", "iat": now(), "jti": "j"}))),
        (
            "no account",
            signed(&app, &json!({"sub": "", "role": "member", "iat": now(), "exp": now() + 60, "jti": "j"})),
        ),
        (
            "an unknown role",
            signed(&app, &json!({"sub": "1", "role": "boss", "iat": now(), "exp": now() + 60, "jti": "j"})),
        ),
        ("another key", other.token(1, Role::Member)),
        ("no algorithm", format!("{}.{payload}.", b64(r#"{"alg":"none"}"#))),
        ("no algorithm, with a signature", format!("{}.{payload}.{signature}", b64(r#"{"alg":"none"}"#))),
        ("HS256 over the public key", hs256(app.app.keys.jwks().unwrap().as_bytes())),
        ("HS256 over the key file", hs256(&pem)),
        ("other claims under the signature", format!("{header}.{}.{signature}", b64(&promoted))),
        ("no signature", format!("{header}.{payload}.")),
        ("a role that the account has not", app.token(1, Role::Staff)),
        ("an account that is not there", app.token(9, Role::Member)),
    ] {
        let answer = profiles(&app, &token).await;
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{what}: {}", answer.text);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
    }
    assert_eq!(app.get("/api/v1/profiles", None).await.status, 401);
}

#[tokio::test]
async fn a_token_becomes_invalid_when_its_account_loses_the_role() {
    let app = app().await;
    let (coach, parent) = (app.token(2, Role::Staff), app.token(1, Role::Member));
    for _ in 0..2 {
        profiles(&app, &coach).await.expect(200);
        profiles(&app, &parent).await.expect(200);
    }
    sqlx::query("UPDATE account SET role = 'member' WHERE id = 2").execute(&app.app.pool).await.unwrap();
    profiles(&app, &coach).await.expect(401);
    // Its signature is cached as valid; a similar token's is not.
    let (claims, signature) = parent.rsplit_once('.').unwrap();
    let reversed: String = signature.chars().rev().collect();
    profiles(&app, &format!("{claims}.{reversed}")).await.expect(401);
}

#[tokio::test]
async fn a_cached_token_expires_on_time() {
    let app = app().await;
    let token = signed(&app, &claims(now(), now() + 1));
    let mut status = profiles(&app, &token).await.status;
    // Tokens expire by real time, which the test cannot move.
    while status == 200 {
        status = profiles(&app, &token).await.status;
    }
    assert_eq!(status, 401);
}

#[tokio::test]
async fn the_service_role_may_make_one_call_only() {
    let app = app().await;
    let answer = profiles(&app, &app.token(3, Role::Service)).await.expect(403);
    assert_eq!(answer.code(), "forbidden");
}

#[tokio::test]
async fn tokens_expire_by_real_time_under_the_dev_clock() {
    let app = app().await;
    let token = app.token(1, Role::Member);
    app.at("2033-01-01T00:00:00Z").await;
    profiles(&app, &token).await.expect(200);
}
