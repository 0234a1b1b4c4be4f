//! Proofs that are handed over: a stranger checks them with the Python script, `keepmark verify` does the same, and both
//! find every changed byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use keepmark::domain::ledger::checkpoint::{open, sign};
use keepmark::domain::ledger::key::SigningKey;
use keepmark::domain::photo::Sha256;

use crate::support::daemon::{Archive, Daemon, files_below};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::ledger::{add_leaves, code, eager, published, said, send};
use crate::support::photos::jpeg;
use crate::support::store::Store;

/// The Python that has `cryptography`.
fn python() -> Option<String> {
    let python = std::env::var("KEEPMARK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import cryptography"]).output();
    if has_it.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("skipped: no Python with cryptography; tests/run.sh installs it");
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
        assert!(
            readme.contains(original) && readme.contains(&key_of(&archive)) && readme.contains("number 1,"),
            "{readme}"
        );
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

/// In every file, at places all over it.
#[tokio::test]
async fn one_byte_that_was_changed_anywhere_is_found() {
    let (archive, host) = (eager(Archive::local()), Host::start());
    let folder = tempfile::tempdir().unwrap();
    let _daemon = two_photos(&archive, &host).await;
    let bundle = bundle_of(&archive, &code(1), folder.path());
    let checks = Checks::of(&archive);
    for name in files_below(&bundle) {
        let path = bundle.join(&name);
        let whole = std::fs::read(&path).unwrap();
        let step = whole.len().div_ceil(12);
        for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << rand::random_range(0..8);
            std::fs::write(&path, changed).unwrap();
            checks.find(&bundle, None, &format!("{} at {at}", name.display()), "WRONG");
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
    std::fs::write(&photo, whole).unwrap();
    assert_eq!(prove(&code(1)).0, Some(0));
    let (ended, words) = prove(&code(1));
    assert!(ended == Some(2) && words.contains("is not empty"), "{words}");
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
