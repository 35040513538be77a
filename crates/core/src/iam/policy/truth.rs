//! Three-valued truth (Kleene): what a condition yields when part of it cannot be known.

/// The order matters: "and" is the least, "or" the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// Certainly false.
    False,
    /// Not knowable: an unknown key, a value of the wrong type, a variable without a value.
    Unknown,
    /// Certainly true.
    True,
}

impl Truth {
    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of them holds.
    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite; of the unknown, the unknown.
    pub(super) fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    /// `or` over many; false for none.
    pub(super) fn any(truths: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for truth in truths {
            result = result.or(truth);
            if result == Self::True {
                break;
            }
        }
        result
    }

    /// `and` over many; true for none.
    pub(super) fn all(truths: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for truth in truths {
            result = result.and(truth);
            if result == Self::False {
                break;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// The truth about a comparison whose sides may have been of the wrong type.
impl From<Option<bool>> for Truth {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Unknown, Self::from)
    }
}
