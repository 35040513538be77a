//! Montgomery arithmetic on aws-lc: for every processor, and what the tests hold the faster kind against.
#![forbid(unsafe_code)]

use std::sync::OnceLock;

use zeroize::Zeroizing;

use crate::arithmetic::{Arithmetic, MOST_ENTRIES, mask};
use crate::bn::{Integer, Modulus, Scratch};
use crate::element::Element;
use crate::error::BignumError;
use crate::fixed_base::Comb;
use crate::group::{ELEMENT_LEN, group};

/// Words of a number.
const WORDS: usize = ELEMENT_LEN / 8;
/// Words of an entry that are gathered at once, so as to stay in registers while a row is read.
const LANES: usize = 16;
/// Bytes of so many words.
const PART_LEN: usize = LANES * 8;

static COMB: OnceLock<Comb<[u64; WORDS]>> = OnceLock::new();

/// Arithmetic for the length of one operation.
pub(crate) struct Portable {
    group: &'static Modulus,
    scratch: Scratch,
}

impl Portable {
    pub(crate) fn new() -> Result<Self, BignumError> {
        Ok(Self { group: group()?, scratch: Scratch::new()? })
    }
}

impl Arithmetic for Portable {
    type Number = Integer;
    /// The words of a number, the least significant first.
    type Entry = [u64; WORDS];
    const EMPTY: Self::Entry = [0; WORDS];

    fn load(&mut self, element: &Element) -> Result<Integer, BignumError> {
        element.integer()
    }

    fn to_element(&mut self, number: &Integer) -> Result<Element, BignumError> {
        Element::from_integer(number)
    }

    fn to_montgomery(&mut self, number: &mut Integer) -> Result<(), BignumError> {
        *number = self.group.to_montgomery(number, &mut self.scratch)?;
        Ok(())
    }

    fn multiply(&mut self, product: &mut Integer, factor: &Integer) -> Result<(), BignumError> {
        self.group.multiply_montgomery(product, factor, &mut self.scratch)
    }

    fn square(&mut self, number: &mut Integer) -> Result<(), BignumError> {
        self.group.square_montgomery(number, &mut self.scratch)
    }

    fn copy(&self, number: &Integer) -> Result<Integer, BignumError> {
        Integer::from_bytes(&**number.to_bytes()?)
    }

    fn store(&self, number: &Integer, entry: &mut Self::Entry) -> Result<(), BignumError> {
        let bytes = number.to_bytes()?;
        let (words, _) = bytes.as_chunks();
        for (to, word) in entry.iter_mut().zip(words.iter().rev()) {
            *to = u64::from_be_bytes(*word);
        }
        Ok(())
    }

    fn select(&self, row: &[Self::Entry], digit: u8, selected: &mut Integer) -> Result<(), BignumError> {
        let mut masks = Zeroizing::new([0; MOST_ENTRIES]);
        mask(&mut masks, digit);
        let mut bytes = Zeroizing::new([0; ELEMENT_LEN]);
        let (parts, _) = bytes.as_chunks_mut::<PART_LEN>();
        for (place, part) in parts.iter_mut().enumerate() {
            let mut gathered = [0; LANES];
            for (entry, mask) in row.iter().zip(masks.iter()) {
                let (candidates, _) = entry.as_chunks::<LANES>();
                for (word, candidate) in gathered.iter_mut().zip(candidates.get(place).into_iter().flatten()) {
                    *word |= candidate & mask;
                }
            }
            let (words, _) = part.as_chunks_mut::<8>();
            for (to, word) in words.iter_mut().zip(gathered) {
                *to = word.to_le_bytes();
            }
        }
        selected.load_little_endian(&*bytes)
    }

    fn comb(&self) -> &'static OnceLock<Comb<Self::Entry>> {
        &COMB
    }
}
