//! What somebody with the keys of the store or the database does behind Keepmark's back: a hundred times each, on every
//! store, found and named each time.

use std::path::{Path, PathBuf};

use keepmark::audit::AuditError;
use keepmark::audit::code::Depth;
use keepmark::catalog::audit::run::Kind;
use keepmark::domain::audit::Status;
use keepmark::domain::ledger::key::SigningKey;
use keepmark::domain::ledger::standing::Amiss;
use keepmark::proof::ProofError;
use keepmark::proof::key::KeyError;
use rand::seq::IndexedRandom as _;

use crate::support::daemon::Archive;
use crate::support::host::Host;
use crate::support::inside::{Inside, clock};
use crate::support::ledger::{CHECKPOINT, code, send};
use crate::support::objects::Objects;
use crate::support::store::Store;

const ROUNDS: usize = 100;
const PHOTOS: u32 = 6;

/// An archive whose daemon has ended, and whose ledger was published some times.
struct Scene {
    archive: Archive,
    inside: Inside,
    objects: Objects,
    /// Of the photos, in the order of their codes.
    keys: Vec<String>,
    /// Published one after another.
    checkpoints: Vec<String>,
}

impl Scene {
    async fn on(store: Store) -> Self {
        // Published here, by hand, and never by the daemon.
        let archive = Archive::on(store).with("LEDGER__PUBLISH_SECS", "86400");
        let (host, daemon) = (Host::start(), archive.start());
        send(&daemon, &host, 1).await;
        daemon.settle(&archive).await;
        for number in 2..=PHOTOS {
            send(&daemon, &host, number).await;
        }
        daemon.settle(&archive).await;
        assert!(daemon.stop().success());
        let inside = Inside::of(&archive);
        let objects = Objects::of(&archive);
        let mut checkpoints = Vec::new();
        for _ in 0..5 {
            inside.add_record().await;
            inside.publisher().tick(true).await.unwrap();
            checkpoints.push(String::from_utf8(objects.get(CHECKPOINT).await).unwrap());
        }
        let mut keys = Vec::new();
        for number in 1..=PHOTOS {
            let sql = format!("SELECT object_key FROM photo WHERE code = '{}'", code(number));
            keys.push(archive.catalogue().query_row(&sql, [], |row| row.get(0)).unwrap());
        }
        Self { archive, inside, objects, keys, checkpoints }
    }

    /// What an audit says of each photo.
    async fn statuses(&self) -> Vec<(Status, String)> {
        let codes = (1..=PHOTOS).map(code).collect();
        let rows = self.inside.audit().codes(codes, Depth::Objects).await.unwrap();
        rows.into_iter().map(|row| (row.status, row.detail.unwrap_or_default())).collect()
    }

    /// One photo is as it should not be, and all others are intact.
    async fn expect_one(&self, at: usize, status: Status, words: &str, what: &str) {
        for (number, (found, detail)) in self.statuses().await.into_iter().enumerate() {
            let expected = if number == at { status } else { Status::Intact };
            assert_eq!(found, expected, "{what}: photo {number}: {detail}");
            assert!(number != at || detail.contains(words), "{what}: {detail}");
        }
    }

    async fn expect_well(&self) {
        assert!(self.statuses().await.iter().all(|(status, _)| *status == Status::Intact));
        assert_eq!(self.inside.ledger_check(None).await.findings, Vec::<String>::new());
    }
}

