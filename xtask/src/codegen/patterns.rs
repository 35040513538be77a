//! Patterns: Java's regular expressions in the syntax of the `regex` crate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regex::Regex;

use super::{Failure, GENERATED};

/// Every pattern in use, each once; the value is the name of its static.
#[derive(Default)]
pub(super) struct Patterns {
    names: BTreeMap<String, String>,
}

impl Patterns {
    /// The name of the static that holds the pattern. `shape` names it if it is new.
    pub(super) fn name(&mut self, pattern: &str, shape: &str) -> String {
        let taken = self.names.values().any(|name| *name == super::names::screaming(shape));
        let suffix = if taken { "_2" } else { "" };
        let fresh = || format!("{}{suffix}", super::names::screaming(shape));
        self.names.entry(pattern.to_owned()).or_insert_with(fresh).clone()
    }

    /// The file `patterns.rs`.
    pub(super) fn emit(&self) -> Result<String, Failure> {
        let mut out = format!("//! Every pattern of the model, once.\n{GENERATED}\nuse crate::pattern::Pattern;\n");
        let mut all = String::new();
        let by_name: BTreeMap<&String, &String> = self.names.iter().map(|(pattern, name)| (name, pattern)).collect();
        for (name, java) in by_name {
            let expression = format!(r"\A(?:{})\z", translate(java)?);
            let shown = raw(java);
            let expression_literal = raw(&expression);
            let value = match class(java)? {
                Some((ascii, empty)) => {
                    format!("Pattern::class({shown}, {expression_literal}, 0x{ascii:032x}, {empty})")
                }
                None => format!("Pattern::new({shown}, {expression_literal})"),
            };
            let _ = write!(out, "\npub(crate) static {name}: Pattern = {value};\n");
            let _ = write!(all, "&{name}, ");
        }
        let _ = write!(out, "\n#[cfg(test)]\npub(crate) const ALL: &[&Pattern] = &[{all}];\n");
        Ok(out)
    }
}

/// A raw string literal.
pub(super) fn raw(text: &str) -> String {
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    if text.contains(['\\', '"']) { format!("r{hashes}\"{text}\"{hashes}") } else { format!("\"{text}\"") }
}

/// Java's syntax to the crate's: `\w`, `\d`, `\s` are ASCII in Java and Unicode here, `.` stops at more line ends.
fn translate(java: &str) -> Result<String, Failure> {
    if java.contains("(?<") || java.contains("(?=") || java.contains("(?!") || java.contains("&&") {
        return Err(Failure::new(format!("pattern {java} says what the `regex` crate cannot")));
    }
    let dot_all = java.contains("(?s)");
    let mut out = String::new();
    let mut in_class = false;
    let mut letters = java.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '[' if in_class => return Err(Failure::new(format!("pattern {java} nests classes"))),
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '.' if !in_class && !dot_all => out += r"[^\n\r\x{85}\x{2028}\x{2029}]",
            '\\' => {
                let escaped = letters.next().unwrap_or_default();
                let inner = match escaped {
                    'w' => "0-9A-Za-z_",
                    'd' => "0-9",
                    's' => r" \t\n\x0B\x0C\r",
                    'S' => r"^ \t\n\x0B\x0C\r",
                    _ => "",
                };
                match (inner, escaped) {
                    ("", _) => {
                        out.push('\\');
                        out.push(escaped);
                    }
                    _ if in_class && escaped != 'S' => out += inner,
                    _ => out.extend(["[", inner, "]"]),
                }
            }
            _ => out.push(letter),
        }
    }
    Ok(out)
}

/// For a pattern that is one repeated class: its ASCII members as bits, and whether it may repeat zero times.
fn class(java: &str) -> Result<Option<(u128, bool)>, Failure> {
    let bare = java.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')).unwrap_or(java);
    let Some((inside, repeat)) = bare.strip_prefix('[').and_then(|rest| rest.split_at_checked(rest.len() - 1)) else {
        return Ok(None);
    };
    let Some(inside) = inside.strip_suffix(']').filter(|inside| !inside.replace("\\]", "").contains(']')) else {
        return Ok(None);
    };
    if repeat != "+" && repeat != "*" {
        return Ok(None);
    }
    let one = format!(r"\A(?:{})\z", translate(&format!("[{inside}]"))?);
    let one = Regex::new(&one).map_err(|error| Failure::new(error.to_string()))?;
    let mut bits = 0_u128;
    for code in 0..128_u8 {
        if one.is_match(char::from(code).encode_utf8(&mut [0; 4])) {
            bits |= 1 << code;
        }
    }
    Ok(Some((bits, repeat == "*")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii_as_in_java() {
        assert_eq!(translate(r"[\w-]+_[0-9a-zA-Z]+").unwrap(), "[0-9A-Za-z_-]+_[0-9a-zA-Z]+");
        assert_eq!(translate(r"[\S]+").unwrap(), r"[[^ \t\n\x0B\x0C\r]]+");
        assert_eq!(translate(r"\d+").unwrap(), "[0-9]+");
        assert!(translate(r"a(?!b)").is_err());
    }

    #[test]
    fn one_class_becomes_a_bitmap() {
        let (bits, empty) = class(r"[0-9]+").unwrap().unwrap();
        assert_eq!(bits, 0x03ff << 48);
        assert!(!empty);
        assert!(class(r"[0-9]+-[0-9]+").unwrap().is_none());
        assert!(class(r"(?s).*").unwrap().is_none());
    }
}
