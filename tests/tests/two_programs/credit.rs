//! The model of makeups and credit, written from RULES §3 and §4 alone: grants, their ledger, and which class makes up
//! which missed one.

use crate::model::{Child, Class, Key, Ms};
use logic::Code;
use logic::compensation::UsageType;
use logic::status::{BookingStatus, GrantStatus, MakeupStatus, Movement};
use std::collections::BTreeMap;

/// A grant: the minutes that a shorter makeup earned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) original: Key,
    pub(crate) minutes: i64,
    pub(crate) remaining: i64,
    pub(crate) status: GrantStatus,
    pub(crate) created: Ms,
    pub(crate) expiry: Ms,
    /// When it was spent to zero, if it is `used`.
    pub(crate) used_at: Option<Ms>,
}

/// A ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// The index among the child's grants.
    pub(crate) grant: usize,
    pub(crate) kind: Movement,
    pub(crate) minutes: i64,
    /// Minutes left on the grant afterwards.
    pub(crate) remaining: i64,
    pub(crate) at: Ms,
    pub(crate) booking: Option<Key>,
    pub(crate) usage: Option<UsageType>,
}

/// Minutes that a booking took from a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) grant: usize,
    pub(crate) booking: Key,
    pub(crate) used: i64,
    pub(crate) restored: i64,
    pub(crate) remaining: i64,
    pub(crate) kind: UsageType,
}

/// The grants, uses and ledger of one child, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purse {
    pub(crate) grants: Vec<Grant>,
    pub(crate) ledger: Vec<Move>,
    pub(crate) uses: Vec<Use>,
}

/// A makeup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Makeup {
    pub(crate) booking: Key,
    pub(crate) grant: Option<usize>,
    pub(crate) status: MakeupStatus,
    pub(crate) missed: i64,
    pub(crate) made_up: i64,
}

impl Makeup {
    fn live(&self) -> bool {
        self.status != MakeupStatus::Cancelled
    }
}

/// The makeups and the credit of all children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) purses: BTreeMap<Child, Purse>,
    /// Makeups by missed booking and makeup booking.
    pub(crate) makeups: BTreeMap<(Key, usize), Makeup>,
}

impl Grant {
    fn alive(&self, now: Ms) -> bool {
        self.status == GrantStatus::Available && self.remaining > 0 && self.expiry > now
    }
}

impl Purse {
    /// Moves minutes on a grant and writes the ledger entry.
    fn turn(&mut self, moved: Move, status: GrantStatus) {
        let grant = &mut self.grants[moved.grant];
        grant.remaining = moved.remaining;
        grant.status = status;
        grant.used_at = (status == GrantStatus::Used).then_some(moved.at);
        self.ledger.push(moved);
    }

    fn take(
        &mut self,
        grant: usize,
        kind: Movement,
        minutes: i64,
        at: Ms,
        booking: Option<Key>,
        status: GrantStatus,
    ) {
        let change = if kind == Movement::Restored { minutes } else { -minutes };
        let remaining = self.grants[grant].remaining + change;
        self.turn(Move { grant, kind, minutes, remaining, at, booking, usage: None }, status);
    }

    /// Expires grants past their expiry time, as of that time.
    fn expire_one(&mut self, grant: usize, now: Ms) -> bool {
        let Grant { status, remaining, expiry, .. } = self.grants[grant];
        let due = status == GrantStatus::Available && remaining > 0 && expiry <= now;
        if due {
            self.take(grant, Movement::Expired, remaining, expiry, None, GrantStatus::Expired);
        }
        due
    }

    pub(crate) fn expire(&mut self, now: Ms) -> usize {
        (0..self.grants.len()).filter(|grant| self.expire_one(*grant, now)).count()
    }

    pub(crate) fn available(&self, now: Ms) -> i64 {
        self.grants.iter().filter(|grant| grant.alive(now)).map(|grant| grant.remaining).sum()
    }

    /// Returns the totals: granted, used, expired, revoked.
    pub(crate) fn totals(&self) -> [i64; 4] {
        let sum = |kind| self.ledger.iter().filter(|it| it.kind == kind).map(|it| it.minutes).sum::<i64>();
        let used = sum(Movement::Used) - sum(Movement::Restored);
        [sum(Movement::Granted), used, sum(Movement::Expired), sum(Movement::Revoked)]
    }

