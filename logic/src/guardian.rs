//! Guardians of a child and the codes that families claim it with (R8).

use crate::error::Code;
use crate::time::{Instant, Minutes};

/// The most guardians of a child (R8.1).
pub const GUARDIANS_MAX: usize = 6;
/// How long a claim code is valid (R8.3).
pub const CODE_VALIDITY: Minutes = Minutes::days(3);
/// The letters of a claim code (R8.3). There are no vowels among them, so that no code forms a word.
pub const CODE_ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a claim code has.
pub const CODE_LENGTH: usize = 8;
/// The span in which wrong codes are counted (R8.5).
pub const FAILURES_WITHIN: Minutes = Minutes(60);
/// How many wrong codes an account may enter in [`FAILURES_WITHIN`] before it has to wait (R8.5).
pub const ACCOUNT_FAILURES_MAX: u32 = 10;
/// How many wrong codes may come from a network address in [`FAILURES_WITHIN`] before it has to wait (R8.5).
pub const NETWORK_FAILURES_MAX: u32 = 60;

/// Checks whether a child with this many guardians may have another one (R8.1).
///
/// # Errors
/// `too_many_guardians`.
pub const fn check_claim(guardians: usize) -> Result<(), Code> {
    if guardians < GUARDIANS_MAX { Ok(()) } else { Err(Code::TooManyGuardians) }
}

/// Checks whether a child with this many guardians may lose one (R8.2).
///
/// # Errors
/// `last_guardian`.
pub const fn check_removal(guardians: usize) -> Result<(), Code> {
    if guardians > 1 { Ok(()) } else { Err(Code::LastGuardian) }
}

/// Returns whether a code is still valid; at `expires_at` it is (R8.3).
pub fn is_code_live(expires_at: Instant, now: Instant) -> bool {
    now <= expires_at
}

/// Returns the form in which claim codes are compared: upper case, without hyphens (R8.3).
pub fn normal_code(text: &str) -> String {
    text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R8.1, R8.2.
    #[test]
    fn a_child_has_one_to_six_guardians() {
        assert_eq!((check_claim(0), check_claim(5)), (Ok(()), Ok(())));
        assert_eq!(check_claim(6), Err(Code::TooManyGuardians));
        assert_eq!((check_removal(2), check_removal(1)), (Ok(()), Err(Code::LastGuardian)));
    }

    /// R8.3.
    #[test]
    fn a_code_is_valid_for_72_hours_its_last_instant_included() {
        let made = Instant::clamped(0);
        let until = made.plus(CODE_VALIDITY);
        assert_eq!(until.millis(), 72 * 60 * 60 * 1000);
        assert!(is_code_live(until, until));
        assert!(!is_code_live(until, Instant::clamped(until.millis() + 1)));
    }

    /// R8.3.
    #[test]
    fn case_and_hyphens_of_a_code_are_ignored() {
        assert_eq!(normal_code("bcdf-ghjk"), "BCDFGHJK");
        assert_eq!(normal_code("-BC-DFGHJK-"), "BCDFGHJK");
        assert_ne!(normal_code("BCDF GHJK"), "BCDFGHJK");
    }
}
