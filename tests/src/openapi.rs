//! The published contract, `docs/openapi.json`: every request and answer of a test is validated against it.

use crate::answer::Answer;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap());

/// Compiled schemas, by their place in the document.
static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Validates an answer, and the request if it was accepted, against the operation in the document.
///
/// # Panics
/// If the document lacks this answer or describes it differently.
pub(crate) fn check(method: &Method, path: &str, sent: &[u8], answer: &Answer) {
    let Some(pointer) = operation(method, path) else { return };
    let operation = DOCUMENT.pointer(&pointer).unwrap();
    let status = answer.status.to_string();
    let response = &operation["responses"][&status];
    assert!(response.is_object(), "{method} {path}: the contract knows no {status}: {}", answer.body);
    let content = answer.header("content-type");
    if let Some(schema) = response["content"][content].get("schema") {
        let place = format!("{pointer} {status}");
        hold(&place, schema, &serde_json::from_str(&answer.body).unwrap());
    } else {
        assert_eq!(
            answer.body, "",
            "{method} {path}: the contract knows no body of `{content}` for {status}"
        );
    }
    let left_out = sent.is_empty() && operation["requestBody"]["required"] == false;
    let taken = (200..300).contains(&answer.status) && !left_out;
    if let Some(schema) =
        operation["requestBody"]["content"]["application/json"].get("schema").filter(|_| taken)
    {
        hold(&format!("{pointer} sent"), schema, &serde_json::from_slice(sent).unwrap());
    }
}

/// Returns the place of the operation in the document, if there is one. Static segments win over parameters.
fn operation(method: &Method, path: &str) -> Option<String> {
    let path = format!("/api/v1{}", path.split('?').next().unwrap_or_default());
    let fits = |template: &&String| {
        let (names, segments) = (template.split('/'), path.split('/'));
        names.clone().count() == segments.clone().count()
            && names.zip(segments).all(|(name, segment)| name == segment || name.starts_with('{'))
    };
    let template = DOCUMENT["paths"].as_object().unwrap().keys().filter(fits).min()?;
    let pointer = format!("/paths/{}/{}", template.replace('/', "~1"), method.as_str().to_ascii_lowercase());
    DOCUMENT.pointer(&pointer).map(|_| pointer)
}

/// Validates `value` against the schema at `place`.
fn hold(place: &str, schema: &Value, value: &Value) {
    let known = KNOWN.lock().unwrap().get(place).cloned();
    let validator = known.unwrap_or_else(|| {
        let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
        let built = Arc::new(jsonschema::options().should_validate_formats(true).build(&whole).unwrap());
        KNOWN.lock().unwrap().insert(place.to_owned(), Arc::clone(&built));
        built
    });
    if let Err(fault) = validator.validate(value) {
        panic!("{place}: {fault} at `{}`\n{value:#}", fault.instance_path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_what_its_schema_says() {
        for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
            for example in schema["examples"].as_array().into_iter().flatten() {
                hold(name, schema, example);
            }
        }
        let problem = &DOCUMENT["components"]["schemas"]["Problem"];
        for example in DOCUMENT["components"]["examples"].as_object().unwrap().values() {
            hold("Problem", problem, &example["value"]);
        }
    }

    #[test]
    fn an_operation_is_found_by_its_names_first() {
        assert_eq!(
            operation(&Method::GET, "/waitlist/my?limit=1").unwrap(),
            "/paths/~1api~1v1~1waitlist~1my/get"
        );
        assert_eq!(operation(&Method::GET, "/waitlist/7").unwrap(), "/paths/~1api~1v1~1waitlist~1{id}/get");
        assert_eq!(operation(&Method::PUT, "/waitlist/my"), None);
        assert_eq!(operation(&Method::GET, "/nowhere"), None);
    }
}
