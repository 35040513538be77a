//! Validation of a request against the model, with AWS's own wording.
//!
//! `check` answers `2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must …; Value
//! 'x' at 'userPoolId' failed to satisfy constraint: Member must …`. A sensitive value is never echoed (`Value at`), a
//! missing one is `Value null at`. Nothing is allocated while nothing is wrong. Members are visited in alphabetical order
//! and a value's length before its pattern, as in the answers recorded from Cognito (the order within one value varies
//! there).

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::constraint::{Number, Size, Text};
use crate::wire::WireEnum;

/// Once so much has been found, in bytes, no more is looked for: a hostile request must not be answered by megabytes.
const MAX_FOUND: usize = 8 * 1024;

/// How much of a value or of a map's key a message shows, in characters.
const MAX_SHOWN: usize = 256;

/// A structure of a request.
pub trait Validate {
    /// Adds what is wrong with `self`, which stands at `at`, to `out`.
    fn validate(&self, at: &Path<'_>, out: &mut Violations);
}

/// Checks a request; the error is the message of the `InvalidParameterException` to answer.
pub fn check<T: Validate>(input: &T) -> Result<(), String> {
    let mut out = Violations { messages: Vec::new(), bytes: 0 };
    input.validate(&Path { parent: None, segment: Segment::Root }, &mut out);
    match out.messages.as_slice() {
        [] => Ok(()),
        [one] => Err(format!("1 validation error detected: {one}")),
        many => Err(format!("{} validation errors detected: {}", many.len(), many.join("; "))),
    }
}

/// Where a value stands in the request; a chain on the stack, written out only for a message.
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

enum Segment<'a> {
    Root,
    Member(&'static str),
    Index(usize),
    Key(&'a str),
}

impl Path<'_> {
    fn child<'b>(&'b self, segment: Segment<'b>) -> Path<'b> {
        Path { parent: Some(self), segment }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nested = match self.parent {
            Some(parent) => {
                parent.fmt(f)?;
                !matches!(parent.segment, Segment::Root)
            }
            None => false,
        };
        if nested {
            f.write_char('.')?;
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Member(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{}.member", index + 1),
            Segment::Key(key) => write!(f, "{}.member", cut(key)),
        }
    }
}

/// The beginning of a value, if it is long.
fn cut(value: &(impl fmt::Display + ?Sized)) -> String {
    struct Cut(String, usize);

    impl fmt::Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                if self.1 == MAX_SHOWN {
                    self.0.push_str("...");
                    return Err(fmt::Error);
                }
                self.0.push(character);
                self.1 += 1;
            }
            Ok(())
        }
    }

    let mut cut = Cut(String::new(), 0);
    // The error only ends the writing.
    let _ = write!(cut, "{value}");
    cut.0
}

/// The value as a message shows it.
enum Shown<'a> {
    Null,
    Hidden,
    Value(&'a dyn fmt::Display),
}

/// `[a, b]`, as Java prints a list.
struct List<'a, T>(&'a [T], fn(&T) -> &str);

impl<T> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str((self.1)(item))?;
        }
        f.write_char(']')
    }
}

/// `{a=1, b=2}`, as Java prints a map.
struct Map<'a, T>(&'a BTreeMap<String, T>);

impl<T: AsRef<str>> fmt::Display for Map<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (index, (key, value)) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{key}={}", value.as_ref())?;
        }
        f.write_char('}')
    }
}

/// What is wrong with a request, in the order found.
pub struct Violations {
    messages: Vec<String>,
    bytes: usize,
}

impl Violations {
    fn is_full(&self) -> bool {
        self.bytes >= MAX_FOUND
    }

    fn push(&mut self, at: &Path<'_>, name: &'static str, shown: &Shown<'_>, constraint: fmt::Arguments<'_>) {
        if self.is_full() {
            return;
        }
        let path = at.child(Segment::Member(name));
        let message = match shown {
            Shown::Null => {
                format!("Value null at '{path}' failed to satisfy constraint: {constraint}")
            }
            Shown::Hidden => {
                format!("Value at '{path}' failed to satisfy constraint: {constraint}")
            }
            Shown::Value(value) => {
                format!("Value '{}' at '{path}' failed to satisfy constraint: {constraint}", cut(value))
            }
        };
        self.bytes += message.len();
        self.messages.push(message);
    }

    /// A required member.
    pub fn required(&mut self, at: &Path<'_>, name: &'static str, present: bool) {
        if !present {
            self.push(at, name, &Shown::Null, format_args!("Member must not be null"));
        }
    }

