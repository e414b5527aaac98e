//! The numbers that every rule is given (RULES §1).

use crate::error::{Code, Refusal};
use crate::time::{DAY_MINUTES, Minutes};
use crate::value::{Value, ValueRef};

/// The longest duration a policy may name: ten years. With it no instant of the rules can overflow.
const MAX_DURATION: i64 = 3_660 * DAY_MINUTES;
/// The most entries a policy may allow.
const MAX_ENTRIES: u32 = 1_000_000;

/// The gym's numbers. Whatever reads one from outside passes it through [`Policy::check`]; [`PolicyPatch::apply`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The last waitlist notification goes out no later than this before class.
    pub last_notification_lead: Minutes,
    /// How long a notified member has to answer.
    pub decision_window: Minutes,
    /// Hard stop: nothing is offered later than this before class.
    pub no_notification_within: Minutes,
    /// Per entry, between two spot notifications.
    pub min_notification_interval: Minutes,
    /// A reminder this long before an unanswered offer expires.
    pub expiry_reminder_before: Minutes,
    /// A booking cancelled, or leave taken, at least this early costs nothing.
    pub free_cancellation_lead: Minutes,
    /// Waiting and notified entries of one class session, where its course sets no number of its own.
    pub queue_capacity: u32,
    /// Waiting and notified entries of one profile.
    pub active_waitlists_per_profile: u32,
    /// A missed class can be made up in a class that starts within this of the missed one.
    pub makeup_validity: Minutes,
    /// Whether an unexcused absence can be made up too.
    pub makeup_for_absence: bool,
    /// A makeup class can be booked until this before it starts.
    pub makeup_booking_lead: Minutes,
    /// A grant expires this long after it is created.
    pub compensation_validity: Minutes,
    /// A member is told this long before a grant, or the right to a makeup, expires.
    pub expiring_soon: Minutes,
    /// When members sleep, in local minutes of the day.
    pub quiet_hours: Option<QuietHours>,
}

/// A local span of the day, `[from, to)`, in minutes after midnight; `from > to` spans midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute of the day, 0..=1439.
    pub from: u32,
    /// First minute that is not quiet, 0..=1439.
    pub to: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            last_notification_lead: Minutes(390),
            decision_window: Minutes(30),
            no_notification_within: Minutes(360),
            min_notification_interval: Minutes(60),
            expiry_reminder_before: Minutes(10),
            free_cancellation_lead: Minutes(360),
            queue_capacity: 8,
            active_waitlists_per_profile: 5,
            makeup_validity: Minutes::days(14),
            makeup_for_absence: false,
            makeup_booking_lead: Minutes(60),
            compensation_validity: Minutes::days(14),
            expiring_soon: Minutes::days(3),
            quiet_hours: None,
        }
    }
}

/// How the fields are written: the HTTP contract and `GYM_POLICY` use snake_case, the WASM package camelCase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldCase {
    /// `last_notification_lead`
    Snake,
    /// `lastNotificationLead`
    Camel,
}

/// One field under its two names: the one list that reading, writing and checking go through.
struct Field<'a> {
    snake: &'static str,
    camel: &'static str,
    slot: Slot<'a>,
}

