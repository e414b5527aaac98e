//! The policy: the numbers that every rule receives (RULES §1).
//!
//! The fields stand in one table, `policy!`. From it come the struct, the defaults, the reader, the range
//! checks, the JSON view and the TypeScript type, so that none of them can miss a field.

use crate::error::{Code, Refusal};
use crate::time::{DAY_MINUTES, Minutes};
use crate::value::{Value, ValueRef};

/// The longest duration of a policy in days: ten years. Within it, no instant of the rules overflows.
const DAYS_MAX: i64 = 3_660;
const MINUTES_MAX: i64 = DAYS_MAX * DAY_MINUTES;
/// The most entries of a queue (R2.89).
pub const QUEUE_CAPACITY_MAX: u32 = 10_000;
/// The most seats of a class (R2.89).
pub const CAPACITY_MAX: u32 = 1_000;
/// The longest horizon in days (R1.20); staff are bound by this one alone (R2.87).
pub const HORIZON_DAYS_MAX: i64 = 366;

macro_rules! policy {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty as $kind:ty = $default:expr, $snake:literal, $camel:literal;)+) => {
        /// The gym's numbers. [`Policy::check`] says whether they fit together; [`PolicyPatch::apply`] calls it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Policy {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for Policy {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// Some fields of a policy: those that a caller or `GYM_POLICY` sets.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct PolicyPatch {
            case: FieldCase,
            $($field: Option<$type>,)+
        }

        impl Policy {
            fn check_ranges(&self, case: FieldCase) -> Result<(), Refusal> {
                $(if let Some(range) = <$kind>::broken_range(&self.$field) {
                    return Err(invalid(case.pick($snake, $camel), &range));
                })+
                Ok(())
            }

            /// Returns every field as a plain value, with names in `case`; `quiet_hours` is null if there are none.
            pub fn view(&self, case: FieldCase) -> Value {
                Value::object([$((case.pick($snake, $camel), <$kind>::view(&self.$field)),)+])
            }
        }

        impl PolicyPatch {
            /// Reads a partial policy. A null field is left out, except that null `quiet_hours` means none. What
            /// `GET /policy` adds to the fields, `id`, `next` and `effective_from`, is ignored.
            ///
            /// # Errors
            /// `invalid_request`, naming a field that is unknown or has the wrong type.
            pub fn read(at: &ValueRef<'_>, case: FieldCase) -> Result<Self, Refusal> {
                let ignored: &[&str] = case.pick(&["id", "next", "effective_from"], &["id", "next", "effectiveFrom"]);
                Self::read_fields(at, case, ignored)
            }

            /// Reads a partial policy as [`Self::read`] does, and ignores nothing.
            ///
            /// # Errors
            /// Those of [`Self::read`].
            pub fn read_strictly(at: &ValueRef<'_>, case: FieldCase) -> Result<Self, Refusal> {
                Self::read_fields(at, case, &[])
            }

            fn read_fields(at: &ValueRef<'_>, case: FieldCase, ignored: &[&str]) -> Result<Self, Refusal> {
                let fields = at.fields_but(case.pick(&[$($snake),+], &[$($camel),+]), ignored)?;
                Ok(Self {
                    case,
                    $($field: match fields.given(case.pick($snake, $camel)) {
                        Some(at) => <$kind>::read(&at)?,
                        None => None,
                    },)+
                })
            }

            /// Returns `base` with the fields of this patch, checked.
            ///
            /// # Errors
            /// `invalid_policy`, as [`Policy::check`], with names in the patch's case.
            pub fn apply(&self, mut base: Policy) -> Result<Policy, Refusal> {
                $(if let Some(value) = &self.$field {
                    base.$field.clone_from(value);
                })+
                base.check_in(self.case)?;
                Ok(base)
            }
        }

        /// Every field of a policy, in order.
        pub const FIELDS: &[Field] = &[$(Field {
            doc: concat!($($doc),+),
            snake: $snake,
            camel: $camel,
            typescript: <$kind>::TYPESCRIPT,
        },)+];
    };
}

