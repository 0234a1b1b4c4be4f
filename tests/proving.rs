//! Proofs that are handed over: a stranger checks them with the Python script, `keepmark verify` does the same, and both
//! find every changed byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use keepmark::domain::ledger::checkpoint::{open, sign};
use keepmark::domain::ledger::key::SigningKey;
use keepmark::domain::photo::Sha256;

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::host::Host;
use crate::support::ledger::{add_leaves, code, eager, published, said, send};
use crate::support::photos::jpeg;
use crate::support::store::Store;
use crate::support::{delivery, skip};

/// The Python that has `cryptography`.
fn python() -> Option<String> {
    let python = std::env::var("KEEPMARK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import cryptography"]).output();
    if has_it.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    skip("no Python with cryptography; tests/run.sh installs it");
    None
}

/// Both checks of a bundle: exit codes and words.
struct Checks<'a> {
    archive: &'a Archive,
    python: Option<String>,
}

impl<'a> Checks<'a> {
    fn of(archive: &'a Archive) -> Self {
        Self { archive, python: python() }
    }

    fn all(&self, bundle: &Path, key: Option<&str>) -> Vec<(Option<i32>, String)> {
        let folder = bundle.to_str().unwrap();
        let trusted: Vec<_> = key.map(|key| ["--key", key]).into_iter().flatten().collect();
        let mut found = vec![said(self.archive, &[&["verify", folder][..], &trusted[..]].concat())];
        if let Some(python) = &self.python {
            // The script that came along may be the one that was changed.
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proof/bundle/verify.py");
            let output = Command::new(python).arg(script).args(&trusted).arg(folder).output().unwrap();
            let text = [output.stdout, output.stderr].concat();
            found.push((output.status.code(), String::from_utf8(text).unwrap()));
        }
        found
    }

    fn hold(&self, bundle: &Path, key: Option<&str>) {
        for (ended, words) in self.all(bundle, key) {
            assert_eq!(ended, Some(0), "{words}");
            assert!(!words.contains("WRONG"), "{words}");
        }
    }

    fn find(&self, bundle: &Path, key: Option<&str>, what: &str, named: &str) {
        for (ended, words) in self.all(bundle, key) {
            assert_eq!(ended, Some(1), "{what}: {words}");
            assert!(words.contains("WRONG") && words.contains(named), "{what}: {words}");
        }
    }
}

fn bundle_of(archive: &Archive, code: &str, folder: &Path) -> PathBuf {
    let out = folder.join(code);
    let (ended, words) = said(archive, &["prove", code, "--out", out.to_str().unwrap()]);
    assert_eq!(ended, Some(0), "{words}");
    out
}

fn key_of(archive: &Archive) -> String {
    String::from_utf8(archive.run(&["ledger", "key"]).stdout).unwrap().trim().to_owned()
}

async fn two_photos(archive: &Archive, host: &Host) -> Daemon {
    let daemon = archive.start();
    send(&daemon, host, 1).await;
    published(archive, 1).await;
    send(&daemon, host, 2).await;
    published(archive, 2).await;
    daemon
}

#[tokio::test]
async fn a_photo_is_proven_to_a_stranger() {
    for store in Store::all() {
        let (archive, host) = (eager(Archive::on(store)), Host::start());
        let folder = tempfile::tempdir().unwrap();
        let _daemon = two_photos(&archive, &host).await;
        add_leaves(&archive, 300);
        let note = published(&archive, 302).await;
        let bundle = bundle_of(&archive, &code(2), folder.path());
        let names: Vec<_> =
            files_below(&bundle).iter().map(|path| path.to_str().unwrap().to_owned()).collect();
        let original = names.iter().find(|name| Path::new(name).extension() == Some("jpg".as_ref())).unwrap();
        assert_eq!(std::fs::read(bundle.join(original)).unwrap(), jpeg(2));
        assert_eq!(std::fs::read_to_string(bundle.join("checkpoint.txt")).unwrap(), note);
        for ending in
            [".jpg.json", ".jpg.tlog-proof", "README.txt", "verify.py", "public-key.txt", "SHA256SUMS"]
        {
            assert!(names.iter().any(|name| name.ends_with(ending)), "{ending}: {names:?}");
        }
        let readme = std::fs::read_to_string(bundle.join("README.txt")).unwrap();
        assert!(readme.contains(original) && readme.contains("number 1,"), "{readme}");
        let checks = Checks::of(&archive);
        checks.hold(&bundle, Some(&key_of(&archive)));
        checks.hold(&bundle, None);
        let other = SigningKey::from_seed("keepmark/other", [1; 32]).unwrap().public().to_string();
        checks.find(
            &bundle,
            Some(&other),
            "another trusted key",
            "the public key is not the one that you trust",
        );
        let sums = Command::new("sha256sum")
            .args(["--check", "--quiet", "SHA256SUMS"])
            .current_dir(&bundle)
            .status();
        assert!(sums.unwrap().success());
    }
}

