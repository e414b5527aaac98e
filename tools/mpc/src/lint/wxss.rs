//! Stylesheets and inline styles: selectors, at-rules and values that Skyline does not know.

use cssparser::{
    AtRuleParser, BasicParseErrorKind, CowRcStr, DeclarationParser, ParseError, ParseErrorKind, Parser,
    ParserInput, ParserState, QualifiedRuleParser, RuleBodyItemParser, RuleBodyParser, StyleSheetParser,
    Token,
};

use crate::problem::Problems;

const DISPLAYS: [&str; 4] = ["none", "flex", "block", "inline-flex"];
const POSITIONS: [&str; 3] = ["relative", "absolute", "fixed"];
const PSEUDO_CLASSES: [&str; 7] =
    ["first-child", "last-child", "only-child", "nth-child", "empty", "not", "host"];
const PSEUDO_ELEMENTS: [&str; 2] = ["before", "after"];

/// Checks one `.wxss` file.
pub(crate) fn check_sheet(file: &str, source: &str, problems: &mut Problems) {
    let mut input = ParserInput::new(source);
    let mut rules = Rules { at: Place { file, first_line: 1 }, problems, in_keyframes: false };
    check_rules(&mut Parser::new(&mut input), &mut rules);
}

/// Checks the text of a `style` attribute that starts at `first_line` of `file`.
pub(crate) fn check_inline(file: &str, first_line: u32, style: &str, problems: &mut Problems) {
    let mut input = ParserInput::new(style);
    let mut declarations = Declarations { at: Place { file, first_line }, problems };
    check_declarations(&mut Parser::new(&mut input), &mut declarations);
}

#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    first_line: u32,
}

struct Rules<'a> {
    at: Place<'a>,
    problems: &'a mut Problems,
    /// Here `from` and `50%` stand where selectors do.
    in_keyframes: bool,
}

struct Declarations<'a> {
    at: Place<'a>,
    problems: &'a mut Problems,
}

fn check_rules(input: &mut Parser<'_, '_>, rules: &mut Rules<'_>) {
    let mut wrong = Vec::new();
    for rule in StyleSheetParser::new(input, rules) {
        wrong.extend(rule.err().map(|(error, _)| describe(&error)));
    }
    for (line, what) in wrong {
        rules.problems.add_at(rules.at.file, rules.at.first_line + line, what);
    }
}

fn check_declarations(input: &mut Parser<'_, '_>, declarations: &mut Declarations<'_>) {
    let mut wrong = Vec::new();
    for declaration in RuleBodyParser::new(input, declarations) {
        wrong.extend(declaration.err().map(|(error, _)| describe(&error)));
    }
    for (line, what) in wrong {
        declarations.problems.add_at(declarations.at.file, declarations.at.first_line + line, what);
    }
}

/// The line (counted from 0) and what is wrong there: our own words, or the parser's.
fn describe(error: &ParseError<'_, String>) -> (u32, String) {
    let what = match &error.kind {
        ParseErrorKind::Custom(words) => words.clone(),
        ParseErrorKind::Basic(BasicParseErrorKind::AtRuleInvalid(name)) => {
            format!("@{name} is not in Skyline")
        }
        ParseErrorKind::Basic(kind) => format!("not a style: {kind}"),
    };
    (error.location.line, what)
}