policy! {
    /// The last waitlist notification goes out no later than this long before class (R1.1).
    last_notification_lead: Minutes as InMinutes = Minutes(390), "last_notification_lead", "lastNotificationLead";
    /// How long a notified member has to answer (R1.2).
    decision_window: Minutes as InMinutes = Minutes(30), "decision_window", "decisionWindow";
    /// Hard stop: no seat is offered later than this long before class (R1.3).
    no_notification_within: Minutes as InMinutes = Minutes(360), "no_notification_within", "noNotificationWithin";
    /// The least time between two spot notifications of one entry (R1.4).
    min_notification_interval: Minutes as InMinutes = Minutes(60), "min_notification_interval", "minNotificationInterval";
    /// A reminder goes out this long before an unanswered offer expires (R1.5).
    expiry_reminder_before: Minutes as InMinutes = Minutes(10), "expiry_reminder_before", "expiryReminderBefore";
    /// Cancelling a booking or taking leave at least this long before class costs nothing (R1.6).
    free_cancellation_lead: Minutes as InMinutes = Minutes(360), "free_cancellation_lead", "freeCancellationLead";
    /// The most waiting and notified entries of one class session, unless its course sets a number (R1.7).
    queue_capacity: u32 as UpTo<QUEUE_CAPACITY_MAX> = 8, "queue_capacity", "queueCapacity";
    /// The most waiting and notified entries of one profile (R1.8).
    active_waitlists_per_profile: u32 as UpTo<QUEUE_CAPACITY_MAX> = 5, "active_waitlists_per_profile", "activeWaitlistsPerProfile";
    /// A class can be joined or booked from this long before it starts (R1.18).
    booking_horizon: Minutes as InDays<HORIZON_DAYS_MAX> = Minutes::days(60), "booking_horizon_days", "bookingHorizonDays";
    /// The most places of one profile in classes that have not ended (R1.19).
    live_bookings_per_profile: u32 as UpTo<1_000> = 60, "live_bookings_per_profile", "liveBookingsPerProfile";
    /// A missed class can be made up in a class that starts within this time after it (R1.9).
    makeup_validity: Minutes as InDays<DAYS_MAX> = Minutes::days(14), "makeup_validity_days", "makeupValidityDays";
    /// Whether an unexcused absence can be made up too (R1.10).
    makeup_for_absence: bool as Flag = false, "makeup_for_absence", "makeupForAbsence";
    /// A makeup class can be booked until this long before it starts (R1.11).
    makeup_booking_lead: Minutes as InMinutes = Minutes(60), "makeup_booking_lead", "makeupBookingLead";
    /// A grant expires this long after it is created (R1.12).
    compensation_validity: Minutes as InDays<DAYS_MAX> = Minutes::days(14), "compensation_validity_days", "compensationValidityDays";
    /// A member is told this long before a grant, or the right to a makeup, expires (R1.13).
    expiring_soon: Minutes as InDays<DAYS_MAX> = Minutes::days(3), "expiring_soon_days", "expiringSoonDays";
    /// The local hours in which messages wait if they can (R1.14).
    quiet_hours: Option<QuietHours> as Hours = None, "quiet_hours", "quietHours";
}

/// A field of [`Policy`] as clients see it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// What the field means.
    pub doc: &'static str,
    /// The name in the HTTP contract and in `GYM_POLICY`.
    pub snake: &'static str,
    /// The name in the WASM package.
    pub camel: &'static str,
    /// The TypeScript type.
    pub typescript: &'static str,
}

/// The case of field names: the HTTP contract and `GYM_POLICY` use snake_case, the WASM package camelCase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldCase {
    /// `last_notification_lead`
    Snake,
    /// `lastNotificationLead`
    Camel,
}

impl FieldCase {
    fn pick<T>(self, snake: T, camel: T) -> T {
        match self {
            Self::Snake => snake,
            Self::Camel => camel,
        }
    }
}

/// A local span of the day, `[from, to)`, in minutes after midnight; it spans midnight if `from > to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet minute of the day, 0..=1439.
    pub from: u32,
    /// The first minute of the day that is no longer quiet, 0..=1439.
    pub to: u32,
}

impl QuietHours {
    fn read(at: &ValueRef<'_>) -> Result<Self, Refusal> {
        let fields = at.fields(&["from", "to"])?;
        Ok(Self { from: fields.at("from").count()?, to: fields.at("to").count()? })
    }

    fn is_span(self) -> bool {
        let day = 0..DAY_MINUTES;
        day.contains(&i64::from(self.from)) && day.contains(&i64::from(self.to)) && self.from != self.to
    }
}

