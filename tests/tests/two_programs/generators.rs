//! Generators: draws the next request at random, usually one that can succeed.

use crate::actions::{Action, Families, Requester};
use crate::model::{Booking, Child, Class, Gym, Key, Ms};
use logic::status::{BookingStatus, EntryStatus, MakeupStatus};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

const MINUTE: Ms = 60_000;
const DAY: Ms = 24 * 60 * MINUTE;
/// Spans without any change longer than this are skipped only sometimes, so that the queue has time to change.
const LONG: Ms = 4 * 60 * MINUTE;

pub(crate) fn pick<T: Clone>(from: &[T], rng: &mut StdRng) -> Option<T> {
    if from.is_empty() { None } else { Some(from[rng.random_range(0..from.len())].clone()) }
}

/// Draws a class, usually one of the next.
pub(crate) fn class(gym: &Gym, now: Ms, rng: &mut StdRng) -> usize {
    let ahead = gym.classes.iter().position(|class| now < class.start);
    match ahead {
        Some(next) if rng.random_bool(0.95) => {
            (next + [0, 0, 0, 1, 1, 2, 3][rng.random_range(0..7)]).min(gym.classes.len() - 1)
        }
        _ => rng.random_range(0..gym.classes.len()),
    }
}

/// Draws a request about a class or a family.
pub(crate) fn ask(
    gym: &Gym,
    families: &Families,
    class: usize,
    now: Ms,
    rng: &mut StdRng,
) -> (Requester, Action) {
    let ask = loop {
        if let Some(ask) = try_ask(gym, families, class, now, rng) {
            break ask;
        }
    };
    let by = match whose(&ask) {
        Some(child) => match rng.random_range(0..100) {
            0..12 => Requester::Staff,
            12..15 => Requester::Family(rng.random_range(0..=*families.of.last().unwrap())),
            _ => Requester::Family(families.of[child]),
        },
        None => match ask {
            Action::MyEntries { family, .. } | Action::MyBookings { family } => Requester::Family(family),
            // A request of staff alone, or of anyone.
            Action::Sweep { .. } => Requester::Staff,
            _ if rng.random_bool(0.1) => Requester::Family(0),
            _ => Requester::Staff,
        },
    };
    (by, ask)
}

/// Draws the child that a request is about.
fn whose(ask: &Action) -> Option<Child> {
    match *ask {
        Action::Join { child, .. }
        | Action::Leave { child, .. }
        | Action::Confirm { child, .. }
        | Action::Decline { child, .. }
        | Action::Book { child, late: false, .. }
        | Action::Cancel { child, .. }
        | Action::Position { child, .. }
        | Action::Entry { child, .. }
        | Action::TakeLeave { child, waives_lead: false, .. }
        | Action::MakeUp { child, .. }
        | Action::Owed { child }
        | Action::Makeups { child }
        | Action::Balance { child }
        | Action::History { child }
        | Action::Preview { child, .. }
        | Action::Offers { child, .. } => Some(child),
        Action::CancelMakeup { original, .. } | Action::Available { original } => Some(original.child),
        _ => None,
    }
}

