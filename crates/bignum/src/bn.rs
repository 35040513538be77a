//! Owned, safe handles to aws-lc's `BIGNUM`, `BN_CTX` and `BN_MONT_CTX`: one of the two places with `unsafe` code.
//!
//! aws-lc overwrites memory when it frees it (`OPENSSL_free`), so a dropped handle leaves no secret behind. A
//! `BN_CTX` keeps the intermediate values of what ran in it; hence one per operation, never one per thread.

use std::ffi::c_int;
use std::ptr::NonNull;

use aws_lc_sys::{
    BIGNUM, BN_CTX, BN_CTX_free, BN_CTX_new, BN_MONT_CTX, BN_MONT_CTX_free, BN_MONT_CTX_new_for_modulus, BN_bin2bn,
    BN_bn2bin_padded, BN_clear_free, BN_le2bn, BN_mod_add_quick, BN_mod_exp_mont_consttime, BN_mod_mul_montgomery,
    BN_mod_sub_quick, BN_new, BN_to_montgomery, ERR_clear_error,
};
use zeroize::Zeroizing;

use crate::error::BignumError;
use crate::group::ELEMENT_LEN;

/// The big-endian bytes of a number below the modulus, overwritten on drop. Boxed, because a move of bare bytes leaves
/// a copy behind.
pub(crate) type Bytes = Box<Zeroizing<[u8; ELEMENT_LEN]>>;

/// Maps aws-lc's "one on success".
fn require(status: c_int) -> Result<(), BignumError> {
    if status == 1 { Ok(()) } else { Err(failure()) }
}

/// Maps aws-lc's "null on failure".
fn require_pointer<T>(raw: *mut T) -> Result<NonNull<T>, BignumError> {
    NonNull::new(raw).ok_or_else(failure)
}

/// Takes note of a failure: aws-lc queues it per thread, where a later caller would misread it as its own.
fn failure() -> BignumError {
    // SAFETY: takes no arguments; it only empties the calling thread's own error queue.
    unsafe { ERR_clear_error() };
    BignumError
}

/// An owned, non-negative aws-lc integer.
///
/// Its width in machine words is that of the bytes it was loaded from, leading zeros included, so that the time of
/// an operation does not tell how large the number is.
pub(crate) struct Integer(NonNull<BIGNUM>);

impl Integer {
    /// Zero.
    pub(crate) fn new() -> Result<Self, BignumError> {
        // SAFETY: takes no arguments; returns null or a pointer that we own.
        require_pointer(unsafe { BN_new() }).map(Self)
    }

    /// The number that `bytes` spell in big-endian order.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BignumError> {
        let integer = Self::new()?;
        // SAFETY: pointer and length come from one live slice, which is only read; the destination is a live BIGNUM
        // that we hold exclusively. With a destination given, the call makes no other BIGNUM, and returns the
        // destination or null.
        require_pointer(unsafe { BN_bin2bn(bytes.as_ptr(), bytes.len(), integer.0.as_ptr()) })?;
        Ok(integer)
    }

    /// Replaces the number by that which `bytes` spell in little-endian order, reusing its memory.
    pub(crate) fn load_little_endian(&mut self, bytes: &[u8]) -> Result<(), BignumError> {
        // SAFETY: as in `from_bytes`; the two functions differ in the order of the bytes alone.
        require_pointer(unsafe { BN_le2bn(bytes.as_ptr(), bytes.len(), self.0.as_ptr()) })?;
        Ok(())
    }

    /// The number as big-endian bytes. It must be below 2^3072.
    pub(crate) fn to_bytes(&self) -> Result<Bytes, BignumError> {
        let mut bytes: Bytes = Box::new(Zeroizing::new([0; ELEMENT_LEN]));
        // SAFETY: the destination is writable for exactly the length passed; the BIGNUM is live and only read.
        require(unsafe { BN_bn2bin_padded(bytes.as_mut_ptr(), ELEMENT_LEN, self.0.as_ptr()) })?;
        Ok(bytes)
    }
}

impl Drop for Integer {
    fn drop(&mut self) {
        // SAFETY: the pointer came from BN_new, is owned by us alone and is not used again. The call overwrites the
        // words before it frees them.
        unsafe { BN_clear_free(self.0.as_ptr()) }
    }
}

/// Room for the intermediate values of one operation.
pub(crate) struct Scratch(NonNull<BN_CTX>);

impl Scratch {
    pub(crate) fn new() -> Result<Self, BignumError> {
        // SAFETY: takes no arguments; returns null or a pointer that we own.
        require_pointer(unsafe { BN_CTX_new() }).map(Self)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: the pointer came from BN_CTX_new, is owned by us alone and is not used again; every aws-lc function
        // called with it has returned, and so has ended its frame.
        unsafe { BN_CTX_free(self.0.as_ptr()) }
    }
}

/// An odd modulus with what Montgomery arithmetic precomputes for it.
///
/// The methods expect operands below the modulus.
pub(crate) struct Modulus {
    n: Integer,
    montgomery: NonNull<BN_MONT_CTX>,
}

