//! Codes that people read from one screen and type on another: claim codes, and those of a page's login.

use contract::short_code::{ALPHABET, LENGTH};
use rand::seq::IndexedRandom;

/// A new code.
pub(super) fn random() -> String {
    let mut rng = rand::rng();
    let letters = (0..LENGTH).filter_map(|_| ALPHABET.choose(&mut rng));
    letters.map(|letter| char::from(*letter)).collect()
}
