//! The addresses of this host by number, so that a path stays small.

use std::net::IpAddr;

use crate::path::{LocalId, Via};

/// Those that datagrams came to, in the order in which they were seen first.
#[derive(Default)]
pub struct Locals(Vec<IpAddr>);

impl Locals {
    /// The number of an address. Number 0 means that the kernel chooses: for what it did not tell,
    /// and for hosts with more addresses than any that sends media from them.
    pub fn number(&mut self, address: Option<IpAddr>) -> LocalId {
        let Some(address) = address else { return LocalId::default() };
        let known = self.0.iter().position(|known| *known == address);
        let index = known.unwrap_or(self.0.len());
        if index == MAX_LOCALS {
            return LocalId::default();
        }
        if known.is_none() {
            self.0.push(address);
        }
        LocalId(index as u8 + 1)
    }

    /// The address to send from; `None` lets the kernel choose.
    pub fn address(&self, via: Via) -> Option<IpAddr> {
        let Via::Udp(LocalId(number)) = via else { return None };
        self.0.get(usize::from(number).checked_sub(1)?).copied()
    }
}

/// Raising it lets who owns a whole network of addresses make each datagram search longer.
const MAX_LOCALS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_number_and_too_many_have_none() {
        let mut locals = Locals::default();
        for round in 0..2 {
            for last in 0..=255 {
                let address = Some(IpAddr::from([192, 0, 2, last]));
                let number = locals.number(address);
                let known = address.filter(|_| usize::from(last) < MAX_LOCALS);
                assert_eq!(locals.address(Via::Udp(number)), known, "{round} {last}");
            }
        }
        assert_eq!(locals.number(None), LocalId::default());
        assert_eq!(locals.address(Via::Udp(LocalId::default())), None);
    }
}
