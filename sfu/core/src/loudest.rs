//! The floor of a room: which of its open microphones are forwarded when there are many.
//!
//! The level of a packet decides over that very packet, so whoever begins to speak is heard from the
//! first loud one. Once somebody was loud its place is kept through the pauses between words.

use std::time::Duration;

use crate::ids::PublicationId;
use crate::time::Instant;

/// The open microphones of one room, and the places of the loudest.
pub struct Floor {
    /// How many places there are; none: everybody is forwarded.
    most: usize,
    open: usize,
    places: Vec<Place>,
}

/// A microphone that is forwarded.
#[derive(Clone, Copy)]
struct Place {
    publication: PublicationId,
    since: Instant,
    /// In dB above silence, when it was heard last.
    loudness: f64,
    heard_at: Instant,
}

impl Floor {
    pub fn new(most: usize) -> Floor {
        Floor { most, open: 0, places: Vec::new() }
    }

    /// A microphone is open from now on.
    pub fn enter(&mut self) {
        self.open += 1;
    }

    /// A microphone is no longer open.
    pub fn leave(&mut self, publication: PublicationId) {
        self.open = self.open.saturating_sub(1);
        self.places.retain(|place| place.publication != publication);
    }

    pub fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// Take the level of a packet, in -dBov. In a small room too, so that nothing changes for those
    /// who speak when it becomes a large one.
    pub fn hear(&mut self, publication: PublicationId, level: u8, now: Instant) {
        let loudness = f64::from(SILENT.saturating_sub(level));
        let mut places = self.places.iter_mut();
        if let Some(place) = places.find(|place| place.publication == publication) {
            place.loudness = loudness.max(place.faded(now));
            place.heard_at = now;
        } else if level < SILENT {
            self.challenge(Place { publication, since: now, loudness, heard_at: now });
        }
    }

    /// Whether this microphone is held back now.
    pub fn holds_back(&self, publication: PublicationId) -> bool {
        self.most > 0
            && self.open >= LEAST_OPEN
            && !self.places.iter().any(|place| place.publication == publication)
    }

    /// Give the newcomer a free place, or that of the weakest if it is clearly louder.
    fn challenge(&mut self, newcomer: Place) {
        if self.places.len() < self.most {
            return self.places.push(newcomer);
        }
        let now = newcomer.since;
        let by_defence = |a: &&mut Place, b: &&mut Place| a.defence(now).total_cmp(&b.defence(now));
        let weakest = self.places.iter_mut().min_by(by_defence);
        if let Some(weakest) = weakest.filter(|place| newcomer.loudness > place.defence(now)) {
            *weakest = newcomer;
        }
    }
}

impl Place {
    /// How loud it counts as by now.
    fn faded(&self, now: Instant) -> f64 {
        self.loudness - FADING * now.since(self.heard_at).as_secs_f64()
    }

    /// What is needed to take the place.
    fn defence(&self, now: Instant) -> f64 {
        let fresh = now.since(self.since) < HOLD;
        self.faded(now) + if fresh { HOLD_MARGIN } else { MARGIN }
    }
}

/// Open microphones below which none is held back.
const LEAST_OPEN: usize = 20;

/// How fast loudness is forgotten, in dB a second. Raising it gives places up in pauses between
/// words, lowering it lets a cough keep one.
const FADING: f64 = 20.0;

/// In dB: how much louder than the weakest a newcomer must be. Raising it makes soft voices wait,
/// lowering it lets places change hands when many speak at once.
const MARGIN: f64 = 6.0;

/// The same for a place that was taken within `HOLD`: only speech against noise exceeds it.
const HOLD_MARGIN: f64 = 20.0;
const HOLD: Duration = Duration::from_secs(1);

/// The level of digital silence (RFC 6464).
const SILENT: u8 = 127;

#[cfg(test)]
mod tests {
    use super::*;

    fn after(milliseconds: u64) -> Instant {
        Instant::default() + Duration::from_millis(milliseconds)
    }

    fn floor(open: usize, most: usize) -> Floor {
        let mut floor = Floor::new(most);
        (0..open).for_each(|_| floor.enter());
        floor
    }

    fn heard(floor: &Floor, publications: std::ops::Range<u64>) -> Vec<u64> {
        publications.filter(|id| !floor.holds_back(PublicationId(*id))).collect()
    }

    #[test]
    fn nobody_is_held_back_below_twenty_open_microphones_nor_without_a_limit() {
        for (open, most, expected) in [(19, 2, 5), (20, 2, 2), (30, 0, 5), (30, 9, 5)] {
            let mut floor = floor(open, most);
            (0..5).for_each(|id| floor.hear(PublicationId(id), 40, after(id)));
            assert_eq!(heard(&floor, 0..5).len(), expected, "{open} open, {most} places");
        }
    }

    #[test]
    fn a_place_is_taken_by_who_is_louder_by_the_margin() {
        // Taken so long ago, at that level; the newcomer's level; does it get the place?
        for (ago, held, level, gets) in [
            (2_000, 60, 55, false),
            (2_000, 60, 53, true),
            (500, 60, 45, false),
            (500, 60, 39, true),
            (2_000, 30, 30, false),
            (2_000, 127, 127, false),
            (2_000, 127, 120, true),
        ] {
            let mut floor = floor(20, 1);
            floor.hear(PublicationId(1), held.min(126), after(0));
            floor.hear(PublicationId(1), held, after(ago));
            floor.hear(PublicationId(2), level, after(ago));
            let expected = if gets { [2] } else { [1] };
            assert_eq!(heard(&floor, 1..3), expected, "{held} for {ago} ms against {level}");
        }
    }

    #[test]
    fn the_weakest_gives_way_and_a_pause_is_no_silence() {
        let mut floor = floor(20, 2);
        floor.hear(PublicationId(1), 20, after(0));
        floor.hear(PublicationId(2), 50, after(0));
        floor.hear(PublicationId(1), 90, after(1_500));
        floor.hear(PublicationId(2), 50, after(1_500));
        floor.hear(PublicationId(3), 44, after(1_500));
        assert_eq!(heard(&floor, 1..4), [1, 2], "44 is no match for 50 in a pause");
        floor.hear(PublicationId(3), 35, after(1_500));
        assert_eq!(heard(&floor, 1..4).len(), 2);
        assert!(heard(&floor, 1..4).contains(&3));
    }

    #[test]
    fn who_leaves_frees_its_place() {
        let mut floor = floor(21, 1);
        floor.hear(PublicationId(1), 20, after(0));
        floor.hear(PublicationId(2), 20, after(0));
        assert_eq!(heard(&floor, 1..3), [1]);
        floor.leave(PublicationId(1));
        floor.hear(PublicationId(2), 20, after(20));
        assert_eq!(heard(&floor, 1..3), [2]);
        floor.leave(PublicationId(2));
        assert_eq!(heard(&floor, 1..3), [1, 2], "nineteen are left");
    }
}
