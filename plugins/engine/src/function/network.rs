//! Addresses in networks, of both versions.

use std::net::IpAddr;

use crate::rule::Held;

/// Whether the address lies in the network; NULL if either is none.
pub(super) fn holds(address: &Held<'_>, network: &Held<'_>) -> Held<'static> {
    let (Some(address), Some(network)) = (address.text(), network.text()) else {
        return Held::NULL;
    };
    Held::truth(parse(&address).zip(parse_network(&network)).map(
        |(address, (base, length))| match (address, base) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                agree(a.to_bits().into(), b.to_bits().into(), 32 - length)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => agree(a.to_bits(), b.to_bits(), 128 - length),
            _ => false,
        },
    ))
}

fn parse(text: &[u8]) -> Option<IpAddr> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// The address and the length of the prefix; without one, all of the address.
fn parse_network(text: &[u8]) -> Option<(IpAddr, u32)> {
    let text = str::from_utf8(text).ok()?;
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Some(most), |length| length.parse().ok())?;
    (length <= most).then_some((address, length))
}

fn agree(a: u128, b: u128, ignored: u32) -> bool {
    (a ^ b).checked_shr(ignored).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network_if_their_prefixes_agree() {
        let table = [
            ("10.255.0.1", "10.0.0.0/8", Some(1)),
            ("11.0.0.0", "10.0.0.0/8", Some(0)),
            ("10.1.2.3", "10.9.9.9/8", Some(1)),
            ("1.2.3.4", "0.0.0.0/0", Some(1)),
            ("1.2.3.4", "1.2.3.4", Some(1)),
            ("1.2.3.5", "1.2.3.4/32", Some(0)),
            ("fe80::1", "fe80::/10", Some(1)),
            ("fec0::1", "fe80::/10", Some(0)),
            ("::1", "::/0", Some(1)),
            ("::1", "0.0.0.0/0", Some(0)),
            ("localhost", "127.0.0.0/8", None),
            ("1.2.3.4", "1.2.3.4/33", None),
            ("1.2.3.4", "1.2.3.4/-1", None),
            ("1.2.3.4", "", None),
        ];
        for (address, network, expected) in table {
            let [a, b] = [address, network].map(|text| Held::Made(text.as_bytes().to_vec()));
            assert_eq!(holds(&a, &b).whole(), expected, "{address} in {network}");
        }
    }
}
