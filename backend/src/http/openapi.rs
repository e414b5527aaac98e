//! The API as an OpenAPI 3.1 document, made from the handlers, the shapes and the table of operations; and a page that
//! shows it.

mod examples;
mod page;

use std::sync::LazyLock;

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::access::Access;
use contract::client_version::OLDEST_SERVED;
use contract::headers::{CLIENT, IDEMPOTENCY_REPLAYED, REQUEST_ID};
use contract::operation::{Body, Kind};
use contract::paging::{CURSOR_PATTERN, DEFAULT_LIMIT, MAX_LIMIT};
use contract::problem::{self, DEPRECATED, Problem};
use contract::shapes::{
    MAX_ATTENDANCE, MAX_CAPACITY, MAX_CATEGORY, MAX_NAME, MAX_NOTE, MAX_NOTIFY, MAX_PEOPLE,
};
use contract::text::MAX_REASON;
use contract::{body, status};
use logic::Code;
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use page::page;

use super::middleware::conditional::Conditional;
use crate::App;
use crate::error::AppError;
use crate::service::subscriptions::{TEMPLATE_ID_MAX, TEMPLATES_MAX};
use crate::wechat::MAX_CODE;

static DOCUMENT: LazyLock<Value> = LazyLock::new(build);

/// The whole document, the paths of `--dev-clock` included.
pub fn document() -> &'static Value {
    &DOCUMENT
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Get this document
#[utoipa::path(get, path = Operation::OpenapiGet.path(), tag = "service",
    responses((status = 200, body = serde_json::Value)))]
async fn get(State(app): State<App>, conditional: Conditional) -> Result<Response, AppError> {
    conditional.content(&app, document())
}

fn build() -> Value {
    let handlers = super::api().merge(super::dev::routes());
    let mut document = serde_json::to_value(handlers.into_openapi()).unwrap_or_default();
    document["info"] = json!({
        "title": "Gym",
        "version": "1",
        "description": "Classes, waitlists, makeup classes and class credit. Instants are RFC 3339 in UTC with \
                        milliseconds, dates are the gym's own, durations are minutes. Errors are problems \
                        (RFC 9457) with a `code`.",
    });
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT, EdDSA"},
    });
    document["components"]["parameters"][CLIENT] = json!({
        "name": CLIENT,
        "in": "header",
        "schema": {"type": "string", "examples": [OLDEST_SERVED.to_string()]},
        "description": "The version of the mini-program. A version older than the oldest that is served is refused with \
                        `client_too_old`.",
    });
    document["components"]["schemas"]["Problem"] = problem_schema();
    for code in Code::ALL {
        let note = if DEPRECATED.contains(code) { "Deprecated, not sent any more: " } else { "" };
        document["components"]["examples"][code.as_str()] =
            json!({"summary": format!("{note}{}", code.title()), "value": example(*code)});
    }
    let mut policy = logic::Policy::default().to_json();
    policy["id"] = json!(1);
    policy["next"] = json!({"id": 2, "effective_from": "2026-04-01T00:00:00.000Z"});
    document["paths"][Operation::PolicyGet.path()]["get"]["responses"][status::OK.to_string()]["content"]
        [body::MEDIA_TYPE]["example"] = policy;
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        examples::add(schemas);
        tighten(schemas);
    }
    for operation in Operation::ALL {
        let method = operation.method().as_str().to_lowercase();
        // A test fails for an operation without a handler.
        if let Some(object) = document["paths"][operation.path()][&method].as_object_mut() {
            describe(object, *operation);
        }
    }
    document
}

/// A text of one line, of which something is seen.
const LINE_PATTERN: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\x00-\\x20\\x7f-\\xa0][^\\x00-\\x1f\\x7f-\\x9f]*$";

