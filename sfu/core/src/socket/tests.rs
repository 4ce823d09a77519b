use super::*;
use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};

#[test]
fn the_thread_answers_counts_and_stops() {
    let media = start_one(None);
    let client = UdpSocket::bind("127.0.0.1:0").expect("loopback");
    client.send_to(&[], ("127.0.0.1", media.port())).expect("sent");
    client.send_to(&[99; 50], ("127.0.0.1", media.port())).expect("sent");
    let dropped = || media.totals().find(|(key, _)| *key == "drop_not_a_protocol");
    while dropped() != Some(("drop_not_a_protocol", 2)) {
        thread::yield_now();
    }
    assert!(media.drain().expect("alive").is_empty());
    media.close();
    assert_eq!(media.tcp_port(), None);
    assert!(UdpSocket::bind(("127.0.0.1", media.port())).is_ok());
    media.close();
}

#[test]
fn the_thread_accepts_connections() {
    let media = start_one(Some(0));
    let port = media.tcp_port().expect("wanted");
    let mut client = TcpStream::connect((HOST, port)).expect("loopback");
    client.write_all(&[0, 3, 99, 99, 99]).expect("sent");
    let dropped = || media.totals().find(|(key, _)| *key == "drop_not_a_protocol");
    while dropped() != Some(("drop_not_a_protocol", 1)) {
        thread::yield_now();
    }
    media.close();
    // The connection waits for its last packets, the port does not.
    assert!(TcpListener::bind((HOST, port)).is_ok());
}

#[test]
fn each_thread_has_a_port_counts_and_stops_by_itself() {
    let media = MediaThread::start(HOST, &[0, 0, 0], None).expect("started");
    let client = UdpSocket::bind((HOST, 0)).expect("loopback");
    let dropped = |thread: &MediaThread| {
        thread.totals().find(|(key, _)| *key == "drop_not_a_protocol").map(|(_, total)| total)
    };
    for (index, thread) in media.iter().enumerate() {
        for _ in 0..=index {
            client.send_to(&[99; 50], (HOST, thread.port())).expect("sent");
        }
        while dropped(thread) != Some(index as u64 + 1) {
            thread::yield_now();
        }
    }
    assert_eq!(media.iter().filter_map(dropped).collect::<Vec<_>>(), [1, 2, 3]);
    media[1].close();
    assert!(UdpSocket::bind((HOST, media[1].port())).is_ok());
    client.send_to(&[], (HOST, media[2].port())).expect("sent");
    while dropped(&media[2]) != Some(4) {
        thread::yield_now();
    }
}

#[test]
fn a_port_that_is_taken_leaves_none_bound() {
    let taken = UdpSocket::bind((HOST, 0)).expect("loopback");
    let other = UdpSocket::bind((HOST, 0)).expect("loopback").local_addr().expect("bound").port();
    let ports = [other, taken.local_addr().expect("bound").port()];
    let error = MediaThread::start(HOST, &ports, None).map(|_| ()).expect_err("taken");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(UdpSocket::bind((HOST, other)).is_ok());
}

fn start_one(tcp_port: Option<u16>) -> MediaThread {
    MediaThread::start(HOST, &[0], tcp_port).expect("started").remove(0)
}

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