/// In every file, at places all over it: first as it arrives, then by somebody who makes the sums anew.
#[tokio::test]
async fn one_byte_that_was_changed_anywhere_is_found() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let folder = tempfile::tempdir().unwrap();
    let _daemon = two_photos(&archive, &host).await;
    let bundle = bundle_of(&archive, &code(1), folder.path());
    let checks = Checks::of(&archive);
    let (key, sums) = (key_of(&archive), std::fs::read(bundle.join("SHA256SUMS")).unwrap());
    for name in files_below(&bundle) {
        let path = bundle.join(&name);
        let whole = std::fs::read(&path).unwrap();
        let is_link = !["README.txt", "verify.py", "SHA256SUMS"].contains(&name.to_str().unwrap());
        let step = whole.len().div_ceil(12);
        for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << rand::random_range(0..8);
            std::fs::write(&path, changed).unwrap();
            let what = format!("{} at {at}", name.display());
            checks.find(&bundle, None, &what, "WRONG");
            if is_link {
                with_new_sums(&bundle);
                checks.find(&bundle, Some(&key), &what, "WRONG");
                std::fs::write(bundle.join("SHA256SUMS"), &sums).unwrap();
            }
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        checks.find(&bundle, None, &format!("{} cut", name.display()), "WRONG");
        std::fs::write(&path, whole).unwrap();
    }
    checks.hold(&bundle, None);
}

/// The bundle with its sums made anew: by somebody who wants to deceive.
fn with_new_sums(bundle: &Path) {
    let mut text = String::new();
    for name in files_below(bundle).iter().filter(|name| name.to_str() != Some("SHA256SUMS")) {
        let sha256 = Sha256::of(&std::fs::read(bundle.join(name)).unwrap());
        text.extend([sha256.to_string(), format!("  {}\n", name.display())]);
    }
    std::fs::write(bundle.join("SHA256SUMS"), text).unwrap();
}

fn named(bundle: &Path, ending: &str) -> PathBuf {
    let names = files_below(bundle);
    bundle.join(names.iter().find(|name| name.to_str().unwrap().ends_with(ending)).unwrap())
}