impl<'i> QualifiedRuleParser<'i> for Rules<'_> {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = String;

    fn parse_prelude<'t>(&mut self, input: &mut Parser<'i, 't>) -> Result<(), ParseError<'i, String>> {
        let mut after_colons = 0;
        while let Ok(token) = input.next_including_whitespace().cloned() {
            if self.in_keyframes {
                continue;
            }
            let refusal = match (&token, after_colons) {
                (Token::Delim('*'), _) => Some("the selector * is not in Skyline".to_owned()),
                (Token::SquareBracketBlock, _) => {
                    Some("attribute selectors are not in Skyline: use a class".to_owned())
                }
                (Token::Ident(name) | Token::Function(name), 1)
                    if !PSEUDO_CLASSES.contains(&&**name) && !PSEUDO_ELEMENTS.contains(&&**name) =>
                {
                    Some(format!("the pseudo-class :{name} is not in Skyline"))
                }
                (Token::Ident(name), 2) if !PSEUDO_ELEMENTS.contains(&&**name) => {
                    Some(format!("the pseudo-element ::{name} is not in Skyline"))
                }
                _ => None,
            };
            if let Some(refusal) = refusal {
                return Err(input.new_custom_error(refusal));
            }
            after_colons = if matches!(token, Token::Colon) { after_colons + 1 } else { 0 };
        }
        Ok(())
    }

    fn parse_block<'t>(
        &mut self,
        (): (),
        _start: &ParserState,
        input: &mut Parser<'i, 't>,
    ) -> Result<(), ParseError<'i, String>> {
        check_declarations(input, &mut Declarations { at: self.at, problems: self.problems });
        Ok(())
    }
}

/// At-rules that Skyline has.
enum AtRule {
    Import,
    FontFace,
    Media,
    Keyframes,
}

impl<'i> AtRuleParser<'i> for Rules<'_> {
    type Prelude = AtRule;
    type AtRule = ();
    type Error = String;

    fn parse_prelude<'t>(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i, 't>,
    ) -> Result<AtRule, ParseError<'i, String>> {
        let start = input.position();
        while input.next().is_ok() {}
        match &*name {
            "import" => Ok(AtRule::Import),
            "font-face" => Ok(AtRule::FontFace),
            "keyframes" => Ok(AtRule::Keyframes),
            "media" if input.slice_from(start).contains("prefers-color-scheme") => Ok(AtRule::Media),
            "media" => {
                Err(input.new_custom_error("Skyline knows no @media but prefers-color-scheme".to_owned()))
            }
            _ => Err(input.new_error(BasicParseErrorKind::AtRuleInvalid(name))),
        }
    }

    fn rule_without_block(&mut self, rule: AtRule, _start: &ParserState) -> Result<(), ()> {
        matches!(rule, AtRule::Import).then_some(()).ok_or(())
    }

    fn parse_block<'t>(
        &mut self,
        rule: AtRule,
        _start: &ParserState,
        input: &mut Parser<'i, 't>,
    ) -> Result<(), ParseError<'i, String>> {
        match rule {
            AtRule::FontFace => {
                check_declarations(input, &mut Declarations { at: self.at, problems: self.problems })
            }
            AtRule::Media | AtRule::Keyframes | AtRule::Import => {
                let in_keyframes = matches!(rule, AtRule::Keyframes);
                check_rules(input, &mut Rules { at: self.at, problems: self.problems, in_keyframes });
            }
        }
        Ok(())
    }
}

impl<'i> DeclarationParser<'i> for Declarations<'_> {
    type Declaration = ();
    type Error = String;

    fn parse_value<'t>(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i, 't>,
    ) -> Result<(), ParseError<'i, String>> {
        let location = input.current_source_location();
        let mut words = Vec::new();
        while let Ok(token) = input.next() {
            if let Token::Ident(word) = token {
                words.push(word.to_string());
            }
        }
        match refusal(&name, &words) {
            Some(refusal) => Err(location.new_custom_error(refusal)),
            None => Ok(()),
        }
    }
}

impl<'i> AtRuleParser<'i> for Declarations<'_> {
    type Prelude = ();
    type AtRule = ();
    type Error = String;
}

impl<'i> QualifiedRuleParser<'i> for Declarations<'_> {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = String;
}

impl<'i> RuleBodyItemParser<'i, (), String> for Declarations<'_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

