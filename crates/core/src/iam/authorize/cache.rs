//! Compiled policies, kept under the version of IAM's records that they were read at, within bounds.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

use super::permissions::Own;
use crate::iam::policy::PolicyDocument;

/// Users and roles whose policies are kept.
const PRINCIPALS: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// Managed policies that are kept, and session policies, by their text: the guests of an identity pool all have the same.
const DOCUMENTS: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();
/// The policy text behind each kind, in bytes. Compiled it is a few times as much.
const TEXT: usize = 8 << 20;

/// What is kept of compiled policies on this node. Apart from each other, so that the text of one can never be taken for the
/// name of another.
pub(crate) struct Cache {
    principals: Mutex<Bounded<String, (i64, Arc<Own>)>>,
    managed: Mutex<Bounded<String, (i64, Managed)>>,
    documents: Mutex<Bounded<String, PolicyDocument>>,
}

/// A managed policy as it was at some version.
#[derive(Debug, Clone)]
pub(super) enum Managed {
    /// There is no such policy.
    Missing,
    /// Its default version, and how long its text is in bytes.
    There(PolicyDocument, usize),
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            principals: Mutex::new(Bounded::new(PRINCIPALS)),
            managed: Mutex::new(Bounded::new(DOCUMENTS)),
            documents: Mutex::new(Bounded::new(DOCUMENTS)),
        }
    }
}

impl Cache {
    /// A principal's policies as of `version`, by the principal's unique id.
    pub(super) fn principal(&self, id: &str, version: i64) -> Option<Arc<Own>> {
        let mut kept = self.principals.lock();
        let (at, own) = kept.get(id)?;
        (*at == version).then(|| Arc::clone(own))
    }

    pub(super) fn keep_principal(&self, id: &str, version: i64, own: &Arc<Own>) {
        self.principals.lock().put(id.to_owned(), own.text_bytes(), (version, Arc::clone(own)));
    }

    /// A managed policy as of `version`, by its ARN.
    pub(super) fn managed(&self, arn: &str, version: i64) -> Option<Managed> {
        let mut kept = self.managed.lock();
        let (at, managed) = kept.get(arn)?;
        (*at == version).then(|| managed.clone())
    }

    pub(super) fn keep_managed(&self, arn: &str, version: i64, managed: &Managed) {
        let text = match managed {
            Managed::Missing => 0,
            Managed::There(_, text) => *text,
        };
        self.managed.lock().put(arn.to_owned(), arn.len() + text, (version, managed.clone()));
    }

    /// A session policy by its text.
    pub(super) fn document(&self, text: &str) -> Option<PolicyDocument> {
        self.documents.lock().get(text).cloned()
    }

    pub(super) fn keep_document(&self, text: &str, document: &PolicyDocument) {
        self.documents.lock().put(text.to_owned(), text.len(), document.clone());
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

    fn get<Q: std::hash::Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.entries.get(key).map(|(_, value)| value)
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
