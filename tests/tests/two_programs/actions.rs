//! Actions: the requests of the simulation, and who sends them.

use crate::model::{Child, Class, Gym, Key, Ms};
use logic::Code;
use logic::status::EntryStatus;
use serde_json::Value;

/// Who sends a request: a family by its number, or staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requester {
    Family(usize),
    Staff,
}

/// A request. `class` and `child` are indices of the model; `Service` knows their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Join {
        child: Child,
        class: usize,
        makeup_for: Option<Key>,
    },
    Leave {
        child: Child,
        class: usize,
    },
    Confirm {
        child: Child,
        class: usize,
    },
    Decline {
        child: Child,
        class: usize,
    },
    Book {
        child: Child,
        class: usize,
        with_credit: bool,
        /// By staff, until the class ends.
        late: bool,
    },
    Cancel {
        child: Child,
        class: usize,
        nth: usize,
    },
    Position {
        child: Child,
        class: usize,
    },
    Entry {
        child: Child,
        class: usize,
    },
    MyEntries {
        family: usize,
        status: Option<EntryStatus>,
    },
    MyBookings {
        family: usize,
    },
    Session {
        class: usize,
    },
    Sessions,
    /// A whole sweep or, in a storm, its effect on one class's queue and bookings.
    Sweep {
        class: Option<usize>,
    },
    /// The part of the sweep that ends entries of a class whose makeup lapsed.
    Lapse {
        class: usize,
    },
    /// The part of the sweep that expires a child's grants.
    Expire {
        child: Child,
    },
    ProcessExpiry,
    TakeLeave {
        child: Child,
        class: usize,
        nth: usize,
        /// By staff, until the class starts.
        waives_lead: bool,
    },
    /// Grants minutes that come with no makeup.
    Goodwill {
        booking: Key,
        minutes: i64,
    },
    /// Gives a right to a makeup, or a longer one.
    MakeupRight {
        booking: Key,
        until: Ms,
    },
    /// Sets a version of the policy.
    SetPolicy {
        from: Ms,
        fields: Value,
    },
    /// Lets a class take the newest version of the policy.
    ChoosePolicy {
        class: usize,
    },
    /// Reads the version of the policy in force.
    Policy,
    Attend {
        child: Child,
        class: usize,
        nth: usize,
        came: bool,
    },
    SetCapacity {
        class: usize,
        seats: usize,
    },
    CallOff {
        class: usize,
    },
    /// Notifies entries out of turn.
    NotifyEntries {
        class: usize,
        children: Vec<Child>,
    },
    /// Notifies the queue in order.
    NotifyClass {
        class: usize,
        max: Option<usize>,
    },
    DeadlineCheck {
        class: usize,
    },
    /// Reads the offers of an entry.
    Offers {
        child: Child,
        class: usize,
    },
    MakeUp {
        child: Child,
        original: Key,
        class: usize,
    },
    CancelMakeup {
        original: Key,
        class: usize,
    },
    Owed {
        child: Child,
    },
    Available {
        original: Key,
    },
    Makeups {
        child: Child,
    },
    Balance {
        child: Child,
    },
    History {
        child: Child,
    },
    Preview {
        child: Child,
        minutes: i64,
    },
}

/// The model's reply: the expected fields by JSON pointer, or the refusal.
pub(crate) type Reply = Result<Vec<(&'static str, Value)>, Code>;

/// Which child belongs to which family.
#[derive(Clone, Debug)]
pub(crate) struct Families {
    /// The family of each child.
    pub(crate) of: Vec<usize>,
}

impl Families {
    pub(crate) fn may(&self, by: Requester, child: Child) -> Result<(), Code> {
        match by {
            Requester::Family(family) if self.of[child] != family => Err(Code::NotFound),
            _ => Ok(()),
        }
    }
}

impl Action {
    /// Returns the classes that the request may change.
    pub(crate) fn touches(&self, gym: &Gym, families: &Families) -> Vec<usize> {
        match self {
            Self::Join { class, .. }
            | Self::Leave { class, .. }
            | Self::Confirm { class, .. }
            | Self::Decline { class, .. }
            | Self::Book { class, .. }
            | Self::Cancel { class, .. }
            | Self::Position { class, .. }
            | Self::Entry { class, .. }
            | Self::Session { class }
            | Self::Sweep { class: Some(class) }
            | Self::TakeLeave { class, .. }
            | Self::Attend { class, .. }
            | Self::SetCapacity { class, .. }
            | Self::ChoosePolicy { class }
            | Self::MakeupRight { booking: Key { class, .. }, .. }
            | Self::CallOff { class }
            | Self::NotifyEntries { class, .. }
            | Self::NotifyClass { class, .. }
            | Self::DeadlineCheck { class }
            | Self::MakeUp { class, .. }
            | Self::CancelMakeup { class, .. }
            | Self::Lapse { class }
            | Self::Offers { class, .. } => vec![*class],
            Self::MyEntries { family, .. } => {
                let theirs = |class: &Class| {
                    class
                        .entries
                        .iter()
                        .any(|(child, entry)| families.of[*child] == *family && entry.status.is_active())
                };
                (0..gym.classes.len()).filter(|class| theirs(&gym.classes[*class])).collect()
            }
            Self::MyBookings { .. }
            | Self::Owed { .. }
            | Self::Makeups { .. }
            | Self::Balance { .. }
            | Self::History { .. }
            | Self::Preview { .. }
            | Self::Goodwill { .. }
            | Self::SetPolicy { .. }
            | Self::Policy
            | Self::Expire { .. } => Vec::new(),
            Self::Sessions | Self::Available { .. } | Self::Sweep { class: None } | Self::ProcessExpiry => {
                (0..gym.classes.len()).collect()
            }
        }
    }
}

impl Action {
    /// Removes `makeup_for` from a join: with background sweeps, the instant at which a lapsed makeup is noticed is
    /// unknown.
    pub(crate) fn forget_the_makeup(&mut self) {
        if let Self::Join { makeup_for, .. } = self {
            *makeup_for = None;
        }
    }

    /// Returns whether the request may carry an idempotency key: whether it is a write.
    pub(crate) fn takes_a_key(&self) -> bool {
        !matches!(
            self,
            Self::Position { .. }
                | Self::Entry { .. }
                | Self::MyEntries { .. }
                | Self::MyBookings { .. }
                | Self::Session { .. }
                | Self::Sessions
                | Self::DeadlineCheck { .. }
                | Self::Offers { .. }
                | Self::Owed { .. }
                | Self::Available { .. }
                | Self::Makeups { .. }
                | Self::Balance { .. }
                | Self::History { .. }
                | Self::Preview { .. }
                | Self::Policy
                | Self::Lapse { .. }
                | Self::Expire { .. }
                | Self::Sweep { .. }
        )
    }
}
