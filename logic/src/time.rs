//! Instants and durations of the rules: UTC milliseconds and whole minutes, nothing finer or coarser.

use serde::{Deserialize, Serialize};

/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Minutes in a day.
pub const DAY_MINUTES: i64 = 24 * 60;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. In the contract's JSON it is RFC 3339 in UTC
/// with milliseconds; in the WASM package a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
pub struct Instant(i64);

impl Instant {
    /// The last instant that JavaScript's `Date` knows, ±8.64e15 ms; instants past it are malformed input.
    pub const LIMIT_MS: i64 = 8_640_000_000_000_000;

    /// The instant `ms` milliseconds after the epoch; `None` past [`Self::LIMIT_MS`].
    pub const fn from_millis(ms: i64) -> Option<Self> {
        if ms >= -Self::LIMIT_MS && ms <= Self::LIMIT_MS { Some(Self(ms)) } else { None }
    }

    /// The instant `ms` milliseconds after the epoch, held within [`Self::LIMIT_MS`].
    pub const fn clamped(ms: i64) -> Self {
        if ms > Self::LIMIT_MS {
            Self(Self::LIMIT_MS)
        } else if ms < -Self::LIMIT_MS {
            Self(-Self::LIMIT_MS)
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// `minutes` later (earlier when negative), held within the limit.
    pub const fn plus(self, minutes: Minutes) -> Self {
        Self::clamped(self.0.saturating_add(minutes.millis()))
    }

    /// `minutes` earlier, held within the limit.
    pub const fn minus(self, minutes: Minutes) -> Self {
        Self::clamped(self.0.saturating_sub(minutes.millis()))
    }

    /// Milliseconds from `earlier` to `self`; negative when `self` comes first.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// A whole number of minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub i64);

impl Minutes {
    /// That many days.
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(DAY_MINUTES))
    }

    /// The same span in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0.saturating_mul(MINUTE_MS)
    }
}

/// Whether two classes, each from its start to its end, overlap; touching ends do not.
pub fn overlap(one: (Instant, Instant), other: (Instant, Instant)) -> bool {
    one.0 < other.1 && other.0 < one.1
}

#[cfg(feature = "api")]
mod rfc3339 {
    use super::Instant;
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    impl Instant {
        /// `2026-03-02T10:00:00.000Z`.
        pub fn to_rfc3339(self) -> String {
            DateTime::<Utc>::from(self).to_rfc3339_opts(SecondsFormat::Millis, true)
        }

        /// Reads RFC 3339 with any offset.
        ///
        /// # Errors
        /// What is wrong with `text`, in words.
        pub fn parse_rfc3339(text: &str) -> Result<Self, String> {
            DateTime::parse_from_rfc3339(text).map(|at| Self::clamped(at.timestamp_millis())).map_err(|e| {
                format!("`{text}` is not an RFC 3339 instant like 2026-03-02T10:00:00.000Z: {e}")
            })
        }
    }

    impl From<Instant> for DateTime<Utc> {
        fn from(at: Instant) -> Self {
            // Within LIMIT_MS, which chrono's range (±262,000 years) covers, up to the last 13,000 years.
            DateTime::from_timestamp_millis(at.millis()).unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
        }
    }

    impl From<DateTime<Utc>> for Instant {
        fn from(at: DateTime<Utc>) -> Self {
            Self::clamped(at.timestamp_millis())
        }
    }

    impl Serialize for Instant {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_str(&self.to_rfc3339())
        }
    }

    impl<'de> Deserialize<'de> for Instant {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            Self::parse_rfc3339(&String::deserialize(from)?).map_err(D::Error::custom)
        }
    }
}
