//! The id that names a request in logs and responses.

use crate::http::{HeaderList, value};
use crate::keys;
use contract::headers::REQUEST_ID;
use contract::request_id::is_valid;

/// The caller's id if it is valid, else a new UUID.
pub(crate) fn of(request: &HeaderList) -> String {
    value(request, REQUEST_ID).filter(|id| is_valid(id)).map_or_else(keys::new_uuid, str::to_owned)
}
