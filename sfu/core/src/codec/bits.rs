//! Bits read and written from the most significant on, always within bounds.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Bits<'a> {
        Bits { bytes, at: 0 }
    }

    /// How many bits were read.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn flag(&mut self) -> Option<bool> {
        let byte = *self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// A number of at most 32 bits.
    pub fn take(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|at| *at <= self.bytes.len() * 8)?;
        Some(())
    }

    /// A number below `limit`, as ns(n) of the AV1 specification (§4.10.7) codes it.
    pub fn below(&mut self, limit: u32) -> Option<u32> {
        let width = 32 - limit.leading_zeros();
        let shorter = (1 << width) - limit;
        let number = self.take(width.saturating_sub(1) as usize)?;
        if number < shorter {
            return Some(number);
        }
        Some((number << 1) - shorter + u32::from(self.flag()?))
    }
}

pub struct Writer<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    /// Writes over `bytes`.
    pub fn new(bytes: &'a mut [u8]) -> Writer<'a> {
        bytes.fill(0);
        Writer { bytes, at: 0 }
    }

    /// Bytes that were written, the last one filled with zeros.
    pub fn length(&self) -> usize {
        self.at.div_ceil(8)
    }

    /// Append the low `count` bits of a number; `None` when there is no room.
    pub fn put(&mut self, number: u32, count: usize) -> Option<()> {
        for shift in (0..count).rev() {
            let bit = (number >> shift & 1) as u8;
            *self.bytes.get_mut(self.at / 8)? |= bit << (7 - self.at % 8);
            self.at += 1;
        }
        Some(())
    }

    /// Append what `from` holds up to its bit `end`.
    pub fn copy_to(&mut self, from: &mut Bits, end: usize) -> Option<()> {
        (from.at()..end).try_for_each(|_| self.put(u32::from(from.flag()?), 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_a_limit_take_no_bit_too_many() {
        // §4.10.7 of the AV1 specification, its table for n = 5.
        for (byte, expected, length) in [
            (0b0000_0000, 0, 2),
            (0b0100_0000, 1, 2),
            (0b1000_0000, 2, 2),
            (0b1100_0000, 3, 3),
            (0b1110_0000, 4, 3),
        ] {
            let bytes = [byte];
            let mut bits = Bits::new(&bytes);
            assert_eq!((bits.below(5), bits.at()), (Some(expected), length));
        }
    }

    #[test]
    fn nothing_is_read_or_written_past_the_end() {
        let mut bits = Bits::new(&[0xFF]);
        assert_eq!((bits.take(6), bits.take(3)), (Some(63), None));
        assert_eq!(Bits::new(&[0xFF]).skip(9), None);
        let mut room = [9; 1];
        let mut writer = Writer::new(&mut room);
        assert_eq!((writer.put(5, 8), writer.put(1, 1), writer.length()), (Some(()), None, 1));
        assert_eq!(room, [5]);
    }
}
