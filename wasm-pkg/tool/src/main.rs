//! Turns compiled WASM into what Node, browsers, WeChat and the edge load.
fn main() {}