    /// A string.
    pub(crate) fn text(&mut self, at: &Path<'_>, name: &'static str, value: Option<&str>, rule: &Text) {
        let Some(text) = value else { return };
        let shown = if rule.sensitive { Shown::Hidden } else { Shown::Value(&text) };
        if let Some(min) = rule.too_short(text) {
            self.push(at, name, &shown, format_args!("Member must have length greater than or equal to {min}"));
        }
        if let Some(max) = rule.too_long(text) {
            self.push(at, name, &shown, format_args!("Member must have length less than or equal to {max}"));
        }
        if let Some(pattern) = rule.mismatch(text) {
            self.push(at, name, &shown, format_args!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    /// An integer.
    pub(crate) fn number(&mut self, at: &Path<'_>, name: &'static str, value: Option<i64>, rule: &Number) {
        let Some(value) = value else { return };
        if let Some(min) = rule.min.filter(|&min| value < min) {
            let shown = Shown::Value(&value);
            self.push(at, name, &shown, format_args!("Member must have value greater than or equal to {min}"));
        }
        if let Some(max) = rule.max.filter(|&max| value > max) {
            let shown = Shown::Value(&value);
            self.push(at, name, &shown, format_args!("Member must have value less than or equal to {max}"));
        }
    }

    /// An enum.
    pub(crate) fn choice<T: WireEnum>(&mut self, at: &Path<'_>, name: &'static str, value: Option<&T>) {
        if let Some(value) = value.filter(|value| !value.is_known()) {
            let shown = Shown::Value(&value.as_str());
            self.push(at, name, &shown, format_args!("Member must satisfy enum value set: [{}]", T::SET));
        }
    }

    /// A structure.
    pub(crate) fn structure<T: Validate>(&mut self, at: &Path<'_>, name: &'static str, value: Option<&T>) {
        if let Some(value) = value {
            value.validate(&at.child(Segment::Member(name)), self);
        }
    }

    /// The length of a blob, or of a list or map of structures; its value is not echoed.
    pub(crate) fn size(&mut self, at: &Path<'_>, name: &'static str, length: Option<usize>, rule: &Size) {
        self.size_of(at, name, length, rule, &Shown::Hidden);
    }

    fn size_of(&mut self, at: &Path<'_>, name: &'static str, length: Option<usize>, rule: &Size, shown: &Shown<'_>) {
        let Some(length) = length else { return };
        if let Some(min) = rule.min.filter(|&min| length < min) {
            self.push(at, name, shown, format_args!("Member must have length greater than or equal to {min}"));
        }
        if let Some(max) = rule.max.filter(|&max| length > max) {
            self.push(at, name, shown, format_args!("Member must have length less than or equal to {max}"));
        }
    }

    /// A list of strings.
    pub(crate) fn texts<T: AsRef<str>>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        list: Option<&[T]>,
        size: &Size,
        rule: &Text,
    ) {
        let Some(list) = list else { return };
        let printed = List(list, T::as_ref);
        let shown = if rule.sensitive { Shown::Hidden } else { Shown::Value(&printed) };
        self.size_of(at, name, Some(list.len()), size, &shown);
        if !list.iter().all(|item| rule.holds(item.as_ref())) {
            let constraints = rule.all_constraints();
            self.push(at, name, &shown, format_args!("Member must satisfy constraint: [{constraints}]"));
        }
    }

    /// A list of enums.
    pub(crate) fn choices<T: WireEnum>(&mut self, at: &Path<'_>, name: &'static str, list: Option<&[T]>, size: &Size) {
        let Some(list) = list else { return };
        let printed = List(list, T::as_str);
        let shown = Shown::Value(&printed);
        self.size_of(at, name, Some(list.len()), size, &shown);
        if !list.iter().all(WireEnum::is_known) {
            self.push(
                at,
                name,
                &shown,
                format_args!("Member must satisfy constraint: [Member must satisfy enum value set: [{}]]", T::SET),
            );
        }
    }

    /// The members of a list of structures.
    pub(crate) fn structures<T: Validate>(&mut self, at: &Path<'_>, name: &'static str, list: Option<&[T]>) {
        let here = at.child(Segment::Member(name));
        for (index, item) in list.unwrap_or_default().iter().enumerate() {
            if self.is_full() {
                return;
            }
            item.validate(&here.child(Segment::Index(index)), self);
        }
    }

    /// A map of strings.
    pub(crate) fn text_map<T: AsRef<str>>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        map: Option<&BTreeMap<String, T>>,
        size: &Size,
        (key_rule, value_rule): (&Text, &Text),
    ) {
        let Some(map) = map else { return };
        let printed = Map(map);
        let hidden = key_rule.sensitive || value_rule.sensitive;
        let shown = if hidden { Shown::Hidden } else { Shown::Value(&printed) };
        self.size_of(at, name, Some(map.len()), size, &shown);
        self.map_keys(at, name, &shown, map.keys(), key_rule);
        if !map.values().all(|value| value_rule.holds(value.as_ref())) {
            let constraints = value_rule.all_constraints();
            self.push(at, name, &shown, format_args!("Map value must satisfy constraint: [{constraints}]"));
        }
    }

    fn map_keys<'k>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        shown: &Shown<'_>,
        mut keys: impl Iterator<Item = &'k String>,
        rule: &Text,
    ) {
        if !keys.all(|key| rule.holds(key)) {
            let constraints = rule.all_constraints();
            self.push(at, name, shown, format_args!("Map keys must satisfy constraint: [{constraints}]"));
        }
    }

    /// A map of structures.
    pub(crate) fn structure_map<T: Validate>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        map: Option<&BTreeMap<String, T>>,
        size: &Size,
        key_rule: &Text,
    ) {
        let Some(map) = map else { return };
        self.size(at, name, Some(map.len()), size);
        self.map_keys(at, name, &Shown::Hidden, map.keys(), key_rule);
        let here = at.child(Segment::Member(name));
        for (key, value) in map {
            if self.is_full() {
                return;
            }
            value.validate(&here.child(Segment::Key(key)), self);
        }
    }
}
