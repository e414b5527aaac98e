//! Class credit over time (RULES §4): random histories, compared with a simple model that tracks every minute.

use std::collections::BTreeMap;

use logic::compensation::{Grant, available, plan_compensation};
use logic::ids::{BookingId, GrantId};
use logic::ledger::{LedgerEntry, Sums, expire, give_back, revoke, spend};
use logic::status::{GrantStatus, Movement};
use logic::{Code, Instant, Minutes};
use proptest::prelude::*;

use crate::any::at;

const START: i64 = 1_772_445_600_000;
const VALIDITY: Minutes = Minutes(600);

#[derive(Clone, Debug)]
enum Step {
    Grant(i64),
    Spend(i64),
    /// Cancels in time the live booking with this index.
    Return(usize),
    /// Revokes the grant with this index; `true` revokes it even if it was spent, as calling a class off does.
    Revoke(usize, bool),
    Wait(i64),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..=90_i64).prop_map(Step::Grant),
        4 => (1..=120_i64).prop_map(Step::Spend),
        3 => (0..8_usize).prop_map(Step::Return),
        1 => (0..8_usize, any::<bool>()).prop_map(|(which, forced)| Step::Revoke(which, forced)),
        4 => (0..=400_i64).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

/// The state of one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    Paying(i64),
    Expired,
    Revoked,
}

/// The model of one grant: each of its minutes, and its expiry time.
struct Purse {
    until: i64,
    revoked: bool,
    minutes: Vec<Place>,
}

impl Purse {
    fn settle(&mut self, now: i64) {
        if now >= self.until {
            self.minutes.iter_mut().filter(|m| **m == Place::Free).for_each(|m| *m = Place::Expired);
        }
    }

    fn count(&self, is: impl Fn(&Place) -> bool) -> i64 {
        i64::try_from(self.minutes.iter().filter(|m| is(m)).count()).unwrap()
    }
}

/// What a backend stores: grants, the minutes that each booking spent of each grant, and the ledger.
#[derive(Default)]
struct Books {
    grants: BTreeMap<GrantId, Grant>,
    spent: BTreeMap<BookingId, Vec<(GrantId, Minutes)>>,
    ledger: Vec<LedgerEntry>,
}

impl Books {
    fn store(&mut self, moved: &[LedgerEntry]) {
        for moved in moved {
            let grant = self.grants.get_mut(&moved.grant).unwrap();
            let change = if moved.kind == Movement::Restored { moved.minutes.0 } else { -moved.minutes.0 };
            assert!(moved.minutes.0 > 0, "an entry moves at least one minute: {moved:?}");
            assert_eq!(grant.remaining.0 + change, moved.remaining.0, "{moved:?}");
            (grant.remaining, grant.status) = (moved.remaining, moved.status);
            self.ledger.push(*moved);
        }
    }

    fn list(&self) -> Vec<Grant> {
        self.grants.values().copied().collect()
    }
}

