//! One example of every shape, for the document.

use serde_json::{Map, Value, json};

/// Adds the examples of `examples.json` to the schemas that have one; the example of a page has one item.
pub(super) fn add(schemas: &mut Map<String, Value>) {
    let examples = all();
    for (name, schema) in schemas {
        let example = match name.strip_prefix("Page_") {
            Some(item) => examples.get(item).map(|item| json!({"items": [item], "next_cursor": null})),
            None => examples.get(name).cloned(),
        };
        if let Some(example) = example {
            schema["examples"] = json!([example]);
        }
    }
}

/// Every example, by the name of its shape.
#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
fn all() -> Map<String, Value> {
    serde_json::from_str(include_str!("examples.json")).expect("examples.json is an object")
}

#[cfg(test)]
mod tests {
    use contract::shapes::*;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;

    /// The example is read as the shape and written back unchanged.
    fn holds<T: Serialize + DeserializeOwned>(name: &str) {
        let example = all()[name].clone();
        let read: T = serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(serde_json::to_value(read).unwrap(), example, "{name}");
    }

    #[test]
    fn examples_are_what_they_are_examples_of() {
        holds::<Login>("Login");
        holds::<LoggedIn>("LoggedIn");
        holds::<Account>("Account");
        holds::<SetRole>("SetRole");
        holds::<ProfileAsk>("ProfileAsk");
        holds::<StaffProfile>("StaffProfile");
        holds::<Person>("Person");
        holds::<People>("People");
        holds::<AuditEntry>("AuditEntry");
        holds::<Coach>("Coach");
        holds::<DeskDay>("DeskDay");
        holds::<DeskClass>("DeskClass");
        holds::<Unreachable>("Unreachable");
        holds::<DeskSession>("DeskSession");
        holds::<DeskProfile>("DeskProfile");
        holds::<DeskChild>("DeskChild");
        holds::<DeskBooking>("DeskBooking");
        holds::<DeskEntry>("DeskEntry");
        holds::<AttendanceList>("AttendanceList");
        holds::<AttendanceItem>("AttendanceItem");
        holds::<AttendanceRecorded>("AttendanceRecorded");
        holds::<DeviceLogin>("DeviceLogin");
        holds::<DeviceRequest>("DeviceRequest");
        holds::<DeviceDecision>("DeviceDecision");
        holds::<DeviceDecided>("DeviceDecided");
        holds::<DeviceToken>("DeviceToken");
        holds::<Time>("Time");
        holds::<Profile>("Profile");
        holds::<ClaimChild>("ClaimChild");
        holds::<ClaimCode>("ClaimCode");
        holds::<TellGuardian>("TellGuardian");
        holds::<Guardian>("Guardian");
        holds::<Session>("Session");
        holds::<SetCapacity>("SetCapacity");
        holds::<SetPolicy>("SetPolicy");
        holds::<PolicyVersion>("PolicyVersion");
        holds::<PolicySet>("PolicySet");
        holds::<Book>("Book");
        holds::<LeaveAsk>("LeaveAsk");
        holds::<Booking>("Booking");
        holds::<Attend>("Attend");
        holds::<Join>("Join");
        holds::<Entry>("Entry");
        holds::<Position>("Position");
        holds::<NotifyAsk>("NotifyAsk");
        holds::<NotifyResults>("NotifyResults");
        holds::<Respond>("Respond");
        holds::<Responded>("Responded");
        holds::<Makeup>("Makeup");
        holds::<Notification>("Notification");
        holds::<EntryNotifications>("EntryNotifications");
        holds::<DeadlineCheck>("DeadlineCheck");
        holds::<ProcessExpiry>("ProcessExpiry");
        holds::<Swept>("Swept");
        holds::<BookMakeup>("BookMakeup");
        holds::<Owed>("Owed");
        holds::<MakeupOption>("MakeupOption");
        holds::<Makeups>("Makeups");
        holds::<GoodwillAsk>("GoodwillAsk");
        holds::<MakeupRightAsk>("MakeupRightAsk");
        holds::<Grant>("Grant");
        holds::<Balance>("Balance");
        holds::<CreditMovement>("CreditMovement");
        holds::<PreviewAsk>("PreviewAsk");
        holds::<Preview>("Preview");
        holds::<ReadMessages>("ReadMessages");
        holds::<Unread>("Unread");
        holds::<Messages>("Messages");
        holds::<Subscriptions>("Subscriptions");
        holds::<Remaining>("Remaining");
        holds::<RuleCall>("RuleCall");
        holds::<RuleValue>("RuleValue");
    }

    /// Objects only: enums and ids need no example.
    #[test]
    fn every_object_has_an_example() {
        let document = crate::http::openapi::document();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            if schema["type"] == "object" && schema["properties"].is_object() {
                assert!(schema["examples"][0].is_object(), "{name} has no example");
            }
        }
    }
}
