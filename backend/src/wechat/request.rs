//! Requests to WeChat's API.

/// The longest answer that is read, in bytes. WeChat's have a few hundred.
const MAX_ANSWER: usize = 64 * 1024;

/// Why WeChat gave no answer that can be read. It names no URL: WeChat's hold secrets.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{0}")]
    Http(reqwest::Error),
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("the answer has more than {MAX_ANSWER} bytes")]
    TooLong,
    #[error("the answer is not the JSON that was expected")]
    Unreadable,
}

/// Sends a request and reads the answer's JSON, up to [`MAX_ANSWER`]. The client's time limit holds for all of it.
pub(super) async fn ask<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> Result<T, NoAnswer> {
    let http = |error: reqwest::Error| NoAnswer::Http(error.without_url());
    let mut response = request.send().await.map_err(http)?;
    // A redirect is no answer either: it is not followed.
    if !response.status().is_success() {
        return Err(NoAnswer::Status(response.status().as_u16()));
    }
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(http)? {
        if answer.len() + chunk.len() > MAX_ANSWER {
            return Err(NoAnswer::TooLong);
        }
        answer.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&answer).map_err(|_| NoAnswer::Unreadable)
}

/// Names the library that does TLS, before a client is made.
pub(crate) fn choose_tls() {
    // Said once per process; a second time it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
