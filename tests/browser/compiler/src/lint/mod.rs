//! What Skyline and WXML do not have, though a browser would let it pass.

use crate::package::Package;
use crate::problem::Problems;

/// Checks the whole package.
pub(crate) fn check(_package: &Package, _problems: &mut Problems) {}