#[tokio::test]
async fn each_forged_link_is_named() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let folder = tempfile::tempdir().unwrap();
    let _daemon = two_photos(&archive, &host).await;
    let [one, two] = [1, 2].map(|number| bundle_of(&archive, &code(number), folder.path()));
    let checks = Checks::of(&archive);
    let whole: BTreeMap<_, _> = files_below(&one)
        .into_iter()
        .map(|name| (name.clone(), std::fs::read(one.join(&name)).unwrap()))
        .collect();
    let key = key_of(&archive);
    let forged = |what: &str, named_link: &str, forge: &dyn Fn()| {
        forge();
        with_new_sums(&one);
        checks.find(&one, Some(&key), what, named_link);
        for (name, bytes) in &whole {
            std::fs::write(one.join(name), bytes).unwrap();
        }
        checks.hold(&one, Some(&key));
    };
    let copy = |ending: &str| {
        std::fs::copy(named(&two, ending), named(&one, ending)).unwrap();
    };
    let edit = |ending: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(named(&one, ending)).unwrap();
        assert!(text.contains(from), "{ending}");
        std::fs::write(named(&one, ending), text.replacen(from, to, 1)).unwrap();
    };
    let path = "the path does not lead from this photo and sidecar";
    forged("the proof of another photo", path, &|| copy(".tlog-proof"));
    forged("another photo", "the photo is not the one that the sidecar describes", &|| copy(".jpg"));
    forged("another photo with its sidecar", path, &|| {
        copy(".jpg");
        copy(".jpg.json");
    });
    forged("a sidecar that was edited", path, &|| edit(".jpg.json", "Alice", "Alicf"));
    forged("another leaf", path, &|| edit(".tlog-proof", "index 0", "index 1"));
    forged("a checkpoint of more leaves", "the text was changed", &|| {
        edit("checkpoint.txt", "\n2\n", "\n3\n");
    });
    forged("another checkpoint than the proof's", "the checkpoint in the proof is not", &|| {
        edit(".tlog-proof", "\n2\n", "\n3\n");
    });
    forged("a checkpoint that another key signed", "it is signed by another key than", &|| {
        let text = std::fs::read_to_string(one.join("checkpoint.txt")).unwrap();
        let public = keepmark::domain::ledger::key::PublicKey::parse(&key).unwrap();
        let other = SigningKey::from_seed(public.name(), [3; 32]).unwrap();
        let note = sign(&open(&text, &public).unwrap(), &other).unwrap();
        let proof = std::fs::read_to_string(named(&one, ".tlog-proof")).unwrap();
        std::fs::write(named(&one, ".tlog-proof"), proof.replace(&text, &note)).unwrap();
        std::fs::write(one.join("checkpoint.txt"), note).unwrap();
    });
    forged("a key of the forger's own", "the public key is not the one that you trust", &|| {
        let other = SigningKey::from_seed("keepmark/other", [3; 32]).unwrap();
        std::fs::write(one.join("public-key.txt"), format!("{}\n", other.public())).unwrap();
    });
}

/// Whoever makes everything makes it fit together: that is said, and a key that was got another way finds it.
#[tokio::test]
async fn a_proof_by_its_own_key_is_called_so() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let (other, folder) = (eager(Archive::local()), tempfile::tempdir().unwrap());
    let _daemons = (two_photos(&archive, &host).await, two_photos(&other, &host).await);
    let forged = bundle_of(&other, &code(1), folder.path());
    let checks = Checks::of(&archive);
    for (ended, words) in checks.all(&forged, None) {
        assert!(ended == Some(0) && words.contains("NOTE  the key is this folder's own"), "{words}");
        assert!(
            words.contains(&format!("code     {}", code(1)))
                && words.contains("taken    2025-12-11T13:45:00"),
            "{words}"
        );
    }
    for (_, words) in checks.all(&forged, Some(&key_of(&other))) {
        assert!(!words.contains("NOTE"), "{words}");
    }
    checks.find(
        &forged,
        Some(&key_of(&archive)),
        "a whole bundle",
        "the public key is not the one that you trust",
    );
    let readme = std::fs::read_to_string(forged.join("README.txt")).unwrap();
    assert!(!readme.contains(&key_of(&other)), "no key to copy from what may be forged");
}

