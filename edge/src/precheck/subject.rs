//! What the precheck is asked about.

use crate::config::Config;
use crate::http::HeaderList;
use crate::routes::Found;
use contract::token::Claims;

/// A request that its caller is allowed to make.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) route: &'a Found<'a>,
    pub(crate) headers: &'a HeaderList,
    pub(crate) body: &'a [u8],
    /// Whether the edge may judge it.
    pub(crate) may_judge: bool,
    /// `None` where no token is needed.
    pub(crate) caller: Option<&'a Claims>,
    pub(crate) config: &'a Config,
    pub(crate) request_id: &'a str,
}