impl Policy {
    /// Checks that each number is in its range (R1.16, R1.17) and that the numbers fit together (R1.15).
    ///
    /// # Errors
    /// `invalid_policy`, naming the field and what it may be.
    pub fn check(&self) -> Result<(), Refusal> {
        self.check_in(FieldCase::Snake)
    }

    fn check_in(&self, case: FieldCase) -> Result<(), Refusal> {
        self.check_ranges(case)?;
        // The ranges bound both durations, so the sum cannot overflow.
        if self.last_notification_lead.0 < self.no_notification_within.0 + self.decision_window.0 {
            return Err(invalid(
                case.pick("last_notification_lead", "lastNotificationLead"),
                case.pick(
                    "must be at least no_notification_within + decision_window",
                    "must be at least noNotificationWithin + decisionWindow",
                ),
            ));
        }
        Ok(())
    }
}

fn invalid(field: &str, range: &str) -> Refusal {
    Refusal::because(Code::InvalidPolicy, format!("{field} {range}"))
}

/// The fields that were added after versions of the policy were first stored, with the value that they have in versions
/// without them. A value never changes, whatever becomes of the default: what was promised stays.
#[cfg(feature = "api")]
const LATER_FIELDS: &[(&str, i64)] = &[];

#[cfg(feature = "api")]
impl Policy {
    /// Reads a partial policy in snake_case (`GYM_POLICY`, or the answer of `GET /policy`) over the defaults.
    ///
    /// # Errors
    /// `invalid_request` or `invalid_policy`, naming the field.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, Refusal> {
        let value = Value::from(json);
        PolicyPatch::read(&ValueRef::root("policy", &value), FieldCase::Snake)?.apply(Self::default())
    }

    /// Reads a stored version, which has every field that there was when it was stored. Fields that are newer have the
    /// values of `LATER_FIELDS`.
    ///
    /// # Errors
    /// `invalid_request` or `invalid_policy`, naming a field that this program does not know, that is missing, or whose
    /// value is wrong.
    pub fn from_stored(json: &serde_json::Value) -> Result<Self, Refusal> {
        let mut json = json.clone();
        if let Some(fields) = json.as_object_mut() {
            for (field, value) in LATER_FIELDS {
                fields.entry(*field).or_insert_with(|| (*value).into());
            }
            if let Some(field) = FIELDS.iter().find(|field| !fields.contains_key(field.snake)) {
                return Err(invalid(field.snake, "is missing"));
            }
        }
        let value = Value::from(&json);
        PolicyPatch::read_strictly(&ValueRef::root("policy", &value), FieldCase::Snake)?
            .apply(Self::default())
    }

    /// Reads the fields that somebody sets over those of `self`.
    ///
    /// # Errors
    /// `invalid_request` or `invalid_policy`, naming the field.
    pub fn patched(self, json: &serde_json::Value) -> Result<Self, Refusal> {
        let value = Value::from(json);
        PolicyPatch::read_strictly(&ValueRef::root("policy", &value), FieldCase::Snake)?.apply(self)
    }

    /// Returns the answer of `GET /policy`.
    pub fn to_json(&self) -> serde_json::Value {
        self.view(FieldCase::Snake).into()
    }
}

/// How the fields of one kind are read, checked, shown and typed.
trait Kind {
    type Value;
    /// The TypeScript type.
    const TYPESCRIPT: &'static str;
    /// Reads a given field; `None` if it is null and so left out.
    fn read(at: &ValueRef<'_>) -> Result<Option<Self::Value>, Refusal>;
    /// Says what the value must be, if it is out of range.
    fn broken_range(value: &Self::Value) -> Option<String>;
    /// The value as a client sees it.
    fn view(value: &Self::Value) -> Value;
}

/// A duration that clients see in minutes.
struct InMinutes;

impl Kind for InMinutes {
    type Value = Minutes;
    const TYPESCRIPT: &'static str = "Minutes";

    fn read(at: &ValueRef<'_>) -> Result<Option<Minutes>, Refusal> {
        at.optional(|at| at.integer().map(Minutes))
    }

    fn broken_range(value: &Minutes) -> Option<String> {
        (!(1..=MINUTES_MAX).contains(&value.0)).then(|| format!("must be 1 to {MINUTES_MAX} minutes"))
    }

