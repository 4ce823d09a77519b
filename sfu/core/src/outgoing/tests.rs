use super::*;
use std::net::SocketAddr;

fn path(address: &str) -> Path {
    address.parse::<SocketAddr>().expect("an address").into()
}

fn burst(sizes: &[usize]) -> Burst {
    let mut burst = Burst::new(path("127.0.0.1:9"));
    for size in sizes {
        burst.push(&vec![*size as u8; *size]);
    }
    burst
}

#[test]
fn datagrams_of_one_size_form_a_run_whose_last_may_be_shorter() {
    for (sizes, expected) in [
        (&[100][..], &[(100, 100)][..]),
        (&[100, 100, 100], &[(300, 100)]),
        (&[100, 100, 40], &[(240, 100)]),
        (&[100, 40, 100], &[(140, 100), (100, 100)]),
        (&[40, 100], &[(40, 40), (100, 100)]),
        (&[100, 40, 40], &[(140, 100), (40, 40)]),
    ] {
        let runs: Vec<_> = burst(sizes).runs.iter().map(|run| (run.length, run.segment)).collect();
        assert_eq!(runs, expected, "{sizes:?}");
    }
}

#[test]
fn a_run_stays_within_the_kernels_limits() {
    for size in [100, 1_200] {
        let burst = burst(&vec![size; 200]);
        let counts: Vec<_> = burst.runs.iter().map(Run::segments).collect();
        assert_eq!(counts.iter().sum::<usize>(), 200);
        assert!(counts.iter().all(|count| *count <= MAX_SEGMENTS));
        assert!(burst.runs.iter().all(|run| run.length <= MAX_SEGMENTED));
    }
}

#[test]
fn what_goes_to_one_peer_is_together_as_long_as_its_path_stays() {
    let (here, there) = (path("127.0.0.1:9"), path("127.0.0.1:10"));
    let mut outgoing = Outgoing::default();
    for _ in 0..2 {
        for (peer, destination, size) in
            [(1, here, 1), (2, there, 2), (1, here, 3), (1, there, 4), (1, there, 5), (1, here, 6)]
        {
            outgoing.to(PeerId(peer), destination).push(&vec![0; size]);
        }
        let sizes = |burst: &Burst| burst.datagrams().map(<[u8]>::len).collect::<Vec<_>>();
        let sent: Vec<_> = outgoing.bursts().iter().map(|b| (b.destination, sizes(b))).collect();
        let expected = [(here, vec![1, 3]), (there, vec![2]), (there, vec![4, 5]), (here, vec![6])];
        assert_eq!(sent, expected);
        assert_eq!(outgoing.size(), 21);
        outgoing.clear();
        assert!(outgoing.bursts().is_empty() && outgoing.size() == 0);
    }
}

#[test]
fn nothing_written_is_nothing_sent() {
    let mut outgoing = Outgoing::default();
    let burst = outgoing.to(PeerId(1), path("127.0.0.1:9"));
    assert_eq!(burst.finish(0), 0);
    burst.push(&[1, 2]);
    assert_eq!(burst.finish(2), 0);
    assert_eq!(burst.datagrams().collect::<Vec<_>>(), [[1, 2]]);
}