async fn on_every_store(act: impl AsyncFn(Scene)) {
    for store in Store::all() {
        act(Scene::on(store).await).await;
    }
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let bit = rand::random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

fn cut(bytes: &[u8]) -> Vec<u8> {
    bytes[..rand::random_range(0..bytes.len())].to_vec()
}

#[tokio::test]
async fn a_hundred_changed_objects_of_a_hundred_are_named() {
    on_every_store(async |scene| {
        for change in [flipped, cut] {
            for _ in 0..ROUNDS {
                let at = rand::random_range(0..scene.keys.len());
                let (ending, words) =
                    *[("", "the photo has other bytes"), (".json", "the sidecar has other bytes")]
                        .choose(&mut rand::rng())
                        .unwrap();
                let key = format!("{}{ending}", scene.keys[at]);
                let before = scene.objects.get(&key).await;
                scene.objects.put(&key, change(&before)).await;
                scene.expect_one(at, Status::Changed, words, &key).await;
                scene.objects.put(&key, before).await;
            }
        }
        scene.expect_well().await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_missing_objects_of_a_hundred_are_named() {
    on_every_store(async |scene| {
        for (ending, words) in
            [("", "the photo is not in the store"), (".json", "the sidecar is not in the store")]
        {
            for _ in 0..ROUNDS {
                let at = rand::random_range(0..scene.keys.len());
                let key = format!("{}{ending}", scene.keys[at]);
                let before = scene.objects.get(&key).await;
                scene.objects.delete(&key).await;
                scene.expect_one(at, Status::Missing, words, &key).await;
                scene.objects.put(&key, before).await;
            }
        }
        scene.expect_well().await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_exchanged_objects_of_a_hundred_are_named() {
    on_every_store(async |scene| {
        for (ending, words) in [("", "the photo has other bytes"), (".json", "the sidecar has other bytes")] {
            for _ in 0..ROUNDS {
                let one = rand::random_range(0..scene.keys.len());
                let other = (one + rand::random_range(1..scene.keys.len())) % scene.keys.len();
                let keys = [one, other].map(|at| format!("{}{ending}", scene.keys[at]));
                scene.objects.swap(&keys[0], &keys[1]).await;
                for (at, (status, detail)) in scene.statuses().await.into_iter().enumerate() {
                    let is_swapped = at == one || at == other;
                    let expected = if is_swapped { Status::Changed } else { Status::Intact };
                    assert_eq!(status, expected, "{at} of {keys:?}: {detail}");
                    assert_eq!(detail.contains(words), is_swapped, "{detail}");
                }
                scene.objects.swap(&keys[0], &keys[1]).await;
            }
        }
        scene.expect_well().await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_strangers_of_a_hundred_are_named_and_left_alone() {
    on_every_store(async |scene| {
        for round in 0..ROUNDS {
            let folder =
                Path::new(scene.keys.choose(&mut rand::rng()).unwrap()).parent().unwrap().to_str().unwrap();
            let key = format!("{folder}/stranger {round}.jpg");
            scene.objects.put(&key, vec![1; round]).await;
            let run =
                scene.inside.catalog.begin_audit(Kind::Inventory, clock().as_millisecond()).await.unwrap();
            scene.inside.audit().work_off(run).await.unwrap();
            let results = scene.inside.catalog.audit_results(run, String::new(), 9).await.unwrap();
            let found: Vec<_> =
                results.iter().map(|result| (result.status, result.object_key.as_str())).collect();
            assert_eq!(found, [(Status::Extra, key.as_str())]);
            assert_eq!(scene.objects.get(&key).await, vec![1; round], "nobody removes it");
            scene.objects.delete(&key).await;
        }
        scene.expect_well().await;
    })
    .await;
}

/// The names of the ledger's objects.
fn tiles(scene: &Scene) -> Vec<String> {
    let catalogue = scene.archive.catalogue();
    let mut statement = catalogue.prepare("SELECT object_key FROM ledger_tile").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_hundred_tiles_of_a_hundred_are_named() {
    on_every_store(async |scene| {
        let tiles = tiles(&scene);
        for round in 0..ROUNDS * 2 {
            let key = tiles.choose(&mut rand::rng()).unwrap();
            let before = scene.objects.get(key).await;
            let words = if round % 2 == 0 {
                scene.objects.delete(key).await;
                format!("{key} is missing in the store")
            } else {
                scene.objects.put(key, flipped(&before)).await;
                format!("{key} in the store was changed")
            };
            assert_eq!(scene.inside.ledger_check(None).await.findings, [words]);
            scene.objects.put(key, before).await;
        }
        scene.expect_well().await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_old_checkpoints_of_a_hundred_are_found_and_not_healed() {
    on_every_store(async |scene| {
        let (newest, older) = scene.checkpoints.split_last().unwrap();
        for _ in 0..ROUNDS {
            let planted = older.choose(&mut rand::rng()).unwrap();
            scene.objects.put(CHECKPOINT, planted.clone().into_bytes()).await;
            let refused = scene.inside.publisher().tick(true).await.unwrap_err();
            assert!(matches!(refused, ProofError::Amiss(Amiss::Older { .. })), "{refused}");
            let findings = scene.inside.ledger_check(None).await.findings;
            assert!(
                findings.len() == 1 && findings[0].starts_with("an older ledger/checkpoint"),
                "{findings:?}"
            );
            assert_eq!(scene.objects.get(CHECKPOINT).await, planted.as_bytes());
        }
        scene.objects.put(CHECKPOINT, newest.clone().into_bytes()).await;
        scene.expect_well().await;
    })
    .await;
}

/// Whatever else was corrected with it: the hashes in the tree are those that were signed.
#[tokio::test]
async fn a_hundred_changed_leaves_of_a_hundred_are_found_by_check_and_by_code() {
    on_every_store(async |scene| {
        let catalogue = scene.archive.catalogue();
        let leaves = scene.archive.count("SELECT count(*) FROM ledger_leaf");
        for round in 0..ROUNDS {
            let leaf = rand::random_range(0..leaves);
            let columns = "SELECT l.entry, e.id, e.sha256, p.code FROM ledger_leaf l JOIN evidence e ON e.id = l.evidence_id
                 LEFT JOIN photo p ON p.seq = e.photo_seq WHERE l.number = ?1";
            let (entry, evidence, sha256, code): (String, i64, String, Option<String>) = catalogue
                .query_row(columns, [leaf], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                .unwrap();
            let other = format!("{:064x}", rand::random::<u128>());
            let is_record_changed = round % 2 == 0;
            let set = |entry: &str, hash: &str| {
                catalogue
                    .execute("UPDATE ledger_leaf SET entry = ?2 WHERE number = ?1", rusqlite::params![leaf, entry])
                    .unwrap();
                if is_record_changed {
                    catalogue
                        .execute("UPDATE evidence SET sha256 = ?2 WHERE id = ?1", rusqlite::params![evidence, hash])
                        .unwrap();
                }
            };
            set(&entry.replace(&sha256, &other), &other);
            let findings = scene.inside.ledger_check(None).await.findings.join("\n");
            assert!(findings.contains("leaves in the database are not those of the checkpoint of"), "{findings}");
            assert_eq!(findings.contains(&format!("leaf {leaf} does not say")), !is_record_changed, "{findings}");
            if let Some(code) = code {
                let rows = scene.inside.audit().codes(vec![code], Depth::Objects).await.unwrap();
                let words = if is_record_changed { "is not what the checkpoint signs" } else { "is not what the record says" };
                let detail = rows[0].detail.clone().unwrap_or_default();
                assert!(rows[0].status == Status::Changed && detail.contains(words), "{detail}");
            }
            set(&entry, &sha256);
        }
        scene.expect_well().await;
    })
    .await;
}

/// A copy of the database, as somebody makes it.
fn copy(scene: &Scene, to: &Path) -> PathBuf {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    keepmark::catalog::copy::copy(&scene.inside.config.state_dir, &to.join("keepmark.db")).unwrap();
    to.to_owned()
}

/// Between the copy and its return the ledger went on: the copy is behind, and once it goes on by itself, forked.
#[tokio::test]
async fn a_hundred_old_databases_of_a_hundred_are_not_gone_on_with() {
    on_every_store(async |scene| {
        let copies = tempfile::tempdir().unwrap();
        let old = copy(&scene, &copies.path().join("old"));
        for _ in 0..3 {
            scene.inside.add_record().await;
        }
        scene.inside.publisher().tick(true).await.unwrap();
        let newest = scene.objects.get(CHECKPOINT).await;
        let published = scene.archive.count("SELECT max(size) FROM ledger_checkpoint");
        for round in 0..ROUNDS {
            let state_dir = copies.path().join(round.to_string());
            std::fs::create_dir(&state_dir).unwrap();
            std::fs::copy(old.join("keepmark.db"), state_dir.join("keepmark.db")).unwrap();
            let theirs = Inside::with_state(&scene.archive, &state_dir);
            let added = rand::random_range(0..=5);
            for _ in 0..added {
                theirs.add_leaf().await;
            }
            let refused = theirs.publisher().tick(true).await.unwrap_err();
            let ProofError::Amiss(amiss) = refused else { panic!("{refused}") };
            assert!(amiss.holds_photos(), "{amiss}");
            let leaves = published - 3 + added;
            assert_eq!(
                matches!(amiss, Amiss::Forked { .. }),
                leaves >= published,
                "{added} leaves more: {amiss}"
            );
            assert_eq!(
                matches!(amiss, Amiss::Behind { .. }),
                leaves < published,
                "{added} leaves more: {amiss}"
            );
            assert_eq!(scene.objects.get(CHECKPOINT).await, newest, "nothing is put over it");
            std::fs::remove_dir_all(&state_dir).unwrap();
        }
        scene.expect_well().await;
    })
    .await;
}

/// A new state folder on a bucket that has an owner, and a copy of the owner's that publishes beside it.
#[tokio::test]
async fn a_hundred_second_state_folders_of_a_hundred_are_told() {
    on_every_store(async |scene| {
        let folders = tempfile::tempdir().unwrap();
        for round in 0..ROUNDS {
            let fresh = folders.path().join(format!("fresh {round}"));
            std::fs::create_dir(&fresh).unwrap();
            drop(
                keepmark::catalog::Catalog::open(&fresh, keepmark::catalog::BatchObserver::default())
                    .unwrap(),
            );
            let stranger = Inside::with_state(&scene.archive, &fresh);
            let refused = stranger.publisher().tick(true).await.unwrap_err();
            assert!(matches!(refused, ProofError::NotOurs(_)), "{refused}");
            let refused = stranger.audit().codes(vec![code(1)], Depth::Objects).await;
            assert!(refused.is_ok_and(|rows| rows[0].status == Status::Unknown), "it knows no photo");
            let run = stranger.catalog.begin_audit(Kind::Inventory, 1).await.unwrap();
            let refused = stranger.audit().work_off(run).await.unwrap_err();
            assert!(matches!(refused, AuditError::NotOurs(_)), "{refused}");
            std::fs::remove_dir_all(&fresh).unwrap();
        }
        let before = scene.objects.get(CHECKPOINT).await;
        for round in 0..ROUNDS {
            let twin = Inside::with_state(
                &scene.archive,
                &copy(&scene, &folders.path().join(format!("twin {round}"))),
            );
            let twins_own = twins_leaf(&twin).await;
            twin.publisher().tick(true).await.unwrap();
            let theirs = scene.objects.get(CHECKPOINT).await;
            let refused = scene.inside.publisher().tick(true).await.unwrap_err();
            assert!(matches!(refused, ProofError::Amiss(Amiss::Behind { .. })), "{refused}");
            assert_eq!(scene.objects.get(CHECKPOINT).await, theirs, "nothing is put over it");
            for key in tiles_of(&twin.config.state_dir).into_iter().filter(|key| !tiles(&scene).contains(key))
            {
                scene.objects.delete(&key).await;
            }
            scene.objects.delete(&twins_own).await;
            scene.objects.put(CHECKPOINT, before.clone()).await;
            std::fs::remove_dir_all(&twin.config.state_dir).unwrap();
        }
        scene.expect_well().await;
    })
    .await;
}

/// Adds one, and returns its object.
async fn twins_leaf(twin: &Inside) -> String {
    twin.add_record().await;
    let catalogue = rusqlite::Connection::open(twin.config.state_dir.join("keepmark.db")).unwrap();
    let sql = "SELECT object_key FROM evidence ORDER BY id DESC LIMIT 1";
    catalogue.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn tiles_of(state_dir: &Path) -> Vec<String> {
    let catalogue = rusqlite::Connection::open(state_dir.join("keepmark.db")).unwrap();
    let mut statement = catalogue.prepare("SELECT object_key FROM ledger_tile").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_hundred_wrong_keys_of_a_hundred_sign_nothing() {
    on_every_store(async |scene| {
        let path = scene.inside.config.ledger.key_file.clone();
        let right = std::fs::read_to_string(&path).unwrap();
        scene.inside.add_record().await;
        let before = scene.objects.get(CHECKPOINT).await;
        let name = right.split('+').nth(2).unwrap();
        for _ in 0..ROUNDS {
            let wrong = SigningKey::from_seed(name, rand::random()).unwrap();
            std::fs::write(&path, wrong.expose()).unwrap();
            let refused = scene.inside.publisher().tick(true).await.unwrap_err();
            assert!(matches!(refused, ProofError::Key(KeyError::Another { .. })), "{refused}");
            assert_eq!(scene.objects.get(CHECKPOINT).await, before);
        }
        std::fs::write(&path, right).unwrap();
        scene.inside.publisher().tick(true).await.unwrap();
        assert_ne!(scene.objects.get(CHECKPOINT).await, before, "the right key goes on");
        scene.expect_well().await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_empty_stores_of_a_hundred_make_nothing_missing() {
    on_every_store(async |scene| {
        let empty = Archive::on(scene.archive.store().clone_with_new_prefix());
        std::fs::create_dir_all(empty.objects()).unwrap();
        let elsewhere = Inside {
            config: scene.inside.config.clone(),
            catalog: scene.inside.catalog.clone(),
            store: Inside::store_of(&empty),
        };
        for round in 0..ROUNDS {
            let refused = elsewhere.audit().codes(vec![code(1)], Depth::Objects).await.unwrap_err();
            assert!(matches!(refused, AuditError::NotOurs(_)), "{refused}");
            let kind = if round % 2 == 0 { Kind::All } else { Kind::Inventory };
            let run = scene.inside.catalog.begin_audit(kind, clock().as_millisecond()).await.unwrap();
            let refused = elsewhere.audit().work_off(run).await.unwrap_err();
            assert!(matches!(refused, AuditError::NotOurs(_)), "{refused}");
            let refused = elsewhere.publisher().tick(true).await.unwrap_err();
            assert!(matches!(refused, ProofError::NotOurs(_)), "{refused}");
            assert_eq!(scene.archive.count("SELECT count(*) FROM audit_result"), 0);
            assert_eq!(scene.archive.count("SELECT count(*) FROM audit_object WHERE result <> 'intact'"), 0);
            scene.inside.audit().work_off(run).await.unwrap();
        }
        scene.expect_well().await;
    })
    .await;
}