    /// Asserts that no minute appears or vanishes on any grant, by the ledger and by the rows.
    fn check(&self, child: Child) {
        for (number, grant) in self.grants.iter().enumerate() {
            let own = || self.ledger.iter().filter(|it| it.grant == number);
            let sum = |kind| own().filter(|it| it.kind == kind).map(|it| it.minutes).sum::<i64>();
            let gone = sum(Movement::Expired) + sum(Movement::Revoked);
            let used = sum(Movement::Used) - sum(Movement::Restored);
            let told = format!("grant {number} of child {child}: {grant:?}, {:?}", own().collect::<Vec<_>>());
            assert_eq!(sum(Movement::Granted), grant.minutes, "{told}");
            assert_eq!(grant.minutes, grant.remaining + used + gone, "{told}");
            let uses: i64 =
                self.uses.iter().filter(|it| it.grant == number).map(|it| it.used - it.restored).sum();
            assert_eq!(uses, used, "{told}");
            assert_eq!(grant.status == GrantStatus::Available, grant.remaining > 0, "{told}");
            let mut left = 0;
            for moved in own() {
                let adds = matches!(moved.kind, Movement::Granted | Movement::Restored);
                left += if adds { moved.minutes } else { -moved.minutes };
                assert_eq!(left, moved.remaining, "{told}");
            }
        }
    }
}

impl Credit {
    pub(crate) fn purse(&self, child: Child) -> Purse {
        self.purses.get(&child).cloned().unwrap_or_default()
    }

    /// Asserts what must hold for the rows at any time.
    pub(crate) fn check(&self) {
        for (child, purse) in &self.purses {
            purse.check(*child);
        }
        let all = || self.purses.values().map(Purse::totals);
        let sum = |at: usize| all().map(|totals| totals[at]).sum::<i64>();
        let remaining: i64 =
            self.purses.values().flat_map(|purse| &purse.grants).map(|it| it.remaining).sum();
        assert_eq!(sum(0), remaining + sum(1) + sum(2) + sum(3), "minutes overall");
        let mut made_up = Vec::new();
        let mut seats = Vec::new();
        for ((original, _), makeup) in self.makeups.iter().filter(|(_, makeup)| makeup.live()) {
            assert!(!made_up.contains(original), "two live makeups of {original:?}");
            assert!(!seats.contains(&makeup.booking), "a seat makes up twice: {makeup:?}");
            made_up.push(*original);
            seats.push(makeup.booking);
        }
    }

    pub(crate) fn is_made_up(&self, original: Key) -> bool {
        self.makeups.iter().any(|((key, _), makeup)| *key == original && makeup.live())
    }

    /// Records a makeup; a shorter one comes with a grant.
    pub(crate) fn make_up(
        &mut self,
        original: Key,
        booking: Key,
        missed: i64,
        made_up: i64,
        now: Ms,
        expiry: Ms,
    ) {
        let grant =
            (missed > made_up).then(|| self.grant(original, booking, missed - made_up, (now, expiry)));
        let row = Makeup { booking, grant, status: MakeupStatus::Confirmed, missed, made_up };
        self.makeups.insert((original, booking.class), row);
    }

    /// Grants minutes for a booking, with the booking of a makeup or as goodwill; returns the grant.
    pub(crate) fn grant(
        &mut self,
        original: Key,
        booking: Key,
        minutes: i64,
        (now, expiry): (Ms, Ms),
    ) -> usize {
        let purse = self.purses.entry(original.child).or_default();
        purse.grants.push(Grant {
            original,
            minutes,
            remaining: 0,
            status: GrantStatus::Available,
            created: now,
            expiry,
            used_at: None,
        });
        let grant = purse.grants.len() - 1;
        let (kind, remaining) = (Movement::Granted, minutes);
        let granted = Move { grant, kind, minutes, remaining, at: now, booking: Some(booking), usage: None };
        purse.turn(granted, GrantStatus::Available);
        grant
    }

    /// Plans a payment from the grants that expire first, the older first; all or nothing.
    pub(crate) fn plan(&self, child: Child, required: i64, now: Ms) -> Result<Vec<(usize, i64)>, Code> {
        let purse = self.purse(child);
        if purse.available(now) < required {
            return Err(Code::InsufficientCompensation);
        }
        let mut alive: Vec<usize> = (0..purse.grants.len()).collect();
        alive.retain(|grant| purse.grants[*grant].alive(now));
        alive.sort_by_key(|grant| (purse.grants[*grant].expiry, *grant));
        let (mut missing, mut uses) = (required, Vec::new());
        for grant in alive {
            let used = missing.min(purse.grants[grant].remaining);
            if used > 0 {
                uses.push((grant, used));
            }
            missing -= used;
        }
        Ok(uses)
    }

