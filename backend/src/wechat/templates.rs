//! Which subscribe messages the gym's WeChat account has: their ids, and what their fields are called there.
//!
//! ```json
//! { "spot_available": { "id": "Zx81…", "fields": { "course": "thing1", "child": "name2", "starts_at": "time3",
//!                                                  "deadline": "time4", "note": "thing5" } } }
//! ```
//!
//! A template may lack a field, and several messages may share a template. A message without a template stands in the
//! app alone.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use logic::status::MessageKind;
use serde::Deserialize;
use serde_json::Value;

use super::fields::{Data, Meaning};
use super::message::WITH_TEMPLATES;

/// The configured templates.
#[derive(Clone, Debug)]
pub struct Templates(BTreeMap<&'static str, Configured>);

#[derive(Clone, Debug)]
struct Configured {
    id: String,
    fields: Vec<(Meaning, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    fields: BTreeMap<String, String>,
}

impl Templates {
    /// Reads the file's JSON.
    pub fn read(text: &[u8]) -> anyhow::Result<Self> {
        let written: BTreeMap<String, Written> = contract::body::read(text).map_err(anyhow::Error::msg)?;
        let mut templates = BTreeMap::new();
        for (key, written) in written {
            let kind = MessageKind::parse(&key).with_context(|| {
                let known: Vec<_> = MessageKind::ALL.iter().map(|kind| kind.as_str()).collect();
                format!("`{key}` is no message of ours; there are {}", known.join(", "))
            })?;
            templates.insert(kind.as_str(), written.check().with_context(|| key)?);
        }
        Ok(Self(templates))
    }

    /// WeChat's id of a message's template.
    pub fn id(&self, kind: MessageKind) -> Option<&str> {
        self.0.get(kind.as_str()).map(|configured| configured.id.as_str())
    }

    /// Whether some message uses the template with this id.
    pub fn knows_id(&self, id: &str) -> bool {
        self.0.values().any(|configured| configured.id == id)
    }

    /// The messages that should have a template and have none, and so stand in the app alone.
    pub fn missing(&self) -> Vec<&'static str> {
        WITH_TEMPLATES.iter().map(|kind| kind.as_str()).filter(|key| !self.0.contains_key(key)).collect()
    }

    /// A message's data under the names of the template's fields.
    pub(super) fn fields(&self, kind: MessageKind, data: &Data) -> Value {
        match self.0.get(kind.as_str()) {
            Some(configured) => data.named(configured.fields.iter().map(|(m, name)| (*m, name.as_str()))),
            None => data.under_own_names(),
        }
    }
}

impl Written {
    fn check(self) -> anyhow::Result<Configured> {
        ensure!(
            (1..=64).contains(&self.id.len()) && self.id.bytes().all(|b| b.is_ascii_graphic()),
            "id: a template's id is 1 to 64 letters, digits and signs"
        );
        let mut fields: Vec<(Meaning, String)> = Vec::new();
        for (meaning, name) in self.fields {
            let known = Meaning::parse(&meaning).with_context(|| {
                let known: Vec<_> = Meaning::ALL.iter().map(|meaning| meaning.as_str()).collect();
                format!("fields.{meaning}: there are {}", known.join(", "))
            })?;
            let kind = name.trim_end_matches(|c: char| c.is_ascii_digit());
            if !known.kinds().contains(&kind) || kind.len() == name.len() {
                bail!(
                    "fields.{meaning}: `{name}` cannot hold it; it takes {} and a number",
                    known.kinds().join(" or ")
                );
            }
            ensure!(fields.iter().all(|(_, taken)| *taken != name), "fields.{meaning}: `{name}` is taken");
            fields.push((known, name));
        }
        ensure!(!fields.is_empty(), "fields: a template has at least one");
        Ok(Configured { id: self.id, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        format!("{:#}", Templates::read(text.as_bytes()).unwrap_err())
    }

    #[test]
    fn a_broken_file_is_told_what_is_wrong() {
        for (text, said) in [
            ("{", "EOF"),
            (r#"{"spot": {"id": "a", "fields": {"course": "thing1"}}}"#, "`spot` is no message of ours"),
            (r#"{"spot_available": {"fields": {}}}"#, "spot_available: missing field `id`"),
            (r#"{"spot_available": {"id": "", "fields": {"course": "thing1"}}}"#, "spot_available: id"),
            (r#"{"spot_available": {"id": "a", "fields": {}}}"#, "at least one"),
            (
                r#"{"spot_available": {"id": "a", "fields": {"colour": "thing1"}}}"#,
                "fields.colour: there are",
            ),
            (r#"{"spot_available": {"id": "a", "fields": {"course": "time1"}}}"#, "`time1` cannot hold it"),
            (r#"{"spot_available": {"id": "a", "fields": {"course": "thing"}}}"#, "`thing` cannot hold it"),
            (
                r#"{"spot_available": {"id": "a", "fields": {"course": "thing1", "note": "thing1"}}}"#,
                "`thing1` is taken",
            ),
        ] {
            assert!(wrong(text).contains(said), "{text}: {}", wrong(text));
        }
    }

    #[test]
    fn a_message_without_a_template_is_named() {
        let read =
            Templates::read(br#"{"spot_available": {"id": "T1", "fields": {"course": "thing9"}}}"#).unwrap();
        assert_eq!(read.id(MessageKind::SpotAvailable), Some("T1"));
        assert!(read.knows_id("T1") && !read.knows_id("T2"));
        assert_eq!(read.missing().len(), WITH_TEMPLATES.len() - 1);
    }
}
