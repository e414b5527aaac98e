//! The rules for JavaScript: conversions over `logic`, nothing else.

use wasm_bindgen::prelude::*;

/// The package's version.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
