//! The tree, its tiles and its proofs, held against the RFC's own recursion.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::checkpoint::{Checkpoint, NotACheckpoint, sign};
use super::entry::leaf_hash;
use super::key::SigningKey;
use super::proof::{Broken, InclusionProof, NotAProof};
use super::standing::{Amiss, Known, Standing, compare};
use super::tile::{Kind, TileName, WIDTH, bundle, tiles_between};
use super::tree::{Edge, Rows, Unfit};
use super::{Hash, rfc9162};

/// Rows as the catalogue keeps them.
#[derive(Default)]
struct Kept {
    edge: Edge,
    rows: BTreeMap<(u8, u64), Vec<u8>>,
}

impl Kept {
    fn of(entries: &[String]) -> Self {
        let mut kept = Self::default();
        kept.add(entries);
        kept
    }

    fn add(&mut self, entries: &[String]) {
        for entry in entries {
            let full = |level, number, bytes: &[u8]| {
                self.rows.insert((level, number), bytes.to_vec());
                Ok::<_, Unfit>(())
            };
            self.edge.push(leaf_hash(entry), full).unwrap();
        }
        for (level, number, bytes) in self.edge.open_tiles() {
            self.rows.insert((level, number), bytes.to_vec());
        }
    }

    fn rows(&self) -> Rows<impl Fn(u8, u64) -> Option<Vec<u8>>> {
        Rows(|level, number| self.rows.get(&(level, number)).cloned())
    }

    fn edge_at(&self, size: u64) -> Edge {
        Edge::of(size, |level, number| Ok::<_, Unfit>(self.rows.get(&(level, number)).cloned())).unwrap()
    }
}

fn entries(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("keepmark-leaf/v1\nrecord {number:064x}\n")).collect()
}

