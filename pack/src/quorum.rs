//! Whether enough of those who may have signed a document.

use std::collections::BTreeMap;

use crate::key::{KeyId, PublicKey};
use crate::signature::{Kind, Signatures};

/// Those who may sign a kind of document, and how many of them must.
pub(crate) struct Quorum<'k> {
    pub(crate) keys: BTreeMap<KeyId, &'k PublicKey>,
    pub(crate) threshold: usize,
}

/// Why a document is not vouched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// A signature that its key has not made, or not of these bytes.
    #[error("key {0} has not made this signature of these bytes")]
    Forged(KeyId),
    /// Fewer keys than must have.
    #[error("signed by {counted} of the {threshold} keys that must{}", others(.uncounted))]
    TooFew {
        /// How many signatures count.
        counted: usize,
        /// How many must.
        threshold: usize,
        /// The keys whose signatures do not count, in ascending order.
        uncounted: Vec<KeyId>,
    },
}

fn others(uncounted: &[KeyId]) -> String {
    match uncounted {
        [] => String::new(),
        keys => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            format!("; not counted: {}", keys.join(", "))
        }
    }
}

impl Quorum<'_> {
    /// The keys whose signatures count, in ascending order, if they are enough.
    ///
    /// A signature by a key that may not sign does not count. One that names a key that may, and is
    /// not by it, is a forgery, however many others there are.
    pub(crate) fn met(
        &self,
        kind: Kind,
        document: &[u8],
        signatures: &Signatures,
    ) -> Result<Vec<KeyId>, QuorumError> {
        let (mut counted, mut uncounted) = (Vec::new(), Vec::new());
        for id in signatures.keys() {
            let key = self.keys.get(&id);
            match key.and_then(|key| signatures.verified_by(key, kind, document)) {
                Some(true) => counted.push(id),
                Some(false) => return Err(QuorumError::Forged(id)),
                None => uncounted.push(id),
            }
        }
        if counted.len() >= self.threshold {
            return Ok(counted);
        }
        Err(QuorumError::TooFew { counted: counted.len(), threshold: self.threshold, uncounted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    const DOCUMENT: &[u8] = b"document";

    fn key(number: u8) -> SigningKey {
        SigningKey::from_secret(&[number; 32])
    }

    /// Whether the signatures of these keys are enough, where the keys 1, 2 and 3 may sign.
    fn met(threshold: usize, signers: &[u8]) -> Result<usize, QuorumError> {
        let public: Vec<PublicKey> = (1..=3).map(|one| key(one).public("a").unwrap()).collect();
        let keys = public.iter().map(|key| (key.id(), key)).collect();
        let each = signers.iter().map(|one| Signatures::make(Kind::Root, DOCUMENT, &key(*one)));
        let signatures = each.reduce(Signatures::and).expect("a signer");
        Quorum { keys, threshold }.met(Kind::Root, DOCUMENT, &signatures).map(|keys| keys.len())
    }

    #[test]
    fn enough_is_the_threshold_and_one_less_is_not() {
        assert_eq!(met(2, &[1, 3]), Ok(2));
        assert_eq!(met(2, &[1, 2, 3]), Ok(3));
        let few = QuorumError::TooFew { counted: 1, threshold: 2, uncounted: Vec::new() };
        assert_eq!(met(2, &[1]), Err(few));
    }

    #[test]
    fn others_may_sign_but_do_not_count() {
        assert_eq!(met(2, &[1, 2, 9]), Ok(2));
        let few = QuorumError::TooFew { counted: 1, threshold: 2, uncounted: vec![key(9).id()] };
        assert_eq!(few.to_string().matches(&key(9).id().to_string()).count(), 1);
        assert_eq!(met(2, &[1, 9]), Err(few));
    }

    #[test]
    fn a_forgery_is_refused_however_many_others_have_signed() {
        let public: Vec<PublicKey> = (1..=2).map(|one| key(one).public("a").unwrap()).collect();
        let keys = public.iter().map(|key| (key.id(), key)).collect();
        let stale = Signatures::make(Kind::Root, b"another", &key(2));
        let signatures = Signatures::make(Kind::Root, DOCUMENT, &key(1)).and(stale);
        let met = Quorum { keys, threshold: 1 }.met(Kind::Root, DOCUMENT, &signatures);
        assert_eq!(met, Err(QuorumError::Forged(key(2).id())));
    }
}
