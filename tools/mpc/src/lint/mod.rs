//! Checks for what Skyline and WXML lack though a browser accepts it, and for a package that is too large. After WeChat's
//! pages "Skyline WXSS" and "Skyline components".

mod config;
mod size;
mod wxml;
mod wxss;

use crate::package::Package;
use crate::problem::Problems;

/// Checks the whole package.
pub(crate) fn check(package: &Package, problems: &mut Problems) {
    config::check(package, problems);
    size::check(package, problems);
    for file in package.with_extension("wxss") {
        if let Some(source) = package.text(file, problems) {
            wxss::check_sheet(file, &source, problems);
        }
    }
    wxml::check(package, problems);
}
