//! WXML and WXS, through WeChat's template compiler.

use glass_easel_template_compiler::TmplGroup;
use glass_easel_template_compiler::parse::ParseErrorLevel;

use crate::package::Package;
use crate::problem::Problems;

/// Parses every template and WXS script of the package.
pub(crate) fn parse(package: &Package, problems: &mut Problems) -> TmplGroup {
    let mut group = TmplGroup::new_dev();
    for file in package.with_extension("wxml") {
        let Some(source) = package.text(file, problems) else { continue };
        for warning in group.add_tmpl(without_extension(file), &source) {
            if warning.level() > ParseErrorLevel::Note {
                problems.add_at(file, warning.location.start.line + 1, &warning.kind);
            }
        }
    }
    for file in package.with_extension("wxs") {
        if let Some(source) = package.text(file, problems) {
            group.add_script(without_extension(file), &source);
        }
    }
    group
}

/// `pages/a/a.wxml` → `pages/a/a`.
pub(crate) fn without_extension(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(path, _)| path)
}
