//! Whether a text is the metadata of a SAML identity provider: well-formed XML without a document type, whose root is an
//! `EntityDescriptor` with an `entityID` and an `IDPSSODescriptor` in it (SAML V2.0 Metadata, 2.3.2 and 2.4.3). Certificates
//! and bindings are judged by who uses them.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::errors::invalid_input;
use crate::Millis;
use crate::error::Result;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// Deeper elements are refused.
const MAX_DEPTH: usize = 64;
/// Of how many elements and attributes metadata may be made: identity providers need some dozens of elements.
const MAX_ELEMENTS: usize = 10_000;
const MAX_ATTRIBUTES: usize = 256;

/// What the metadata says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    /// `validUntil` of the root.
    pub(super) valid_until: Option<Millis>,
}

/// Reads metadata; `InvalidInput` if it is none.
pub(super) fn read(text: &str) -> Result<Described> {
    describe(text).ok_or_else(|| invalid_input("Could not parse metadata"))
}

fn describe(text: &str) -> Option<Described> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), open: Vec::new(), elements: 0 };
    let mut root: Option<Tag<'_>> = None;
    let mut is_provider = false;
    loop {
        let tag = match reader.next()? {
            Part::Start(tag) => tag,
            Part::Other => continue,
            Part::End => break,
        };
        if reader.depth_of(&tag) == 1 {
            if root.is_some() || reader.name_of(&tag)? != (METADATA, "EntityDescriptor") {
                return None;
            }
            tag.attribute("entityID").filter(|id| !id.trim().is_empty())?;
            root = Some(tag);
        } else if reader.depth_of(&tag) == 2 && reader.name_of(&tag) == Some((METADATA, "IDPSSODescriptor")) {
            is_provider = true;
        }
    }
    let root = root.filter(|_| is_provider && reader.open.is_empty())?;
    let valid_until = match root.attribute("validUntil") {
        Some(time) => {
            let nanos = OffsetDateTime::parse(time, &Rfc3339).ok()?.unix_timestamp_nanos();
            Some(Millis::try_from(nanos / 1_000_000).ok()?)
        }
        None => None,
    };
    Some(Described { valid_until })
}

/// A start tag.
#[derive(Debug, Clone)]
struct Tag<'a> {
    name: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
    /// True if it ends itself.
    empty: bool,
}

impl<'a> Tag<'a> {
    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.get(name).copied()
    }
}

#[derive(Debug)]
enum Part<'a> {
    Start(Tag<'a>),
    Other,
    /// Of the text.
    End,
}

/// Reads XML part by part. `None` everywhere: the text is not well-formed.
struct Reader<'a> {
    rest: &'a str,
    /// The elements that are open: name and the namespaces that each declares.
    open: Vec<(&'a str, BTreeMap<&'a str, &'a str>)>,
    /// How many elements were read.
    elements: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Part<'a>> {
        let Some(at) = self.rest.find('<') else {
            return (self.text_fits(self.rest) && self.open.is_empty()).then_some(Part::End);
        };
        let (before, rest) = self.rest.split_at_checked(at)?;
        if !self.text_fits(before) {
            return None;
        }
        self.rest = rest;
        if self.skip("<!--", "-->")? || self.skip("<?", "?>")? {
            return Some(Part::Other);
        }
        if self.rest.starts_with("<![CDATA[") {
            // Only within an element.
            self.open.last()?;
            return self.skip("<![CDATA[", "]]>")?.then_some(Part::Other);
        }
        if let Some(rest) = self.rest.strip_prefix("</") {
            let (name, rest) = rest.split_once('>')?;
            let (open, _) = self.open.pop()?;
            self.rest = rest;
            return (name.trim_end() == open).then_some(Part::Other);
        }
        // A document type is refused with everything else that begins so.
        if self.rest.starts_with("<!") {
            return None;
        }
        let tag = self.start_tag()?;
        self.elements += 1;
        if !tag.empty {
            self.open.push((tag.name, declared(&tag)));
        }
        (self.open.len() <= MAX_DEPTH && self.elements <= MAX_ELEMENTS).then_some(Part::Start(tag))
    }

    /// True if the rest began with something that ends so, which is skipped.
    fn skip(&mut self, start: &str, end: &str) -> Option<bool> {
        let Some(rest) = self.rest.strip_prefix(start) else { return Some(false) };
        let (_, rest) = rest.split_once(end)?;
        self.rest = rest;
        Some(true)
    }

    fn start_tag(&mut self) -> Option<Tag<'a>> {
        let (name, mut rest) = name(self.rest.strip_prefix('<')?)?;
        let mut attributes = BTreeMap::new();
        loop {
            let trimmed = rest.trim_start();
            if let Some(after) = trimmed.strip_prefix("/>") {
                self.rest = after;
                return Some(Tag { name, attributes, empty: true });
            }
            if let Some(after) = trimmed.strip_prefix('>') {
                self.rest = after;
                return Some(Tag { name, attributes, empty: false });
            }
            if trimmed.len() == rest.len() {
                return None;
            }
            let (key, after) = self::name(trimmed)?;
            let after = after.trim_start().strip_prefix('=')?.trim_start();
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = after.strip_prefix(quote)?.split_once(quote)?;
            if value.contains('<') || !references_fit(value) || attributes.len() == MAX_ATTRIBUTES {
                return None;
            }
            if attributes.insert(key, value).is_some() {
                return None;
            }
            rest = after;
        }
    }

    /// Text stands only within an element.
    fn text_fits(&self, text: &str) -> bool {
        references_fit(text) && !text.contains("]]>") && (!self.open.is_empty() || text.trim().is_empty())
    }

    /// 1 for the root. To be asked right after the tag was read.
    fn depth_of(&self, tag: &Tag<'_>) -> usize {
        self.open.len() + usize::from(tag.empty)
    }

    /// The tag's namespace and local name.
    fn name_of(&self, tag: &Tag<'a>) -> Option<(&'a str, &'a str)> {
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        let own = declared(tag);
        let namespace = own.get(prefix).copied();
        namespace
            .or_else(|| self.open.iter().rev().find_map(|(_, declared)| declared.get(prefix).copied()))
            .map(|namespace| (namespace, local))
    }
}

