//! The version of the mini-program that calls, and the oldest that is served.

use crate::operation::{Operation, PREFIX};
use logic::{Code, Refusal};

/// The oldest version that is served.
pub const OLDEST_SERVED: ClientVersion = ClientVersion { major: 0, minor: 1, patch: 0 };

/// A version of the mini-program. Versions compare by their numbers, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

impl ClientVersion {
    /// Parses the value of [`crate::headers::CLIENT`]: `mini/` and three decimal numbers without leading zeros.
    pub fn parse(value: &str) -> Option<Self> {
        let mut numbers = value.strip_prefix("mini/")?.split('.').map(number);
        let version = Self { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? };
        numbers.next().is_none().then_some(version)
    }
}

impl core::fmt::Display for ClientVersion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "mini/{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// `str::parse` would also take `+1` and `01`.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}

/// Refuses a request of a mini-program that is older than [`OLDEST_SERVED`]. `path` is the path of the request without
/// its query, `client` the one value of [`crate::headers::CLIENT`]. A request without a well-formed version is served, and so
/// is every request for the time: an old mini-program still shows correct countdowns while it updates.
///
/// # Errors
/// `client_too_old`.
pub fn check(path: &str, client: Option<&str>) -> Result<(), Refusal> {
    let in_the_api = path.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'));
    let applies = in_the_api && path != Operation::TimeGet.path();
    match client.and_then(ClientVersion::parse) {
        Some(version) if applies && version < OLDEST_SERVED => {
            let detail = format!("{version} is too old: update to {OLDEST_SERVED} or later");
            Err(Refusal::because(Code::ClientTooOld, detail))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        let parse = |text| ClientVersion::parse(text).unwrap();
        assert!(parse("mini/0.9.10") > parse("mini/0.9.9"));
        assert!(parse("mini/1.0.0") > parse("mini/0.99.99"));
        assert_eq!(parse("mini/1.2.3").to_string(), "mini/1.2.3");
    }

    #[test]
    fn only_well_formed_older_versions_are_refused() {
        let code = |path, client| check(path, client).map_err(|refusal| refusal.code);
        let too_old = Err(Code::ClientTooOld);
        assert_eq!(code("/api/v1/waitlist/my", Some("mini/0.0.9")), too_old);
        assert_eq!(code("/api/v1/unknown", Some("mini/0.0.9")), too_old);
        for served in ["/api/v1/time", "/healthz", "/api/v2/waitlist/my"] {
            assert_eq!(code(served, Some("mini/0.0.9")), Ok(()), "{served}");
        }
        let oldest = OLDEST_SERVED.to_string();
        for client in [
            &*oldest,
            "mini/99.0.0",
            "",
            "mini",
            "mini/",
            "mini/0.0",
            "mini/0.0.9.1",
            "mini/0.0.09",
            "mini/0.0.+9",
            "mini/0.0.x",
            "mini/0.0.9 ",
            "web/0.0.9",
            "mini/0.0.9, mini/0.0.9",
            "mini/0.0.4294967296",
        ] {
            assert_eq!(code("/api/v1/waitlist/my", Some(client)), Ok(()), "{client}");
        }
        assert_eq!(code("/api/v1/waitlist/my", None), Ok(()));
    }

    #[test]
    fn the_detail_names_both_versions() {
        let refusal = check("/api/v1/policy", Some("mini/0.0.9")).unwrap_err();
        assert_eq!(refusal.to_string(), "mini/0.0.9 is too old: update to mini/0.1.0 or later");
    }
}
