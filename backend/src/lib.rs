//! The service behind the program `gym`. It holds no rule: it locks, loads, asks `logic`, stores what `logic`
//! decided, and shows it.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod app;
pub mod auth;
pub mod build;
pub mod clock;
pub mod coalesce;
pub mod commands;
pub mod config;
pub mod db;
pub mod error;
pub mod fixtures;
pub mod http;
pub mod lanes;
pub mod limits;
mod log_writer;
pub mod paging;
pub mod server;
pub mod service;
pub mod store;
pub mod sweep_ages;
pub mod sweeps;
pub mod telemetry;
mod text_file;
pub mod unit;
pub mod vitals;
pub mod wechat;

pub use app::App;
