//! What happens by itself: consent, reports, repeated requests, silence, speakers.
//!
//! A timer is armed by whoever needs it and armed again by its own handler while it is still needed,
//! so an idle peer costs one timer for its consent and nothing else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::{Engine, Event};
use crate::bandwidth::downlink::Downlink;
use crate::ids::{PeerId, PublicationId};
use crate::peer::Peer;
use crate::quality;
use crate::speaker;
use crate::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Consent(PeerId),
    Arrivals(PeerId),
    Reports(PeerId),
    Probe(PeerId),
    Pace(PeerId),
    Missing(PublicationId, usize),
    KeyFrame(PublicationId, usize),
    Silence(PublicationId, usize),
    Speakers,
    Qualities,
}

/// The timers that are armed, and those which were and are armed for another time by now.
#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Timer)>>,
    speakers: Option<Instant>,
    qualities: Option<Instant>,
}

impl Timers {
    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    fn pop_due(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        self.next().filter(|at| *at <= now)?;
        self.heap.pop().map(|Reverse(due)| due)
    }

    /// Arm a timer unless it is armed for as early or earlier.
    fn arm(&mut self, alarm: &mut Option<Instant>, at: Instant, timer: Timer) {
        if alarm.is_none_or(|armed| at < armed) {
            *alarm = Some(at);
            self.heap.push(Reverse((at, timer)));
        }
    }

    /// Wake up when the next of what waits for a peer may leave.
    pub fn watch_pace(&mut self, id: PeerId, downlink: &mut Downlink) {
        if let Some(at) = downlink.next_release() {
            self.arm(&mut downlink.pace_alarm, at, Timer::Pace(id));
        }
    }
}

impl Engine {
    pub(super) fn handle_timers(&mut self, now: Instant) {
        while let Some((at, timer)) = self.timers.pop_due(now) {
            if self.disarm(timer, at) {
                self.fire(now, timer);
            }
        }
    }

