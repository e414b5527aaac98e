//! Accounts, their roles, and logging in.

use super::Profile;
use logic::Instant;
use logic::ids::AccountId;
use logic::status::Role;
use serde::{Deserialize, Serialize};

/// The longest name of a person, in characters.
pub const MAX_NAME: usize = 100;

/// A role that can be given to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GivenRole {
    /// Acts for its own profiles.
    Member,
    /// Records attendance too.
    Coach,
    /// Acts for any profile too.
    Staff,
    /// Gives and takes roles too.
    Owner,
}

impl From<GivenRole> for Role {
    fn from(given: GivenRole) -> Self {
        match given {
            GivenRole::Member => Self::Member,
            GivenRole::Coach => Self::Coach,
            GivenRole::Staff => Self::Staff,
            GivenRole::Owner => Self::Owner,
        }
    }
}

shapes! {
    /// `POST /auth/login`.
    Login {
        /// The code from `wx.login`.
        code: String,
    }
    /// `POST /auth/login`.
    LoggedIn {
        /// Send it as `Authorization: Bearer …`.
        token: String,
        /// When it ends.
        expires_at: Instant,
        /// The account that logged in.
        account_id: AccountId,
        /// The account's role.
        role: Role,
        /// The name of a person who works at the gym.
        #[serde(default)]
        name: Option<String>,
        /// The profiles that the account may act for.
        profiles: Vec<Profile>,
    }
    /// Somebody who logs in, as owners see it.
    Account {
        /// The account's number, which the mini-program shows to its person.
        account_id: AccountId,
        /// The name of a person who works at the gym.
        name: Option<String>,
        /// Its role.
        role: Role,
    }
    /// `PUT /accounts/{id}/role`.
    SetRole {
        /// The role that it is to have.
        role: GivenRole,
        /// Its name; left out: as it is.
        #[serde(default)]
        name: Option<String>,
    }
    /// `POST /auth/device`: a login that waits for its approval.
    DeviceLogin {
        /// The page's secret, with which it asks for the token.
        device_code: String,
        /// What is typed on the phone to approve the login.
        user_code: String,
        /// Seconds until the login is over.
        expires_in: u32,
        /// Seconds between two requests for the token.
        interval: u32,
    }
    /// `GET /auth/device/{user_code}`: who asks to be logged in.
    DeviceRequest {
        /// When it asked.
        created_at: Instant,
        /// The browser, in its own words.
        user_agent: String,
        /// The network address that it asked from.
        address: String,
    }
    /// `POST /auth/device/approve`.
    DeviceDecision {
        /// The code that the page shows; case and hyphens do not matter.
        user_code: String,
        /// Whether the page is to be logged in.
        approve: bool,
    }
    /// `POST /auth/device/approve`: what was decided.
    DeviceDecided {
        /// Whether the page is logged in.
        approved: bool,
    }
    /// `POST /auth/device/token`.
    DeviceToken {
        /// The page's secret.
        device_code: String,
    }
    /// `POST /auth/logout`: the token has ended.
    LoggedOut {}
}
