//! `POST /rules/{fn}`: any function of the WASM package, answered by `logic`.

use crate::body;
use contract::problem::Problem;
use contract::shapes::{RuleCall, RuleValue};

/// Answers `name` for the arguments in `body`.
///
/// # Errors
/// `not_found` for an unknown function, `invalid_request` for malformed input, with words that name the fault.
pub(crate) fn answer(name: &str, body: &[u8]) -> Result<RuleValue, Problem> {
    let call: RuleCall = body::from_json(body)?;
    Ok(RuleValue { value: logic::calls::call(name, &call.args)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::Code;

    fn code(name: &str, body: &str) -> Code {
        answer(name, body.as_bytes()).unwrap_err().code
    }

    #[test]
    fn a_function_answers_with_its_value() {
        let body = r#"{"args": [1773886380000]}"#;
        let value = answer("waitlistTimes", body.as_bytes()).unwrap().value;
        assert_eq!(value["responseCutoffAt"], 1_773_864_780_000_i64);
    }

    #[test]
    fn malformed_calls_are_invalid_requests() {
        for body in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"args": 1}"#,
            r#"{"args": [], "more": 1}"#,
            r#"{"args": [0]} x"#,
            r#"{"args": []}"#,
            "\u{0}",
        ] {
            assert_eq!(code("waitlistTimes", body), Code::InvalidRequest, "{body}");
        }
        assert_eq!(code("nothing", r#"{"args": []}"#), Code::NotFound);
    }
}
