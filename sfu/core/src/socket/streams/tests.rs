use std::sync::mpsc::Receiver;

use super::*;
use crate::engine::Command;
use crate::ids::PeerId;
use crate::outgoing::Outgoing;
use crate::socket::Shared;
use crate::stun::tests::{SAMPLE_PASSWORD, SAMPLE_REQUEST, bytes_of};

/// The port, driven by hand with a time of its own.
struct Port {
    streams: Streams,
    engine: Engine,
    counters: Counters,
    now: Instant,
    address: SocketAddr,
}

impl Port {
    fn send(&mut self, id: ConnectionId, datagram: &[u8]) {
        let path = Path { remote: self.address, via: Via::Tcp(id) };
        let mut outgoing = Outgoing::default();
        let burst = outgoing.to(PeerId(1), path);
        burst.push(datagram);
        self.streams.send(id, burst, &mut self.counters);
    }

    fn open() -> Port {
        Port::before(None)
    }

    /// The port of a thread that has another one behind it.
    fn before(next: Option<Inbox>) -> Port {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        Port {
            streams: Streams::new(Some(listener), next, Arc::default()).expect("an epoll"),
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

    /// Know the peer that the sample request of RFC 5769 is for.
    fn expect_sample(&mut self) {
        let (peer, ufrag, password) = (PeerId(1), "evtj".to_owned(), SAMPLE_PASSWORD.to_owned());
        let set_ice = Command::SetIce {
            peer,
            ufrag: ufrag.clone(),
            password: password.clone(),
            remote_ufrag: "h6vY".to_owned(),
        };
        for command in [Command::AddPeer { peer, ufrag, password }, set_ice] {
            self.engine.handle(self.now, Input::Command(command));
        }
    }

    fn adopt(&mut self, stray: Stray) {
        self.streams.adopt(self.now, stray, &mut self.engine, &mut self.counters);
    }

    fn count(&self, counter: impl Into<Counter>) -> u64 {
        let counter = counter.into();
        self.counters.get(counter) + self.engine.counters().get(counter)
    }
}

fn inbox() -> (Inbox, Receiver<Message>) {
    Inbox::new(Arc::new(Shared::new().expect("descriptors")))
}

/// Let the port work until it hands a connection on.
fn handed_on(port: &mut Port, received: &Receiver<Message>) -> Stray {
    loop {
        port.turn();
        match received.try_recv() {
            Ok(Message::Connection(stray)) => return stray,
            Ok(Message::Command(_)) => panic!("no command was given"),
            Err(_) => {}
        }
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
fn a_connection_goes_to_the_thread_that_knows_its_peer_however_its_check_is_cut() {
    let bytes = framed(&[&bytes_of(SAMPLE_REQUEST), &[99; 5]]);
    for cut in [0, 1, 2, 50, bytes.len() - 7, bytes.len() - 1, bytes.len()] {
        let (next, received) = inbox();
        let (mut first, mut second) = (Port::before(Some(next)), Port::open());
        second.expect_sample();
        let mut client = first.connect();
        let (one, other) = bytes.split_at(cut);
        client.write_all(one).expect("sent");
        first.turn_until(|port| port.count(Counter::ConnectionsAccepted) == 1);
        first.turn();
        client.write_all(other).expect("sent");
        second.adopt(handed_on(&mut first, &received));
        assert!(first.streams.connections.is_empty());
        assert_eq!(first.count(Counter::PacketsIn), 0);
        second.turn_until(|port| port.count(Drop::NotAProtocol) == 1);
        assert_eq!(second.count(Counter::StunAnswered), 1, "{cut}");
        client.write_all(&framed(&[&[98; 5]])).expect("sent");
        second.turn_until(|port| port.count(Drop::NotAProtocol) == 2);
    }
}

#[test]
fn a_connection_stays_where_its_peer_is() {
    let (next, received) = inbox();
    let mut port = Port::before(Some(next));
    port.expect_sample();
    port.connect().write_all(&framed(&[&bytes_of(SAMPLE_REQUEST)])).expect("sent");
    port.turn_until(|port| port.count(Counter::StunAnswered) == 1);
    assert!(received.try_recv().is_err());
}

#[test]
fn the_last_thread_keeps_a_stranger_for_a_while() {
    let (next, received) = inbox();
    let (mut first, mut last) = (Port::before(Some(next)), Port::open());
    let mut client = first.connect();
    client.write_all(&framed(&[&bytes_of(SAMPLE_REQUEST)])).expect("sent");
    last.adopt(handed_on(&mut first, &received));
    assert_eq!(last.count(Drop::UnknownUfrag), 1);
    while !last.streams.connections.is_empty() {
        last.now = last.streams.next_sweep().expect("armed");
        last.turn();
    }
    assert_eq!(last.count(Counter::ConnectionsUnproven), 1);
    assert_eq!(last.now.since(first.now), PROOF_PATIENCE);
    client.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    assert_eq!(client.read(&mut [0; 10]).expect("closed in order"), 0);
}

#[test]
fn strangers_that_are_handed_on_are_few() {
    let (next, received) = inbox();
    let (mut first, mut last) = (Port::before(Some(next)), Port::open());
    let clients: Vec<_> = (0..MAX_UNPROVEN_OF_SOURCE + 2)
        .map(|_| {
            let mut client = first.connect();
            client.write_all(&framed(&[&bytes_of(SAMPLE_REQUEST)])).expect("sent");
            last.adopt(handed_on(&mut first, &received));
            client
        })
        .collect();
    assert_eq!(last.streams.connections.len(), MAX_UNPROVEN_OF_SOURCE);
    assert_eq!(last.count(Counter::ConnectionsRefused), 2);
    drop(clients);
}

#[test]
fn all_threads_together_hold_so_many_connections() {
    let mut port = Port::open();
    let others: Vec<_> =
        (0..MAX_CONNECTIONS - 2).map(|_| Arc::clone(&port.streams.places)).collect();
    let _first = port.connect();
    port.turn_until(|port| port.count(Counter::ConnectionsAccepted) == 1);
    let _second = port.connect();
    port.turn_until(|port| port.count(Counter::ConnectionsRefused) == 1);
    drop(others);
    let _third = port.connect();
    port.turn_until(|port| port.count(Counter::ConnectionsAccepted) == 2);
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
        port.send(id, &media(number));
        number += 1;
    }
    let waiting = port.streams.connections[&id].waiting.len();
    assert!(waiting <= MEDIA_WAITING);
    let check = [1; 100];
    port.send(id, &check);
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
