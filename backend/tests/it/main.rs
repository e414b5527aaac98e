//! The service over HTTP, and the program, on a real database. One binary: one database server for all.

mod clock;
mod fixtures;
mod frame;
mod login;
mod program;
mod tokens;
mod transactions;
