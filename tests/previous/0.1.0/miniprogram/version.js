// The version of the mini-program, as `x-client` names it. A test keeps it equal to the workspace's version in Cargo.toml.
module.exports = '0.1.0';
