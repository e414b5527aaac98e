//! One child as its family sees it.

use super::profile;
use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::Paging;
use crate::service::access::{Scope, no_profile};
use crate::service::queue::settle_all;
use crate::service::waitlist::{self, MyFilter, Waitlist};
use crate::service::{bookings, compensation, guardians, inbox, makeup};
use crate::store;
use contract::shapes::{DeskChild, MAX_DESK_CHILD};
use logic::Instant;
use logic::ids::ProfileId;

/// `GET /desk/profiles/{id}`: the lists that its family reads, the first page of each. What is overdue in them is settled
/// first.
///
/// # Errors
/// `not_found` if there is no such child.
pub async fn child(
    waitlist: &Waitlist,
    caller: &Caller,
    id: ProfileId,
    now: Instant,
) -> Result<DeskChild, AppError> {
    let context = &waitlist.context;
    let pool = &context.pool;
    let scope = Scope::of(context, caller, Some(id)).await?;
    let list = Paging::new(Some(MAX_DESK_CHILD), None)?;
    settle_all(context, store::class_session_list_overdue(pool, scope.owner(), now).await?, now).await?;
    compensation::settle_own(context, &scope, now).await?;
    let mut conn = pool.acquire().await?;
    let people = store::profile_list_details(&mut conn, &[id]).await?;
    let mut families = guardians::families(&mut conn, &[id]).await?;
    drop(conn);
    let filter = MyFilter { scope, status: None, list: list.clone() };
    let mut balance = compensation::balance(context, id, now).await?;
    balance.grants.truncate(MAX_DESK_CHILD as usize);
    Ok(DeskChild {
        profile: profile(caller, &people, id).ok_or_else(|| no_profile(id))?,
        guardians: families.remove(&id).unwrap_or_default(),
        bookings: bookings::my(context, &scope, None, &list).await?.items,
        waitlist: waitlist::my(waitlist, &filter, now).await?.items,
        makeups: makeup::my(context, &scope, None, &list).await?.items,
        balance,
        messages: inbox::my(context, caller, &scope, &list).await?.items,
    })
}
