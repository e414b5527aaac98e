//! Conversions between JavaScript values and plain values.
//!
//! serde-wasm-bindgen writes. Reading is written by hand: serde-wasm-bindgen ignores fields that a struct lacks, which
//! the contract refuses, and its reader of arbitrary values needs `BigInt`, which old iOS runtimes lack.

use js_sys::{Array, Object};
use logic::value::{MAX_DEPTH, Value};
use logic::{Code, Refusal};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Object, catch)]
    fn entries(of: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(js_name = Error, extends = Object)]
    type CodedError;
    #[wasm_bindgen(constructor, js_class = "Error")]
    fn new(message: &str) -> CodedError;
    #[wasm_bindgen(method, setter)]
    fn set_code(this: &CodedError, code: &str);
}

/// Converts a JavaScript value to a plain one.
///
/// # Errors
/// `invalid_request` for a value that JSON cannot express, and for one that is nested too deeply or cyclic.
pub(crate) fn read(from: &JsValue) -> Result<Value, Refusal> {
    read_within(from, MAX_DEPTH)
}

fn read_within(from: &JsValue, depth: u8) -> Result<Value, Refusal> {
    if from.is_null() || from.is_undefined() {
        Ok(Value::Null)
    } else if let Some(number) = from.as_f64() {
        Ok(Value::Number(number))
    } else if let Some(flag) = from.as_bool() {
        Ok(Value::Bool(flag))
    } else if let Some(text) = from.as_string() {
        Ok(Value::from(text))
    } else if !from.is_object() {
        Err(malformed("a function, symbol or BigInt is not a plain value"))
    } else if depth == 0 {
        Err(malformed("nested too deeply"))
    } else if Array::is_array(from) {
        let items = from.unchecked_ref::<Array>().iter().map(|item| read_within(&item, depth - 1));
        items.collect::<Result<_, _>>().map(Value::List)
    } else {
        let fields = entries(from).map_err(|_| malformed("an object cannot be read"))?;
        let fields = fields.iter().map(|pair| {
            let pair: &Array = pair.unchecked_ref();
            let name = pair.get(0).as_string().unwrap_or_default();
            Ok((name.into(), read_within(&pair.get(1), depth - 1)?))
        });
        fields.collect::<Result<_, _>>().map(Value::Object)
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::because(Code::InvalidRequest, what)
}

/// Converts a plain value to a JavaScript one. Every number becomes a `number`.
pub(crate) fn write(value: &Value) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&Serializer::json_compatible())?)
}

/// Returns the `Error` to throw for malformed input.
pub(crate) fn error(refusal: &Refusal) -> JsValue {
    let error = CodedError::new(&refusal.to_string());
    error.set_code(refusal.code.as_str());
    error.into()
}
