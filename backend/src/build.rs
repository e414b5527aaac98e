//! Which build of the program this is.

/// The build's id: `GYM_BUILD` of the compile, else what `git describe` said of the sources, else the crate's version.
pub const ID: &str = env!("GYM_BUILD_ID");

/// The crate's version and the build's id, as `gym --version` prints them.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("GYM_BUILD_ID"), ")");
