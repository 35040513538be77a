//! What deciding one question may cost.
//!
//! Both sides of a pattern come from strangers: a session policy from whoever makes the session, the resource from whoever
//! calls. A question that costs more than any honest one is not worth the answer: what is compared beyond the limit is
//! unknown, so that no `Allow` applies any more and every `Deny` may.

use std::cell::Cell;

/// How many steps a question may take, all its resources together. A step is at most about ten nanoseconds of work on one of the
/// target machine's cores, so that no question holds a worker for more than 4 ms; twenty statements take some hundred.
const LIMIT: usize = 400_000;
/// The steps of looking a condition key up.
pub(super) const LOOK_UP: usize = 8;
/// The steps of writing a number, a time or an address as text, or of reading one.
pub(super) const CONVERSION: usize = 50;

/// The steps that are left to one question.
#[derive(Debug)]
pub(super) struct Steps {
    left: Cell<usize>,
}

impl Steps {
    /// For one question.
    pub(super) fn for_one_question() -> Self {
        Self { left: Cell::new(LIMIT) }
    }

    /// Takes steps; false once there are none left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(steps));
        !self.exhausted()
    }

    /// Whether there are none left.
    pub(super) fn exhausted(&self) -> bool {
        self.left.get() == 0
    }
}
