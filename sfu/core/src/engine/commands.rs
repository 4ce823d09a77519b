//! Commands from the rest of the server. One that names something which is gone changes nothing and
//! is counted: the two sides run concurrently, so that is no fault.

use super::{Engine, Event, count_failure};
use crate::bandwidth::Bitrate;
use crate::codec::Codec;
use crate::counters::{Counter, Drop};
use crate::ids::{
    FloorId, IdMap, Mid, PeerId, Pt, PublicationId, Rid, SeqNo, Ssrc, SubscriptionId,
};
use crate::peer::{Formats, Peer, Route};
use crate::publication::Publication;
use crate::srtp::Material;
use crate::subscription::{PayloadTypes, Retransmission, Subscription, Wanted};
use crate::time::Instant;

/// What the rest of the server wants; the same as the methods of `sfu/_core.pyi`.
pub enum Command {
    AddPeer {
        peer: PeerId,
        ufrag: String,
        password: String,
    },
    SetIce {
        peer: PeerId,
        ufrag: String,
        password: String,
        remote_ufrag: String,
    },
    SendDtls {
        peer: PeerId,
        datagram: Vec<u8>,
    },
    SetKeys {
        peer: PeerId,
        receive: Material,
        send: Material,
    },
    SetFormats {
        peer: PeerId,
        formats: Box<Formats>,
    },
    RemovePeer(PeerId),
    Publish {
        publication: PublicationId,
        peer: PeerId,
        mid: Mid,
        video: bool,
        rids: Vec<Rid>,
        ssrcs: Vec<Ssrc>,
        rtx_ssrcs: Vec<Ssrc>,
    },
    Unpublish(PublicationId),
    Subscribe(Subscribe),
    SetLayer {
        subscription: SubscriptionId,
        wanted: Wanted,
    },
    /// So many layers of what a subscription wants do not fit on the way to it.
    SetMissing {
        subscription: SubscriptionId,
        layers: usize,
    },
    Unsubscribe(SubscriptionId),
    /// What a peer would be sent if it fitted.
    SetDemand {
        peer: PeerId,
        demand: Bitrate,
    },
    Tap {
        publication: PublicationId,
        on: bool,
    },
    /// A microphone competes on a floor with so many places, while it is not muted.
    SetFloor {
        publication: PublicationId,
        floor: FloorId,
        most: usize,
    },
    /// The publisher says that it sends nothing, or only silence.
    SetMuted {
        publication: PublicationId,
        muted: bool,
    },
    RequestKeyFrame(PublicationId),
    /// Give a sign of life: `Event::Pong`.
    Ping,
}

pub struct Subscribe {
    pub subscription: SubscriptionId,
    pub publication: PublicationId,
    pub peer: PeerId,
    pub mid: Mid,
    pub ssrc: Ssrc,
    pub rtx_ssrc: Option<Ssrc>,
    pub payload_types: PayloadTypes,
}

impl Engine {
    pub(super) fn handle_command(&mut self, now: Instant, command: Command) {
        if self.execute(now, command).is_none() {
            self.counters.count(Counter::CommandsRefused);
        }
    }

    fn execute(&mut self, now: Instant, command: Command) -> Option<()> {
        match command {
            Command::AddPeer { peer, ufrag, password } => self.add_peer(peer, &ufrag, &password),
            Command::SetIce { peer, ufrag, password, remote_ufrag } => {
                self.set_ice(peer, &ufrag, &password, &remote_ufrag)
            }
            Command::SendDtls { peer, datagram } => self.send_dtls(peer, &datagram),
            Command::SetKeys { peer, receive, send } => {
                self.peers.get_mut(&peer)?.set_keys(receive, send);
                self.retarget_peer(now, peer);
                Some(())
            }
            Command::SetFormats { peer, formats } => self.set_formats(peer, *formats),
            Command::RemovePeer(peer) => self.remove_peer(peer),
            Command::Publish { publication, peer, mid, video, rids, ssrcs, rtx_ssrcs } => {
                self.watch_qualities(now);
                let layers = Publication::new(peer, mid, video, rids);
                self.publish(publication, layers, &ssrcs, &rtx_ssrcs)
            }
            Command::Unpublish(publication) => self.unpublish(publication),
            Command::Subscribe(subscribe) => self.subscribe(now, subscribe),
            Command::SetLayer { subscription, wanted } => self.set_layer(now, subscription, wanted),
            Command::SetMissing { subscription, layers } => {
                self.subscriptions.get_mut(&subscription)?.missing_layers = layers;
                Some(())
            }
            Command::Unsubscribe(subscription) => self.unsubscribe(subscription),
            Command::SetDemand { peer, demand } => self.set_demand(now, peer, demand),
            Command::Tap { publication, on } => {
                self.publications.get_mut(&publication)?.tapped = on;
                Some(())
            }
            Command::SetFloor { publication, floor, most } => {
                self.set_floor(publication, floor, most)
            }
            Command::SetMuted { publication, muted } => self.set_muted(publication, muted),
            Command::RequestKeyFrame(publication) => self.request_key_frames(now, publication),
            Command::Ping => {
                self.outbox.push_event(Event::Pong);
                Some(())
            }
        }
    }

