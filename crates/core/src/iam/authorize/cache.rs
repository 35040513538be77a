//! Compiled policies, kept under the version of IAM's records that they were read at, within bounds.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

use super::permissions::Own;
use crate::iam::policy::PolicyDocument;

/// Users and roles whose policies are kept.
const PRINCIPALS: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// Session policies that are kept, by their text: the guests of an identity pool all have the same.
const DOCUMENTS: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();
/// The policy text behind either kind, in bytes. Compiled it is a few times as much.
const TEXT: usize = 8 << 20;

/// What is kept of compiled policies on this node.
pub(crate) struct Cache {
    principals: Mutex<Bounded<String, (i64, Arc<Own>)>>,
    documents: Mutex<Bounded<String, (i64, Option<PolicyDocument>)>>,
}

/// The version under which what never changes is kept.
const FIXED: i64 = -1;

impl Default for Cache {
    fn default() -> Self {
        Self { principals: Mutex::new(Bounded::new(PRINCIPALS)), documents: Mutex::new(Bounded::new(DOCUMENTS)) }
    }
}

impl Cache {
    /// A principal's policies as of `version`, by the principal's unique id.
    pub(super) fn principal(&self, id: &str, version: i64) -> Option<Arc<Own>> {
        let mut kept = self.principals.lock();
        let (at, own) = kept.entries.get(id).map(|(_, entry)| entry)?;
        (*at == version).then(|| Arc::clone(own))
    }

    pub(super) fn keep_principal(&self, id: &str, version: i64, own: &Arc<Own>) {
        self.principals.lock().put(id.to_owned(), own.text_bytes(), (version, Arc::clone(own)));
    }

    /// A session policy by its text.
    pub(super) fn document(&self, text: &str) -> Option<PolicyDocument> {
        self.documents.lock().entries.get(text).and_then(|(_, (_, document))| document.clone())
    }

    pub(super) fn keep_document(&self, text: &str, document: &PolicyDocument) {
        self.documents.lock().put(text.to_owned(), text.len(), (FIXED, Some(document.clone())));
    }

    /// A managed policy's default version as of `version`, and how long its text is; the inner `None` says that there is no such policy.
    pub(super) fn managed(&self, arn: &str, version: i64) -> Option<Option<(PolicyDocument, usize)>> {
        let mut kept = self.documents.lock();
        let (text, (at, document)) = kept.entries.get(arn)?;
        (*at == version).then(|| document.clone().map(|document| (document, *text)))
    }

    pub(super) fn keep_managed(&self, arn: &str, version: i64, text: usize, document: Option<&PolicyDocument>) {
        self.documents.lock().put(arn.to_owned(), text, (version, document.cloned()));
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cache")
    }
}

/// Least recently used entries go first, when there are too many or too much text.
struct Bounded<K: std::hash::Hash + Eq, V> {
    entries: LruCache<K, (usize, V)>,
    text: usize,
}

impl<K: std::hash::Hash + Eq, V> Bounded<K, V> {
    fn new(entries: NonZeroUsize) -> Self {
        Self { entries: LruCache::new(entries), text: 0 }
    }

    fn put(&mut self, key: K, text: usize, value: V) {
        self.text += text;
        if let Some((_, (gone, _))) = self.entries.push(key, (text, value)) {
            self.text = self.text.saturating_sub(gone);
        }
        while self.text > TEXT
            && let Some((_, (gone, _))) = self.entries.pop_lru()
        {
            self.text = self.text.saturating_sub(gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_entries_are_bounded() {
        let mut kept = Bounded::new(NonZeroUsize::new(3).unwrap());
        for key in 0..5 {
            kept.put(key, 10, ());
        }
        assert_eq!((kept.entries.len(), kept.text), (3, 30));
        kept.put(4, 50, ());
        assert_eq!((kept.entries.len(), kept.text), (3, 70));
        kept.put(5, TEXT, ());
        assert_eq!((kept.entries.len(), kept.text), (1, TEXT));
        kept.put(6, TEXT + 1, ());
        assert_eq!((kept.entries.len(), kept.text), (0, 0));
    }
}
