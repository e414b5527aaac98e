//! Random commands, with the facts that a backend would load.

use logic::ids::{BookingId, ProfileId};
use logic::makeup::{CompletionType, MakeupTerms};
use logic::session::{
    Actor, BookerFacts, Command, ConfirmFacts, EntryFacts, LeaveFacts, OfferAnswer, Purpose,
};
use logic::status::{BookingStatus, EntryStatus};
use logic::{Code, Instant, Minutes, Refusal};
use rand::RngExt;
use rand::rngs::StdRng;

use crate::oracle::last_notification;
use crate::world::World;

/// Returns a command for class `index`, usually one that can succeed.
pub(crate) fn random_command(world: &World, index: usize, rng: &mut StdRng) -> Command {
    let rows = &world.classes[index].rows;
    let profile = a_profile(world, index, rng);
    let by = if rng.random_bool(0.2) { Actor::Staff } else { Actor::Member };
    loop {
        return match rng.random_range(0..1000) {
            0..300 => {
                // Rare, because the first command after that time closes the list.
                if let Some(first) = rows.waiting().first()
                    && world.now > last_notification(&world.classes[index], &world.policy)
                {
                    return Command::Book(booker(world, index, first.profile, rng));
                }
                if rows.booked() < rows.capacity as usize && rows.waiting().is_empty() && rng.random_bool(0.7)
                {
                    return Command::Book(booker(world, index, profile, rng));
                }
                let mut joiner = rows.joiner(profile, world.active_elsewhere(profile, index));
                joiner.by = by;
                joiner.makeup = match rng.random_range(0..20) {
                    0..3 => Some((BookingId(1), Ok(()))),
                    3 => Some((BookingId(1), Err(Code::CourseMismatch))),
                    _ => None,
                };
                Command::Join(joiner)
            }
            300..350 => {
                let waiting = rows.waiting();
                let profile = match waiting.first() {
                    Some(first) if rng.random_bool(0.3) => first.profile,
                    _ => profile,
                };
                let mut booker = booker(world, index, profile, rng);
                booker.time_conflict = rng.random_bool(0.05);
                booker.live_bookings = rng.random_range(0..=4);
                Command::Book(booker)
            }
            350..530 => {
                let live: Vec<_> =
                    rows.bookings.iter().filter(|row| row.status == BookingStatus::Booked).collect();
                let from = if live.is_empty() || rng.random_bool(0.05) {
                    rows.bookings.iter().collect()
                } else {
                    live
                };
                let Some(row) = pick(&from, rng) else { continue };
                let (booking, status, is_makeup) = (row.id, row.status, row.is_makeup);
                if rng.random_bool(0.3) {
                    Command::TakeLeave { booking, status, is_makeup, waives_lead: false }
                } else if is_makeup {
                    let spent_by = if rng.random_bool(0.2) { vec![BookingId(9)] } else { vec![] };
                    Command::CancelMakeup { booking, status, spent_by }
                } else {
                    Command::CancelBooking { booking, status, late_until: None }
                }
            }
            530..580 => {
                let Some(entry) = an_entry(world, index, EntryStatus::Waiting, rng) else { continue };
                Command::LeaveQueue { entry, by }
            }
            580..800 => {
                let Some(entry) = an_entry(world, index, EntryStatus::Notified, rng) else { continue };
                let answer = if rng.random_bool(0.35) {
                    OfferAnswer::Decline
                } else {
                    OfferAnswer::Confirm(ConfirmFacts {
                        time_conflict: rng.random_bool(0.08),
                        live_bookings: rng.random_range(0..=4),
                        makeup: match rng.random_range(0..25) {
                            0 => Some(Err(Code::AlreadyMadeUp)),
                            1..4 => Some(Ok(makeup_terms())),
                            _ => None,
                        },
                        leave: leave(rows.leave_of(entry.profile), rng),
                    })
                };
                Command::Respond { entry, answer, by }
            }
            800..850 => {
                let Some(entry) = an_entry(world, index, EntryStatus::Waiting, rng) else { continue };
                Command::Notify { entry }
            }
            850..885 => Command::SetCapacity(
                rng.random_range(rows.capacity.saturating_sub(2)..=(rows.capacity + 3).min(8)),
            ),
            885 => Command::CallOff,
            886..920 => {
                let Some(entry) = an_entry(world, index, EntryStatus::Notified, rng) else { continue };
                let ago = rng.random_range(0..=world.policy.decision_window.millis());
                let accepted_at =
                    Instant::clamped(world.now.millis() - ago * i64::from(rng.random_bool(0.5)));
                Command::Delivered { ticket: entry.ticket, accepted_at }
            }
            920..940 => {
                let wanted = if rng.random_bool(0.7) { EntryStatus::Waiting } else { EntryStatus::Notified };
                let Some(entry) = an_entry(world, index, wanted, rng) else { continue };
                let lapsed = rng.random_bool(0.5);
                Command::CheckMakeup { entry, makeup: if lapsed { Err(Code::NotMissed) } else { Ok(()) } }
            }
            _ => Command::Settle,
        };
    }
}

