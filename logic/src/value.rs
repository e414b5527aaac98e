//! Plain values: the arguments and answers of the rule functions. Callers convert from JSON or from JavaScript values.
//!
//! One small tree between the callers and the rules makes every host read arguments the same way, and keeps the
//! WASM package small.

use core::fmt;
use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::error::{Code, Refusal};
use crate::time::Instant;

/// The largest integer that every host represents exactly (JavaScript's `Number.MAX_SAFE_INTEGER`).
const SAFE_INTEGER_MAX: f64 = 9_007_199_254_740_991.0;
/// How deeply values may be nested. The deepest argument is a list of objects; the limit also stops cyclic
/// JavaScript objects.
pub const MAX_DEPTH: u8 = 4;

/// A plain value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `undefined` or left out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; whole numbers are exact within ±(2^53 − 1).
    Number(f64),
    /// A string.
    Text(Cow<'static, str>),
    /// A list.
    List(Vec<Value>),
    /// Named fields, in order.
    Object(Vec<(Cow<'static, str>, Value)>),
}

impl Value {
    /// Returns an object with these fields.
    pub fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
    }

    /// Returns a field of an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Names the type, for error messages.
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Self::Number(n)
    }
}

impl From<i64> for Value {
    #[allow(clippy::cast_precision_loss, reason = "answers of the rules stay within ±2^53")]
    fn from(n: i64) -> Self {
        Self::Number(n as f64)
    }
}

impl From<Instant> for Value {
    fn from(at: Instant) -> Self {
        Self::from(at.millis())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items)
    }
}

/// A value and its path in the caller's arguments, so that an error can name the place.
#[derive(Clone, Copy, Debug)]
pub struct ValueRef<'a> {
    value: &'a Value,
    parent: Option<&'a ValueRef<'a>>,
    name: Name<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Name<'a> {
    Field(&'a str),
    Item(usize),
}

impl<'a> ValueRef<'a> {
    /// Returns the root of a path: an argument or a document.
    pub fn root(name: &'a str, value: &'a Value) -> Self {
        Self { value, parent: None, name: Name::Field(name) }
    }

    /// Returns the refusal `invalid_request`, naming this place.
    pub fn wrong(&self, what: impl fmt::Display) -> Refusal {
        Refusal::because(Code::InvalidRequest, format!("{self}: {what}"))
    }

    fn wrong_type(&self, wanted: &str) -> Refusal {
        match self.value {
            Value::Null => self.wrong(format_args!("missing: {wanted} is needed")),
            other => self.wrong(format_args!("{wanted} is needed, not {}", other.kind())),
        }
    }

    /// Returns whether the value is null or left out.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Reads a finite number.
    ///
    /// # Errors
    /// `invalid_request`, naming this place, as with every reader of this type.
    pub fn number(&self) -> Result<f64, Refusal> {
        match self.value {
            Value::Number(n) if n.is_finite() => Ok(*n),
            Value::Number(_) => Err(self.wrong("a finite number is needed")),
            _ => Err(self.wrong_type("a number")),
        }
    }

    /// Reads a whole number within ±(2^53 − 1).
    pub fn integer(&self) -> Result<i64, Refusal> {
        let n = self.number()?;
        if n % 1.0 != 0.0 || !(-SAFE_INTEGER_MAX..=SAFE_INTEGER_MAX).contains(&n) {
            return Err(self.wrong("a whole number within ±(2^53 − 1) is needed"));
        }
        #[allow(clippy::cast_possible_truncation, reason = "whole and within ±2^53, as just checked")]
        Ok(n as i64)
    }

    /// Reads a count: a whole number in 0..=4294967295.
    pub fn count(&self) -> Result<u32, Refusal> {
        u32::try_from(self.integer()?)
            .map_err(|_| self.wrong("a whole number from 0 to 4294967295 is needed"))
    }

    /// Reads an instant: whole epoch milliseconds within ±8.64e15.
    pub fn instant(&self) -> Result<Instant, Refusal> {
        Instant::from_millis(self.integer()?)
            .ok_or_else(|| self.wrong("an instant is epoch milliseconds within ±8.64e15"))
    }

