//! `app.json` and the pages' JSON.

use serde_json::Value;

use crate::package::Package;
use crate::problem::Problems;

/// Settings that a package rendered by Skyline must have.
const REQUIRED: [(&str, &str); 3] = [
    ("renderer", "skyline"),
    ("componentFramework", "glass-easel"),
    ("lazyCodeLoading", "requiredComponents"),
];

/// Checks the settings that Skyline depends on.
pub(crate) fn check(package: &Package, problems: &mut Problems) {
    for (key, value) in REQUIRED {
        if package.app[key] != value {
            problems.add("app.json", format_args!("\"{key}\" must be \"{value}\""));
        }
    }
    let for_all = &package.app["window"]["navigationStyle"];
    for page in &package.pages {
        let own = &package.components[page]["navigationStyle"];
        let style = if own.is_null() { for_all } else { own };
        if style != "custom" {
            problems.add(
                &format!("{page}.json"),
                "Skyline draws no navigation bar: \"navigationStyle\" must be \"custom\" here or in app.json",
            );
        }
    }
    // WeChat's default is white, also where the page draws the bar itself: the clock stands on the page's own ground.
    if package.app["window"]["navigationBarTextStyle"].is_null() {
        problems
            .add("app.json", "\"window\" must say \"navigationBarTextStyle\", by theme where the ground is");
    }
    for tab in package.app["tabBar"]["list"].as_array().into_iter().flatten() {
        let path = tab["pagePath"].as_str().unwrap_or_default();
        if !package.pages.iter().any(|page| page == path) {
            problems.add(
                "app.json",
                format_args!("tabBar names {}, which is not among the pages", Value::from(path)),
            );
        }
    }
}
