use super::*;

#[test]
fn the_thread_answers_counts_and_stops() {
    let media = MediaThread::start("127.0.0.1".parse().expect("an address"), 0).expect("started");
    let client = UdpSocket::bind("127.0.0.1:0").expect("loopback");
    client.send_to(&[], ("127.0.0.1", media.port())).expect("sent");
    client.send_to(&[99; 50], ("127.0.0.1", media.port())).expect("sent");
    let dropped = || media.totals().find(|(key, _)| *key == "drop_not_a_protocol");
    while dropped() != Some(("drop_not_a_protocol", 2)) {
        thread::yield_now();
    }
    assert!(media.drain().expect("alive").is_empty());
    media.close();
    assert!(UdpSocket::bind(("127.0.0.1", media.port())).is_ok());
    media.close();
}