    /// Reads `true` or `false`.
    pub fn flag(&self) -> Result<bool, Refusal> {
        match self.value {
            Value::Bool(b) => Ok(*b),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// Reads a string.
    pub fn text(&self) -> Result<&'a str, Refusal> {
        match self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong_type("text")),
        }
    }

    /// Reads the value with `read`; `None` if it is null or left out.
    pub fn optional<T>(&self, read: impl FnOnce(&Self) -> Result<T, Refusal>) -> Result<Option<T>, Refusal> {
        if self.is_null() { Ok(None) } else { read(self).map(Some) }
    }

    /// Reads a list; each item has its own path.
    pub fn items(&'a self) -> Result<impl Iterator<Item = ValueRef<'a>>, Refusal> {
        match self.value {
            Value::List(items) => Ok(items.iter().enumerate().map(move |(i, value)| ValueRef {
                value,
                parent: Some(self),
                name: Name::Item(i),
            })),
            _ => Err(self.wrong_type("a list")),
        }
    }

    /// Reads an object that may have the `known` fields and no others; the refusal of another field lists them.
    pub fn fields(&'a self, known: &[&str]) -> Result<Fields<'a>, Refusal> {
        self.fields_but(known, &[])
    }

    /// Reads an object as [`Self::fields`] does, and passes over the `ignored` fields.
    pub fn fields_but(&'a self, known: &[&str], ignored: &[&str]) -> Result<Fields<'a>, Refusal> {
        match self.value {
            Value::Object(fields) => {
                let is_unknown = |name: &str| !known.contains(&name) && !ignored.contains(&name);
                match fields.iter().find(|(name, _)| is_unknown(name)) {
                    Some((name, _)) => Err(self
                        .wrong(format_args!("unknown field `{name}`; expected one of {}", known.join(", ")))),
                    None => Ok(Fields { of: self }),
                }
            }
            _ => Err(self.wrong_type("an object")),
        }
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.name {
            Name::Field(name) if self.parent.is_some() => write!(f, ".{name}"),
            Name::Field(name) => f.write_str(name),
            Name::Item(i) => write!(f, "[{i}]"),
        }
    }
}

/// An object whose field names have been checked.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    of: &'a ValueRef<'a>,
}

impl<'a> Fields<'a> {
    /// Returns a field that was given, even if it is null.
    pub fn given(&self, name: &'a str) -> Option<ValueRef<'a>> {
        self.of.value.get(name).map(|value| ValueRef {
            value,
            parent: Some(self.of),
            name: Name::Field(name),
        })
    }

    /// Returns a field, null if it was left out.
    pub fn at(&self, name: &'a str) -> ValueRef<'a> {
        const NULL: &Value = &Value::Null;
        self.given(name).unwrap_or(ValueRef { value: NULL, parent: Some(self.of), name: Name::Field(name) })
    }
}

impl Serialize for Value {
    /// Writes every number as `f64`, so that no host turns it into a `BigInt`. For JSON use
    /// `From<Value> for serde_json::Value`, which writes whole numbers as integers.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(b) => to.serialize_bool(*b),
            Self::Number(n) => to.serialize_f64(*n),
            Self::Text(text) => to.serialize_str(text),
            Self::List(items) => to.collect_seq(items),
            Self::Object(fields) => to.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

#[cfg(feature = "api")]
mod json {
    use super::{SAFE_INTEGER_MAX, Value};
    use serde_json::{Map, Value as Json};
    use std::borrow::Cow;

    impl From<&Json> for Value {
        fn from(json: &Json) -> Self {
            match json {
                Json::Null => Self::Null,
                Json::Bool(b) => Self::Bool(*b),
                Json::Number(n) => Self::Number(n.as_f64().unwrap_or(f64::NAN)),
                Json::String(text) => Self::Text(Cow::Owned(text.clone())),
                Json::Array(items) => Self::List(items.iter().map(Self::from).collect()),
                Json::Object(fields) => {
                    Self::Object(fields.iter().map(|(n, v)| (Cow::Owned(n.clone()), Self::from(v))).collect())
                }
            }
        }
    }

    impl From<Value> for Json {
        fn from(value: Value) -> Self {
            match value {
                Value::Null => Self::Null,
                Value::Bool(b) => Self::Bool(b),
                #[allow(clippy::cast_possible_truncation, reason = "whole and within ±2^53")]
                Value::Number(n) if n % 1.0 == 0.0 && n.abs() <= SAFE_INTEGER_MAX => Self::from(n as i64),
                Value::Number(n) => Self::from(n),
                Value::Text(text) => Self::String(text.into_owned()),
                Value::List(items) => Self::Array(items.into_iter().map(Self::from).collect()),
                Value::Object(fields) => Self::Object(
                    fields.into_iter().map(|(n, v)| (n.into_owned(), Self::from(v))).collect::<Map<_, _>>(),
                ),
            }
        }
    }
}
