//! The definitions of RFC 9162, section 2.1, word for word and slow, with SHA-256 and nothing else: what the ledger is
//! held against.

use sha2::Digest as _;

pub(super) type Node = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Node {
    let mut hasher = sha2::Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// `MTH(D_n)`, section 2.1.1.
pub(super) fn root(entries: &[String]) -> Node {
    match entries {
        [] => sha256(&[]),
        [entry] => sha256(&[&[0], entry.as_bytes()]),
        _ => {
            let (left, right) = entries.split_at(split(entries.len()));
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

/// `PATH(m, D_n)`, section 2.1.3.1.
pub(super) fn path(m: usize, entries: &[String]) -> Vec<Node> {
    if entries.len() <= 1 {
        return Vec::new();
    }
    let k = split(entries.len());
    let (left, right) = entries.split_at(k);
    let (mut nodes, sibling) =
        if m < k { (path(m, left), root(right)) } else { (path(m - k, right), root(left)) };
    nodes.push(sibling);
    nodes
}