/// What a stranger may send: no traceback, no waiting, no words for the terminal.
#[tokio::test]
async fn rubbish_in_a_bundle_ends_in_a_sentence() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let folder = tempfile::tempdir().unwrap();
    let _daemon = two_photos(&archive, &host).await;
    let bundle = bundle_of(&archive, &code(1), folder.path());
    let checks = Checks::of(&archive);
    let plant = |path: &Path, planted: &[u8]| {
        let before = std::fs::read(path).unwrap();
        std::fs::write(path, planted).unwrap();
        with_new_sums(&bundle);
        for (ended, words) in checks.all(&bundle, None) {
            assert_eq!(ended, Some(1), "{words}");
            assert!(!words.contains("Traceback") && !words.contains('\u{1b}'), "{words}");
        }
        std::fs::write(path, before).unwrap();
    };
    let proof = named(&bundle, ".tlog-proof");
    let text = std::fs::read_to_string(&proof).unwrap();
    let digits = format!("index {}", "9".repeat(5000));
    plant(&proof, text.replacen("index 0", &digits, 1).as_bytes());
    plant(&named(&bundle, ".jpg.json"), "[".repeat(200_000).as_bytes());
    plant(&named(&bundle, ".jpg.json"), br#"{"code": "\u001b[2Jgone", "sha256": 7}"#);
    plant(&bundle.join("checkpoint.txt"), b"\x1b[2J\n1\n\n");
    plant(&bundle.join("public-key.txt"), &[0xff; 300]);
    std::fs::remove_file(bundle.join("checkpoint.txt")).unwrap();
    assert!(Command::new("mkfifo").arg(bundle.join("checkpoint.txt")).status().unwrap().success());
    for (ended, words) in checks.all(&bundle, None) {
        assert!(ended == Some(2) && words.contains("checkpoint.txt is no file"), "{words}");
    }
}

#[tokio::test]
async fn what_cannot_be_proven_or_checked_is_said_in_a_sentence() {
    let archive = Archive::local().with("LEDGER__PUBLISH_SECS", "86400");
    let (host, daemon) = (Host::start(), archive.start());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let prove = |code: &str| said(&archive, &["prove", code, "--out", out.to_str().unwrap()]);
    let (ended, words) = prove("NONE");
    assert!(ended == Some(2) && words.contains("no photo is archived under the code NONE"), "{words}");
    send(&daemon, &host, 1).await;
    daemon.settle(&archive).await;
    let (ended, words) = prove(&code(1));
    assert!(ended == Some(2) && words.contains("in no checkpoint yet"), "{words}");
    drop(daemon);
    let archive = eager(archive);
    let daemon = archive.start();
    published(&archive, 1).await;
    let key: String =
        archive.catalogue().query_row("SELECT object_key FROM photo", [], |row| row.get(0)).unwrap();
    let photo = archive.objects().join(key);
    let whole = std::fs::read(&photo).unwrap();
    let mut changed = whole.clone();
    changed[100] ^= 1;
    std::fs::write(&photo, changed).unwrap();
    let prove = |code: &str| said(&archive, &["prove", code, "--out", out.to_str().unwrap()]);
    let (ended, words) = prove(&code(1));
    assert!(
        ended == Some(2) && words.contains("the photo is not the one that the sidecar describes"),
        "{words}"
    );
    assert!(!out.exists(), "nothing is left of it");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nor beside it");
    std::fs::create_dir(&out).unwrap();
    std::fs::remove_file(&photo).unwrap();
    assert!(prove(&code(1)).1.contains("could not read the photo"));
    assert!(out.is_dir(), "what was there stays");
    std::fs::write(&photo, whole).unwrap();
    assert_eq!(prove(&code(1)).0, Some(0));
    let (ended, words) = prove(&code(1));
    assert!(ended == Some(2) && words.contains("is not empty"), "{words}");
    let (ended, words) = prove(&code(1).to_lowercase());
    assert!(ended == Some(2) && words.contains(&format!("did you mean {}?", code(1))), "{words}");
    let (ended, words) = said(&archive, &["verify", folder.path().to_str().unwrap()]);
    assert!(ended == Some(2) && words.contains("holds no *.tlog-proof"), "{words}");
    let (ended, words) = said(&archive, &["verify", out.to_str().unwrap(), "--key", "nonsense"]);
    assert!(ended == Some(2) && words.contains("no public key"), "{words}");
    drop(daemon);
}

#[tokio::test]
async fn each_version_of_a_code_has_a_proof_of_its_own() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let folder = tempfile::tempdir().unwrap();
    let daemon = archive.start();
    for number in [1, 2] {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        daemon.deliver(&delivery(&format!("event {number}"), "SAME", &link)).await;
    }
    published(&archive, 2).await;
    let bundle = bundle_of(&archive, "SAME", folder.path());
    let versions: Vec<_> = std::fs::read_dir(&bundle).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(versions.len(), 2);
    for version in versions {
        Checks::of(&archive).hold(&version, None);
    }
}
