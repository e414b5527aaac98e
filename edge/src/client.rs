//! Who is at the other end of the connection: the platform's word, handed on so that the origin can believe it.

use crate::border::{Lines, value};
use contract::client_address::{CLIENT_ADDRESS_HEADER, EDGE_SECRET_HEADER};
use std::net::IpAddr;

/// What the edge alone says to the origin. A caller's own headers of these names are never among the lines that
/// `forward` reads, so that they end here.
pub(crate) const TO_ORIGIN: [&str; 2] = [CLIENT_ADDRESS_HEADER, EDGE_SECRET_HEADER];

/// The caller's address. The platform writes this header itself, over what a caller sends.
pub(crate) fn address(asked: &Lines) -> Option<IpAddr> {
    value(asked, "cf-connecting-ip")?.trim().parse().ok()
}

/// The lines that tell the origin the caller's address, and prove that the edge says so. Without the secret there
/// are none: the origin would not believe them.
pub(crate) fn lines(address: Option<IpAddr>, secret: Option<&str>) -> Lines {
    match (address, secret) {
        (Some(address), Some(secret)) => {
            vec![(CLIENT_ADDRESS_HEADER, address.to_string()), (EDGE_SECRET_HEADER, secret.to_owned())]
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_with_its_proof_or_not_at_all() {
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!(
            lines(address, Some("s")),
            [(CLIENT_ADDRESS_HEADER, "192.0.2.1".to_owned()), (EDGE_SECRET_HEADER, "s".to_owned())]
        );
        assert!(lines(address, None).is_empty());
        assert!(lines(None, Some("s")).is_empty());
    }
}