/// A text of one line or several, of which something is seen.
const LINES_PATTERN: &str = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*[^\\x00-\\x20\\x7f-\\xa0]\
                             [^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$";

/// States what the service checks beyond the types: ids are positive, and texts have their alphabets and lengths.
fn tighten(schemas: &mut Map<String, Value>) {
    for (_, id) in
        schemas.iter_mut().filter(|(name, schema)| name.ends_with("Id") && schema["type"] == "integer")
    {
        id["minimum"] = json!(1);
    }
    schemas["SetPolicy"]["properties"]["policy"] = policy_fields();
    let code = &mut schemas["Login"]["properties"]["code"];
    code["maxLength"] = json!(MAX_CODE);
    code["pattern"] = json!("^[!-~]+$");
    for (shape, field, longest, pattern) in [
        ("SetRole", "name", MAX_NAME, LINE_PATTERN),
        ("ProfileAsk", "name", MAX_NAME, LINE_PATTERN),
        ("ProfileAsk", "category", MAX_CATEGORY, LINE_PATTERN),
        ("ProfileAsk", "note", MAX_NOTE, LINES_PATTERN),
        ("Book", "reason", MAX_REASON, LINE_PATTERN),
        ("LeaveAsk", "reason", MAX_REASON, LINE_PATTERN),
        ("NotifyAsk", "reason", MAX_REASON, LINE_PATTERN),
        ("GoodwillAsk", "reason", MAX_REASON, LINE_PATTERN),
        ("MakeupRightAsk", "reason", MAX_REASON, LINE_PATTERN),
    ] {
        let text = &mut schemas[shape]["properties"][field];
        text["maxLength"] = json!(longest);
        text["pattern"] = json!(pattern);
    }
    schemas["ProfileAsk"]["properties"]["phone"]["pattern"] = json!("^[+]?[0-9]{5,15}$");
    schemas["ProfileAsk"]["properties"]["birth_date"]["pattern"] = json!("^(19|20)");
    schemas["People"]["properties"]["items"]["maxItems"] = json!(MAX_PEOPLE);
    schemas["SetCapacity"]["properties"]["capacity"]["maximum"] = json!(MAX_CAPACITY);
    schemas["ProcessExpiry"]["properties"]["limit"]["maximum"] = json!(u32::MAX);
    let attendance = &mut schemas["AttendanceList"]["properties"]["items"];
    attendance["minItems"] = json!(1);
    attendance["maxItems"] = json!(MAX_ATTENDANCE);
    // A booking that is named twice is refused, with the same status or not.
    attendance["uniqueItems"] = json!(true);
    let notify = &mut schemas["NotifyAsk"];
    let properties = &mut notify["properties"];
    properties["max"]["minimum"] = json!(1);
    properties["max"]["maximum"] = json!(MAX_NOTIFY);
    properties["waitlist_ids"]["minItems"] = json!(1);
    properties["waitlist_ids"]["maxItems"] = json!(MAX_NOTIFY);
    let absent = json!({"type": "null"});
    for (shape, power) in [("Book", "late"), ("LeaveAsk", "waive_lead")] {
        schemas[shape]["oneOf"] = json!([
            {"required": [power, "reason"], "properties": {power: {"const": true}, "reason": {"type": "string"}}},
            {"properties": {power: {"const": false}, "reason": absent}},
        ]);
    }
    let notify = &mut schemas["NotifyAsk"];
    notify["oneOf"] = json!([
        {
            "required": ["course_schedule_id", "booking_date"],
            "properties": {"course_schedule_id": {"type": "integer"}, "booking_date": {"type": "string"}, "waitlist_ids": absent, "reason": absent},
        },
        {
            "required": ["waitlist_ids"],
            "properties": {"waitlist_ids": {"type": "array"}, "course_schedule_id": absent, "booking_date": absent, "max": absent},
        },
    ]);
    let results = &mut schemas["Subscriptions"]["properties"]["results"];
    results["maxProperties"] = json!(TEMPLATES_MAX);
    results["propertyNames"] = json!({"type": "string", "maxLength": TEMPLATE_ID_MAX, "pattern": "^[!-~]+$"});
}

/// The schema of the fields that a version of the policy may set. Ranges are rules, which answer `invalid_policy`.
fn policy_fields() -> Value {
    let quiet_hours = json!({
        "type": ["object", "null"],
        "required": ["from", "to"],
        "properties": {"from": {"type": "integer", "minimum": 0}, "to": {"type": "integer", "minimum": 0}},
        "additionalProperties": false,
    });
    let properties: Map<String, Value> = logic::policy::FIELDS
        .iter()
        .map(|field| {
            let schema = match field.typescript {
                "boolean" => json!({"type": ["boolean", "null"]}),
                "Minutes" | "number" => json!({"type": ["integer", "null"]}),
                _ => quiet_hours.clone(),
            };
            (field.snake.to_owned(), schema)
        })
        .collect();
    json!({
        "type": "object",
        "description": "The fields that it sets; the others are those of the version in force before it.",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The schema of a problem.
fn problem_schema() -> Value {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let deprecated = DEPRECATED.map(Code::as_str).join(", ");
    json!({
        "type": "object",
        "description": "RFC 9457, with the refusal's own fields beside these.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "const": "about:blank"},
            "title": {"type": "string", "description": "A short summary that is the same for every occurrence of the code."},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is wrong, where, and what would be right."},
            "code": {
                "type": "string",
                "enum": codes,
                "description": format!("Deprecated, not sent any more: {deprecated}"),
            },
            "request_id": {"type": "string", "description": format!("As in {REQUEST_ID}.")},
            "deadline": {"type": "string", "format": "date-time", "description": "response_deadline_passed"},
            "bookable_from": {"type": "string", "format": "date-time", "description": "too_far_ahead"},
            "required": {"type": "integer", "description": "Minutes: insufficient_compensation"},
            "available": {"type": "integer", "description": "Minutes: insufficient_compensation"},
            "bookings": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "The bookings that spent the credit: compensation_already_used",
            },
        },
        "examples": [example(Code::SessionFull)],
    })
}

/// An example of a problem.
fn example(code: Code) -> Value {
    Problem::from(code).body("3f0c9c9e-7c1b-4a55-9f0e-0f6d1f3f6a11")
}

/// Adds what the table and the path say of an operation.
fn describe(object: &mut Map<String, Value>, operation: Operation) {
    object.insert("operationId".to_owned(), operation.id().into());
    object.insert("x-who".to_owned(), operation.access().as_str().into());
    if operation.access() != Access::Anyone {
        object.insert("security".to_owned(), json!([{"token": []}]));
    }
    if operation.body() == Body::Optional {
        object["requestBody"]["required"] = json!(false);
    }
    let parameters = object.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        for limit in parameters.iter_mut().filter(|parameter| parameter["name"] == "limit") {
            limit["schema"] = json!({
                "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT,
            });
        }
        for cursor in parameters.iter_mut().filter(|parameter| parameter["name"] == "cursor") {
            cursor["schema"] = json!({"type": "string", "pattern": CURSOR_PATTERN});
        }
        parameters.splice(0..0, path_parameters(operation.path()));
        for q in parameters.iter_mut().filter(|parameter| parameter["name"] == "q") {
            q["schema"]["pattern"] = json!(LINE_PATTERN);
        }
        if operation.kind() == Kind::Write {
            parameters.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]+$"},
                "description": format!(
                    "The first answer is stored for 24 hours and replayed, with `{IDEMPOTENCY_REPLAYED}: true`."
                ),
            }));
        }
        if operation.codes().contains(&Code::ClientTooOld) {
            parameters.push(json!({"$ref": format!("#/components/parameters/{CLIENT}")}));
        }
        if operation.is_conditional() {
            parameters.push(json!({
                "name": "If-None-Match",
                "in": "header",
                "schema": {"type": "string"},
                "description": "The `etag` of the answer that the caller has.",
            }));
        }
    }
    let Some(responses) = object.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for response in responses.values_mut().filter(|response| response["description"] == "") {
        response["description"] = "Done.".into();
    }
    if operation.is_conditional() {
        responses
            .insert(status::NOT_MODIFIED.to_string(), json!({"description": "The answer has not changed."}));
    }
    for code in operation.codes() {
        let status = problem::status(code).to_string();
        let response = responses.entry(status).or_insert_with(|| {
            json!({
                "description": "",
                "content": {(problem::MEDIA_TYPE): {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {},
                }},
            })
        });
        let known = response["description"].as_str().unwrap_or_default();
        let separator = if known.is_empty() { "" } else { ", " };
        response["description"] = format!("{known}{separator}`{}`", code.as_str()).into();
        let reference = format!("#/components/examples/{}", code.as_str());
        response["content"][problem::MEDIA_TYPE]["examples"][code.as_str()] = json!({"$ref": reference});
    }
}