    fn view(value: &Minutes) -> Value {
        value.0.into()
    }
}

/// A duration that clients see in whole days.
struct InDays<const MAX: i64>;

impl<const MAX: i64> Kind for InDays<MAX> {
    type Value = Minutes;
    const TYPESCRIPT: &'static str = "number";

    fn read(at: &ValueRef<'_>) -> Result<Option<Minutes>, Refusal> {
        at.optional(|at| at.integer().map(Minutes::days))
    }

    fn broken_range(value: &Minutes) -> Option<String> {
        let whole = value.0 % DAY_MINUTES == 0;
        let good = whole && (1..=MAX).contains(&(value.0 / DAY_MINUTES));
        (!good).then(|| format!("must be 1 to {MAX} whole days"))
    }

    fn view(value: &Minutes) -> Value {
        (value.0 / DAY_MINUTES).into()
    }
}

/// A number of entries or bookings.
struct UpTo<const MAX: u32>;

impl<const MAX: u32> Kind for UpTo<MAX> {
    type Value = u32;
    const TYPESCRIPT: &'static str = "number";

    fn read(at: &ValueRef<'_>) -> Result<Option<u32>, Refusal> {
        at.optional(ValueRef::count)
    }

    fn broken_range(value: &u32) -> Option<String> {
        (!(1..=MAX).contains(value)).then(|| format!("must be 1 to {MAX}"))
    }

    fn view(value: &u32) -> Value {
        i64::from(*value).into()
    }
}

/// Yes or no.
struct Flag;

impl Kind for Flag {
    type Value = bool;
    const TYPESCRIPT: &'static str = "boolean";

    fn read(at: &ValueRef<'_>) -> Result<Option<bool>, Refusal> {
        at.optional(ValueRef::flag)
    }

    fn broken_range(_: &bool) -> Option<String> {
        None
    }

    fn view(value: &bool) -> Value {
        (*value).into()
    }
}

/// Optional quiet hours; null means that there are none.
struct Hours;

impl Kind for Hours {
    type Value = Option<QuietHours>;
    const TYPESCRIPT: &'static str = "QuietHours | null";

    fn read(at: &ValueRef<'_>) -> Result<Option<Option<QuietHours>>, Refusal> {
        at.optional(QuietHours::read).map(Some)
    }

    fn broken_range(value: &Option<QuietHours>) -> Option<String> {
        let broken = value.is_some_and(|quiet| !quiet.is_span());
        broken
            .then(|| "must have `from` and `to` in 0 to 1439 minutes of the day, and not the same".to_owned())
    }

    fn view(value: &Option<QuietHours>) -> Value {
        let Some(quiet) = value else { return Value::Null };
        Value::object([
            ("from", Value::from(i64::from(quiet.from))),
            ("to", Value::from(i64::from(quiet.to))),
        ])
    }
}

#[cfg(test)]
#[cfg(feature = "api")]
mod tests {
    use super::*;
    use serde_json::json;

    /// The fields that every stored version has. It never grows: a field that is added later stands in [`LATER_FIELDS`].
    const ORIGINAL: usize = 16;

    #[test]
    fn a_field_that_was_added_later_has_a_value_for_older_versions() {
        assert_eq!(
            FIELDS.len(),
            ORIGINAL + LATER_FIELDS.len(),
            "freeze the new field's value in LATER_FIELDS"
        );
    }

    #[test]
    fn a_stored_version_has_every_field_and_no_other() {
        let stored = Policy::default().to_json();
        assert_eq!(Policy::from_stored(&stored).unwrap(), Policy::default());
        let mut newer = stored.clone();
        newer["a_newer_field"] = json!(1);
        let mut shorter = stored;
        shorter.as_object_mut().unwrap().remove("decision_window");
        for (stored, field) in [(newer, "a_newer_field"), (shorter, "decision_window")] {
            assert!(Policy::from_stored(&stored).unwrap_err().to_string().contains(field));
        }
    }

    /// Covers R1.24.
    #[test]
    fn what_stands_beside_the_fields_is_ignored_unless_a_version_is_set() {
        let answered = json!({"id": 3, "next": null, "effective_from": "x", "decision_window": 20});
        assert_eq!(Policy::from_json(&answered).unwrap().decision_window, Minutes(20));
        assert!(Policy::default().patched(&answered).is_err());
        let base = Policy { decision_window: Minutes(20), ..Policy::default() };
        assert_eq!(base.clone().patched(&json!({})).unwrap(), base);
    }
}
