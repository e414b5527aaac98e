//! The published document against the service: what the one takes, the other takes too.

use std::collections::HashSet;

use contract::Operation;
use contract::operation::{Body, DEV_PREFIX};
use jsonschema::Validator;
use logic::status::Role;
use reqwest::Method;
use serde_json::{Map, Value, json};
use test_support::{Answer, TestApp};

use crate::authorization::{ABSENT, call, gym};

/// Instead of a number.
const NUMBERS: [i64; 15] = [
    -1,
    0,
    1,
    100,
    101,
    1_000,
    1_001,
    1_440,
    1_441,
    i32::MAX as i64,
    i32::MAX as i64 + 1,
    u32::MAX as i64,
    u32::MAX as i64 + 1,
    i64::MAX - 1,
    i64::MAX,
];

/// Instead of a text.
const TEXTS: [&str; 14] = [
    "",
    " ",
    "x",
    "小满",
    "\u{0}",
    "2030-03-11",
    "2030-3-11",
    "2030-02-30",
    "2030-03-04T00:00:00Z",
    "2030-03-04T00:00:00.000+08:00",
    "99999999999999_1",
    "100000000000000_1",
    "1_999999999999999999",
    "1_1000000000000000000",
];

fn document() -> &'static Value {
    backend::http::openapi::document()
}

fn described(operation: Operation) -> &'static Value {
    &document()["paths"][operation.path()][operation.method().as_str().to_lowercase()]
}

fn validator(schema: &Value) -> Validator {
    let whole = json!({"allOf": [schema], "components": document()["components"]});
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

/// What may stand where `right` does.
fn probes(right: &Value) -> Vec<Value> {
    let mut probes = vec![json!(null), json!(true), json!(1), json!(1.5), json!("1"), json!([]), json!({})];
    match right {
        Value::Number(_) => probes.extend(NUMBERS.map(Value::from)),
        Value::String(text) => {
            probes.extend(TEXTS.map(Value::from));
            probes.extend([" ", "é", "\u{0}"].map(|more| json!(format!("{text}{more}"))));
            probes.extend([50, 51, 64, 65, 100, 101, 128, 129, 1_000].map(|n| json!(format!("{text:x<n$}"))));
        }
        Value::Array(items) if !items.is_empty() => {
            probes.extend([100, 101].map(|n| json!(items.iter().cycle().take(n).collect::<Vec<_>>())));
            probes.extend(probes_of_first(items).map(|item| json!([item])));
        }
        Value::Object(fields) => {
            let (name, value) = fields.iter().next().unwrap();
            for name in ["", "a b", "é", &format!("{name:x<64}"), &format!("{name:x<65}")] {
                probes.push(json!({name: value}));
            }
            probes.extend([json!(1), json!(null), json!("")].map(|value| json!({name: value})));
            for count in [20, 21] {
                let many: Map<_, _> = (0..count).map(|n| (format!("{name}{n}"), value.clone())).collect();
                probes.push(many.into());
            }
        }
        _ => {}
    }
    probes
}

/// The same for a field or a parameter. An id that is not positive names no row, which is no fault of the form.
fn probes_of(name: &str, right: &Value) -> Vec<Value> {
    let is_id = name.ends_with("_id") || name.ends_with("_ids") || name == "up_to";
    let names_nothing = |probe: &Value| probe.as_i64().or(probe[0].as_i64()).is_some_and(|id| id < 1);
    let mut probes = probes(right);
    probes.retain(|probe| !(is_id && names_nothing(probe)));
    probes
}

fn probes_of_first(items: &[Value]) -> impl Iterator<Item = Value> {
    items.first().map(probes).unwrap_or_default().into_iter()
}

/// Bodies that are right, with every field of `schema` between them.
fn bodies(operation: Operation, schema: &Value) -> Vec<Value> {
    if operation == Operation::WaitlistNotify {
        return vec![
            json!({"waitlist_ids": [999], "reason": "急"}),
            json!({"course_schedule_id": 999, "booking_date": "2030-03-11", "max": 5}),
        ];
    }
    let mut body = schema["examples"][0].clone();
    let called = call(operation, ABSENT).1.unwrap_or_else(|| json!({}));
    body.as_object_mut().unwrap().extend(called.as_object().unwrap().clone());
    match operation {
        Operation::BookingsCreate => {
            let mut late = body.clone();
            late.as_object_mut()
                .unwrap()
                .extend([("late".into(), json!(true)), ("reason".into(), json!("停电"))]);
            vec![body, late]
        }
        _ => vec![body],
    }
}

struct Asking<'a> {
    app: &'a TestApp,
    operation: Operation,
    wrong: Vec<String>,
}