    fn fire(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::Consent(peer) => self.check_consent(now, peer),
            Timer::Arrivals(peer) => self.send_arrivals(now, peer),
            Timer::Reports(peer) => self.report(now, peer),
            Timer::Probe(peer) => self.probe(now, peer),
            Timer::Pace(peer) => self.release(now, peer),
            Timer::Missing(publication, layer) => self.ask_for_missing(now, publication, layer),
            Timer::KeyFrame(publication, layer) => self.ask_for_key_frame(now, publication, layer),
            Timer::Silence(publication, layer) => self.check_silence(now, publication, layer),
            Timer::Speakers => self.rank_speakers(now),
            Timer::Qualities => self.score_peers(now),
        }
    }

    /// False for a timer that was armed for another time since, or whose owner is gone.
    fn disarm(&mut self, timer: Timer, at: Instant) -> bool {
        let Some(alarm) = self.alarm(timer).filter(|alarm| **alarm == Some(at)) else {
            return false;
        };
        *alarm = None;
        true
    }

    fn alarm(&mut self, timer: Timer) -> Option<&mut Option<Instant>> {
        match timer {
            Timer::Consent(peer) => Some(&mut self.peers.get_mut(&peer)?.alarms.consent),
            Timer::Arrivals(peer) => Some(&mut self.peers.get_mut(&peer)?.alarms.arrivals),
            Timer::Reports(peer) => Some(&mut self.peers.get_mut(&peer)?.alarms.reports),
            Timer::Probe(peer) => Some(&mut self.downlinks.get_mut(&peer)?.probe_alarm),
            Timer::Pace(peer) => Some(&mut self.downlinks.get_mut(&peer)?.pace_alarm),
            Timer::Speakers => Some(&mut self.timers.speakers),
            Timer::Qualities => Some(&mut self.timers.qualities),
            Timer::Missing(id, layer) | Timer::KeyFrame(id, layer) | Timer::Silence(id, layer) => {
                let layer = self.publications.get_mut(&id)?.layers.get_mut(layer)?;
                Some(match timer {
                    Timer::Missing(..) => &mut layer.missing_alarm,
                    Timer::KeyFrame(..) => &mut layer.key_frame.alarm,
                    _ => &mut layer.silence_alarm,
                })
            }
        }
    }

    pub(super) fn watch_consent(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if let Some(at) = peer.ice.next_expiry() {
            self.timers.arm(&mut peer.alarms.consent, at, Timer::Consent(id));
        }
    }

    fn check_consent(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let expired = peer.ice.expire(now);
        let lost = !expired.is_empty() && peer.ice.selected().is_none();
        for source in expired {
            self.pairs.remove(&source);
        }
        if lost {
            self.lose_pair(id);
        }
        self.watch_consent(id);
    }

    pub(super) fn watch_arrivals(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let at = now + ARRIVALS_INTERVAL;
        self.timers.arm(&mut peer.alarms.arrivals, at, Timer::Arrivals(id));
    }

    pub(super) fn watch_reports(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        self.timers.arm(&mut peer.alarms.reports, now + REPORT_INTERVAL, Timer::Reports(id));
    }

    fn report(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if std::mem::take(&mut peer.heard) {
            self.send_receiver_reports(now, id);
            self.measure_layers(now, id);
            self.watch_reports(now, id);
        }
    }

    pub(super) fn watch_probe(&mut self, now: Instant, id: PeerId) {
        let Some(downlink) = self.downlinks.get_mut(&id) else { return };
        if let Some(at) = downlink.next_probe(now) {
            self.timers.arm(&mut downlink.probe_alarm, at, Timer::Probe(id));
        }
    }

    pub(super) fn watch_missing(&mut self, id: PublicationId, index: usize) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let layer = &mut publication.layers[index];
        if let Some(at) = layer.missing.next_due() {
            self.timers.arm(&mut layer.missing_alarm, at, Timer::Missing(id, index));
        }
    }

    fn ask_for_missing(&mut self, now: Instant, id: PublicationId, index: usize) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let layer = &mut publication.layers[index];
        let due = layer.missing.take_due(now);
        let is_stuck = due.lost.max(due.stuck) > layer.key_frame.newest;
        if !due.ask.is_empty() {
            self.send_nack(id, index, &due.ask);
        }
        if is_stuck && self.is_watched(id, index) {
            self.want_key_frame(now, id, index);
        }
        self.watch_missing(id, index);
    }

    /// Whether somebody is sent this layer.
    pub(super) fn is_watched(&self, id: PublicationId, index: usize) -> bool {
        let Some(publication) = self.publications.get(&id) else { return false };
        let source = Some(publication.source(index));
        let mut subscribed =
            publication.subscriptions.iter().filter_map(|id| self.subscriptions.get(id));
        subscribed.any(|subscription| subscription.current() == source)
    }

    /// Ask the publisher for a key frame of a layer as soon as that is allowed.
    pub(super) fn want_key_frame(&mut self, now: Instant, id: PublicationId, index: usize) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        if !publication.video {
            return;
        }
        let request = &mut publication.layers[index].key_frame;
        request.wanted = true;
        let due = request.due(now, index);
        self.timers.arm(&mut request.alarm, due, Timer::KeyFrame(id, index));
    }

    /// A key frame has come: no need to ask for one.
    pub(super) fn settle_key_frame(&mut self, id: PublicationId, index: usize) {
        if let Some(publication) = self.publications.get_mut(&id) {
            publication.layers[index].key_frame.wanted = false;
        }
    }

    fn ask_for_key_frame(&mut self, now: Instant, id: PublicationId, index: usize) {
        let Some(publication) = self.publications.get(&id) else { return };
        let source = publication.source(index);
        let mut subscribed =
            publication.subscriptions.iter().filter_map(|id| self.subscriptions.get(id));
        let reachable = |id| self.peers.get(id).is_some_and(Peer::is_reachable);
        let awaited = subscribed.any(|s| s.awaits(source) && reachable(&s.peer));
        if !awaited && !publication.layers[index].key_frame.wanted {
            return;
        }
        self.send_picture_loss(id, index);
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let request = &mut publication.layers[index].key_frame;
        let again = request.sent(now);
        self.timers.arm(&mut request.alarm, again, Timer::KeyFrame(id, index));
    }

    pub(super) fn watch_silence(&mut self, id: PublicationId, index: usize) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let layer = &mut publication.layers[index];
        let at = layer.silence_due();
        self.timers.arm(&mut layer.silence_alarm, at, Timer::Silence(id, index));
    }

    fn check_silence(&mut self, now: Instant, id: PublicationId, index: usize) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let layer = &publication.layers[index];
        if layer.active && layer.is_silent(now) {
            self.set_active(id, index, false);
            self.retarget_all(now, id);
        } else if layer.active {
            self.watch_silence(id, index);
        }
    }

    pub(super) fn watch_speakers(&mut self, now: Instant) {
        let mut alarm = self.timers.speakers;
        self.timers.arm(&mut alarm, now + speaker::INTERVAL, Timer::Speakers);
        self.timers.speakers = alarm;
    }

    pub(super) fn watch_qualities(&mut self, now: Instant) {
        let mut alarm = self.timers.qualities;
        self.timers.arm(&mut alarm, now + quality::INTERVAL, Timer::Qualities);
        self.timers.qualities = alarm;
    }

    fn rank_speakers(&mut self, now: Instant) {
        let heard = self.publications.values().any(|p| p.loudness.is_fresh(now));
        let levels = self.publications.iter();
        let levels = levels.filter_map(|(id, p)| Some((*id, p.loudness.level(now)?))).collect();
        if let Some(levels) = self.speakers.update(levels) {
            self.outbox.push_event(Event::Speakers(levels));
        }
        if heard || !self.speakers.is_empty() {
            self.watch_speakers(now);
        }
    }
}

/// Between two reports of arrival times. Raising it slows the publisher's bandwidth estimate down,
/// lowering it costs packets: 20 a second for each publisher.
const ARRIVALS_INTERVAL: Duration = Duration::from_millis(50);

/// Between two receiver reports (RFC 3550 §6.2 allows a second for few senders).
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
