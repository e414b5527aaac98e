//! The rules for JavaScript: conversions over [`logic::calls`], nothing else.
//!
//! Each function takes and gives plain values (API, "In the mini-program: the WASM package"): a rule's "no" is
//! `{ok: false, code, …}`; malformed input throws an `Error` whose `code` is `invalid_request` and whose message
//! names the argument and the field.

mod convert;

use wasm_bindgen::prelude::*;

/// Asks the rules and gives the answer, or what to throw.
fn ask<const N: usize>(name: &str, args: [JsValue; N]) -> Result<JsValue, JsValue> {
    let args = args.iter().map(convert::read).collect::<Result<Vec<_>, _>>();
    match args.and_then(|args| logic::calls::answer(name, &args)) {
        Ok(value) => convert::write(&value),
        Err(refusal) => Err(convert::error(&refusal)),
    }
}

macro_rules! exports {
    ($($doc:tt $js:ident as $rust:ident ($($argument:ident),*);)*) => {$(
        #[doc = $doc]
        #[wasm_bindgen(js_name = $js)]
        pub fn $rust($($argument: JsValue),*) -> Result<JsValue, JsValue> {
            ask(stringify!($js), [$($argument),*])
        }
    )*};
}

exports! {
    "The time left at `now` to `target` (RULES §5)."
    countdown as countdown(now, target);
    "The bounds of a class's waitlist (RULES §2)."
    waitlistTimes as waitlist_times(start, policy);
    "Where a class's waitlist stands (RULES §2)."
    phase as phase(start, now, policy);
    "Whether the last notification time has come and the class has not (RULES §2)."
    finalWindowActive as final_window_active(start, now, policy);
    "Until when an offer may be answered (RULES §2)."
    responseDeadline as response_deadline(sent_at, start, policy);
    "Whether a spot notification may go out (RULES §2)."
    mayNotify as may_notify(facts, policy);
    "When the next spot notification may go out (RULES §2)."
    earliestNotification as earliest_notification(facts, policy);
    "Whether an answer is in time (RULES §2)."
    mayRespond as may_respond(facts);
    "What a makeup makes of the missed minutes (RULES §3)."
    durationDifference as duration_difference(original, makeup);
    "What a booking would take from which grants (RULES §4)."
    planCompensation as plan_compensation(grants, required, now);
    "Whether a profile may join a waitlist (RULES §2)."
    checkJoin as check_join(facts, policy);
    "Whether a class can make up for a missed one (RULES §3)."
    checkMakeup as check_makeup(facts, policy);
    "The chance of a seat (RULES §6)."
    promotionChance as promotion_chance(rank, expected_releases);
    "The default policy (RULES §1)."
    defaultPolicy as default_policy();
    "The package's version."
    version as version();
}