fn pick<T: Copy>(from: Vec<T>, which: usize) -> Option<T> {
    from.get(which % from.len().max(1)).copied()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Covers R4.7, R4.8, R4.9, R4.10, R4.11, R4.12.
    #[test]
    fn no_minute_appears_or_vanishes(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut books, mut model, mut now, mut bookings) =
            (Books::default(), BTreeMap::<GrantId, Purse>::new(), START, 0);
        for step in steps {
            match step {
                Step::Wait(minutes) => now += minutes * 60_000,
                Step::Sweep => {
                    for grant in books.list() {
                        books.store(expire(&grant, at(now)).as_slice());
                    }
                }
                Step::Grant(minutes) => {
                    let id = GrantId(i64::try_from(books.grants.len()).unwrap() + 1);
                    let expiry_time = at(now).plus(VALIDITY);
                    let (status, remaining) = (GrantStatus::Available, Minutes(minutes));
                    books.grants.insert(id, Grant { id, status, remaining, expiry_time });
                    let minutes = vec![Place::Free; usize::try_from(minutes).unwrap()];
                    model.insert(id, Purse { until: expiry_time.millis(), revoked: false, minutes });
                }
                Step::Spend(required) => {
                    model.values_mut().for_each(|purse| purse.settle(now));
                    let mut free: Vec<_> = model
                        .iter_mut()
                        .flat_map(|(id, purse)| {
                            let key = (purse.until, *id);
                            purse.minutes.iter_mut().map(move |minute| (key, minute))
                        })
                        .filter(|(_, minute)| **minute == Place::Free)
                        .collect();
                    free.sort_by_key(|(key, _)| *key);
                    let enough = i64::try_from(free.len()).unwrap() >= required;
                    match plan_compensation(&books.list(), Minutes(required), at(now)) {
                        Ok(uses) => {
                            prop_assert!(enough);
                            bookings += 1;
                            let booking = BookingId(bookings);
                            for (_, minute) in free.into_iter().take(usize::try_from(required).unwrap()) {
                                *minute = Place::Paying(bookings);
                            }
                            books.store(&spend(&uses, booking, at(now)));
                            books.spent.insert(booking, uses.iter().map(|u| (u.compensation_id, u.used)).collect());
                        }
                        Err(refusal) => {
                            prop_assert!(!enough);
                            prop_assert_eq!(refusal.code, Code::InsufficientCompensation);
                        }
                    }
                }
                Step::Return(which) => {
                    let Some(booking) = pick(books.spent.keys().copied().collect(), which) else { continue };
                    for (id, minutes) in books.spent.remove(&booking).unwrap() {
                        let purse = model.get_mut(&id).unwrap();
                        books.store(&give_back(&books.grants[&id], minutes, purse.revoked, booking, at(now)));
                        let back = if purse.revoked { Place::Revoked } else { Place::Free };
                        let paid = |m: &&mut Place| **m == Place::Paying(booking.0);
                        purse.minutes.iter_mut().filter(paid).for_each(|m| *m = back);
                        purse.settle(now);
                    }
                }
                Step::Revoke(which, forced) => {
                    let Some(id) = pick(books.grants.keys().copied().collect(), which) else { continue };
                    let purse = model.get_mut(&id).unwrap();
                    if purse.revoked || (!forced && purse.count(|m| matches!(m, Place::Paying(_))) > 0) {
                        continue;
                    }
                    books.store(&revoke(&books.grants[&id], BookingId(0), at(now)));
                    purse.settle(now);
                    purse.revoked = true;
                    purse.minutes.iter_mut().filter(|m| **m == Place::Free).for_each(|m| *m = Place::Revoked);
                }
            }
            check(&books, &mut model, at(now))?;
        }
    }
}

/// Compares the stored grants, and the grants computed from the ledger alone, with the model.
fn check(books: &Books, model: &mut BTreeMap<GrantId, Purse>, now: Instant) -> Result<(), TestCaseError> {
    let mut free = 0;
    for (id, grant) in &books.grants {
        let purse = model.get_mut(id).expect("a grant of the model");
        let granted = i64::try_from(purse.minutes.len()).unwrap();
        let mut sums = Sums { granted, ..Sums::default() };
        books.ledger.iter().filter(|m| m.grant == *id).for_each(|m| sums.add(m.kind, m.minutes));
        prop_assert_eq!(sums.remaining(), grant.remaining, "{:?} is out of balance", id);
        // In the model, due minutes have expired whether or not a sweep has run.
        purse.settle(now.millis());
        let due = expire(grant, now).map_or(0, |moved| moved.minutes.0);
        prop_assert_eq!(purse.count(|m| *m == Place::Free), grant.remaining.0 - due);
        prop_assert_eq!(purse.count(|m| matches!(m, Place::Paying(_))), sums.used);
        prop_assert_eq!(purse.count(|m| *m == Place::Expired), sums.expired + due);
        prop_assert_eq!(purse.count(|m| *m == Place::Revoked), sums.revoked);
        prop_assert_eq!(grant.status == GrantStatus::Available, grant.remaining.0 > 0);
        free += purse.count(|m| *m == Place::Free);
    }
    prop_assert_eq!(available(&books.list(), now).0, free);
    Ok(())
}
