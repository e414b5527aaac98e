//! Who is at the other end of the connection: the platform's word, handed on so that the origin can believe it.

use crate::forward::Lines;
use logic::api::{CLIENT_ADDRESS_HEADER, EDGE_SECRET_HEADER};
use std::net::{IpAddr, Ipv6Addr};
use worker::Headers;

/// What the edge alone says to the origin. A caller's own headers of these names are never among the lines that
/// `forward` reads, so that they end here.
pub(crate) const TO_ORIGIN: [&str; 2] = [CLIENT_ADDRESS_HEADER, EDGE_SECRET_HEADER];

/// The caller's address. The platform writes this header itself, over what a caller sends.
pub(crate) fn address(headers: &Headers) -> Option<IpAddr> {
    headers.get("cf-connecting-ip").ok().flatten()?.trim().parse().ok()
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

/// What one caller is counted by: of IPv6, the network, for a caller has all of its addresses.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
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

    #[test]
    fn an_ipv6_network_is_one_caller() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
