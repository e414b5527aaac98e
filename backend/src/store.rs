//! Every SQL statement of the program, a file a table. A large table has a folder as well, a file a subject; its
//! `changes.rs` holds what changes the rows.
//!
//! A function is named after its table and what it does (`waitlist_expire`, `booking_insert`). Its statement begins with
//! a comment of that name, so that the server's process list and slow log name the code. Functions take a connection and
//! return rows or ids; they know no policy, no caller and no HTTP. A function that takes [`Conn`] runs inside a transaction;
//! one that takes any executor is a read of its own.
//!
//! A state change carries the old state in its WHERE clause, and a row that is not as it was loaded is a
//! [`StoreError::Unexpected`]. Statements are text, not `query!` macros: MariaDB and MySQL describe the same statement
//! differently, and both are served.
//!
//! Every function can fail with [`StoreError::Database`]; `# Errors` names what else can happen.
#![allow(missing_docs, reason = "a field is a column: backend/migrations says what it holds")]

mod account;
mod audit;
mod booking;
mod checks;
mod claim_code;
mod class_credit_compensation;
mod class_session;
mod compensation_event;
mod compensation_usage;
mod course;
mod course_schedule;
mod dev_clock;
mod device_login;
mod error;
mod guardian;
mod guardian_ids;
mod idempotency_key;
mod list;
mod locks;
mod losses;
mod makeup_booking;
mod many;
mod message;
mod migration;
mod outbox;
mod policy_version;
mod profile;
mod profile_facts;
mod read_epoch;
mod revoked_token;
mod schema;
mod server;
pub mod server_error;
mod subscription_grant;
mod sweep;
mod version;
mod waitlist;
mod waitlist_notification;

pub use account::*;
pub use audit::*;
pub use booking::*;
pub use checks::*;
pub use claim_code::*;
pub use class_credit_compensation::*;
pub use class_session::*;
pub use compensation_event::*;
pub use compensation_usage::*;
pub use course::*;
pub use course_schedule::*;
pub use dev_clock::*;
pub use device_login::*;
pub use error::{StoreError, fits};
pub use guardian::*;
pub use guardian_ids::Guardians;
pub use idempotency_key::*;
pub use list::OwnerFilter;
pub use locks::{ProfileLock, SessionLock, Unlocked};
pub use losses::{loss_since, losses};
pub use makeup_booking::*;
pub use message::*;
pub use migration::*;
pub use outbox::*;
pub use policy_version::*;
pub use profile::*;
pub use profile_facts::*;
pub use read_epoch::*;
pub use revoked_token::*;
pub use schema::*;
pub use server::*;
pub use subscription_grant::*;
pub use sweep::*;
pub use version::*;
pub use waitlist::*;
pub use waitlist_notification::*;

/// One connection, inside a transaction or not.
pub type Conn = sqlx::MySqlConnection;

/// A statement, headed by the name of the function that runs it.
macro_rules! sql {
    ($name:ident, $($text:tt)+) => {
        concat!("-- ", stringify!($name), "\n", $($text)+)
    };
}
use sql;

/// Defines a function that locks a row by its id until the transaction ends and returns whether it exists.
macro_rules! lock_row {
    ($(#[$doc:meta])* $name:ident, $table:literal, $id:ty) => {
        $(#[$doc])*
        pub async fn $name(conn: &mut $crate::store::Conn, id: $id) -> $crate::store::Result<bool> {
            let statement = $crate::store::sql!($name, "SELECT id FROM ", $table, " WHERE id = ? FOR UPDATE");
            let found: Option<i64> = sqlx::query_scalar(statement).bind(id).fetch_optional(conn).await?;
            Ok(found.is_some())
        }
    };
}
use lock_row;

type Result<T> = std::result::Result<T, StoreError>;