    fn add_peer(&mut self, id: PeerId, ufrag: &str, password: &str) -> Option<()> {
        if self.peers.contains_key(&id) || self.ufrags.contains_key(ufrag) {
            return None;
        }
        self.peers.insert(id, Peer::new(ufrag, password));
        self.ufrags.insert(ufrag.into(), id);
        Some(())
    }

    fn set_ice(&mut self, id: PeerId, ufrag: &str, password: &str, remote: &str) -> Option<()> {
        if self.ufrags.get(ufrag).is_some_and(|owner| *owner != id) {
            return None;
        }
        let peer = self.peers.get_mut(&id)?;
        if let Some(retired) = peer.ice.set_credentials(ufrag, password, remote) {
            self.ufrags.remove(&retired);
        }
        self.ufrags.insert(ufrag.into(), id);
        Some(())
    }

    fn send_dtls(&mut self, id: PeerId, datagram: &[u8]) -> Option<()> {
        let selected = self.peers.get(&id)?.ice.selected();
        let sent = selected.ok_or(Drop::NoPair).map(|destination| {
            self.outbox.outgoing.to(id, destination).push(datagram);
        });
        count_failure(&mut self.counters, sent);
        Some(())
    }

    /// What was sent and received under other formats could not be repeated with the same bytes, and
    /// the same SRTP nonce must not protect others: it is forgotten.
    fn set_formats(&mut self, id: PeerId, formats: Formats) -> Option<()> {
        let peer = self.peers.get_mut(&id)?;
        if peer.formats == formats {
            return Some(());
        }
        peer.formats = formats;
        for subscription in self.subscriptions.values_mut().filter(|s| s.peer == id) {
            subscription.forget_sent();
        }
        for publication in self.publications.values_mut().filter(|p| p.peer == id) {
            publication.layers.iter_mut().for_each(|layer| layer.history.clear());
        }
        Some(())
    }

    fn remove_peer(&mut self, id: PeerId) -> Option<()> {
        let peer = self.peers.get(&id)?;
        for ufrag in peer.ice.ufrags() {
            self.ufrags.remove(ufrag);
        }
        for source in peer.ice.pairs() {
            self.pairs.remove(&source);
        }
        let published = ids_where(&self.publications, |publication| publication.peer == id);
        let subscribed = ids_where(&self.subscriptions, |subscription| subscription.peer == id);
        for id in subscribed {
            self.unsubscribe(id);
        }
        for id in published {
            self.unpublish(id);
        }
        self.peers.remove(&id);
        self.downlinks.remove(&id);
        Some(())
    }

    fn publish(
        &mut self,
        id: PublicationId,
        mut publication: Publication,
        ssrcs: &[Ssrc],
        rtx_ssrcs: &[Ssrc],
    ) -> Option<()> {
        let peer = self.peers.get_mut(&publication.peer)?;
        if self.publications.contains_key(&id) {
            return None;
        }
        for (index, (layer, ssrc)) in publication.layers.iter_mut().zip(ssrcs).enumerate() {
            layer.latch(*ssrc);
            peer.incoming.insert(*ssrc, Route::Layer(id, index));
        }
        for (index, (layer, ssrc)) in publication.layers.iter_mut().zip(rtx_ssrcs).enumerate() {
            layer.repair = Some(*ssrc);
            peer.incoming.insert(*ssrc, Route::Repair(id, index));
        }
        self.publications.insert(id, publication);
        Some(())
    }

    fn unpublish(&mut self, id: PublicationId) -> Option<()> {
        let publication = self.publications.remove(&id)?;
        if let (Some((floor, _)), false) = (publication.floor, publication.muted) {
            self.leave_floor(floor, id);
        }
        for subscription in &publication.subscriptions {
            self.forget_subscription(*subscription);
        }
        if let Some(peer) = self.peers.get_mut(&publication.peer) {
            peer.incoming.retain(|_, route| route.publication() != Some(id));
        }
        Some(())
    }

