//! Checks templates: undefined tags, styles, syntax that WXML lacks, attributes that Skyline ignores, and tap targets
//! without a label.

use glass_easel_template_compiler::parse::tag::{Element, ElementKind, Node};

use super::wxss;
use crate::package::Package;
use crate::problem::Problems;
use crate::templates::{self, without_extension};

/// Components that Skyline brings along.
const BUILT_IN: [&str; 27] = [
    "button",
    "canvas",
    "checkbox",
    "checkbox-group",
    "form",
    "grid-view",
    "image",
    "input",
    "label",
    "list-view",
    "navigator",
    "picker",
    "picker-view",
    "picker-view-column",
    "radio",
    "radio-group",
    "root-portal",
    "scroll-view",
    "span",
    "sticky-header",
    "sticky-section",
    "swiper",
    "swiper-item",
    "switch",
    "text",
    "textarea",
    "view",
];

/// The accessibility attributes that Skyline has. It ignores every other `aria-` attribute.
const ARIA: [&str; 4] = ["aria-role", "aria-label", "aria-hidden", "aria-disabled"];

/// Checks every template of the package.
pub(crate) fn check(package: &Package, problems: &mut Problems) {
    let group = templates::parse(package, problems);
    for file in package.with_extension("wxml") {
        let Some(source) = package.text(file, problems) else { continue };
        check_expressions(file, &source, problems);
        check_styles(file, &source, problems);
        let path = without_extension(file);
        let Ok(tree) = group.get_tree(path) else { continue };
        // A template that is only imported does not know the components of the one that imports it.
        let known = package.components.get(path).map(|config| &config["usingComponents"]);
        let known = |tag: &str| known.is_none_or(|using| !using[tag].is_null());
        check_nodes(file, &tree.content, &known, problems);
        for definition in &tree.globals.sub_templates {
            check_nodes(file, &definition.content, &known, problems);
        }
    }
}

fn check_nodes<'a>(
    file: &str,
    nodes: impl IntoIterator<Item = &'a Node>,
    known: &dyn Fn(&str) -> bool,
    problems: &mut Problems,
) {
    for node in nodes {
        if let Node::Element(element) = node {
            check_element(file, element, known, problems);
            check_nodes(file, element.iter_children(), known, problems);
        }
    }
}

fn check_element(file: &str, element: &Element, known: &dyn Fn(&str) -> bool, problems: &mut Problems) {
    let ElementKind::Normal { tag_name, attributes, common, .. } = &element.kind else { return };
    let line = tag_name.location.start.line + 1;
    let tag = tag_name.name.as_str();
    if !BUILT_IN.contains(&tag) && !known(tag) {
        problems.add_at(file, line, format_args!("<{tag}> is neither built in nor in \"usingComponents\""));
    }
    let has = |name: &str| attributes.iter().any(|attribute| attribute.name.name == name);
    if tag == "scroll-view" && !has("type") {
        problems.add_at(file, line, "Skyline wants <scroll-view type=\"list\">");
    }
    if tag == "scroll-view" && has("scroll-y") && is_one_box(element) {
        problems.add_at(
            file,
            line,
            "the rows of <scroll-view type=\"list\"> must be its own children: Skyline lays out a single child as a whole",
        );
    }
    for attribute in attributes.iter().filter(|attribute| attribute.name.name.starts_with("aria-")) {
        let name = attribute.name.name.as_str();
        if !ARIA.contains(&name) {
            problems.add_at(
                file,
                line,
                format_args!("Skyline has no {name}: say it in the aria-label ({})", ARIA.join(", ")),
            );
        }
    }
    // A binding without a colon is an attribute to the parser.
    let tapped = has("bindtap")
        || has("catchtap")
        || common.event_bindings.iter().any(|event| event.name.name == "tap");
    if tapped && !has("aria-hidden") && !(has("aria-role") && has("aria-label")) {
        problems.add_at(
            file,
            line,
            format_args!(
                "<{tag}> takes a tap: it needs an aria-role and an aria-label, or aria-hidden=\"true\""
            ),
        );
    }
}

/// Whether the only child of an element is one `view`, so that all rows lie in it.
fn is_one_box(element: &Element) -> bool {
    let mut children = element.iter_children().filter_map(|node| match node {
        Node::Element(child) => Some(child),
        _ => None,
    });
    let (Some(only), None) = (children.next(), children.next()) else { return false };
    matches!(&only.kind, ElementKind::Normal { tag_name, .. } if tag_name.name == "view")
}

/// Reports `a?.b`, which WXML does not have: the compiler's own message does not name it.
fn check_expressions(file: &str, source: &str, problems: &mut Problems) {
    for (line, expression) in between(source, "{{", "}}") {
        let optional = expression
            .match_indices("?.")
            .any(|(at, found)| !expression[at + found.len()..].starts_with(|c: char| c.is_ascii_digit()));
        if optional {
            problems.add_at(file, line, format_args!("WXML has no ?. (in {{{{{expression}}}}})"));
        }
    }
}

fn check_styles(file: &str, source: &str, problems: &mut Problems) {
    for (line, style) in between(source, " style=\"", "\"") {
        wxss::check_inline(file, line, &without_expressions(style), problems);
    }
}

/// A style with a plain value in place of each `{{…}}`, and without the declarations that are one as a whole: what an
/// expression gives is not known here.
fn without_expressions(style: &str) -> String {
    let mut text = String::new();
    let mut rest = style;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        text.push('0');
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.split(';').filter(|declaration| declaration.contains(':')).collect::<Vec<_>>().join(";")
}

/// What stands between `open` and the next `close`, with the line of its beginning (the first is 1).
fn between<'a>(source: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = (u32, &'a str)> {
    source.match_indices(open).filter_map(move |(at, _)| {
        let inside = source[at + open.len()..].split_once(close)?.0;
        let line = source[..at].matches('\n').count() + 1;
        Some((u32::try_from(line).unwrap_or(u32::MAX), inside))
    })
}

#[cfg(test)]
mod tests {
    use super::{check_expressions, check_styles};
    use crate::problem::Problems;

    #[test]
    fn optional_chaining_is_refused_and_the_question_mark_is_not() {
        let mut problems = Problems::default();
        check_expressions("a.wxml", "<view a=\"{{b ?.5 : 1}}\">\n{{c?.d}}</view>", &mut problems);
        assert_eq!(problems.to_string(), "a.wxml:2: WXML has no ?. (in {{c?.d}})\n");
    }

    #[test]
    fn styles_are_checked_around_their_expressions() {
        let mut problems = Problems::default();
        check_styles(
            "a.wxml",
            "<view style=\"width: {{w}}px; overflow: auto\" /><view style=\"{{all}}\" />",
            &mut problems,
        );
        assert_eq!(problems.to_string(), "a.wxml:1: overflow: auto is not in Skyline: use a scroll-view\n");
    }
}
