//! What is asked, and by whom.

use crate::model::{Child, Class, Gym, Key};
use logic::Code;
use logic::status::EntryStatus;
use serde_json::Value;

/// Who asks: a family by its number, or the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Family(usize),
    Staff,
}

/// A request. `class` and `child` are numbers of the model; what they are called in the database is the service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
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
    /// All of it, or (in a storm) what it does to one class's queue and bookings.
    Sweep {
        class: Option<usize>,
    },
    /// The sweep's part about makeups that a class's queue waits for.
    Lapse {
        class: usize,
    },
    /// The sweep's part about a child's grants.
    Expire {
        child: Child,
    },
    ProcessExpiry,
    TakeLeave {
        child: Child,
        class: usize,
        nth: usize,
    },
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
    /// Entries out of turn.
    NotifyEntries {
        class: usize,
        children: Vec<Child>,
    },
    /// The queue in order.
    NotifyClass {
        class: usize,
        max: Option<usize>,
    },
    DeadlineCheck {
        class: usize,
    },
    /// An entry's own history of offers.
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

/// An answer: yes with these fields, by JSON pointer; or the refusal.
pub(crate) type Said = Result<Vec<(&'static str, Value)>, Code>;

/// Who belongs to whom.
#[derive(Clone, Debug)]
pub(crate) struct Families {
    /// Each child's family.
    pub(crate) of: Vec<usize>,
}

impl Families {
    pub(crate) fn may(&self, by: By, child: Child) -> Result<(), Code> {
        match by {
            By::Family(family) if self.of[child] != family => Err(Code::NotFound),
            _ => Ok(()),
        }
    }
}

impl Ask {
    /// The classes that it may change.
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
            | Self::Expire { .. } => Vec::new(),
            Self::Sessions | Self::Available { .. } | Self::Sweep { class: None } | Self::ProcessExpiry => {
                (0..gym.classes.len()).collect()
            }
        }
    }
}

impl Ask {
    /// Waits for a seat for its own sake: when sweeps run in the background, nobody knows at which moment the right to
    /// a makeup is found to have ended.
    pub(crate) fn forget_the_makeup(&mut self) {
        if let Self::Join { makeup_for, .. } = self {
            *makeup_for = None;
        }
    }

    /// Whether it may carry a key: a write of the contract.
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
                | Self::Lapse { .. }
                | Self::Expire { .. }
                | Self::Sweep { .. }
        )
    }
}
