//! Tokens: only an intact, current token of the service, for a role that the account has, is accepted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

use crate::serving::{gym, stdout};

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

fn command(app: &TestApp) -> std::process::Command {
    let mut command = gym(std::path::Path::new("/nonexistent"));
    command.env("DATABASE_URL", &app.database_url).env("GYM_JWT_KEY", app.key_file()).arg("token");
    command
}

fn token_command(app: &TestApp, args: &[&str]) -> String {
    stdout(&command(app).args(args).output().unwrap())
}

#[tokio::test]
async fn revoking_an_account_ends_what_was_issued_before() {
    let app = app().await;
    let coach = app.token(2, Role::Staff);
    let (parent, other) = (app.token(1, Role::Member), signed(&app, &claims(now() - 60, now() + 60)));
    profiles(&app, &coach).await.expect(200);
    for account in ["1", "2"] {
        let said = token_command(&app, &["revoke", "--account", account]);
        assert!(said.starts_with(&format!("tokens of account {account} that were issued before")), "{said}");
    }
    // Staff are looked up each time; a member's token that was not used lately is, too.
    for token in [&coach, &parent, &other] {
        let refused = profiles(&app, token).await.expect(401);
        assert!(refused.text.contains("was revoked"), "{}", refused.text);
    }
    // Tokens from after it are good, the clocks' difference allowed for.
    profiles(&app, &signed(&app, &claims(now() + 10, now() + 60))).await.expect(200);
}

#[tokio::test]
async fn revoking_a_token_ends_that_one_alone() {
    let app = app().await;
    let with = |jti: &str| {
        signed(&app, &json!({"sub": "2", "role": "staff", "iat": now(), "exp": now() + 60, "jti": jti}))
    };
    let (stolen, kept) = (with("stolen"), with("kept"));
    profiles(&app, &stolen).await.expect(200);
    for _ in 0..2 {
        token_command(&app, &["revoke", "--jti", "stolen"]);
        profiles(&app, &stolen).await.expect(401);
    }
    profiles(&app, &kept).await.expect(200);
}

#[tokio::test]
async fn what_is_done_to_tokens_and_roles_by_commands_is_recorded() {
    let app = app().await;
    let token = token_command(&app, &["--account", "2", "--role", "staff", "--ttl", "60"]);
    profiles(&app, &token).await.expect(200);
    token_command(&app, &["revoke", "--account", "1"]);
    token_command(&app, &["revoke", "--jti", "j"]);
    for role in ["staff", "staff", "member"] {
        app.load(&json!({"accounts": [{"id": 1, "openid": "ma", "role": role}]})).await.unwrap();
    }
    let rows: Vec<(i64, String, String, sqlx::types::Json<Value>)> =
        sqlx::query_as("SELECT account_id, action, subject, detail FROM audit ORDER BY id")
            .fetch_all(&app.app.pool)
            .await
            .unwrap();
    let done: Vec<_> = rows.iter().map(|row| (row.0, row.1.as_str(), row.2.as_str())).collect();
    assert_eq!(
        done,
        [
            (0, "token.issue", "account/2"),
            (0, "token.revoke", "account/1"),
            (0, "token.revoke", "token/j"),
            (0, "account.role", "account/1"),
            (0, "account.role", "account/1"),
        ]
    );
    assert_eq!((&rows[0].3["role"], &rows[0].3["seconds"]), (&json!("staff"), &json!(60)));
    assert_eq!(rows[3].3.0, json!({"role": "staff"}));
}

#[tokio::test]
async fn token_commands_say_what_is_missing() {
    let app = app().await;
    for (args, wanted) in [
        (&["revoke"][..], "--account"),
        (&["revoke", "--account", "9"], "there is no account 9"),
        (&["revoke", "--account", "1", "--jti", "j"], "cannot be used with"),
        (&["--account", "1"], "--role"),
    ] {
        let output = command(&app).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(wanted), "{args:?}: {said}");
    }
    let nowhere = "mysql://gym:x@127.0.0.1:1/gym";
    let args = ["--account", "1", "--role", "member"];
    let output = command(&app).env("DATABASE_URL", nowhere).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && output.stdout.is_empty(), "no token without its record");
    assert!(said.contains("the database at 127.0.0.1:1 cannot be used"), "{said}");
}