fn key() -> SigningKey {
    SigningKey::from_seed("keepmark/0f", [1; 32]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_tree_of_any_size_has_the_root_and_the_proofs_of_the_rfc(
        size in 1_usize..2_000, cut in any::<prop::sample::Index>(), leaf in any::<prop::sample::Index>(),
    ) {
        let entries = entries(size);
        let kept = Kept::of(&entries);
        prop_assert_eq!(kept.edge.root().0, rfc9162::root(&entries));
        let (cut, n) = (cut.index(size) + 1, size as u64);
        let earlier = rfc9162::root(&entries[..cut]);
        prop_assert_eq!(kept.rows().root(cut as u64).unwrap().0, earlier);
        prop_assert_eq!(kept.edge_at(cut as u64).root().0, earlier);
        let index = leaf.index(cut);
        let path = kept.rows().inclusion(cut as u64, index as u64).unwrap();
        let path: Vec<_> = path.into_iter().map(|hash| hash.0).collect();
        prop_assert_eq!(path, rfc9162::path(index, &entries[..cut]));
        prop_assert_eq!(kept.edge.size(), n);
    }

    #[test]
    fn a_tree_that_grows_by_parts_is_the_tree_that_grew_at_once(parts in prop::collection::vec(1_usize..300, 1..8)) {
        let entries = entries(parts.iter().sum());
        let (mut kept, mut done) = (Kept::default(), 0);
        for part in parts {
            kept.edge = kept.edge_at(done as u64);
            kept.add(&entries[done..done + part]);
            done += part;
        }
        prop_assert_eq!(&kept.rows, &Kept::of(&entries).rows);
        prop_assert_eq!(kept.edge.root().0, rfc9162::root(&entries));
    }

    /// The definition of `tlog-tiles`: hash `i` of tile `n` at level `l` is the root of 256^l entries.
    #[test]
    fn a_tile_holds_the_roots_that_its_name_promises(size in 1_usize..1_500) {
        let entries = entries(size);
        let kept = Kept::of(&entries);
        for ((level, number), bytes) in &kept.rows {
            let span = 256_usize.pow(u32::from(*level));
            for (at, hash) in bytes.chunks(32).enumerate() {
                let begin = (usize::try_from(*number).unwrap() * 256 + at) * span;
                prop_assert_eq!(hash, &rfc9162::root(&entries[begin..begin + span])[..]);
            }
        }
    }

    #[test]
    fn a_tile_s_path_is_read_back(level in 0_u8..64, number in 0..u64::MAX / 256, width in 1..=WIDTH, entries: bool) {
        let kind = if entries { Kind::Entries } else { Kind::Hashes { level } };
        let name = TileName { kind, number, width };
        prop_assert_eq!(TileName::from_path(&name.path()), Some(name));
    }

    #[test]
    fn no_text_that_is_read_as_a_proof_breaks_the_reader(text in ".{0,200}") {
        let _read = text.parse::<InclusionProof>();
        let _read = format!("c2sp.org/tlog-proof@v1\nindex 3\n{text}").parse::<InclusionProof>();
    }
}

#[test]
fn paths_are_those_of_the_specification() {
    let path = |kind, number, width| TileName { kind, number, width }.path();
    assert_eq!(path(Kind::Hashes { level: 0 }, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(Kind::Hashes { level: 1 }, 0, 5), "tile/1/000.p/5");
    assert_eq!(path(Kind::Entries, 1_234, 256), "tile/entries/x001/234");
    assert_eq!(path(Kind::Entries, 0, 1), "tile/entries/000.p/1");
    for wrong in
        ["tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256", "tile/data/000", "tile/8/0/000", "tile/64/000"]
    {
        assert_eq!(TileName::from_path(wrong), None, "{wrong}");
    }
}

/// The specification's own example: 70,000 leaves.
#[test]
fn a_tree_of_70_000_leaves_is_stored_as_the_specification_says() {
    let tiles = tiles_between(0, 70_000);
    let at = |wanted: u8| tiles.iter().filter(move |tile| tile.kind == Kind::Hashes { level: wanted });
    assert_eq!(at(0).filter(|tile| tile.is_full()).count(), 273);
    assert_eq!(at(0).find(|tile| !tile.is_full()).unwrap().width, 112);
    assert_eq!(at(1).map(|tile| tile.width).collect::<Vec<_>>(), [256, 17]);
    assert_eq!(at(2).map(|tile| tile.width).collect::<Vec<_>>(), [1]);
    assert_eq!(tiles.iter().filter(|tile| tile.kind == Kind::Entries).count(), 274);
}

#[test]
fn whatever_way_a_tree_grew_what_was_put_is_enough_to_read_every_checkpoint() {
    let steps = [1, 2, 255, 256, 257, 300, 511, 512, 513, 70_000];
    let mut put = BTreeSet::new();
    let mut old = 0;
    for new in steps {
        put.extend(tiles_between(old, new).iter().map(TileName::path));
        assert!(tiles_between(0, new).iter().all(|tile| put.contains(&tile.path())), "{new}");
        old = new;
    }
    assert!(tiles_between(old, old).is_empty());
}

#[test]
fn a_bundle_holds_each_entry_behind_its_length() {
    assert_eq!(bundle(["ab", "c"]).unwrap(), b"\0\x02ab\0\x01c");
    assert_eq!(bundle([&*"x".repeat(65_536)]), None);
}

fn proof_of(entries: &[String], index: u64) -> InclusionProof {
    let kept = Kept::of(entries);
    let (size, root) = (kept.edge.size(), kept.edge.root());
    let path = kept.rows().inclusion(size, index).unwrap();
    InclusionProof { index, path, checkpoint: sign(&Checkpoint { size, root }, &key()).unwrap() }
}

#[test]
fn a_proof_is_written_in_the_open_format_and_holds() {
    let entries = entries(300);
    let proof = proof_of(&entries, 70);
    let text = proof.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 70\n"), "{text}");
    assert_eq!(text.parse(), Ok(proof.clone()));
    assert_eq!(proof.check(&entries[70], key().public()).unwrap().size, 300);
    let with_extra = text.replacen("\nindex", "\nextra AAAA\nindex", 1);
    assert_eq!(with_extra.parse(), Ok(proof.clone()));
    assert_eq!(proof.check(&entries[71], key().public()), Err(Broken::Path));
    let other = SigningKey::from_seed("keepmark/0f", [2; 32]).unwrap();
    let reason = proof.check(&entries[70], other.public()).unwrap_err();
    assert!(matches!(reason, Broken::Checkpoint(NotACheckpoint::AnotherKey(_))), "{reason}");
}

#[test]
fn every_changed_bit_breaks_a_proof() {
    let entries = entries(5);
    let text = proof_of(&entries, 3).to_string();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut changed = text.as_bytes().to_vec();
            changed[at] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            let held =
                changed.parse::<InclusionProof>().map(|proof| proof.check(&entries[3], key().public()));
            assert!(!matches!(held, Ok(Ok(_))), "{changed}");
        }
    }
    assert_eq!("c2sp.org/tlog-proof@v1\nindex 03\n\nx".parse::<InclusionProof>(), Err(NotAProof));
}