enum Slot<'a> {
    Minutes(&'a mut Minutes),
    Days(&'a mut Minutes),
    Count(&'a mut u32),
    Flag(&'a mut bool),
    Quiet(&'a mut Option<QuietHours>),
}

const FIELDS: usize = 14;

impl Field<'_> {
    fn name(&self, spelling: FieldCase) -> &'static str {
        match spelling {
            FieldCase::Snake => self.snake,
            FieldCase::Camel => self.camel,
        }
    }
}

fn fields(policy: &mut Policy) -> [Field<'_>; FIELDS] {
    let field = |snake, camel, slot| Field { snake, camel, slot };
    [
        field(
            "last_notification_lead",
            "lastNotificationLead",
            Slot::Minutes(&mut policy.last_notification_lead),
        ),
        field("decision_window", "decisionWindow", Slot::Minutes(&mut policy.decision_window)),
        field(
            "no_notification_within",
            "noNotificationWithin",
            Slot::Minutes(&mut policy.no_notification_within),
        ),
        field(
            "min_notification_interval",
            "minNotificationInterval",
            Slot::Minutes(&mut policy.min_notification_interval),
        ),
        field(
            "expiry_reminder_before",
            "expiryReminderBefore",
            Slot::Minutes(&mut policy.expiry_reminder_before),
        ),
        field(
            "free_cancellation_lead",
            "freeCancellationLead",
            Slot::Minutes(&mut policy.free_cancellation_lead),
        ),
        field("queue_capacity", "queueCapacity", Slot::Count(&mut policy.queue_capacity)),
        field(
            "active_waitlists_per_profile",
            "activeWaitlistsPerProfile",
            Slot::Count(&mut policy.active_waitlists_per_profile),
        ),
        field("makeup_validity_days", "makeupValidityDays", Slot::Days(&mut policy.makeup_validity)),
        field("makeup_for_absence", "makeupForAbsence", Slot::Flag(&mut policy.makeup_for_absence)),
        field("makeup_booking_lead", "makeupBookingLead", Slot::Minutes(&mut policy.makeup_booking_lead)),
        field(
            "compensation_validity_days",
            "compensationValidityDays",
            Slot::Days(&mut policy.compensation_validity),
        ),
        field("expiring_soon_days", "expiringSoonDays", Slot::Days(&mut policy.expiring_soon)),
        field("quiet_hours", "quietHours", Slot::Quiet(&mut policy.quiet_hours)),
    ]
}

impl Policy {
    /// Whether the numbers fit together (RULES §1).
    ///
    /// # Errors
    /// `invalid_policy`, naming the field and what it may be.
    pub fn check(&self) -> Result<(), Refusal> {
        self.check_spelled(FieldCase::Snake)
    }

    fn check_spelled(&self, spelling: FieldCase) -> Result<(), Refusal> {
        let mut copy = self.clone();
        for field in fields(&mut copy) {
            let wrong = match &field.slot {
                Slot::Minutes(m) if !(1..=MAX_DURATION).contains(&m.0) => "must be 1 to 5270400 minutes",
                Slot::Days(m) if !(1..=MAX_DURATION).contains(&m.0) || m.0 % DAY_MINUTES != 0 => {
                    "must be 1 to 3660 whole days"
                }
                Slot::Count(n) if !(1..=MAX_ENTRIES).contains(*n) => "must be 1 to 1000000 entries",
                Slot::Quiet(Some(quiet)) if !quiet.is_span() => {
                    "must have `from` and `to` in 0 to 1439 minutes of the day, and not the same"
                }
                _ => continue,
            };
            return Err(invalid(field.name(spelling), wrong));
        }
        // Durations are bounded by now, so the sum cannot overflow.
        if self.last_notification_lead.0 < self.no_notification_within.0 + self.decision_window.0 {
            let (lead, wrong) = match spelling {
                FieldCase::Snake => {
                    ("last_notification_lead", "must be at least no_notification_within + decision_window")
                }
                FieldCase::Camel => {
                    ("lastNotificationLead", "must be at least noNotificationWithin + decisionWindow")
                }
            };
            return Err(invalid(lead, wrong));
        }
        Ok(())
    }

    /// Every field as a plain value, in the given spelling; `quiet_hours` is null where there are none.
    pub fn view(&self, spelling: FieldCase) -> Value {
        let mut copy = self.clone();
        let view = fields(&mut copy).map(|field| {
            let value = match &field.slot {
                Slot::Minutes(m) => Value::from(m.0),
                Slot::Days(m) => Value::from(m.0 / DAY_MINUTES),
                Slot::Count(n) => Value::from(i64::from(**n)),
                Slot::Flag(b) => Value::from(**b),
                Slot::Quiet(None) => Value::Null,
                Slot::Quiet(Some(quiet)) => Value::object([
                    ("from", Value::from(i64::from(quiet.from))),
                    ("to", Value::from(i64::from(quiet.to))),
                ]),
            };
            (field.name(spelling), value)
        });
        Value::object(view)
    }
}

fn invalid(field: &str, wrong: &str) -> Refusal {
    Refusal::because(Code::InvalidPolicy, format!("{field} {wrong}"))
}

impl QuietHours {
    fn is_span(self) -> bool {
        let day = 0..DAY_MINUTES;
        day.contains(&i64::from(self.from)) && day.contains(&i64::from(self.to)) && self.from != self.to
    }
}

/// Some of a policy's fields: what a caller or `GYM_POLICY` sets, the rest being the base's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPatch {
    spelling: FieldCase,
    settings: Vec<(usize, Setting)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Minutes(Minutes),
    Count(u32),
    Flag(bool),
    Quiet(Option<QuietHours>),
}

impl PolicyPatch {
    /// Reads a partial policy; a field that is null is left to the base, save that null quiet hours are none.
    ///
    /// # Errors
    /// `invalid_request`, naming the field that is unknown or of the wrong type.
    pub fn read(at: &ValueRef<'_>, spelling: FieldCase) -> Result<Self, Refusal> {
        let mut kinds = Policy::default();
        let kinds = fields(&mut kinds);
        let given = at.fields(&kinds.each_ref().map(|field| field.name(spelling)))?;
        let mut settings = Vec::new();
        for (index, field) in kinds.iter().enumerate() {
            let Some(at) = given.given(field.name(spelling)) else { continue };
            let setting = match field.slot {
                Slot::Quiet(_) => Setting::Quiet(at.optional(QuietHours::read)?),
                _ if at.is_null() => continue,
                Slot::Minutes(_) => Setting::Minutes(Minutes(at.integer()?)),
                Slot::Days(_) => Setting::Minutes(Minutes::days(at.integer()?)),
                Slot::Count(_) => Setting::Count(at.count()?),
                Slot::Flag(_) => Setting::Flag(at.flag()?),
            };
            settings.push((index, setting));
        }
        Ok(Self { spelling, settings })
    }

    /// `base` with the patch's fields, checked.
    ///
    /// # Errors
    /// `invalid_policy`, as [`Policy::check`], in the patch's own spelling.
    pub fn apply(&self, mut base: Policy) -> Result<Policy, Refusal> {
        let mut slots = fields(&mut base);
        for (index, setting) in &self.settings {
            match (slots.get_mut(*index).map(|field| &mut field.slot), *setting) {
                (Some(Slot::Minutes(to) | Slot::Days(to)), Setting::Minutes(m)) => **to = m,
                (Some(Slot::Count(to)), Setting::Count(n)) => **to = n,
                (Some(Slot::Flag(to)), Setting::Flag(b)) => **to = b,
                (Some(Slot::Quiet(to)), Setting::Quiet(quiet)) => **to = quiet,
                // `read` pairs each field with a setting of its kind.
                _ => {}
            }
        }
        base.check_spelled(self.spelling)?;
        Ok(base)
    }
}

impl QuietHours {
    fn read(at: &ValueRef<'_>) -> Result<Self, Refusal> {
        let fields = at.fields(&["from", "to"])?;
        Ok(Self { from: fields.at("from").count()?, to: fields.at("to").count()? })
    }
}

#[cfg(feature = "api")]
impl Policy {
    /// A partial policy in snake_case (`GYM_POLICY`, or the answer of `GET /policy`) over the defaults.
    ///
    /// # Errors
    /// `invalid_request` or `invalid_policy`, naming the field.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, Refusal> {
        let value = Value::from(json);
        PolicyPatch::read(&ValueRef::root("policy", &value), FieldCase::Snake)?.apply(Self::default())
    }

    /// What `GET /policy` answers.
    pub fn to_json(&self) -> serde_json::Value {
        self.view(FieldCase::Snake).into()
    }
}