/// The parameters that stand in a path: ids, a date, a function's name.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let schema = match name {
                "date" => json!({"type": "string", "format": "date", "examples": ["2026-03-02"]}),
                "fn" => {
                    let names: Vec<_> =
                        logic::calls::FUNCTIONS.iter().map(|function| function.name).collect();
                    json!({"type": "string", "enum": names})
                }
                "user_code" => json!({"type": "string", "examples": ["BCDF-GHJK"]}),
                _ => json!({"type": "integer", "format": "int64", "minimum": 1}),
            };
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` below `value`.
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let mut found = Vec::new();
        references(document(), &mut found);
        assert!(found.len() > 50, "{}", found.len());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document().pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_code_is_there_and_every_operation_has_an_id_of_its_own() {
        let codes =
            document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array().unwrap();
        assert_eq!(codes.len(), Code::ALL.len());
        let mut ids = std::collections::HashSet::new();
        for (path, methods) in document()["paths"].as_object().unwrap() {
            for operation in methods.as_object().unwrap().values() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}: {operation}");
                assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{path}");
                assert!(operation["tags"][0].is_string(), "{path}");
            }
        }
    }

    /// `docs/openapi.json` is the contract as it was last agreed to. Where a change of it is meant, run this test
    /// with `UPDATE_OPENAPI=1` and commit the file.
    #[test]
    fn the_document_is_the_one_that_was_agreed_to() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, format!("{:#}\n", document())).unwrap();
        }
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let different = kept != *document();
        assert!(!different, "the contract changed: see this test's comment if that is meant");
    }
}
