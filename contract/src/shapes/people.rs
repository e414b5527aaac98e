//! Children and their families as staff see them, and the record of what the people who work at the gym did.

use super::{Guardian, MAX_NAME};
use crate::text::{check_line, check_lines};
use chrono::{Datelike, NaiveDate};
use logic::Code;
use logic::Instant;
use logic::error::Refusal;
use logic::ids::{AccountId, AuditId, ProfileId};
use logic::people::phone_number;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest category of a profile, in characters.
pub const MAX_CATEGORY: usize = 50;
/// The longest note on a profile, in characters.
pub const MAX_NOTE: usize = 500;
/// The most people that one search finds.
pub const MAX_PEOPLE: usize = 20;
/// The first year in which somebody who comes to class was born.
const FIRST_YEAR: i32 = 1900;

shapes! {
    /// `POST /profiles` and `PUT /profiles/{id}`: all of a profile; what is left out is empty.
    ProfileAsk {
        /// Its name.
        name: String,
        /// When the child was born.
        #[serde(default, deserialize_with = "crate::date::optional")]
        birth_date: Option<NaiveDate>,
        /// The group it trains in.
        #[serde(default)]
        category: Option<String>,
        /// Digits, with `+` before them or not.
        #[serde(default)]
        phone: Option<String>,
        /// What the gym should know; no family sees it.
        #[serde(default)]
        note: Option<String>,
    }
    /// A profile as staff see it.
    StaffProfile {
        /// Its id.
        id: ProfileId,
        /// Its name.
        name: String,
        /// The group it trains in.
        category: Option<String>,
        /// When the child was born.
        birth_date: Option<NaiveDate>,
        /// Digits, with `+` before them or not.
        phone: Option<String>,
        /// What the gym should know; no family sees it.
        note: Option<String>,
    }
    /// A child and its family.
    Person {
        /// The child.
        profile: StaffProfile,
        /// Its guardians, in the order in which they became guardians.
        guardians: Vec<Guardian>,
    }
    /// `GET /people`.
    People {
        /// At most 20, by name.
        items: Vec<Person>,
        /// Whether there are others.
        more: bool,
    }
    /// Something that somebody who works at the gym did.
    AuditEntry {
        /// Its id.
        id: AuditId,
        /// When.
        at: Instant,
        /// Who; 0 is the command line.
        account_id: AccountId,
        /// The name of the account's person.
        account_name: Option<String>,
        /// `resource.verb`.
        action: String,
        /// `resource/id`.
        subject: String,
        /// The child that it was about.
        profile_id: Option<ProfileId>,
        /// What it was.
        before: Value,
        /// What it became, or what was asked for.
        after: Value,
        /// Why, in the words of who did it.
        reason: Option<String>,
    }
}

impl ProfileAsk {
    /// The same without the blanks around its texts.
    ///
    /// # Errors
    /// `invalid_request`, naming the field and what would be right (R9.1).
    pub fn checked(&self) -> Result<Self, Refusal> {
        let trimmed = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
        let ask = Self {
            name: self.name.trim().to_owned(),
            birth_date: self.birth_date,
            category: trimmed(&self.category),
            phone: self.phone.clone(),
            note: trimmed(&self.note),
        };
        let wrong =
            |field: &str, why: String| Refusal::because(Code::InvalidRequest, format!("{field}: {why}"));
        check_line(&ask.name, MAX_NAME).map_err(|why| wrong("name", why))?;
        if let Some(category) = &ask.category {
            check_line(category, MAX_CATEGORY).map_err(|why| wrong("category", why))?;
        }
        if let Some(note) = &ask.note {
            check_lines(note, MAX_NOTE).map_err(|why| wrong("note", why))?;
        }
        if ask.phone.as_deref().is_some_and(|phone| phone_number(phone).is_none()) {
            return Err(wrong("phone", "must be 5 to 15 digits, with `+` before them or not".to_owned()));
        }
        if let Some(born) = ask.birth_date.filter(|born| born.year() < FIRST_YEAR) {
            return Err(wrong("birth_date", format!("{born} is before {FIRST_YEAR}")));
        }
        Ok(ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(json: Value) -> Result<ProfileAsk, Code> {
        serde_json::from_value::<ProfileAsk>(json).unwrap().checked().map_err(|refusal| refusal.code)
    }

    #[test]
    fn texts_are_trimmed() {
        let ask = json!({"name": " 小满 ", "birth_date": "2020-02-29", "phone": "+8613800001234", "note": "怕高\n\n"});
        let ask = checked(ask).unwrap();
        assert_eq!((ask.name.as_str(), ask.phone.as_deref()), ("小满", Some("+8613800001234")));
        assert_eq!((ask.category, ask.note.as_deref()), (None, Some("怕高")));
    }

    #[test]
    fn what_is_no_name_phone_or_birth_date_is_malformed() {
        for more in [
            json!({"name": " "}),
            json!({"name": "王".repeat(101)}),
            json!({"category": ""}),
            json!({"category": "王".repeat(51)}),
            json!({"note": "王".repeat(501)}),
            json!({"phone": "138 0000 1234"}),
            json!({"phone": " 13800001234"}),
            json!({"phone": "1234"}),
            json!({"birth_date": "1899-12-31"}),
        ] {
            let mut ask = json!({"name": "小满"});
            ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(checked(ask), Err(Code::InvalidRequest), "{more}");
        }
    }
}
