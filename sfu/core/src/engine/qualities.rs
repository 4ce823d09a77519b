//! How well each peer's tracks get through, both ways, told every five seconds where it has changed.

use std::time::Duration;

use super::{Engine, Event};
use crate::ids::{IdMap, PeerId, SubscriptionId};
use crate::publication::Publication;
use crate::quality::{BEST, INTERVAL, Passage, Quality, Sensitivity, Totals};
use crate::subscription::Subscription;
use crate::time::Instant;

impl Engine {
    pub(super) fn score_peers(&mut self, now: Instant) {
        if !self.publications.is_empty() {
            self.watch_qualities(now);
        }
        let mut worst: IdMap<PeerId, f64> = IdMap::default();
        for (peer, score) in self.score_publications().into_iter().chain(self.score_subscriptions())
        {
            let worst = worst.entry(peer).or_insert(BEST);
            *worst = worst.min(score);
        }
        for (id, peer) in &mut self.peers {
            let scored = worst.get(id).copied();
            let is_lost = scored.is_some() && now.since(peer.heard_at) > INTERVAL;
            let score = if is_lost { 0.0 } else { scored.unwrap_or(BEST) }.round();
            if (score - peer.told_score).abs() >= NEWS {
                peer.told_score = score;
                self.outbox.push_event(Event::QualityChanged { peer: *id, score });
            }
        }
    }

    fn score_publications(&mut self) -> Vec<(PeerId, f64)> {
        let Engine { publications, subscriptions, .. } = self;
        let scores = publications.values_mut().filter_map(|publication| {
            let wanted = wanted_layers(publication, subscriptions);
            if publication.muted || publication.video && wanted == 0 {
                publication.quality = Quality::default();
                return None;
            }
            let passage = passage_in(publication, wanted);
            publication.quality.update(passage);
            Some((publication.peer, publication.quality.score()))
        });
        scores.collect()
    }

    fn score_subscriptions(&mut self) -> Vec<(PeerId, f64)> {
        let Engine { publications, subscriptions, .. } = self;
        let scores = subscriptions.values_mut().filter_map(|subscription| {
            let publication = publications.get(&subscription.publication)?;
            let starved = subscription.missing_layers > 0;
            if publication.muted || subscription.wanted.spatial.is_none() && !starved {
                return None;
            }
            if subscription.reported.take_news() || starved {
                let passage = passage_out(publication, subscription);
                subscription.quality.update(passage);
            }
            Some((subscription.peer, subscription.quality.score()))
        });
        scores.collect()
    }
}

/// How many layers are wanted of a publication by those who receive it.
fn wanted_layers(
    publication: &Publication,
    subscriptions: &IdMap<SubscriptionId, Subscription>,
) -> usize {
    let found = publication.subscriptions.iter().filter_map(|id| subscriptions.get(id));
    let wanted = found.filter_map(|subscription| subscription.wanted.spatial);
    wanted.map(|layer| layer.saturating_add(1)).max().unwrap_or(0).min(publication.layers.len())
}

/// From the publisher to us. Only what it sends tells of the way: its round trip is not measured.
fn passage_in(publication: &Publication, wanted: usize) -> Passage {
    let active = publication.layers.iter().rposition(|layer| layer.active);
    let receptions = || publication.layers.iter().map(|layer| &layer.reception);
    let totals =
        receptions().map(|reception| reception.totals()).fold(Totals::default(), |all, one| {
            Totals { expected: all.expected + one.expected, lost: all.lost + one.lost }
        });
    let jitter = receptions().map(|reception| reception.jitter()).max().unwrap_or(0);
    let is_redundant = publication.layers.iter().any(|layer| layer.redundant);
    Passage {
        totals,
        round_trip: Duration::ZERO,
        jitter: span(jitter, publication),
        sensitivity: sensitivity(publication, is_redundant),
        missing_layers: match active {
            _ if !publication.video => 0,
            Some(top) => wanted.saturating_sub(top + 1),
            None => wanted,
        },
    }
}

/// From us to a subscriber, as it says itself.
fn passage_out(publication: &Publication, subscription: &Subscription) -> Passage {
    Passage {
        totals: subscription.reported.totals(),
        round_trip: subscription.round_trip(),
        jitter: span(subscription.reported.jitter(), publication),
        sensitivity: sensitivity(publication, subscription.red.is_some()),
        missing_layers: subscription.missing_layers,
    }
}

fn sensitivity(publication: &Publication, is_redundant: bool) -> Sensitivity {
    match (publication.video, is_redundant) {
        (true, _) => Sensitivity::Video,
        (false, true) => Sensitivity::RedundantAudio,
        (false, false) => Sensitivity::Audio,
    }
}

fn span(ticks: u32, publication: &Publication) -> Duration {
    let rate = if publication.video { 90_000.0 } else { 48_000.0 };
    Duration::from_secs_f64(f64::from(ticks) / rate)
}

/// Points that a score must have changed by to be told. Raising it lets small changes pass unsaid.
const NEWS: f64 = 2.0;
