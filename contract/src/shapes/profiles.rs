//! Profiles, their guardians, and the codes by which families claim them.

use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use serde::{Deserialize, Serialize};

shapes! {
    /// A child or an adult who goes to class.
    Profile {
        /// Its id.
        id: ProfileId,
        /// Its name.
        name: String,
        /// The group it trains in, if the gym says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    }
    /// An account that may act for a child.
    Guardian {
        /// The account.
        account_id: AccountId,
        /// Its name, if the gym knows it.
        name: Option<String>,
        /// Whether it is the first guardian, who may invite and remove the others.
        first: bool,
        /// Whether messages about the child go to its phone.
        told: bool,
        /// Since when it is a guardian.
        since: Instant,
    }
    /// `POST /profiles/{id}/claim-code`.
    ClaimCode {
        /// Eight letters. It is shown once.
        code: String,
        /// The last instant at which it counts.
        expires_at: Instant,
    }
    /// `POST /profiles/claim`.
    ClaimChild {
        /// The code of the child; case and hyphens are ignored.
        code: String,
    }
    /// `PUT /profiles/{id}/guardians/{account_id}`.
    TellGuardian {
        /// Whether messages about the child go to the account's phone.
        told: bool,
    }
}
