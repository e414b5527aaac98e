//! Requests to WeChat's API.

/// Sends a request and reads the answer's JSON. reqwest's errors show the URL, and WeChat's hold secrets.
pub(super) async fn ask<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> Result<T, reqwest::Error> {
    let answer = async { request.send().await?.error_for_status()?.json().await };
    answer.await.map_err(reqwest::Error::without_url)
}

/// Names the library that does TLS, before a client is made.
pub(crate) fn choose_tls() {
    // Said once per process; a second time it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