    pub(crate) fn spend(&mut self, booking: Key, uses: &[(usize, i64)], now: Ms) {
        for (grant, used) in uses {
            let purse = self.purses.get_mut(&booking.child).expect("a purse");
            let remaining = purse.grants[*grant].remaining - used;
            let (kind, status) = match remaining {
                0 => (UsageType::FullUse, GrantStatus::Used),
                _ => (UsageType::PartialUse, GrantStatus::Available),
            };
            let moved = Move {
                grant: *grant,
                kind: Movement::Used,
                minutes: *used,
                remaining,
                at: now,
                booking: Some(booking),
                usage: Some(kind),
            };
            purse.turn(moved, status);
            purse.uses.push(Use { grant: *grant, booking, used: *used, restored: 0, remaining, kind });
        }
    }

    /// Restores the minutes that paid for a booking; returns how many.
    pub(crate) fn give_back(&mut self, booking: Key, now: Ms) -> i64 {
        let Some(purse) = self.purses.get_mut(&booking.child) else { return 0 };
        let mut owing: Vec<(usize, usize)> = purse
            .uses
            .iter()
            .enumerate()
            .filter(|(_, taken)| taken.booking == booking && taken.restored < taken.used)
            .map(|(number, taken)| (taken.grant, number))
            .collect();
        owing.sort_unstable();
        let mut back = 0;
        for (grant, number) in owing {
            let minutes = purse.uses[number].used - purse.uses[number].restored;
            purse.uses[number].restored += minutes;
            back += minutes;
            purse.expire_one(grant, now);
            // Its makeup was called off: the missed class is owed again, and the spent minutes were forgiven.
            let forgiven = self.makeups.iter().any(|((original, _), makeup)| {
                original.child == booking.child && makeup.grant == Some(grant) && !makeup.live()
            });
            purse.take(grant, Movement::Restored, minutes, now, Some(booking), GrantStatus::Available);
            if forgiven {
                purse.take(grant, Movement::Revoked, minutes, now, Some(booking), GrantStatus::Revoked);
            } else if purse.grants[grant].expiry <= now {
                purse.take(grant, Movement::Expired, minutes, now, Some(booking), GrantStatus::Expired);
            }
        }
        back
    }

    /// Returns whether any booking has spent minutes of the makeup's grant.
    pub(crate) fn is_spent(&self, makeup: Key) -> bool {
        let row = self.makeups.values().find(|row| row.booking == makeup);
        let grant = row.and_then(|row| row.grant);
        let spent = |grant: usize| {
            let uses = &self.purses[&makeup.child].uses;
            uses.iter().any(|taken| taken.grant == grant && taken.restored < taken.used)
        };
        grant.is_some_and(spent)
    }

    /// Ends a makeup before its class and revokes the rest of its grant.
    pub(crate) fn end_makeup(&mut self, booking: Key, now: Ms) {
        let row = self.makeups.values_mut().find(|row| row.booking == booking && row.live());
        let row = row.expect("a makeup that is to come");
        row.status = MakeupStatus::Cancelled;
        let Some(grant) = row.grant else { return };
        let purse = self.purses.get_mut(&booking.child).expect("a purse");
        purse.expire_one(grant, now);
        let Grant { status, remaining, .. } = purse.grants[grant];
        if status == GrantStatus::Available && remaining > 0 {
            purse.take(grant, Movement::Revoked, remaining, now, Some(booking), GrantStatus::Revoked);
        }
    }

    /// Sets the status of a class's makeups from their bookings.
    pub(crate) fn follow(&mut self, number: usize, class: &Class) {
        for row in self.makeups.values_mut().filter(|row| row.booking.class == number && row.live()) {
            match class.bookings[&row.booking.child][row.booking.nth].status {
                BookingStatus::Completed => row.status = MakeupStatus::Completed,
                BookingStatus::Absent => row.status = MakeupStatus::NoShow,
                _ => {}
            }
        }
    }

    /// Expires the due grants of a child; returns how many.
    pub(crate) fn expire(&mut self, child: Child, now: Ms) -> usize {
        self.purses.get_mut(&child).map_or(0, |purse| purse.expire(now))
    }
}
