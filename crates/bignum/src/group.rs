//! The group: its prime, the Montgomery context shared by all operations, and the count of exponentiations.
#![forbid(unsafe_code)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bn::Modulus;
use crate::error::BignumError;

/// Bytes of a group element.
pub const ELEMENT_LEN: usize = 384;

/// Bytes of an exponent: all of SRP's are 256 bits (a hash, or a random number as long as one).
pub const EXPONENT_LEN: usize = 32;

/// The prime modulus N, big-endian: RFC 3526 section 4, group 15.
#[rustfmt::skip]
pub const MODULUS: [u8; ELEMENT_LEN] = from_words(&[
    0xFFFF_FFFF_FFFF_FFFF, 0xC90F_DAA2_2168_C234, 0xC4C6_628B_80DC_1CD1, 0x2902_4E08_8A67_CC74,
    0x020B_BEA6_3B13_9B22, 0x514A_0879_8E34_04DD, 0xEF95_19B3_CD3A_431B, 0x302B_0A6D_F25F_1437,
    0x4FE1_356D_6D51_C245, 0xE485_B576_625E_7EC6, 0xF44C_42E9_A637_ED6B, 0x0BFF_5CB6_F406_B7ED,
    0xEE38_6BFB_5A89_9FA5, 0xAE9F_2411_7C4B_1FE6, 0x4928_6651_ECE4_5B3D, 0xC200_7CB8_A163_BF05,
    0x98DA_4836_1C55_D39A, 0x6916_3FA8_FD24_CF5F, 0x8365_5D23_DCA3_AD96, 0x1C62_F356_2085_52BB,
    0x9ED5_2907_7096_966D, 0x670C_354E_4ABC_9804, 0xF174_6C08_CA18_217C, 0x3290_5E46_2E36_CE3B,
    0xE39E_772C_180E_8603, 0x9B27_83A2_EC07_A28F, 0xB5C5_5DF0_6F4C_52C9, 0xDE2B_CBF6_9558_1718,
    0x3995_497C_EA95_6AE5, 0x15D2_2618_98FA_0510, 0x1572_8E5A_8AAA_C42D, 0xAD33_170D_0450_7A33,
    0xA855_21AB_DF1C_BA64, 0xECFB_8504_58DB_EF0A, 0x8AEA_7157_5D06_0C7D, 0xB397_0F85_A6E1_E4C7,
    0xABF5_AE8C_DB09_33D7, 0x1E8C_94E0_4A25_619D, 0xCEE3_D226_1AD2_EE6B, 0xF12F_FA06_D98A_0864,
    0xD876_0273_3EC8_6A64, 0x521F_2B18_177B_200C, 0xBBE1_1757_7A61_5D6C, 0x7709_88C0_BAD9_46E2,
    0x08E2_4FA0_74E5_AB31, 0x43DB_5BFC_E0FD_108E, 0x4B82_D120_A93A_D2CA, 0xFFFF_FFFF_FFFF_FFFF,
]);

/// Spells words, most significant first, as big-endian bytes.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs at compile time, where an index out of bounds fails the build"
)]
const fn from_words(words: &[u64; ELEMENT_LEN / 8]) -> [u8; ELEMENT_LEN] {
    let mut bytes = [0; ELEMENT_LEN];
    let mut i = 0;
    while i < ELEMENT_LEN {
        bytes[i] = words[i / 8].to_be_bytes()[i % 8];
        i += 1;
    }
    bytes
}

static GROUP: OnceLock<Modulus> = OnceLock::new();

static EXPONENTIATIONS: AtomicU64 = AtomicU64::new(0);

/// The modulus, prepared at first use. A failure is not remembered.
pub(crate) fn group() -> Result<&'static Modulus, BignumError> {
    if let Some(group) = GROUP.get() {
        return Ok(group);
    }
    let fresh = Modulus::new(&MODULUS)?;
    Ok(GROUP.get_or_init(|| fresh))
}

/// How many exponentiations this process has done, of either kind.
///
/// For the test that an unknown user costs as much work as a known one (architecture decision 7).
pub fn exponentiations() -> u64 {
    EXPONENTIATIONS.load(Ordering::Relaxed)
}

/// Counts one exponentiation.
pub(crate) fn count_exponentiation() {
    EXPONENTIATIONS.fetch_add(1, Ordering::Relaxed);
}
