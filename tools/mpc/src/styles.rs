//! WXSS to CSS: `@import` inlined, `rpx` turned into `vw`, tags prefixed, isolated components scoped.

use glass_easel_stylesheet_compiler::error::ParseErrorLevel;
use glass_easel_stylesheet_compiler::{StyleSheetOptions, StyleSheetTransformer};
use serde_json::Value;

use crate::package::{Package, resolve};
use crate::problem::Problems;

/// The width of every screen in `rpx`.
const SCREEN_RPX: f32 = 750.0;

/// The CSS of one stylesheet of the package, ready for the page. `scope` is the class prefix of an isolated component.
pub(crate) fn compile(package: &Package, file: &str, scope: Option<&str>, problems: &mut Problems) -> String {
    let source = with_imports(package, file, &mut Vec::new(), problems);
    let options = StyleSheetOptions {
        tag_name_prefix: Some("wx-".to_owned()),
        class_prefix: scope.map(str::to_owned),
        rpx_ratio: SCREEN_RPX,
        convert_host: true,
        ..StyleSheetOptions::default()
    };
    let mut transformer = StyleSheetTransformer::from_css(file, &source, options);
    for warning in transformer.take_warnings() {
        if warning.level() > ParseErrorLevel::Note {
            problems.add_at(file, warning.location.start.line + 1, &warning.kind);
        }
    }
    let (normal, low_priority) = transformer.output_and_low_priority_output();
    let mut css = String::new();
    for part in [low_priority, normal] {
        if part.write_str(&mut css).is_err() {
            problems.add(file, "the compiled stylesheet could not be written out");
        }
        css.push('\n');
    }
    css
}

/// Whether a component's styles stay inside it, and so need a scope. Pages share theirs unless they say otherwise.
pub(crate) fn is_isolated(config: &Value) -> bool {
    match config["styleIsolation"].as_str() {
        Some(isolation) => {
            matches!(isolation, "isolated" | "apply-shared" | "page-isolated" | "page-apply-shared")
        }
        None => config["component"] == Value::Bool(true),
    }
}

/// The stylesheet compiler drops `@import`: put the imported text in its place first.
fn with_imports(package: &Package, file: &str, above: &mut Vec<String>, problems: &mut Problems) -> String {
    if above.iter().any(|known| known == file) {
        problems.add(file, "imports itself");
        return String::new();
    }
    let Some(source) = package.text(file, problems) else { return String::new() };
    above.push(file.to_owned());
    let mut css = String::with_capacity(source.len());
    for line in source.lines() {
        match imported(line) {
            Some(path) => css.push_str(&with_imports(package, &resolve(file, path), above, problems)),
            None => css.push_str(line),
        }
        css.push('\n');
    }
    above.pop();
    css
}

fn imported(line: &str) -> Option<&str> {
    let path = line.trim().strip_prefix("@import")?.trim().trim_end_matches(';').trim();
    Some(path.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{imported, is_isolated};

    #[test]
    fn imports_are_read_with_either_quote() {
        assert_eq!(imported("@import \"./base.wxss\";"), Some("./base.wxss"));
        assert_eq!(imported("  @import '/styles/base.wxss'"), Some("/styles/base.wxss"));
        assert_eq!(imported(".import { color: red; }"), None);
    }

    #[test]
    fn components_are_isolated_and_pages_are_not() {
        assert!(is_isolated(&json!({"component": true})));
        assert!(is_isolated(&json!({"component": true, "styleIsolation": "apply-shared"})));
        assert!(!is_isolated(&json!({"component": true, "styleIsolation": "shared"})));
        assert!(!is_isolated(&json!({})));
    }
}
