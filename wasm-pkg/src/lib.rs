//! The rules for JavaScript: conversions over [`logic::calls`], nothing else.
//!
//! Each function takes and returns plain values (docs/API.md, "In the mini-program: the WASM package"). A refusal
//! is `{ok: false, code, …}`. Malformed input throws an `Error` whose `code` is `invalid_request` and whose
//! message names the argument and the field.

mod convert;

use wasm_bindgen::prelude::*;

/// Answers the rule function `name`, or returns the error to throw.
fn call<const N: usize>(name: &str, args: [JsValue; N]) -> Result<JsValue, JsValue> {
    let args = args.iter().map(convert::read).collect::<Result<Vec<_>, _>>();
    match args.and_then(|args| logic::calls::answer(name, &args)) {
        Ok(value) => convert::write(&value),
        Err(refusal) => Err(convert::error(&refusal)),
    }
}

macro_rules! exports {
    ($(
        $(#[doc = $doc:literal])+
        $js:ident $rust:ident (
            $($argument:ident: $type:literal),* $(; $optional:ident: $optional_type:literal)?
        ) -> $returns:literal;
    )+) => {$(
        $(#[doc = $doc])+
        #[wasm_bindgen(js_name = $js)]
        #[allow(non_snake_case, reason = "the names are JavaScript's")]
        pub fn $rust($($argument: JsValue,)* $($optional: JsValue)?) -> Result<JsValue, JsValue> {
            call(stringify!($js), [$($argument,)* $($optional)?])
        }
    )+};
}

logic::rule_functions!(exports);