impl Asking<'_> {
    async fn ask(&self, query: &str, body: Option<&Value>) -> Answer {
        let (path, _) = call(self.operation, ABSENT);
        let path = path.split('?').next().unwrap();
        let method = Method::from_bytes(self.operation.method().as_str().as_bytes()).unwrap();
        // A token of its own: it may log out.
        let token = self.app.token(5, Role::Owner);
        let mut request = self.app.request(method, &format!("{path}?{query}"), Some(&token));
        if let Some(body) = body {
            request = request.json(body);
        }
        self.app.send(request).await
    }

    /// Notes a request that the document allows and the service calls malformed, or the other way round.
    fn compare(&mut self, allowed: bool, answer: &Answer, sent: &str) {
        let taken = !(answer.status == 400 && answer.code() == "invalid_request");
        if answer.status >= 500 || taken != allowed {
            let says = if allowed { "allows" } else { "forbids" };
            self.wrong.push(format!(
                "{:?}: the document {says} {sent}, the service answers {}: {}",
                self.operation, answer.status, answer.body["detail"]
            ));
        }
    }

    async fn bodies(&mut self) {
        let schema = &described(self.operation)["requestBody"]["content"]["application/json"]["schema"];
        let validator = validator(schema);
        let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let object = &document()["components"]["schemas"][name];
        let mut untried: HashSet<&String> = object["properties"].as_object().unwrap().keys().collect();
        for right in bodies(self.operation, object) {
            let mut sent = vec![right.clone(), json!({}), json!([]), json!(null), json!("")];
            let with = |field: &str, value| {
                let mut body = right.clone();
                body[field] = value;
                body
            };
            sent.push(with("more", json!(1)));
            for (field, value) in right.as_object().unwrap() {
                untried.remove(field);
                let mut without = right.clone();
                without.as_object_mut().unwrap().remove(field);
                sent.push(without);
                sent.extend(probes_of(field, value).into_iter().map(|probe| with(field, probe)));
            }
            for body in sent {
                let allowed = validator.is_valid(&body);
                // The clock has an end, which some numbers reach; and who is not born yet comes to no class.
                if allowed
                    && (self.operation == Operation::DevClockAdvance || body["birth_date"] == "2030-03-11")
                {
                    continue;
                }
                let answer = self.ask("", Some(&body)).await;
                self.compare(allowed, &answer, &body.to_string());
            }
        }
        assert!(untried.is_empty(), "{:?}: its example lacks {untried:?}", self.operation);
    }

    async fn queries(&mut self) {
        let parameters = described(self.operation)["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<_> = parameters.filter(|parameter| parameter["in"] == "query").collect();
        let required = parameters.iter().filter(|parameter| parameter["required"] == true);
        let right: Vec<_> =
            required.map(|parameter| (parameter["name"].as_str().unwrap(), right(parameter))).collect();
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            let validator = validator(&parameter["schema"]);
            let others = right.iter().filter(|(other, _)| *other != name);
            let others: Vec<_> = others.map(|(other, value)| format!("{other}={value}")).collect();
            let texts = TEXTS.map(Value::from).into_iter().chain([50, 51].map(|n| json!("x".repeat(n))));
            for value in probes_of(name, &json!(1)).into_iter().chain(texts) {
                let (Value::String(_) | Value::Number(_)) = value else { continue };
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let number = text.parse::<i64>().map_or(Value::Null, Value::from);
                let allowed = [json!(text), number].iter().any(|value| validator.is_valid(value));
                if allowed && is_bound_by_others(self.operation, name) {
                    continue;
                }
                let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
                let query = format!("{}&{name}={encoded}", others.join("&"));
                let answer = self.ask(&query, None).await;
                self.compare(allowed, &answer, &format!("{name}={text:?}"));
            }
        }
        let right: Vec<_> = right.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = self.ask(&right.join("&"), None).await;
        self.compare(true, &answer, "the required parameters");
        let answer = self.ask(&format!("{}&more=1", right.join("&")), None).await;
        self.compare(false, &answer, "more=1");
        for missing in 0..right.len() {
            let others = [&right[..missing], &right[missing + 1..]].concat();
            let answer = self.ask(&others.join("&"), None).await;
            self.compare(false, &answer, &format!("only {others:?}"));
        }
    }
}

/// A value that a parameter of a query may have.
fn right(parameter: &Value) -> String {
    match parameter["name"].as_str().unwrap() {
        name if name.ends_with("_id") => "999".to_owned(),
        "from" | "to" | "date" | "booking_date" => "2030-03-11".to_owned(),
        "q" => "x".to_owned(),
        name => panic!("{name} has no value in this test"),
    }
}

/// Whether a value may be refused for those of other parameters: a list covers a span of days.
fn is_bound_by_others(operation: Operation, parameter: &str) -> bool {
    matches!(operation, Operation::SessionsList | Operation::MakeupAvailable)
        && matches!(parameter, "from" | "to")
}

#[tokio::test]
async fn the_document_is_as_strict_as_the_service() {
    let app = gym().await;
    let mut wrong = Vec::new();
    // The clock goes last.
    let (dev, api): (Vec<Operation>, Vec<_>) =
        Operation::ALL.iter().partition(|operation| operation.path().starts_with(DEV_PREFIX));
    for operation in api.into_iter().chain(dev) {
        let has_query = has_query(operation);
        let has_body = matches!(operation.body(), Body::Json | Body::Optional);
        if !has_query && !has_body {
            continue;
        }
        let mut asking = Asking { app: &app, operation, wrong: Vec::new() };
        if has_body {
            asking.bodies().await;
        }
        if has_query {
            asking.queries().await;
        }
        wrong.append(&mut asking.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether the document shows parameters of the query.
fn has_query(operation: Operation) -> bool {
    let parameters = described(operation)["parameters"].as_array();
    parameters.is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "query"))
}

#[test]
fn an_operation_that_reads_a_query_says_that_it_may_be_malformed() {
    for operation in Operation::ALL.iter().filter(|operation| has_query(**operation)) {
        assert!(described(*operation)["responses"]["400"].is_object(), "{operation:?}");
    }
}

#[test]
fn no_operation_has_two_parameters_of_one_name() {
    for operation in Operation::ALL {
        let mut seen = HashSet::new();
        for parameter in described(*operation)["parameters"].as_array().into_iter().flatten() {
            let which = (parameter["in"].as_str(), parameter["name"].as_str());
            assert!(which.1.is_none() || seen.insert(which), "{operation:?}: {which:?}");
        }
    }
}
