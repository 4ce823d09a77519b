//! One peer's side of ICE-lite (RFC 8445 §2.5): credentials, valid pairs, consent (RFC 7675).

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use ring::hmac;

use crate::counters::Drop;
use crate::ids::PeerId;
use crate::path::Path;
use crate::stun::{self, Request};
use crate::time::Instant;

/// The ICE agent of one peer.
pub struct Agent {
    current: Credentials,
    /// Those before an ICE restart, until a check with the current ones succeeds.
    former: Option<Credentials>,
    pairs: Vec<Pair>,
    selected: Option<Path>,
}

struct Credentials {
    ufrag: Box<str>,
    remote_ufrag: Option<Box<str>>,
    key: hmac::Key,
}

struct Pair {
    source: Path,
    checked_at: Instant,
}

/// What an authenticated check brings.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked {
    pub answer: Vec<u8>,
    /// The peer had no pair before.
    pub connected: bool,
    /// The source is a valid pair now.
    pub valid: bool,
    /// An old ufrag which is of no use any more.
    pub retired: Option<Box<str>>,
    /// A pair that had to make room.
    pub evicted: Option<Path>,
}

impl Agent {
    pub fn new(ufrag: &str, password: &str) -> Agent {
        let current = Credentials::new(ufrag, password, None);
        Agent { current, former: None, pairs: Vec::new(), selected: None }
    }

    /// Set the credentials for `ufrag:remote_ufrag`. Returns a ufrag that is of no use any more.
    pub fn set_credentials(
        &mut self,
        ufrag: &str,
        password: &str,
        remote_ufrag: &str,
    ) -> Option<Box<str>> {
        let fresh = Credentials::new(ufrag, password, Some(remote_ufrag.into()));
        let before = std::mem::replace(&mut self.current, fresh);
        if before.ufrag == self.current.ufrag {
            return None;
        }
        if before.remote_ufrag.is_none() {
            return Some(before.ufrag);
        }
        let retired = if self.former.is_none() {
            &mut self.former
        } else {
            return Some(before.ufrag);
        };
        retired.replace(before).map(|credentials| credentials.ufrag)
    }

    /// The ufrags by which checks find this agent.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        [Some(&self.current), self.former.as_ref()].into_iter().flatten().map(|c| &*c.ufrag)
    }

    /// Where to send; `None` without a valid pair.
    pub fn selected(&self) -> Option<Path> {
        self.selected
    }

    pub fn pairs(&self) -> impl Iterator<Item = Path> + '_ {
        self.pairs.iter().map(|pair| pair.source)
    }

    /// Authenticate a Binding request and let it validate, refresh or nominate its pair.
    pub fn check(
        &mut self,
        now: Instant,
        source: Path,
        request: &Request,
    ) -> Result<Checked, Drop> {
        let credentials = self.authenticate(request).ok_or(Drop::WrongIntegrity)?;
        if request.controlled {
            // We are the controlled side for good (RFC 8445 §7.3.1.1).
            let answer = stun::role_conflict(&request.transaction, &credentials.key);
            return Ok(Checked::without_pair(answer));
        }
        let answer = stun::success(&request.transaction, source.remote, &credentials.key);
        let is_current = std::ptr::eq(credentials, &self.current);
        let retired = if is_current { self.former.take() } else { None };
        let connected = self.selected.is_none();
        let evicted = self.refresh(source, now);
        if connected || request.use_candidate {
            self.selected = Some(source);
        }
        let retired = retired.map(|credentials| credentials.ufrag);
        Ok(Checked { answer, connected, valid: true, retired, evicted })
    }

    /// Drop the pairs whose consent has expired and return them.
    pub fn expire(&mut self, now: Instant) -> Vec<Path> {
        let (fresh, expired) = std::mem::take(&mut self.pairs)
            .into_iter()
            .partition(|pair| now.since(pair.checked_at) < CONSENT);
        self.pairs = fresh;
        let expired: Vec<_> = Vec::from_iter(expired.into_iter().map(|pair: Pair| pair.source));
        if self.selected.is_some_and(|selected| expired.contains(&selected)) {
            self.selected = self.latest();
        }
        expired
    }

    /// When the next pair loses consent, unless it is refreshed.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.pairs.iter().map(|pair| pair.checked_at + CONSENT).min()
    }

    /// Forget a pair which now belongs to another peer, or whose connection has ended.
    pub fn forget(&mut self, source: Path) {
        self.pairs.retain(|pair| pair.source != source);
        if self.selected == Some(source) {
            self.selected = self.latest();
        }
    }

    fn authenticate(&self, request: &Request) -> Option<&Credentials> {
        let mut known = [Some(&self.current), self.former.as_ref()].into_iter().flatten();
        known.find(|credentials| credentials.match_request(request))
    }

    fn refresh(&mut self, source: Path, now: Instant) -> Option<Path> {
        if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.source == source) {
            pair.checked_at = now;
            return None;
        }
        let evicted = if self.pairs.len() < MAX_PAIRS { None } else { self.evict() };
        self.pairs.push(Pair { source, checked_at: now });
        evicted
    }

    fn evict(&mut self) -> Option<Path> {
        let others = self.pairs.iter().filter(|pair| Some(pair.source) != self.selected);
        let oldest = others.min_by_key(|pair| pair.checked_at)?.source;
        self.pairs.retain(|pair| pair.source != oldest);
        Some(oldest)
    }

    fn latest(&self) -> Option<Path> {
        self.pairs.iter().max_by_key(|pair| pair.checked_at).map(|pair| pair.source)
    }
}

