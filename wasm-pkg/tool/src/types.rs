//! The TypeScript types beside each package. The shapes are written by hand in `types/index.d.ts`; the refusal
//! codes, the policy's fields and the function declarations come from the tables of `logic`.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, ensure};
use logic::Code;
use logic::calls::{SIGNATURES, Signature};
use logic::policy::FIELDS;

use crate::NAME;

const TEMPLATE: &str = include_str!("../../types/index.d.ts");
/// Placeholders of the template.
const CODES: &str = "'CODES'";
const POLICY_FIELDS: &str = "  // POLICY_FIELDS\n";
const FUNCTIONS: &str = "// FUNCTIONS\n";

/// The runtime that loads the package.
#[derive(Clone, Copy)]
pub(crate) enum Host {
    Node,
    Web,
    Wechat,
}

/// Writes `index.d.ts`.
pub(crate) fn write(out: &Path, host: Host) -> Result<()> {
    let loading = match host {
        Host::Node => "",
        Host::Web => {
            "\n/** Loads the rules; the functions work once the promise resolves. Without an argument, fetches the file beside this module. */\n\
             export default function init(options?: { module_or_path: string | URL | Response | BufferSource | WebAssembly.Module }): Promise<unknown>;\n\
             /** Loads the rules from bytes or a compiled module, synchronously. */\n\
             export function initSync(options: { module: BufferSource | WebAssembly.Module }): unknown;\n"
        }
        Host::Wechat => {
            "\n/** Loads the rules once; the functions work once the promise resolves. After a failure, call it again. */\n\
             export function init(): Promise<void>;\n"
        }
    };
    crate::write(&out.join(NAME).with_extension("d.ts"), &format!("{}{loading}", types()?))
}

/// The types that all packages share.
fn types() -> Result<String> {
    let codes: Vec<String> = Code::ALL.iter().map(|code| format!("'{}'", code.as_str())).collect();
    let mut fields = String::new();
    for field in FIELDS {
        writeln!(fields, "  /**{} */\n  {}: {};", field.doc, field.camel, field.typescript)?;
    }
    let mut functions = String::new();
    for signature in SIGNATURES {
        writeln!(functions, "{}", declaration(signature))?;
    }
    let mut text = TEMPLATE.to_owned();
    for (placeholder, value) in
        [(CODES, codes.join("\n  | ")), (POLICY_FIELDS, fields), (FUNCTIONS, functions)]
    {
        ensure!(text.matches(placeholder).count() == 1, "types/index.d.ts must hold {placeholder:?} once");
        text = text.replace(placeholder, &value);
    }
    Ok(text)
}