fn try_ask(gym: &Gym, families: &Families, class: usize, now: Ms, rng: &mut StdRng) -> Option<Action> {
    let rows = &gym.classes[class];
    Some(match rng.random_range(0..144) {
        0..28 => {
            let child = newcomer(rows, families, rng);
            if rows.free() > 0 && rows.waiting() == 0 && rng.random_bool(0.8) {
                let with_credit = pays(gym, child, class, now, rng);
                Action::Book { child, class, with_credit, late: false }
            } else {
                Action::Join { child, class, makeup_for: None }
            }
        }
        28..34 => {
            let child = newcomer(rows, families, rng);
            Action::Book { child, class, with_credit: false, late: false }
        }
        34..48 => {
            let (child, nth) = a_booking(rows, rng)?;
            if rng.random_bool(0.5) {
                Action::Cancel { child, class, nth }
            } else {
                Action::TakeLeave { child, class, nth, waives_lead: rng.random_bool(0.1) }
            }
        }
        48..50 => Action::Offers { child: an_entry(rows, EntryStatus::Expired, rng)?, class },
        50..55 => Action::Leave { child: an_entry(rows, EntryStatus::Waiting, rng)?, class },
        55..77 => {
            let child = an_entry(rows, EntryStatus::Notified, rng)?;
            if rng.random_bool(0.6) {
                Action::Confirm { child, class }
            } else {
                Action::Decline { child, class }
            }
        }
        77..81 => Action::Position { child: an_entry(rows, EntryStatus::Waiting, rng)?, class },
        81..83 => Action::Entry { child: an_entry(rows, EntryStatus::Notified, rng)?, class },
        83..85 => {
            let statuses = EntryStatus::ALL;
            let status = rng.random_bool(0.6).then(|| statuses[rng.random_range(0..statuses.len())]);
            Action::MyEntries { family: rng.random_range(0..=*families.of.last()?), status }
        }
        85..86 => Action::MyBookings { family: rng.random_range(0..=*families.of.last()?) },
        86..87 => Action::Session { class },
        87..88 => Action::DeadlineCheck { class },
        88..91 => staffs(rows, class, rng)?,
        91..92 => Action::Sessions,
        92..93 => Action::ProcessExpiry,
        93..96 => Action::Sweep { class: None },
        96..127 => makeups(gym, families, class, now, rng)?,
        127..130 => {
            // The class is running, or over not long ago.
            let near = |it: &usize| gym.classes[*it].start <= now && now <= gym.classes[*it].end + MINUTE;
            let class = pick(&(0..gym.classes.len()).filter(near).collect::<Vec<_>>(), rng)?;
            if rng.random_bool(0.6) {
                let child = newcomer(&gym.classes[class], families, rng);
                Action::Book { child, class, with_credit: pays(gym, child, class, now, rng), late: true }
            } else {
                let (child, nth) = a_booking(&gym.classes[class], rng)?;
                Action::Cancel { child, class, nth }
            }
        }
        130..131 => {
            let (child, nth) = a_booking(rows, rng)?;
            let booking = Key { class, child, nth };
            Action::Goodwill { booking, minutes: rng.random_range(1..=90) }
        }
        136..139 => {
            let booking = missed(gym, rng)?;
            let end = gym.classes[booking.class].start;
            // Sometimes too soon, too late, or before the end that it has.
            Action::MakeupRight { booking, until: end + rng.random_range(-2..=200) * DAY }
        }
        139..142 => Action::SetPolicy { from: when_it_holds(gym, now, rng), fields: fields(rng) },
        142..143 => Action::ChoosePolicy { class: rng.random_range(class..gym.classes.len()) },
        143..144 => Action::Policy,
        _ => {
            // The class is over or running.
            let began: Vec<usize> =
                (0..gym.classes.len()).filter(|it| gym.classes[*it].start <= now).collect();
            let class = pick(&began, rng)?;
            let (child, nth) = a_booking(&gym.classes[class], rng)?;
            Action::Attend { child, class, nth, came: rng.random() }
        }
    })
}

/// Draws from when a version of the policy holds: mostly soon enough for the classes of the world.
fn when_it_holds(gym: &Gym, now: Ms, rng: &mut StdRng) -> Ms {
    let to_come: Vec<Ms> =
        gym.versions.iter().map(|version| version.from).filter(|from| *from > now).collect();
    match rng.random_range(0..100) {
        0..10 => now + rng.random_range(0..2 * MINUTE),
        10..20 => now + 2 * MINUTE,
        20..35 => pick(&to_come, rng).unwrap_or(now + DAY),
        35..60 => gym.classes[class(gym, now, rng)].start.max(now + 2 * MINUTE),
        _ => now + rng.random_range(2 * MINUTE..7 * DAY),
    }
}

