//! The rules by name over plain values: what `POST /rules/{fn}` answers and what the WASM package exports.
//!
//! Every host of the rules reads arguments and writes answers here, so all of them give the same answers.
//! The functions stand in one table, [`rule_functions!`](crate::rule_functions). From it come [`FUNCTIONS`],
//! the exports of the WASM package and the declarations in its `index.d.ts`; a test of `wasm-tool` compares
//! docs/API.md ("In the mini-program: the WASM package") with it.
//!
//! A refusal is an answer, `{ok: false, code, …}`; only malformed input is an error.

mod functions;

use crate::error::{Code, Refusal};
use crate::policy::{FieldCase, Policy, PolicyPatch};
use crate::value::{Value, ValueRef};

/// The table of rule functions: calls the macro `$callback` with every row.
///
/// A row holds the documentation, the JavaScript name, the Rust name, the arguments with their TypeScript
/// types (an optional one after a semicolon) and the TypeScript type of the answer.
#[macro_export]
macro_rules! rule_functions {
    ($callback:ident) => {
        $callback! {
            /// The time left at `now` until `target` (R5.1 to R5.3).
            countdown countdown(now: "Instant", target: "Instant") -> "Countdown";
            /// The last notification time and the response cutoff of a class (R2.1, R2.2).
            waitlistTimes waitlist_times(start: "Instant"; policy: "Partial<Policy> | null") -> "WaitlistTimes";
            /// The phase of a class's waitlist (R2.3).
            phase phase(start: "Instant", now: "Instant"; policy: "Partial<Policy> | null") -> "Phase";
            /// Whether the last notification time has come and the class has not started (R2.4).
            finalWindowActive final_window_active(
                start: "Instant", now: "Instant"; policy: "Partial<Policy> | null"
            ) -> "boolean";
            /// The last instant at which an offer sent at `sentAt` can be answered (R2.5).
            responseDeadline response_deadline(
                sentAt: "Instant", start: "Instant"; policy: "Partial<Policy> | null"
            ) -> "Instant";
            /// Whether a spot notification may go out (R2.7 to R2.11).
            mayNotify may_notify(facts: "NotifyFacts"; policy: "Partial<Policy> | null") -> "Verdict<NotifyRefusal>";
            /// The first instant at which a spot notification may go out (R2.12, R2.13).
            earliestNotification earliest_notification(
                facts: "NotifyFacts & { utcOffsetMinutes: Minutes }"; policy: "Partial<Policy> | null"
            ) -> "Verdict<NotifyRefusal, { at: Instant }>";
            /// Whether an answer to an offer is in time (R2.6).
            mayRespond may_respond(
                facts: "{ deadline: Instant; now: Instant }"
            ) -> "Verdict<'response_deadline_passed'>";
            /// The minutes that a makeup owes or gives free (R3.1 to R3.4).
            durationDifference duration_difference(
                original: "Minutes", makeup: "Minutes"
            ) -> "Verdict<'invalid_duration', DurationDifference>";
            /// The minutes that a booking would take from each grant (R4.1 to R4.5).
            planCompensation plan_compensation(
                grants: "Grant[]", required: "Minutes", now: "Instant"
            ) -> "CompensationPlan";
            /// The live grants in the order in which they are spent, and their minutes (R4.1, R4.2, R4.14).
            creditBalance credit_balance(
                grants: "Grant[]", now: "Instant"; policy: "Partial<Policy> | null"
            ) -> "CreditBalance";
            /// Whether a profile may book a seat directly (R2.28 to R2.34, R2.87, R2.88).
            checkBook check_book(facts: "BookFacts"; policy: "Partial<Policy> | null") -> "Verdict<BookRefusal>";
            /// Whether a booking can be cancelled, and whether that is free (R2.39, R2.40).
            checkCancel check_cancel(
                facts: "{ status: BookingStatus; start: Instant; now: Instant }"; policy: "Partial<Policy> | null"
            ) -> "Verdict<'conflict' | 'class_started', { free: boolean }>";
            /// Whether leave can be taken (R2.41, R2.43).
            checkLeave check_leave(
                facts: "{ status: BookingStatus; source: BookingSource; start: Instant; now: Instant }";
                policy: "Partial<Policy> | null"
            ) -> "Verdict<'conflict' | 'class_started' | 'leave_too_late'>";
            /// Whether a class overlaps any of the others (R0.5).
            timeConflict time_conflict(one: "ClassTime", others: "ClassTime[]") -> "boolean";
            /// Whether a profile may join a waitlist (R2.14 to R2.22, R2.87).
            checkJoin check_join(facts: "JoinFacts"; policy: "Partial<Policy> | null") -> "Verdict<JoinRefusal>";
            /// Whether a missed class can be made up in another (R3.7 to R3.15, R3.32, R3.33, R3.35).
            checkMakeup check_makeup(facts: "MakeupFacts"; policy: "Partial<Policy> | null") -> "Verdict<MakeupRefusal>";
            /// Whether a right to a makeup that ends at `until` is open, and whether it ends soon (R3.31).
            makeupRight makeup_right(
                until: "Instant", now: "Instant"; policy: "Partial<Policy> | null"
            ) -> "Verdict<'makeup_expired', { endsSoon: boolean }>";
            /// The version of the policy by which a class is judged (R1.21).
            policyAt policy_at(
                choice: "{ versions: PolicyVersion[]; startsAt: Instant }"
            ) -> "{ id: number }";
            /// The chance of a seat, 0 to 1 with three decimals (R6.1, R6.3).
            promotionChance promotion_chance(rank: "number", expectedReleases: "number") -> "number";
            /// The default policy (R1.1 to R1.14, R1.18, R1.19).
            defaultPolicy default_policy() -> "Policy";
            /// The version of the package.
            version version() -> "string";
        }
    };
}

