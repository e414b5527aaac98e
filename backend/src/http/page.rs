//! The parameters that lists share.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use logic::ids::ProfileId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::error::AppError;
use crate::http::extract::read_query;
use crate::paging::Paging;

/// The parameters of every list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// The parameter of lists that cover one profile, or all profiles of the account.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileFilter {
    /// Left out: all profiles of the account.
    pub(super) profile_id: Option<ProfileId>,
}

/// No parameters but those of [`PageQuery`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoFilter {}

/// The query string of a list: `limit` and `cursor`, and the rest as an `F`. 400 for any other parameter.
pub(super) struct Paged<F>(pub(super) F, pub(super) Paging);

impl<F: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Paged<F> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let query = parts.uri.query().unwrap_or_default();
        let (page, filter): (Vec<&str>, Vec<&str>) =
            query.split('&').partition(|pair| matches!(pair.split('=').next(), Some("limit" | "cursor")));
        let PageQuery { limit, cursor } = read_query(&page.join("&"))?;
        Ok(Self(read_query(&filter.join("&"))?, Paging::new(limit, cursor.as_deref())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    async fn read(query: &str) -> Result<(Option<i64>, u32), String> {
        let (mut parts, ()) = Request::get(format!("/list{query}")).body(()).unwrap().into_parts();
        let paged = Paged::<ProfileFilter>::from_request_parts(&mut parts, &()).await;
        paged
            .map(|Paged(filter, paging)| (filter.profile_id.map(|id| id.0), paging.fetch() - 1))
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_list_reads_its_own_parameters_and_those_of_every_list() {
        assert_eq!(read("").await, Ok((None, 20)));
        assert_eq!(read("?limit=5&profile_id=7").await, Ok((Some(7), 5)));
        assert_eq!(read("?profile_id=7&&limit=5&cursor=1_2").await, Ok((Some(7), 5)));
    }

    #[tokio::test]
    async fn a_parameter_that_is_unknown_malformed_or_given_twice_is_named() {
        for (query, name) in [
            ("?colour=red", "colour"),
            ("?limit=many", "limit"),
            ("?limit=0", "limit"),
            ("?limit=1&limit=2", "limit"),
            ("?profile_id=x", "profile_id"),
            ("?cursor=x", "cursor"),
        ] {
            let error = read(query).await.unwrap_err();
            assert!(error.contains(name), "{query}: {error}");
        }
    }
}
