//! The count of exponentiations, in a process where nothing else computes.

use stepwell_bignum::{Element, exp_g, exponentiations};

#[test]
fn every_exponentiation_is_counted_and_nothing_else() {
    assert_eq!(exponentiations(), 0);
    let power = exp_g(&[1; 32]).unwrap();
    assert_eq!(exponentiations(), 1);
    let power: Element = power.pow(&[2; 32]).unwrap();
    assert_eq!(exponentiations(), 2);
    let _ = power.mul(&power).unwrap().add(&power).unwrap().sub(&power).unwrap().negate_if(true).unwrap();
    assert_eq!(exponentiations(), 2);
}
