use super::*;

#[test]
fn addresses_survive_the_kernels_form() {
    for address in ["192.0.2.1:5000", "[2001:db8::1]:5000"] {
        let address: SocketAddr = address.parse().expect("an address");
        let (storage, _) = match address {
            SocketAddr::V4(v4) => encode_v4(v4),
            SocketAddr::V6(v6) => encode_v6(v6),
        };
        assert_eq!(decode(&storage), Some(address));
    }
}
