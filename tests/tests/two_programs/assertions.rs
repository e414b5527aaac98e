//! Assertions: converts the service's answers to the form of the model and compares them.

use crate::actions::{Action, Reply};
use crate::model::{Child, Ms};
use crate::service::Service;
use crate::snapshot::Place;
use logic::{Code, Instant};
use serde_json::{Value, json};
use tests::Answer;

impl Service {
    /// Compares the answer with the model's reply.
    pub(crate) fn agrees(&self, ask: &Action, said: &Reply, answer: &Answer) -> Result<(), String> {
        same_verdict(said, answer)?;
        let Ok(fields) = said else { return Ok(()) };
        if self.setup.sweeps && matches!(ask, Action::Sweep { .. }) {
            // Background sweeps may have done a part of the work.
            return Ok(());
        }
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        for (pointer, expected) in fields {
            let (found, expected) = match (*pointer, ask) {
                ("items", _) => (self.items(&body), sorted(expected.as_array().unwrap().clone())),
                ("results", Action::NotifyEntries { class, .. } | Action::NotifyClass { class, .. }) => {
                    (self.results(*class, &body), expected.clone())
                }
                ("offers", _) => (offers(&body), expected.clone()),
                // What ends first is first; whether more than one ends then is not compared.
                ("owed", _) => {
                    let owed = self.listed(pointer, &body);
                    let ends: Vec<&Value> = owed.as_array().unwrap().iter().map(|item| &item[2]).collect();
                    assert!(ends.is_sorted_by_key(|end| end.as_i64()), "{owed}");
                    (sorted(owed.as_array().unwrap().clone()), sorted(expected.as_array().unwrap().clone()))
                }
                ("options" | "grants" | "history" | "uses", _) => {
                    (self.listed(pointer, &body), expected.clone())
                }
                _ => (body.pointer(pointer).cloned().unwrap_or_default(), expected.clone()),
            };
            if found != expected {
                return Err(format!("`{pointer}` is {found}, the model says {expected}"));
            }
        }
        Ok(())
    }

    /// Converts the items of a list to the model's form: child, class, status, position.
    fn items(&self, body: &Value) -> Value {
        let items = body["items"].as_array().unwrap().iter().map(|item| {
            let child = self.profiles.iter().position(|id| item["profile_id"] == *id).unwrap();
            json!([child, self.class(item), item["status"], item["position"]])
        });
        sorted(items.collect())
    }
}

impl Service {
    fn class(&self, item: &Value) -> usize {
        let is = |place: &Place| {
            item["course_schedule_id"] == json!(place.schedule) && item["booking_date"] == json!(place.date)
        };
        self.places.iter().position(is).unwrap()
    }

    /// Converts a list about makeups or credit to the model's form.
    fn listed(&self, what: &str, body: &Value) -> Value {
        let list = if matches!(what, "grants" | "uses") { &body[what] } else { &body["items"] };
        let grant = |id: &Value| self.grant_ids[&id.as_i64().unwrap()];
        let each = list.as_array().unwrap().iter().map(|item| match what {
            "owed" => {
                let booking = &item["booking"];
                let nth = |ids: &Vec<i64>| ids.iter().position(|id| booking["id"] == *id);
                let nth = self.booking_ids.values().find_map(nth).unwrap();
                json!([self.class(booking), nth, millis(&item["makeup_until"])])
            }
            "options" => json!([
                self.class(&item["session"]),
                item["duration_difference"],
                item["compensation_minutes"],
                item["waitlist"],
            ]),
            "grants" => json!([
                grant(&item["id"]),
                item["compensation_minutes"],
                item["remaining_minutes"],
                item["status"],
                millis(&item["expiry_time"]),
                millis(&item["used_time"]),
            ]),
            "history" => json!([
                millis(&item["at"]),
                item["kind"],
                item["minutes"],
                item["remaining_minutes"],
                grant(&item["compensation_id"]),
                item["usage_type"],
            ]),
            _ => json!([grant(&item["compensation_id"]), item["used_minutes"], item["remaining_minutes"]]),
        });
        each.collect()
    }

    /// Converts the results of a notify to the model's form: child, outcome, code, deadline.
    fn results(&self, class: usize, body: &Value) -> Value {
        let results = body["results"].as_array().unwrap().iter().map(|result| {
            let named = |(_, id): &(&(Child, usize), &i64)| result["waitlist_id"] == **id;
            let ((child, in_class), _) = self.entry_ids.iter().find(named).unwrap();
            assert_eq!(*in_class, class);
            json!([child, result["outcome"], result["code"], millis(&result["response_deadline"])])
        });
        results.collect()
    }
}

/// Converts an entry's offers to the model's form, oldest first.
fn offers(body: &Value) -> Value {
    let items = body["items"].as_array().unwrap();
    let mut offers: Vec<&Value> =
        items.iter().filter(|item| item["notification_type"] == "spot_available").collect();
    offers.sort_by_key(|item| item["notification_round"].as_i64());
    let offers = offers.into_iter().map(|item| {
        let flow = &item["flow"];
        json!([
            item["notification_round"],
            item["status"],
            flow["expiration_reason"],
            millis(&item["sent_time"]),
            millis(&item["response_deadline"]),
            millis(&flow["flow_completion_time"]),
        ])
    });
    offers.collect()
}

/// Converts an instant of the contract to milliseconds.
fn millis(at: &Value) -> Option<Ms> {
    at.as_str().map(|text| Instant::parse_rfc3339(text).unwrap().millis())
}

fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_key(Value::to_string);
    items.into()
}

/// Compares the verdicts: both accept, or both refuse with the same code.
pub(crate) fn same_verdict(said: &Reply, answer: &Answer) -> Result<(), String> {
    let answered: Result<(), Code> = if answer.status < 400 {
        Ok(())
    } else {
        let problem = answer.problem();
        let code = *Code::ALL.iter().find(|code| code.as_str() == problem.code).unwrap();
        assert_eq!(contract::problem::status(code), problem.status, "{problem:?}");
        Err(code)
    };
    match (said, answered) {
        (Ok(_), Ok(())) => Ok(()),
        (Err(said), Err(answered)) if *said == answered => Ok(()),
        (said, _) => {
            let said = said.as_ref().map(|_| "yes");
            Err(format!("the answer is {} {}, the model says {said:?}", answer.status, answer.body))
        }
    }
}