/// Returns a booking, usually an ordinary one.
fn booker(world: &World, index: usize, profile: ProfileId, rng: &mut StdRng) -> BookerFacts {
    let class = &world.classes[index];
    let mut booker = class.rows.booker(profile);
    booker.by = if rng.random_bool(0.2) { Actor::Staff } else { Actor::Member };
    booker.leave = leave(booker.leave, rng);
    let too_late = world.now > class.session.start.minus(world.policy.makeup_booking_lead);
    booker.purpose = match rng.random_range(0..20) {
        0 => Purpose::Credit(Err(Refusal::from(Code::InsufficientCompensation))),
        1 => Purpose::Credit(Ok(vec![])),
        2..6 if too_late => Purpose::Makeup(Err(Code::MakeupTooLate)),
        2 => Purpose::Makeup(Err(Code::CourseMismatch)),
        3..6 => Purpose::Makeup(Ok(makeup_terms())),
        _ => Purpose::Ordinary,
    };
    booker
}

/// Sometimes marks the right to a makeup as used.
fn leave(leave: Option<LeaveFacts>, rng: &mut StdRng) -> Option<LeaveFacts> {
    leave.map(|leave| LeaveFacts { made_up: rng.random_bool(0.2), ..leave })
}

fn makeup_terms() -> MakeupTerms {
    MakeupTerms {
        original: BookingId(1),
        original_duration: Minutes(60),
        makeup_duration: Minutes(45),
        difference: Minutes(15),
        completion_type: CompletionType::Partial,
    }
}

/// Returns a profile, usually one that has no seat in the class yet.
fn a_profile(world: &World, index: usize, rng: &mut StdRng) -> ProfileId {
    let rows = &world.classes[index].rows;
    let has_place = |profile: &ProfileId| {
        rows.live_booking(*profile).is_some()
            || rows.entries.get(profile).is_some_and(|row| row.status.is_active())
    };
    let mut tries = (0..4).map(|_| ProfileId(rng.random_range(1..=world.profiles))).collect::<Vec<_>>();
    let at = tries.iter().position(|profile| !has_place(profile)).unwrap_or(0);
    tries.swap_remove(at)
}

/// Returns a class, usually one that has not started.
pub(crate) fn random_class(world: &World, rng: &mut StdRng) -> usize {
    let any = rng.random_range(0..world.classes.len());
    let ahead = world.classes.iter().position(|class| world.now < class.session.start);
    if rng.random_bool(0.4) { ahead.unwrap_or(any) } else { any }
}

/// Returns an entry, usually one with that status.
fn an_entry(world: &World, index: usize, wanted: EntryStatus, rng: &mut StdRng) -> Option<EntryFacts> {
    let all: Vec<_> = world.classes[index].rows.entries.values().collect();
    let of_status: Vec<_> = all.iter().copied().filter(|row| row.status == wanted).collect();
    let from = if of_status.is_empty() || rng.random_bool(0.15) { all } else { of_status };
    pick(&from, rng).cloned()
}

fn pick<'a, T>(from: &[&'a T], rng: &mut StdRng) -> Option<&'a T> {
    if from.is_empty() { None } else { Some(from[rng.random_range(0..from.len())]) }
}