impl Credentials {
    fn new(ufrag: &str, password: &str, remote_ufrag: Option<Box<str>>) -> Credentials {
        Credentials { ufrag: ufrag.into(), remote_ufrag, key: stun::integrity_key(password) }
    }

    fn match_request(&self, request: &Request) -> bool {
        *self.ufrag == *request.local_ufrag
            && self.remote_ufrag.as_deref() == Some(request.remote_ufrag)
            && request.is_authentic(&self.key)
    }
}

impl Checked {
    fn without_pair(answer: Vec<u8>) -> Checked {
        Checked { answer, connected: false, valid: false, retired: None, evicted: None }
    }
}

/// How often each source may fail to authenticate towards each peer. Sources share cells by a secret
/// hash, so the memory is the same whatever is spoofed.
pub struct Budget {
    hasher: RandomState,
    cells: Box<[Cell]>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    since: Instant,
    failures: u32,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { hasher: RandomState::new(), cells: vec![Cell::default(); CELLS].into() }
    }
}

impl Budget {
    pub fn allows(&self, now: Instant, peer: PeerId, source: IpAddr) -> bool {
        let cell = self.cells[self.index(peer, source)];
        cell.failures < FAILURES || now.since(cell.since) >= BUDGET_PERIOD
    }

    pub fn spend(&mut self, now: Instant, peer: PeerId, source: IpAddr) {
        let index = self.index(peer, source);
        let cell = &mut self.cells[index];
        if now.since(cell.since) >= BUDGET_PERIOD {
            *cell = Cell { since: now, failures: 0 };
        }
        cell.failures += 1;
    }

    fn index(&self, peer: PeerId, source: IpAddr) -> usize {
        (self.hasher.hash_one((peer, source)) % CELLS as u64) as usize
    }
}

/// Without an authenticated check for this long, nothing more is sent to an address. Raising it
/// sends longer to one who has gone, lowering it cuts off who has a bad moment.
const CONSENT: Duration = Duration::from_secs(15);

/// Valid pairs kept for a peer: clients and servers have a handful of addresses each, and TCP.
const MAX_PAIRS: usize = 32;

/// Failed checks a source may make in a `BUDGET_PERIOD`. Raising it lets a flood take more time.
const FAILURES: u32 = 10;
const BUDGET_PERIOD: Duration = Duration::from_secs(1);

/// Lowering it lets spoofed sources use up the budgets of others; each costs 16 bytes.
const CELLS: usize = 1 << 16;
