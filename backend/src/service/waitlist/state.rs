//! What the verbs of the waitlist keep between requests.

use crate::coalesce::Coalescer;
use crate::error::AppError;
use crate::service::Context;
use crate::service::release_rates::{Rates, ReleaseRates};
use crate::store::{EntryView, WAITLIST_VIEW_MAX};
use crate::unit::{Answer, Unit};
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, ProfileId, ScheduleId, WaitlistId};
use std::sync::Arc;

/// Joins in one transaction.
const JOINS_MAX: usize = 128;
/// Reads of entries under way at once: one over a long queue does not hold up all others.
const READ_LEADERS: usize = 4;

/// A class as callers name it.
pub type Class = (ScheduleId, NaiveDate);

/// A member's join.
#[derive(Clone, Debug)]
pub struct JoinRequest {
    pub(super) unit: Unit,
    pub(super) account: AccountId,
    pub(super) profile: ProfileId,
    pub(super) rates: Arc<Rates>,
    pub(super) now: Instant,
}

/// The joins that wait, by class. `None`: not handled in a batch, see [`super::join`].
pub(super) type Joins = Coalescer<Class, JoinRequest, Option<Result<Answer, AppError>>>;

/// The reads of entries that wait. `None`: their batch failed.
pub(super) type Reads = Coalescer<(), WaitlistId, Option<Option<EntryView>>>;

/// The context of the waitlist's verbs. Cheap to clone.
#[derive(Clone)]
pub struct Waitlist {
    /// What every verb uses.
    pub context: Context,
    /// Joins that wait to be batched. One leader to a class: its row's lock admits no more, and joins keep their order.
    pub joins: Arc<Joins>,
    /// Reads of entries that wait to be batched.
    pub(super) reads: Arc<Reads>,
    /// How often the timetable's slots release seats.
    pub rates: Arc<ReleaseRates>,
}

impl Waitlist {
    /// Nothing waits yet.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            joins: Arc::new(Coalescer::new(JOINS_MAX, 1)),
            reads: Arc::new(Coalescer::new(WAITLIST_VIEW_MAX, READ_LEADERS)),
            rates: Arc::default(),
        }
    }
}
