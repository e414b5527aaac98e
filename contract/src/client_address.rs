//! Where callers come from: what the edge tells the backend of it, and what both count by.

use std::net::{IpAddr, Ipv6Addr};

/// In which header the edge tells the backend the caller's address; it counts beside [`EDGE_SECRET_HEADER`] alone.
pub const CLIENT_ADDRESS_HEADER: &str = "x-client-address";
/// In which header the edge shows the backend that it is the edge: a secret that the two share.
pub const EDGE_SECRET_HEADER: &str = "x-edge-secret";
/// The header with which the edge's cron handler asks for `process-expiry` without a token: `x-edge-cron: 1`, beside
/// [`EDGE_SECRET_HEADER`]. The edge never forwards it from a caller.
pub const EDGE_CRON_HEADER: &str = "x-edge-cron";

/// What one caller is counted by: of IPv6, the network, for a caller has all of its addresses.
pub fn network(address: IpAddr) -> IpAddr {
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
    fn an_ipv6_network_is_one_caller() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
