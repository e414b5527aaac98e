//! Versions of the policy.

use logic::Instant;
use logic::ids::{AccountId, PolicyId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

shapes! {
    /// `POST /policies`.
    SetPolicy {
        /// From when the version holds; left out: 120 s from now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective_from: Option<Instant>,
        /// The fields that it sets, as in `GET /policy`; the others are those of the version in force before it.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        policy: Map<String, Value>,
    }
    /// A version of the policy. It never changes.
    PolicyVersion {
        /// Its id; a later version has a larger one.
        id: PolicyId,
        /// The first instant at which a class that starts then is judged by it.
        effective_from: Instant,
        /// Every field that it has.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        policy: Map<String, Value>,
        /// Who set it; 0: the first start of a program.
        #[cfg_attr(feature = "openapi", schema(value_type = i64))]
        created_by: AccountId,
        /// When it was set.
        created_at: Instant,
    }
    /// `POST /policies`, the answer.
    PolicySet {
        /// Its id.
        id: PolicyId,
        /// The first instant at which a class that starts then is judged by it.
        effective_from: Instant,
        /// Every field that it has.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        policy: Map<String, Value>,
        /// Who set it.
        created_by: AccountId,
        /// When it was set.
        created_at: Instant,
        /// Classes to which it would apply, and which an older version judges for good.
        older: u32,
    }
}
