//! The front door: what a datagram is and whether its source may send it.

use super::{Engine, Event, count_failure};
use crate::counters::{Counter, Drop};
use crate::demux::{Kind, classify};
use crate::ids::PeerId;
use crate::path::Path;
use crate::stun::Request;
use crate::time::Instant;

impl Engine {
    pub(super) fn handle_datagram(&mut self, now: Instant, source: Path, bytes: &mut [u8]) {
        self.counters.count(Counter::PacketsIn);
        self.counters.add(Counter::BytesIn, bytes.len() as u64);
        let handled = match classify(bytes) {
            Some(Kind::Stun) => self.handle_stun(now, source, bytes),
            Some(Kind::Dtls) => self.handle_dtls(source, bytes),
            Some(Kind::Rtp) => {
                self.owner(source).and_then(|peer| self.handle_rtp(now, peer, bytes))
            }
            Some(Kind::Rtcp) => {
                self.owner(source).and_then(|peer| self.handle_rtcp(now, peer, bytes))
            }
            None => Err(Drop::NotAProtocol),
        };
        count_failure(&mut self.counters, handled);
    }

    fn handle_stun(&mut self, now: Instant, source: Path, bytes: &[u8]) -> Result<(), Drop> {
        let request = Request::parse(bytes).ok_or(Drop::MalformedStun)?;
        let id = *self.ufrags.get(request.local_ufrag).ok_or(Drop::UnknownUfrag)?;
        // Whoever spoofs a client's address must not use up the consent of its session.
        let known = self.pairs.get(&source) == Some(&id);
        if !known && !self.budget.allows(now, id, source.remote.ip()) {
            return Err(Drop::OverBudget);
        }
        let peer = self.peers.get_mut(&id).ok_or(Drop::UnknownUfrag)?;
        let checked = peer.ice.check(now, source, &request).inspect_err(|_| {
            self.budget.spend(now, id, source.remote.ip());
        })?;
        peer.heard_at = now;
        if let Some(ufrag) = checked.retired {
            self.ufrags.remove(&ufrag);
        }
        if let Some(evicted) = checked.evicted {
            self.pairs.remove(&evicted);
        }
        self.counters.count(Counter::StunAnswered);
        self.outbox.outgoing.to(id, source).push(&checked.answer);
        if checked.valid {
            self.own_pair(id, source);
            self.watch_consent(id);
        }
        if checked.connected {
            self.counters.count(Counter::PairsValidated);
            self.outbox.push_event(Event::PairValidated(id));
            self.retarget_peer(now, id);
        }
        Ok(())
    }

    /// An address may pass from one peer to another, as when a page is reloaded.
    fn own_pair(&mut self, id: PeerId, source: Path) {
        let before = self.pairs.insert(source, id).filter(|before| *before != id);
        let Some(loser) = before.and_then(|before| self.peers.get_mut(&before)) else { return };
        loser.ice.forget(source);
        if let (Some(before), None) = (before, loser.ice.selected()) {
            self.lose_pair(before);
        }
    }

    pub(super) fn handle_closed(&mut self, path: Path) {
        let Some(id) = self.pairs.remove(&path) else { return };
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.ice.forget(path);
        if peer.ice.selected().is_none() {
            self.lose_pair(id);
        }
    }

    pub(super) fn lose_pair(&mut self, id: PeerId) {
        self.counters.count(Counter::PairsLost);
        self.outbox.push_event(Event::PairLost(id));
    }

    fn handle_dtls(&mut self, source: Path, bytes: &[u8]) -> Result<(), Drop> {
        let peer = self.owner(source)?;
        self.outbox.push_event(Event::DtlsReceived { peer, datagram: bytes.into() });
        Ok(())
    }

    fn owner(&self, source: Path) -> Result<PeerId, Drop> {
        self.pairs.get(&source).copied().ok_or(Drop::UnvalidatedPair)
    }
}