#[test]
fn the_store_s_checkpoint_is_held_against_the_catalogue() {
    let note = |entries: &[String]| {
        let kept = Kept::of(entries);
        sign(&Checkpoint { size: kept.edge.size(), root: kept.edge.root() }, &key()).unwrap()
    };
    let all = entries(9);
    let keys = vec![key().public().clone()];
    let known = Known { read_back: Some((5, note(&all[..5]))), keys, distrust: None };
    let stands = |found: Option<&str>, leaves: &[String]| {
        let root = |size: u64| {
            let first = leaves.get(..usize::try_from(size).unwrap());
            Ok::<_, Unfit>(first.map(|leaves| Hash(rfc9162::root(leaves))))
        };
        compare(found, &known, leaves.len() as u64, root).unwrap()
    };
    assert_eq!(stands(Some(&note(&all[..5])), &all), Standing::Same);
    assert!(matches!(stands(Some(&note(&all[..7])), &all), Standing::Unrecorded(found) if found.size == 7));
    let amiss = |found: Option<&str>, leaves: &[String]| match stands(found, leaves) {
        Standing::Amiss(amiss) => amiss,
        other => panic!("{other:?}"),
    };
    assert_eq!(amiss(None, &all), Amiss::Missing);
    assert_eq!(amiss(Some(&note(&all[..3])), &all), Amiss::Older { found: 3, expected: 5 });
    assert_eq!(amiss(Some(&note(&all)), &all[..6]), Amiss::Behind { published: 9, known: 6 });
    let mut other = all.clone();
    other[6].push('x');
    assert_eq!(amiss(Some(&note(&other)), &all), Amiss::Forked { size: 9 });
    let witnessed = format!("{}\u{2014} witness AAAAAAAA\n", note(&all[..5]));
    assert_eq!(amiss(Some(&witnessed), &all), Amiss::Altered);
    assert!(matches!(amiss(Some("rubbish"), &all), Amiss::Foreign(NotACheckpoint::Malformed)));
    let fresh = compare(None, &Known::default(), 0, |_| Ok::<_, Unfit>(None)).unwrap();
    assert_eq!(fresh, Standing::Same);
    let lost = compare(Some(&note(&all)), &Known::default(), 2, |_| Ok::<_, Unfit>(None)).unwrap();
    assert_eq!(lost, Standing::Amiss(Amiss::Behind { published: 9, known: 2 }));
    assert!(Amiss::Forked { size: 9 }.holds_photos() && !Amiss::Missing.holds_photos());
    let distrusted = Known { distrust: Some("a tile is gone".to_owned()), ..known };
    let stands = compare(Some(&note(&all[..5])), &distrusted, 9, |_| Ok::<_, Unfit>(None)).unwrap();
    assert!(matches!(stands, Standing::Amiss(Amiss::NotRebuilt(_))), "{stands:?}");
}
