use super::*;
use std::io::Write;
use std::net::TcpStream;

#[test]
fn the_thread_answers_counts_and_stops() {
    let media =
        MediaThread::start("127.0.0.1".parse().expect("an address"), 0, None).expect("started");
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
    let host = "127.0.0.1".parse().expect("an address");
    let media = MediaThread::start(host, 0, Some(0)).expect("started");
    let port = media.tcp_port().expect("wanted");
    let mut client = TcpStream::connect((host, port)).expect("loopback");
    client.write_all(&[0, 3, 99, 99, 99]).expect("sent");
    let dropped = || media.totals().find(|(key, _)| *key == "drop_not_a_protocol");
    while dropped() != Some(("drop_not_a_protocol", 1)) {
        thread::yield_now();
    }
    media.close();
    // The connection waits for its last packets, the port does not.
    assert!(TcpListener::bind((host, port)).is_ok());
}