/// The namespaces that a tag declares, by prefix.
fn declared<'a>(tag: &Tag<'a>) -> BTreeMap<&'a str, &'a str> {
    let prefix = |key: &'a str| if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
    tag.attributes.iter().filter_map(|(key, value)| Some((prefix(key)?, *value))).collect()
}

/// A name and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|character: char| !(character.is_alphanumeric() || matches!(character, ':' | '_' | '-' | '.')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    name.starts_with(|first: char| first.is_alphabetic() || first == '_').then_some((name, rest))
}

/// True if every `&` begins a character or one of the five entities that XML itself has.
fn references_fit(text: &str) -> bool {
    text.split('&').skip(1).all(|after| {
        let Some((reference, _)) = after.split_once(';') else { return false };
        match reference.strip_prefix('#') {
            Some(number) => {
                let number = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                number.ok().and_then(char::from_u32).is_some_and(|character| character != '\0')
            }
            None => matches!(reference, "amp" | "lt" | "gt" | "quot" | "apos"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA_TEXT: &str = r#"<?xml version="1.0"?>
<!-- a comment --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/a&amp;b" validUntil="2030-01-01T00:00:00Z">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:SingleSignOnService Binding='urn:x' Location="https://idp.example.com/sso"/><x><![CDATA[<&>]]></x >
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"#;

    fn attributes(count: usize) -> String {
        (0..count).map(|number| [" a", &number.to_string(), "=''"].concat()).collect()
    }

    #[test]
    fn metadata_of_an_identity_provider_is_read() {
        assert_eq!(read(METADATA_TEXT).unwrap(), Described { valid_until: Some(1_893_456_000_000) });
        let default = METADATA_TEXT.replace("md:", "").replace("xmlns:md", "xmlns").replace("xmlns:", "xmlns");
        let default = default.replace(" validUntil=\"2030-01-01T00:00:00Z\"", "");
        assert_eq!(read(&default).unwrap(), Described { valid_until: None });
    }

    #[test]
    fn everything_else_is_refused() {
        let changes = [
            ("<?xml version=\"1.0\"?>", "<!DOCTYPE a [<!ENTITY b \"c\">]>"),
            ("md:EntityDescriptor", "md:EntitiesDescriptor"),
            ("SAML:2.0:metadata", "SAML:2.0:other"),
            (" entityID=", " entityid="),
            ("&amp;", "&b;"),
            ("&amp;", "&"),
            ("<x>", "<x><y>"),
            ("</x >", "</y>"),
            ("]]></x >", "]]>]]></x >"),
            ("Binding='urn:x'", "Binding='urn:x' Binding='urn:y'"),
            ("Binding='urn:x' ", "Binding='urn:x'"),
            ("'urn:x'", "'<'"),
            ("2030-01-01T00:00:00Z", "tomorrow"),
            ("md:IDPSSODescriptor", "md:SPSSODescriptor"),
            ("</md:EntityDescriptor>\n", ""),
            ("</md:EntityDescriptor>\n", "</md:EntityDescriptor>text"),
            ("</md:EntityDescriptor>\n", "</md:EntityDescriptor><a/>"),
        ];
        for (from, to) in changes {
            let text = METADATA_TEXT.replace(from, to);
            assert_ne!(text, METADATA_TEXT, "{from}");
            assert!(read(&text).is_err(), "{from} -> {to}");
        }
        assert!(read(&METADATA_TEXT.replace("<x>", &"<x>".repeat(100)).replace("</x >", &"</x>".repeat(100))).is_err());
        let many = |count: usize| METADATA_TEXT.replace("<x>", &format!("<x{}>", attributes(count)));
        read(&many(256)).unwrap();
        assert!(read(&many(257)).is_err());
        let elements = |count: usize| METADATA_TEXT.replace("<x>", &format!("<x>{}", "<y/>".repeat(count)));
        read(&elements(9_000)).unwrap();
        assert!(read(&elements(10_000)).is_err());
        for text in ["", "<", "<a", "<a b", "<a b=", "<a b='", "</a>", "text", "<!--", "<?"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    /// Would not end for minutes if reading took time in proportion to the square of the length.
    #[test]
    fn long_documents_are_read_to_their_end() {
        let before_close = |text: &str, times: usize| {
            let close = "</md:IDPSSODescriptor>";
            METADATA_TEXT.replace(close, &format!("{}{close}", text.repeat(times)))
        };
        for (text, is_fine) in [
            (METADATA_TEXT.replace("<x>", &format!("<x{}>", attributes(150_000))), false),
            (before_close("<y/>", 250_000), false),
            (before_close("&amp;", 200_000), true),
            (before_close("<!---->", 150_000), true),
            (METADATA_TEXT.replace("<x>", &format!("<x a='{}'>", "&#65;".repeat(200_000))), true),
            (before_close("<y", 500_000), false),
        ] {
            assert_eq!(read(&text).is_ok(), is_fine, "{}…", &text[..400]);
        }
    }
}
