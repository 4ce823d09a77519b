use super::*;
use crate::counters::Counters;
use crate::ids::PeerId;
use crate::outgoing::Outgoing;
use crate::socket::transmit;

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

#[test]
fn answers_leave_from_the_address_that_was_asked() {
    for (bound, from, asked) in [
        ("0.0.0.0:0", "127.0.0.1:0", "127.0.0.2"),
        ("[::]:0", "127.0.0.1:0", "127.0.0.3"),
        ("[::]:0", "[::1]:0", "::1"),
    ] {
        let (Ok(server), Ok(client)) = (UdpSocket::bind(bound), UdpSocket::bind(from)) else {
            continue; // a host without IPv6
        };
        let asked: IpAddr = asked.parse().expect("an address");
        let number = server.local_addr().expect("bound").port();
        let mut port = Port::new(server);
        // Connected, it hears that address only.
        client.connect((asked, number)).expect("loopback");
        client.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        client.send(&[7; 20]).expect("sent");
        let mut datagrams = Datagrams::new();
        while datagrams.count == 0 {
            port.receive(&mut datagrams);
        }
        let (path, bytes) = datagrams.iter_mut().next().expect("one");
        assert_eq!(bytes, [7; 20]);
        assert_eq!(port.locals.address(path.via), Some(asked));
        let mut outgoing = Outgoing::default();
        let sizes = [1_000, 1_000, 30];
        for size in sizes {
            outgoing.to(PeerId(1), path).push(&vec![1; size]);
        }
        transmit::send(outgoing.bursts().iter(), &mut port, &mut Counters::default());
        for size in sizes {
            assert_eq!(client.recv(&mut [0; 2_000]).expect("an answer"), size);
        }
    }
}
