//! Instants in UTC milliseconds and durations in whole minutes (R0.1).

use serde::{Deserialize, Serialize};

/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Minutes in a day.
pub const DAY_MINUTES: i64 = 24 * 60;

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z. The contract's JSON writes it as RFC 3339 in UTC
/// with milliseconds, the WASM package as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
pub struct Instant(i64);

impl Instant {
    /// The limit of JavaScript's `Date`, ±8.64e15 ms. An instant beyond it is malformed input.
    pub const LIMIT_MS: i64 = 8_640_000_000_000_000;

    /// Returns the instant `ms` milliseconds after the epoch; `None` beyond [`Self::LIMIT_MS`].
    pub const fn from_millis(ms: i64) -> Option<Self> {
        if ms >= -Self::LIMIT_MS && ms <= Self::LIMIT_MS { Some(Self(ms)) } else { None }
    }

    /// Returns the instant `ms` milliseconds after the epoch, clamped to [`Self::LIMIT_MS`].
    pub const fn clamped(ms: i64) -> Self {
        if ms > Self::LIMIT_MS {
            Self(Self::LIMIT_MS)
        } else if ms < -Self::LIMIT_MS {
            Self(-Self::LIMIT_MS)
        } else {
            Self(ms)
        }
    }

    /// Returns the milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the instant `minutes` later (earlier if negative), clamped to the limit.
    pub const fn plus(self, minutes: Minutes) -> Self {
        Self::clamped(self.0.saturating_add(minutes.millis()))
    }

    /// Returns the instant `minutes` earlier, clamped to the limit.
    pub const fn minus(self, minutes: Minutes) -> Self {
        Self::clamped(self.0.saturating_sub(minutes.millis()))
    }

    /// Returns the milliseconds from `earlier` to `self`; negative if `self` comes first.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// A whole number of minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub i64);

#[cfg(feature = "sqlx")]
crate::columns::number_column!(Minutes);

#[cfg(feature = "sqlx")]
crate::columns::column!(
    // Without a zone: a column of instants holds UTC, whatever the zone of the session is.
    Instant as chrono::NaiveDateTime,
    |at| Ok(at.and_utc().into()),
    |at| chrono::DateTime::<chrono::Utc>::from(at).naive_utc()
);

impl Minutes {
    /// Returns the minutes of this many days.
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(DAY_MINUTES))
    }

    /// Returns the span in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0.saturating_mul(MINUTE_MS)
    }
}

/// Returns whether two classes, each given by its start and its end, overlap. A class may start at the instant another
/// one ends (R0.5).
pub fn overlap(one: (Instant, Instant), other: (Instant, Instant)) -> bool {
    one.0 < other.1 && other.0 < one.1
}

#[cfg(feature = "api")]
mod rfc3339 {
    use super::Instant;
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    impl Instant {
        /// Formats the instant like `2026-03-02T10:00:00.000Z`.
        pub fn to_rfc3339(self) -> String {
            DateTime::<Utc>::from(self).to_rfc3339_opts(SecondsFormat::Millis, true)
        }

        /// Reads RFC 3339 text with any offset.
        ///
        /// # Errors
        /// A sentence that says what is wrong with `text`.
        pub fn parse_rfc3339(text: &str) -> Result<Self, String> {
            DateTime::parse_from_rfc3339(text).map(|at| Self::clamped(at.timestamp_millis())).map_err(|e| {
                format!("`{text}` is not an RFC 3339 instant like 2026-03-02T10:00:00.000Z: {e}")
            })
        }
    }

    impl From<Instant> for DateTime<Utc> {
        fn from(at: Instant) -> Self {
            // `LIMIT_MS` is ±275,000 years and chrono's range about ±262,000: an instant between them becomes the epoch.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers R0.5.
    #[test]
    fn classes_overlap_if_they_share_more_than_an_end_point() {
        let class = |start, end| (Instant::clamped(start), Instant::clamped(end));
        assert!(overlap(class(0, 10), class(9, 20)));
        assert!(overlap(class(9, 20), class(0, 10)));
        assert!(overlap(class(0, 10), class(2, 3)));
        assert!(!overlap(class(0, 10), class(10, 20)));
        assert!(!overlap(class(10, 20), class(0, 10)));
    }
}