    fn subscribe(&mut self, now: Instant, command: Subscribe) -> Option<()> {
        let peer = self.peers.get_mut(&command.peer)?;
        let publication = self.publications.get_mut(&command.publication)?;
        let taken = self.subscriptions.contains_key(&command.subscription)
            || peer.outgoing.contains_key(&command.ssrc);
        if taken {
            return None;
        }
        let spent = |ssrc| peer.spent.get(&ssrc).copied().unwrap_or(SeqNo(0));
        let rtx = command.rtx_ssrc.map(|ssrc| Retransmission { ssrc, seq: spent(ssrc) });
        let is_red = |pt: &Pt| peer.formats.get(*pt).is_some_and(|f| f.codec == Codec::Red);
        let red = command.payload_types.0.iter().map(|(_, to)| *to).find(is_red);
        let subscription = Subscription::new(
            command.publication,
            command.peer,
            command.mid,
            (command.ssrc, spent(command.ssrc)),
            (rtx, red),
            command.payload_types,
        );
        peer.outgoing.insert(command.ssrc, command.subscription);
        publication.subscriptions.push(command.subscription);
        self.subscriptions.insert(command.subscription, subscription);
        self.retarget(now, command.subscription);
        Some(())
    }

    fn set_layer(&mut self, now: Instant, id: SubscriptionId, wanted: Wanted) -> Option<()> {
        self.subscriptions.get_mut(&id)?.want(wanted);
        self.retarget(now, id);
        Some(())
    }

    fn unsubscribe(&mut self, id: SubscriptionId) -> Option<()> {
        let publication = self.subscriptions.get(&id)?.publication;
        if let Some(publication) = self.publications.get_mut(&publication) {
            publication.subscriptions.retain(|other| *other != id);
        }
        self.forget_subscription(id);
        Some(())
    }

    fn forget_subscription(&mut self, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.remove(&id) else { return };
        let Some(peer) = self.peers.get_mut(&subscription.peer) else { return };
        peer.outgoing.remove(&subscription.ssrc);
        peer.spent.insert(subscription.ssrc, subscription.highest_out());
        if let Some(rtx) = subscription.rtx {
            peer.spent.insert(rtx.ssrc, rtx.seq);
        }
    }

    fn request_key_frames(&mut self, now: Instant, id: PublicationId) -> Option<()> {
        let layers = &self.publications.get(&id)?.layers;
        let active: Vec<_> = (0..layers.len()).filter(|index| layers[*index].active).collect();
        for layer in active {
            self.want_key_frame(now, id, layer);
        }
        Some(())
    }

    /// Choose the layer a subscription shall get, and ask for the key frame it needs for that.
    pub(super) fn retarget(&mut self, now: Instant, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let publication_id = subscription.publication;
        let Some(publication) = self.publications.get(&publication_id) else { return };
        let wanted = subscription.wanted.spatial;
        subscription.target = wanted.and_then(|wanted| publication.best_layer(wanted));
        let Some(layer) = subscription.target else { return };
        if subscription.awaits(publication.source(layer)) {
            self.want_key_frame(now, publication_id, layer);
        }
    }

    /// Do that for every subscription to a publication, since its active layers changed.
    pub(super) fn retarget_all(&mut self, now: Instant, id: PublicationId) {
        let subscriptions = self.publications.get(&id).map(|p| p.subscriptions.clone());
        for subscription in subscriptions.unwrap_or_default() {
            self.retarget(now, subscription);
        }
    }

    /// Do that for every subscription of a peer, since it can be reached now.
    pub(super) fn retarget_peer(&mut self, now: Instant, id: PeerId) {
        for subscription in ids_where(&self.subscriptions, |s| s.peer == id) {
            self.retarget(now, subscription);
        }
    }

    pub(super) fn set_active(&mut self, id: PublicationId, layer: usize, active: bool) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let layer = &mut publication.layers[layer];
        layer.active = active;
        let rid = layer.rid.clone();
        self.outbox.push_event(Event::LayerChanged { publication: id, rid, active });
    }
}

fn ids_where<K: Copy, V>(map: &IdMap<K, V>, holds: impl Fn(&V) -> bool) -> Vec<K> {
    map.iter().filter(|(_, value)| holds(value)).map(|(id, _)| *id).collect()
}
