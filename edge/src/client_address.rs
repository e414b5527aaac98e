//! The caller's network address: the platform names it, and the edge hands it on in a way that the origin can trust.

use crate::http::{HeaderList, value};
use contract::headers::{CLIENT_ADDRESS, EDGE_SECRET};
use std::net::IpAddr;

/// Reads the caller's address. The platform sets this header itself and overwrites what a caller sends.
pub(crate) fn of(request: &HeaderList) -> Option<IpAddr> {
    value(request, "cf-connecting-ip")?.trim().parse().ok()
}

/// The headers that tell the origin the caller's address and prove that the edge says so. Without the secret there are
/// none: the origin would not believe them.
pub(crate) fn headers(address: Option<IpAddr>, secret: Option<&str>) -> HeaderList {
    match (address, secret) {
        (Some(address), Some(secret)) => {
            vec![(CLIENT_ADDRESS, address.to_string()), (EDGE_SECRET, secret.to_owned())]
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_travels_with_the_secret_or_not_at_all() {
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!(
            headers(address, Some("s")),
            [(CLIENT_ADDRESS, "192.0.2.1".to_owned()), (EDGE_SECRET, "s".to_owned())]
        );
        assert!(headers(address, None).is_empty());
        assert!(headers(None, Some("s")).is_empty());
    }
}
