//! Several subscribers on one way: who is congested together shares alike (as RFC 8699 couples
//! flows). Left to themselves, those that are ahead stay there: what they have fits.

use std::time::Duration;

use super::Bitrate;
use crate::time::Instant;

/// One of those who are reached at the same address.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// What arrives there at present.
    pub delivered: Bitrate,
    /// It gets all that it wants.
    pub is_satisfied: bool,
    /// Queues grew on its way just now.
    pub is_congested: bool,
}

/// The most each may have, until what is known is too old.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    pub rate: Bitrate,
    pub until: Instant,
}

/// The share of each member, if most of them are congested: the same address alone may mean two ways
/// that have nothing in common but their first router.
pub fn share(now: Instant, members: &[Member]) -> Option<Share> {
    let congested = members.iter().filter(|member| member.is_congested).count();
    if congested < 2 || congested * 2 < members.len() {
        return None;
    }
    let mut left = members.iter().map(|member| member.delivered.0).sum::<f64>() * DRAINING;
    let mut satisfied: Vec<f64> =
        members.iter().filter(|member| member.is_satisfied).map(|m| m.delivered.0).collect();
    satisfied.sort_by(f64::total_cmp);
    let mut sharing = members.len();
    for content in satisfied {
        // Who wants less than its share leaves the rest to the others.
        if content * sharing as f64 >= left || sharing == 1 {
            break;
        }
        (left, sharing) = (left - content, sharing - 1);
    }
    Some(Share { rate: Bitrate(left / sharing as f64), until: now + KNOWN })
}

/// What is left of what arrives, so that queues drain. Raising it leaves them standing longer.
const DRAINING: f64 = 0.95;

/// How long a share is kept to. Raising it leaves unused for longer what others gave up, lowering it
/// lets those who share a full way disturb each other more often.
const KNOWN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn members(of: &[(f64, bool, bool)]) -> Vec<Member> {
        let member = |&(rate, is_satisfied, is_congested): &(f64, bool, bool)| Member {
            delivered: Bitrate(rate),
            is_satisfied,
            is_congested,
        };
        of.iter().map(member).collect()
    }

    #[test]
    fn shares_are_equal_but_for_those_who_want_less() {
        for (of, expected) in [
            (&[(1e6, false, true)][..], None),
            (&[(1e6, false, true), (3e6, false, false)], None),
            (&[(1e6, false, true), (3e6, false, true)], Some(1.9e6)),
            (&[(1e6, false, true), (3e6, false, true), (2e6, false, false)], Some(1.9e6)),
            (&[(1e6, false, true), (3e6, false, false), (2e6, false, false)], None),
            (&[(0.2e6, true, true), (3e6, false, true)], Some(2.84e6)),
            (&[(1e6, false, true), (3e6, true, true)], Some(1.9e6)),
        ] {
            let share = share(Instant::default(), &members(of));
            assert_eq!(share.map(|share| share.rate.0.round()), expected, "{of:?}");
        }
    }
}