// SAFETY: neither the BIGNUM nor the BN_MONT_CTX is tied to the thread that made it: aws-lc allocates both from the
// common heap.
unsafe impl Send for Modulus {}

// SAFETY: after `new` both are only ever passed to aws-lc as pointers to const, and aws-lc changes nothing behind
// them (it has no lazily computed part in either), so that reads from several threads do not race. aws-lc shares the
// BN_MONT_CTX of an RSA key among threads in the same way.
unsafe impl Sync for Modulus {}

impl Modulus {
    /// Prepares arithmetic modulo the odd number that `bytes` spell in big-endian order.
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, BignumError> {
        let n = Integer::from_bytes(bytes)?;
        let scratch = Scratch::new()?;
        // SAFETY: both pointers are live; the modulus is only read and copied, the scratch is held exclusively;
        // returns null or a pointer that we own. The modulus is public, which this function requires.
        let raw = unsafe { BN_MONT_CTX_new_for_modulus(n.0.as_ptr(), scratch.0.as_ptr()) };
        Ok(Self { n, montgomery: require_pointer(raw)? })
    }

    /// `a·R mod n`, R being the Montgomery radix.
    pub(crate) fn to_montgomery(&self, a: &Integer, scratch: &mut Scratch) -> Result<Integer, BignumError> {
        let result = Integer::new()?;
        // SAFETY: all pointers are live; `a` and the Montgomery context are only read; the result is a fresh BIGNUM
        // and the scratch is held exclusively.
        require(unsafe {
            BN_to_montgomery(result.0.as_ptr(), a.0.as_ptr(), self.montgomery.as_ptr(), scratch.0.as_ptr())
        })?;
        Ok(result)
    }

    /// `accumulator := accumulator·factor·R⁻¹ mod n`.
    ///
    /// With one operand in Montgomery form the product comes out in plain form; with both, in Montgomery form.
    pub(crate) fn multiply_montgomery(
        &self,
        accumulator: &mut Integer,
        factor: &Integer,
        scratch: &mut Scratch,
    ) -> Result<(), BignumError> {
        let accumulator = accumulator.0.as_ptr();
        let factor = factor.0.as_ptr();
        // SAFETY: all pointers are live; the accumulator and the scratch are held exclusively, factor and Montgomery
        // context are only read. The function allows the result to be one of the operands (aws-lc does so itself).
        require(unsafe {
            BN_mod_mul_montgomery(accumulator, accumulator, factor, self.montgomery.as_ptr(), scratch.0.as_ptr())
        })
    }

    /// `accumulator := accumulator²·R⁻¹ mod n`.
    pub(crate) fn square_montgomery(
        &self,
        accumulator: &mut Integer,
        scratch: &mut Scratch,
    ) -> Result<(), BignumError> {
        let accumulator = accumulator.0.as_ptr();
        // SAFETY: as in `multiply_montgomery`; the operands are read before the result is written, so that all three may
        // be the same (aws-lc squares so itself, in BN_mod_exp_mont).
        require(unsafe {
            BN_mod_mul_montgomery(accumulator, accumulator, accumulator, self.montgomery.as_ptr(), scratch.0.as_ptr())
        })
    }

    /// `base^exponent mod n`, in time that depends on the width of the exponent alone.
    pub(crate) fn pow(&self, base: &Integer, exponent: &Integer) -> Result<Integer, BignumError> {
        let result = Integer::new()?;
        let scratch = Scratch::new()?;
        // SAFETY: all pointers are live; the result is a fresh BIGNUM, the scratch is held exclusively, and the rest
        // is only read. The Montgomery context was made from this very modulus.
        require(unsafe {
            BN_mod_exp_mont_consttime(
                result.0.as_ptr(),
                base.0.as_ptr(),
                exponent.0.as_ptr(),
                self.n.0.as_ptr(),
                scratch.0.as_ptr(),
                self.montgomery.as_ptr(),
            )
        })?;
        Ok(result)
    }

    /// `a + b mod n`.
    pub(crate) fn add(&self, a: &Integer, b: &Integer) -> Result<Integer, BignumError> {
        let sum = Integer::new()?;
        // SAFETY: all pointers are live; the sum is a fresh BIGNUM, the rest is only read.
        require(unsafe { BN_mod_add_quick(sum.0.as_ptr(), a.0.as_ptr(), b.0.as_ptr(), self.n.0.as_ptr()) })?;
        Ok(sum)
    }

    /// `a - b mod n`.
    pub(crate) fn sub(&self, a: &Integer, b: &Integer) -> Result<Integer, BignumError> {
        let difference = Integer::new()?;
        // SAFETY: all pointers are live; the difference is a fresh BIGNUM, the rest is only read.
        require(unsafe { BN_mod_sub_quick(difference.0.as_ptr(), a.0.as_ptr(), b.0.as_ptr(), self.n.0.as_ptr()) })?;
        Ok(difference)
    }
}

impl Drop for Modulus {
    fn drop(&mut self) {
        // SAFETY: the pointer came from BN_MONT_CTX_new_for_modulus, is owned by us alone and is not used again.
        unsafe { BN_MONT_CTX_free(self.montgomery.as_ptr()) }
    }
}