/// Why Skyline cannot do this declaration, if it cannot. `words` are the plain words of its value.
fn refusal(name: &str, words: &[String]) -> Option<String> {
    let other_than = |allowed: &[&str]| {
        words.iter().find(|word| !allowed.contains(&word.as_str()) && *word != "important").cloned()
    };
    match name {
        "display" => {
            other_than(&DISPLAYS).map(|word| format!("display: {word} is not in Skyline: use flex or block"))
        }
        "position" => other_than(&POSITIONS).map(|word| format!("position: {word} is not in Skyline")),
        "overflow" => words
            .iter()
            .find(|word| matches!(word.as_str(), "scroll" | "auto"))
            .map(|word| format!("overflow: {word} is not in Skyline: use a scroll-view")),
        "overflow-x" | "overflow-y" => {
            Some(format!("{name} is not in Skyline: use overflow, or a scroll-view"))
        }
        "float" | "clear" => Some(format!("{name} is not in Skyline: use flex")),
        _ if name == "grid" || name.starts_with("grid-") => {
            Some(format!("{name} is not in Skyline: use flex, or a grid-view"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{check_inline, check_sheet};
    use crate::problem::Problems;

    fn problems(source: &str) -> String {
        let mut problems = Problems::default();
        check_sheet("a.wxss", source, &mut problems);
        problems.to_string()
    }

    #[test]
    fn what_skyline_has_passes() {
        let sheet = "@import \"./b.wxss\";\n:host { display: flex; }\n.a > .b:not(.c)::after, page { display: none; overflow: hidden; color: var(--x) }\n\
            @keyframes k { from { opacity: 0 } 50% { opacity: 1 } }\n@media (prefers-color-scheme: dark) { .a { color: red } }\n\
            .inline-block { position: absolute; background: url(x.png) }";
        assert_eq!(problems(sheet), "");
    }

    #[test]
    fn what_skyline_lacks_is_named_with_its_line() {
        for (sheet, what) in [
            ("* { color: red }", "a.wxss:1: the selector * is not in Skyline\n"),
            ("\n.a .b[hidden] { }", "a.wxss:2: attribute selectors are not in Skyline: use a class\n"),
            (".a:hover { }", "a.wxss:1: the pseudo-class :hover is not in Skyline\n"),
            (".a::placeholder { }", "a.wxss:1: the pseudo-element ::placeholder is not in Skyline\n"),
            (
                ".a {\n  display: inline-block;\n}",
                "a.wxss:2: display: inline-block is not in Skyline: use flex or block\n",
            ),
            (".a { overflow: scroll }", "a.wxss:1: overflow: scroll is not in Skyline: use a scroll-view\n"),
            (
                ".a { overflow: hidden auto }",
                "a.wxss:1: overflow: auto is not in Skyline: use a scroll-view\n",
            ),
            (
                ".a { overflow-x: hidden }",
                "a.wxss:1: overflow-x is not in Skyline: use overflow, or a scroll-view\n",
            ),
            (".a { position: sticky }", "a.wxss:1: position: sticky is not in Skyline\n"),
            (
                ".a { grid-template-columns: 1fr }",
                "a.wxss:1: grid-template-columns is not in Skyline: use flex, or a grid-view\n",
            ),
            (".a { float: left }", "a.wxss:1: float is not in Skyline: use flex\n"),
            (
                "@media (min-width: 500px) { .a { } }",
                "a.wxss:1: Skyline knows no @media but prefers-color-scheme\n",
            ),
            (
                "@media (prefers-color-scheme: dark) { .a { } \n * { } }",
                "a.wxss:2: the selector * is not in Skyline\n",
            ),
            ("@supports (display: grid) { }", "a.wxss:1: @supports is not in Skyline\n"),
        ] {
            assert_eq!(problems(sheet), what, "{sheet}");
        }
    }

    #[test]
    fn inline_styles_are_checked_too() {
        let mut problems = Problems::default();
        check_inline("a.wxml", 7, "width: 10rpx; display: inline", &mut problems);
        assert_eq!(problems.to_string(), "a.wxml:7: display: inline is not in Skyline: use flex or block\n");
    }
}
