use super::*;

/// The port, driven by hand with a time of its own.
struct Port {
    streams: Streams,
    engine: Engine,
    counters: Counters,
    now: Instant,
    address: SocketAddr,
}

impl Port {
    fn open() -> Port {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        Port {
            streams: Streams::new(Some(listener)).expect("an epoll"),
            engine: Engine::new(),
            counters: Counters::default(),
            now: Instant::from_nanos(1),
            address,
        }
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.address).expect("accepted by the kernel");
        client.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        client
    }

    fn turn(&mut self) {
        self.streams.receive(self.now, &mut self.engine, &mut self.counters);
        self.streams.sweep(self.now, &self.engine, &mut self.counters);
    }

    fn turn_until(&mut self, holds: impl Fn(&Port) -> bool) {
        while !holds(self) {
            self.turn();
        }
    }

    fn count(&self, counter: impl Into<Counter>) -> u64 {
        let counter = counter.into();
        self.counters.get(counter) + self.engine.counters().get(counter)
    }
}

fn framed(datagrams: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert!(datagrams.iter().all(|datagram| frame(&mut bytes, datagram)));
    bytes
}

#[test]
fn frames_reach_the_engine_however_they_are_cut() {
    let mut port = Port::open();
    let mut client = port.connect();
    for byte in framed(&[&[], &[99; 300], &[1]]) {
        client.write_all(&[byte]).expect("sent");
        port.turn();
    }
    port.turn_until(|port| port.count(Drop::NotAProtocol) == 3);
    assert_eq!(port.count(Counter::BytesIn), 301);
    client.write_all(&framed(&[&[99; LONGEST][..]; 40])).expect("sent");
    port.turn_until(|port| port.count(Drop::NotAProtocol) == 43);
}

#[test]
fn a_frame_that_is_too_long_ends_the_connection() {
    let mut port = Port::open();
    let mut client = port.connect();
    client.write_all(&[0xFF, 0xFF]).expect("sent");
    port.turn_until(|port| port.count(Counter::ConnectionsAccepted) == 1);
    port.turn_until(|port| port.streams.connections.is_empty());
    assert_eq!(client.read(&mut [0; 10]).expect("closed in order"), 0);
}

#[test]
fn a_connection_without_a_valid_pair_is_closed_after_a_while() {
    let mut port = Port::open();
    let mut client = port.connect();
    port.turn_until(|port| port.count(Counter::ConnectionsAccepted) == 1);
    for _ in 0..4 {
        port.now = port.streams.next_sweep().expect("armed");
        client.write_all(&framed(&[&[0; 20]])).expect("sent");
        port.turn();
        assert_eq!(port.streams.connections.len(), 1);
    }
    port.now = port.streams.next_sweep().expect("armed");
    port.turn();
    assert!(port.streams.connections.is_empty());
    assert_eq!(port.count(Counter::ConnectionsUnproven), 1);
    assert_eq!(port.streams.next_sweep(), None);
}

#[test]
fn one_source_holds_few_connections_until_they_are_proven() {
    let mut port = Port::open();
    let clients: Vec<_> = (0..MAX_UNPROVEN_OF_SOURCE + 3).map(|_| port.connect()).collect();
    port.turn_until(|port| port.count(Counter::ConnectionsRefused) == 3);
    assert_eq!(port.streams.connections.len(), MAX_UNPROVEN_OF_SOURCE);
    for connection in port.streams.connections.values_mut() {
        connection.unproven = None;
    }
    let _another = port.connect();
    port.turn_until(|port| port.streams.connections.len() > MAX_UNPROVEN_OF_SOURCE);
    drop(clients);
    port.turn_until(|port| port.streams.connections.len() == 1);
}

#[test]
fn a_slow_reader_loses_media_and_hears_the_rest_in_order() {
    let mut port = Port::open();
    let mut client = port.connect();
    port.turn_until(|port| port.count(Counter::ConnectionsAccepted) == 1);
    let id = ConnectionId(port.streams.latest);
    let media = |number: u64| [&[128, 96][..], &[0; 1_000], &number.to_be_bytes()].concat();
    let mut number = 0;
    while port.count(Drop::QueueFull) < 10 {
        port.streams.push(id, &media(number), &mut port.counters);
        port.streams.send();
        number += 1;
    }
    let waiting = port.streams.connections[&id].waiting.len();
    assert!(waiting <= MEDIA_WAITING);
    let check = [1; 100];
    port.streams.push(id, &check, &mut port.counters);
    assert_eq!(port.count(Drop::QueueFull), 10);

    let mut received: Vec<u8> = Vec::new();
    let sent = port.count(Counter::BytesOut) + port.count(Counter::PacketsOut) * HEADER as u64;
    while (received.len() as u64) < sent {
        let mut some = [0; 4_096];
        client.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        if let Ok(count) = client.read(&mut some) {
            received.extend_from_slice(&some[..count]);
        }
        port.turn();
    }
    let mut frames = Vec::new();
    assert_eq!(unframe(&mut received, |frame| frames.push(frame.to_vec())), Ok(&mut [][..]));
    assert_eq!(frames.pop().as_deref(), Some(&check[..]));
    assert_eq!(frames.len() as u64, number - 10);
    for (number, frame) in frames.iter().enumerate() {
        assert_eq!(*frame, media(number as u64));
    }
    assert!(!port.streams.connections[&id].watches_writable);
}

#[test]
fn neighbours_share_a_network() {
    for (one, other, same) in [
        ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("2001:db8::1", "2001:db8::ffff:1", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
    ] {
        let [one, other] = [one, other].map(|address| network(address.parse().expect("one")));
        assert_eq!(one == other, same, "{one} {other}");
    }
}