/// A rule function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The function's name in JavaScript and in `/rules/{fn}`.
    pub name: &'static str,
    /// The arguments' names, in order. A last argument named `policy` may be left out.
    pub arguments: &'static [&'static str],
    run: fn(&Arguments<'_>) -> Result<Value, Refusal>,
}

/// A rule function as TypeScript declares it.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// What the function returns, in English.
    pub doc: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The name and the TypeScript type of each required argument.
    pub required: &'static [(&'static str, &'static str)],
    /// The name and the TypeScript type of the argument that may be left out.
    pub optional: Option<(&'static str, &'static str)>,
    /// The TypeScript type of the answer.
    pub returns: &'static str,
}

macro_rules! tables {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $run:ident (
            $($argument:ident: $type:literal),* $(; $optional:ident: $optional_type:literal)?
        ) -> $returns:literal;
    )+) => {
        /// Every rule function.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            arguments: &[$(stringify!($argument),)* $(stringify!($optional),)?],
            run: functions::$run,
        },)+];

        /// The TypeScript signature of every rule function.
        // Apart from `FUNCTIONS`, so that the WASM package does not carry these texts.
        pub const SIGNATURES: &[Signature] = &[$(Signature {
            doc: concat!($($doc),+),
            name: stringify!($name),
            required: &[$((stringify!($argument), $type),)*],
            optional: first(&[$((stringify!($optional), $optional_type))?]),
            returns: $returns,
        },)+];
    };
}

const fn first(given: &[(&'static str, &'static str)]) -> Option<(&'static str, &'static str)> {
    match given {
        [one, ..] => Some(*one),
        [] => None,
    }
}

rule_functions!(tables);

/// Answers the function `name`. Arguments left out at the end count as null.
///
/// # Errors
/// `not_found` for an unknown function; `invalid_request`, naming the argument and the field, for malformed input.
pub fn answer(name: &str, args: &[Value]) -> Result<Value, Refusal> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        return Err(Refusal::because(Code::NotFound, format!("unknown function `{name}`")));
    };
    let known = function.arguments.len();
    if args.len() > known {
        return Err(Refusal::because(
            Code::InvalidRequest,
            format!("{name} takes {known} arguments, not {}", args.len()),
        ));
    }
    (function.run)(&Arguments { names: function.arguments, values: args })
}

/// Answers the function `name` over JSON, as [`answer`] does.
#[cfg(feature = "api")]
pub fn call(name: &str, args: &[serde_json::Value]) -> Result<serde_json::Value, Refusal> {
    let args: Vec<Value> = args.iter().map(Value::from).collect();
    answer(name, &args).map(serde_json::Value::from)
}

struct Arguments<'a> {
    names: &'static [&'static str],
    values: &'a [Value],
}

impl Arguments<'_> {
    /// Returns an argument, null if it was left out.
    fn at(&self, index: usize) -> ValueRef<'_> {
        let name = self.names.get(index).copied().unwrap_or_default();
        ValueRef::root(name, self.values.get(index).unwrap_or(&Value::Null))
    }

    /// Reads the policy, which is the last argument of every function that takes one.
    fn policy(&self) -> Result<Policy, Refusal> {
        let at = self.at(self.names.len().saturating_sub(1));
        let Some(patch) = at.optional(|at| PolicyPatch::read(at, FieldCase::Camel))? else {
            return Ok(Policy::default());
        };
        patch.apply(Policy::default()).map_err(|refusal| at.wrong(refusal))
    }
}