fn declaration(signature: &Signature) -> String {
    let required = signature.required.iter().map(|(name, kind)| format!("{name}: {kind}"));
    let optional = signature.optional.iter().map(|(name, kind)| format!("{name}?: {kind}"));
    let arguments: Vec<String> = required.chain(optional).collect();
    let Signature { doc, name, returns, .. } = signature;
    format!("/**{doc} */\nexport function {name}({}): {returns};", arguments.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::calls;
    use logic::value::Value;
    use std::collections::{BTreeMap, BTreeSet};

    const API: &str = include_str!("../../../docs/API.md");
    const VECTORS: &str = include_str!("../../../tests/vectors/rules.jsonl");
    const JS_CASES: &str = include_str!("../../../tests/wasm/cases.mjs");

    /// The members of a TypeScript type, those of the types that it names included; true for optional ones.
    fn members(kind: &str) -> BTreeMap<String, bool> {
        let types = types().unwrap();
        let mut found = BTreeMap::new();
        collect(&without_comments(kind), &without_comments(&types), &mut BTreeSet::new(), &mut found);
        found
    }

    fn without_comments(text: &str) -> String {
        let mut rest = text;
        let mut out = String::new();
        while let Some((before, after)) = rest.split_once("/**") {
            out.push_str(before);
            rest = after.split_once("*/").unwrap().1;
        }
        out + rest
    }

    fn collect<'a>(
        kind: &'a str,
        types: &'a str,
        seen: &mut BTreeSet<&'a str>,
        found: &mut BTreeMap<String, bool>,
    ) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for (start, _) in kind.match_indices(is_word) {
            if kind[..start].ends_with(is_word) {
                continue;
            }
            let end = kind[start..].find(|c| !is_word(c)).map_or(kind.len(), |length| start + length);
            let (word, rest) = (&kind[start..end], &kind[end..]);
            if rest.starts_with("?:") || rest.starts_with(':') {
                found.insert(word.to_owned(), rest.starts_with('?'));
            } else if let Some(body) = body(word, types)
                && seen.insert(word)
            {
                collect(body, types, seen, found);
            }
        }
    }

    /// The right side of an interface or a type alias.
    fn body<'a>(name: &str, types: &'a str) -> Option<&'a str> {
        if let Some((_, rest)) = types.split_once(&format!("export interface {name} {{")) {
            return rest.split_once("\n}").map(|(body, _)| body);
        }
        let (_, rest) = types.split_once(&format!("export type {name}"))?;
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let rest = rest.split_once('=')?.1;
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ';' && depth == 0
        });
        end.map(|end| &rest[..end])
    }

    /// The names in `{a, b?, c: [{d}]}`; true for those with a question mark.
    fn names(braces: &str) -> BTreeMap<String, bool> {
        braces
            .split(['{', '}', '[', ']', ',', ':', ' '])
            .filter(|word| !word.is_empty())
            .map(|word| (word.trim_end_matches('?').to_owned(), word.ends_with('?')))
            .collect()
    }

    fn keys(names: BTreeMap<String, bool>) -> BTreeSet<String> {
        names.into_keys().collect()
    }

    /// The braces that follow `before` in docs/API.md.
    fn braces_after(before: &str) -> &'static str {
        let (_, rest) = API.split_once(before).unwrap_or_else(|| panic!("docs/API.md lacks: {before}"));
        rest.split_once('}').unwrap().0
    }

    #[test]
    fn api_md_lists_the_functions_of_the_table() {
        let rows: BTreeMap<&str, (&str, &str)> = API
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .filter_map(|(call, answer)| {
                let (name, arguments) = call.strip_suffix(')')?.split_once('(')?;
                Some((name, (arguments, answer.trim_end_matches(" |").trim_matches('`'))))
            })
            .collect();
        let listed: BTreeSet<&str> = rows.keys().copied().collect();
        assert_eq!(listed, SIGNATURES.iter().map(|signature| signature.name).collect());
        for signature in SIGNATURES {
            let name = signature.name;
            let (arguments, answer) = rows[name];
            if let Some((facts, rest)) = arguments.strip_prefix('{').and_then(|a| a.split_once('}')) {
                assert_eq!(names(facts), members(signature.required[0].1), "{name}: the facts");
                let policy = if signature.optional.is_some() { ", policy?" } else { "" };
                assert_eq!(rest, policy, "{name}");
            } else {
                let required = signature.required.iter().map(|(name, _)| (*name).to_owned());
                let optional = signature.optional.iter().map(|(name, _)| format!("{name}?"));
                assert_eq!(arguments, required.chain(optional).collect::<Vec<_>>().join(", "), "{name}");
            }
            if answer.starts_with('{') {
                assert_eq!(keys(names(answer)), keys(members(signature.returns)), "{name}: the answer");
            }
        }
        for (before, kind) in [
            ("The facts of `checkBook` are `{", "BookFacts"),
            ("The facts of `checkJoin` are `{", "JoinFacts"),
            ("The facts of `checkMakeup` are `{", "MakeupFacts"),
            ("A grant is `{", "Grant"),
            ("A class time, as `timeConflict` compares them, is `{", "ClassTime"),
        ] {
            assert_eq!(names(braces_after(before)), members(kind), "{kind}");
        }
    }

    #[test]
    fn the_javascript_cases_list_the_functions_of_the_table() {
        let list = JS_CASES.split_once("FUNCTIONS = [").unwrap().1.split_once("];").unwrap().0;
        let listed: BTreeSet<&str> = list.split(',').map(|name| name.trim().trim_matches('\'')).collect();
        let listed: BTreeSet<&str> = listed.into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(listed, SIGNATURES.iter().map(|signature| signature.name).collect());
    }

    #[test]
    fn the_types_of_facts_are_the_fields_that_the_rules_read() {
        let unknown = Value::object([("no such field", Value::Null)]);
        for signature in SIGNATURES {
            let Some((argument, kind)) = signature.required.first() else { continue };
            let value = match *argument {
                "facts" => unknown.clone(),
                "grants" => Value::List(vec![unknown.clone()]),
                _ => continue,
            };
            let refusal = calls::answer(signature.name, &[value]).unwrap_err().to_string();
            let fields = refusal.split_once("expected one of ").unwrap().1;
            let fields: BTreeSet<String> = fields.split(", ").map(str::to_owned).collect();
            assert_eq!(fields, keys(members(kind)), "{}", signature.name);
        }
    }

    #[test]
    fn the_types_of_answers_are_the_fields_of_the_worked_cases() {
        let mut answered = BTreeMap::<String, BTreeSet<String>>::new();
        for line in VECTORS.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            if case["expect"].get("throws").is_none() {
                let fields = answered.entry(case["fn"].as_str().unwrap().to_owned()).or_default();
                add_fields(&case["expect"], fields);
            }
        }
        for (name, fields) in answered {
            let signature = SIGNATURES.iter().find(|signature| signature.name == name).unwrap();
            assert_eq!(fields, keys(members(signature.returns)), "{name}");
        }
    }

    fn add_fields(value: &serde_json::Value, fields: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(object) => {
                for (name, value) in object {
                    fields.insert(name.clone());
                    add_fields(value, fields);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| add_fields(item, fields)),
            _ => {}
        }
    }
}