/// Draws some fields of a policy.
fn fields(rng: &mut StdRng) -> Value {
    let quiet = rng.random_bool(0.4).then(|| json!({ "from": 22 * 60, "to": 8 * 60 }));
    let mut all = vec![
        ("queue_capacity", json!(rng.random_range(2..=8))),
        ("active_waitlists_per_profile", json!(rng.random_range(2..=5))),
        ("last_notification_lead", json!(rng.random_range(390..=450))),
        ("decision_window", json!(rng.random_range(10..=30))),
        ("free_cancellation_lead", json!(rng.random_range(60..=720))),
        ("makeup_validity_days", json!(rng.random_range(4..=14))),
        ("makeup_for_absence", json!(rng.random_bool(0.5))),
        ("makeup_booking_lead", json!(rng.random_range(60..=600))),
        ("compensation_validity_days", json!(rng.random_range(2..=14))),
        ("quiet_hours", json!(quiet)),
    ];
    all.retain(|_| rng.random_bool(0.4));
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

/// Draws whether to pay with credit, usually only if there is enough.
fn pays(gym: &Gym, child: Child, class: usize, now: Ms, rng: &mut StdRng) -> bool {
    let enough = gym.credit.purse(child).available(now) >= gym.classes[class].minutes;
    rng.random_bool(if enough { 0.7 } else { 0.05 })
}

/// Draws a request about makeups or credit.
fn makeups(gym: &Gym, families: &Families, class: usize, now: Ms, rng: &mut StdRng) -> Option<Action> {
    let child = rng.random_range(0..families.of.len());
    Some(match rng.random_range(0..100) {
        0..40 => {
            let original = missed(gym, rng)?;
            // Sometimes another child's booking.
            let child = if rng.random_bool(0.05) { child } else { original.child };
            let class = if rng.random_bool(0.2) { class } else { one_that_fits(gym, original, now, rng)? };
            if rng.random_bool(0.35) {
                Action::Join { child, class, makeup_for: Some(original) }
            } else {
                Action::MakeUp { child, original, class }
            }
        }
        40..52 => {
            let any = rng.random_bool(0.1);
            let rows = gym.credit.makeups.iter();
            let rows = rows.filter(|(_, makeup)| any || makeup.status == MakeupStatus::Confirmed);
            let rows: Vec<(Key, usize)> = rows.map(|(key, _)| *key).collect();
            let (original, class) = pick(&rows, rng)?;
            Action::CancelMakeup { original, class }
        }
        52..62 => {
            let child = rich(gym, child, rng);
            let minutes = gym.credit.purse(child).available(now);
            let ahead = |class: &usize| {
                let class = &gym.classes[*class];
                class.start > now && class.minutes <= minutes && !class.is_booked(child)
            };
            let class = pick(&(0..gym.classes.len()).filter(ahead).collect::<Vec<_>>(), rng)?;
            Action::Book { child, class, with_credit: true, late: false }
        }
        62..66 => {
            let paid = |key: &Key| gym.classes[key.class].bookings[&key.child][key.nth].spent > 0;
            let uses = gym.credit.purses.values().flat_map(|purse| &purse.uses).map(|taken| taken.booking);
            let Key { class, child, nth } = pick(&uses.filter(paid).collect::<Vec<_>>(), rng)?;
            Action::Cancel { child, class, nth }
        }
        66..68 => Action::Owed { child },
        68..76 => Action::Available { original: missed(gym, rng)? },
        76..78 => Action::Makeups { child },
        78..86 => Action::Balance { child: rich(gym, child, rng) },
        86..94 => Action::History { child: rich(gym, child, rng) },
        _ => Action::Preview { child: rich(gym, child, rng), minutes: rng.random_range(1..=120) },
    })
}

/// Draws a future class that could make up the booking.
fn one_that_fits(gym: &Gym, original: Key, now: Ms, rng: &mut StdRng) -> Option<usize> {
    let (missed, kind) = (&gym.classes[original.class], gym.categories[original.class]);
    let until = missed.bookings[&original.child][original.nth].until;
    let fits = |number: &usize| {
        let class = &gym.classes[*number];
        class.start > now.max(missed.start) && Some(class.start) <= until && gym.categories[*number] == kind
    };
    pick(&(0..gym.classes.len()).filter(fits).collect::<Vec<_>>(), rng)
}

/// Draws a child, usually one with a grant.
fn rich(gym: &Gym, or: Child, rng: &mut StdRng) -> Child {
    let all: Vec<Child> = gym.credit.purses.keys().copied().collect();
    if rng.random_bool(0.1) { or } else { pick(&all, rng).unwrap_or(or) }
}

/// Draws a booking, usually one that was missed recently.
fn missed(gym: &Gym, rng: &mut StdRng) -> Option<Key> {
    use BookingStatus::{Absent, CancelledByGym, Leave};
    let any = rng.random_bool(0.1);
    let mut all = Vec::new();
    for (class, rows) in gym.classes.iter().enumerate() {
        for (child, bookings) in &rows.bookings {
            for (nth, booking) in bookings.iter().enumerate() {
                if any || matches!(booking.status, Leave | CancelledByGym | Absent) {
                    all.push(Key { class, child: *child, nth });
                }
            }
        }
    }
    let open: Vec<Key> = all.iter().copied().filter(|key| !gym.credit.is_made_up(*key)).collect();
    if rng.random_bool(0.8) && !open.is_empty() { pick(&open, rng) } else { pick(&all, rng) }
}

/// Draws a request that only staff may make.
fn staffs(rows: &Class, class: usize, rng: &mut StdRng) -> Option<Action> {
    Some(match rng.random_range(0..100) {
        0..25 => {
            let taken = rows.booked() + rows.held();
            Action::SetCapacity {
                class,
                seats: rng.random_range(taken.saturating_sub(1)..=(taken + 2).min(5)),
            }
        }
        25..30 => Action::CallOff { class },
        30..55 => {
            let mut children: Vec<Child> = rows.entries.keys().copied().collect();
            children.retain(|_| rng.random_bool(0.5));
            children.sort_by_key(|_| rng.random::<u32>());
            (!children.is_empty()).then_some(Action::NotifyEntries { class, children })?
        }
        55..75 => Action::NotifyClass { class, max: rng.random_bool(0.5).then(|| rng.random_range(1..4)) },
        _ => {
            let (child, nth) = a_booking(rows, rng)?;
            Action::Attend { child, class, nth, came: rng.random() }
        }
    })
}

/// Draws a child, usually one that has no seat in the class yet.
fn newcomer(class: &Class, families: &Families, rng: &mut StdRng) -> Child {
    let has_place =
        |child: Child| class.is_booked(child) || class.status(child).is_some_and(EntryStatus::is_active);
    let tries = [(); 3].map(|()| rng.random_range(0..families.of.len()));
    tries.into_iter().find(|child| !has_place(*child)).unwrap_or(tries[0])
}

/// Draws an entry, usually one with that status.
fn an_entry(class: &Class, wanted: EntryStatus, rng: &mut StdRng) -> Option<Child> {
    let of_status: Vec<Child> = class.with(wanted).map(|(child, _)| child).collect();
    if of_status.is_empty() || rng.random_bool(0.15) {
        let all: Vec<Child> = class.entries.keys().copied().collect();
        return pick(&all, rng);
    }
    pick(&of_status, rng)
}

/// Draws a booking, usually a live one.
fn a_booking(class: &Class, rng: &mut StdRng) -> Option<(Child, usize)> {
    let any = rng.random_bool(0.1);
    let all: Vec<(Child, usize)> = class
        .bookings
        .iter()
        .flat_map(|(child, bookings)| {
            bookings.iter().enumerate().map(|(nth, booking)| (*child, nth, booking))
        })
        .filter(|(_, _, booking)| any || Booking::live(booking))
        .map(|(child, nth, _)| (child, nth))
        .collect();
    pick(&all, rng)
}

/// Draws the time of the next request.
pub(crate) fn later(gym: &Gym, now: Ms, rng: &mut StdRng) -> Ms {
    if rng.random_bool(gym.leaps) {
        return now + rng.random_range(0..DAY * 2 / 3);
    }
    match rng.random_range(0..100) {
        0..66 => now,
        66..69 => now + 1,
        69..75 => now + rng.random_range(0..MINUTE),
        75..80 => now + rng.random_range(0..gym.numbers_now(now).window),
        80..82 => now + rng.random_range(0..2 * gym.numbers_now(now).interval),
        _ => edge(gym, now, rng),
    }
}

/// Draws one of the next instants at which a rule changes its answer, or a millisecond beside it.
fn edge(gym: &Gym, now: Ms, rng: &mut StdRng) -> Ms {
    let mut edges: Vec<Ms> = (0..gym.classes.len()).flat_map(|class| edges(class, gym, now)).collect();
    edges.extend(gym.versions.iter().map(|version| version.from));
    edges.extend(gym.credit.purses.values().flat_map(|purse| &purse.grants).map(|grant| grant.expiry));
    edges.retain(|edge| *edge >= now);
    edges.sort_unstable();
    let ahead = if rng.random_bool(0.9) { 0 } else { rng.random_range(0..4) };
    let Some(edge) = edges.get(ahead).or(edges.first()) else { return now };
    if edge - now > LONG && rng.random_bool(0.8) {
        return now;
    }
    now.max(edge + rng.random_range(-1..=1))
}

fn edges(class: usize, gym: &Gym, now: Ms) -> Vec<Ms> {
    let numbers = &gym.numbers(class);
    let class = &gym.classes[class];
    let last = class.last_notification(numbers);
    let mut edges = vec![
        last,
        last + numbers.window,
        class.start - numbers.free_cancellation,
        class.start - numbers.makeup_lead,
        class.start,
        class.end,
    ];
    for entry in class.entries.values() {
        match entry.status {
            EntryStatus::Notified => edges.extend(entry.deadline),
            EntryStatus::Waiting => edges.extend(class.earliest(entry, now + 1, numbers)),
            _ => {}
        }
    }
    if let Some((from, to)) = numbers.quiet {
        // Local midnight in Shanghai is 16:00 UTC.
        let midnight = (now + 8 * 60 * MINUTE).div_euclid(DAY) * DAY - 8 * 60 * MINUTE;
        edges.extend([from, to, from + DAY, to + DAY].map(|time| midnight + time));
    }
    edges
}
