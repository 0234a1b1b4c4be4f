//! A small cache on a folder of its own.

use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::config;

const BYTES: usize = 100;

fn cache(folder: &Path, images: u64) -> ImageCache {
    let reserves =
        config::Disk { pipeline_reserve_bytes: 0, pipeline_reserve_percent: 0, hook_reserve_bytes: 0 };
    let bytes_max = images * (BYTES + HASH_BYTES) as u64;
    ImageCache::open(folder, bytes_max, Disk::new(folder, &reserves)).unwrap()
}

/// Asks for the image of a photo; whether it had to be made.
async fn is_made(cache: &ImageCache, photo: u8) -> bool {
    let mut is_made = false;
    let made = cache.get(Sha256([photo; 32]), 360, async || {
        is_made = true;
        Ok::<_, Infallible>(Bytes::from(vec![photo; BYTES]))
    });
    assert_eq!(made.await.unwrap().jpeg, vec![photo; BYTES]);
    is_made
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder.join("images")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn the_least_recently_used_image_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 2);
    assert!(is_made(&cache, 1).await && is_made(&cache, 2).await);
    assert!(!is_made(&cache, 1).await, "used again");
    assert!(is_made(&cache, 3).await);
    assert_eq!(files(folder.path()).len(), 2);
    assert!(!is_made(&cache, 1).await && !is_made(&cache, 3).await && is_made(&cache, 2).await);
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart_and_what_was_unfinished_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    assert!(is_made(&cache(folder.path(), 5), 1).await);
    fs::write(folder.path().join("images/x.part"), "half").unwrap();
    let again = cache(folder.path(), 5);
    assert!(!is_made(&again, 1).await);
    let [file] = &files(folder.path())[..] else { panic!("one file") };
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    cache(folder.path(), 0);
    assert_eq!(files(folder.path()).len(), 0, "a smaller limit holds at once");
}

#[tokio::test]
async fn a_file_that_is_cut_damaged_or_gone_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 5);
    assert!(is_made(&cache, 1).await);
    let file = files(folder.path()).remove(0);
    let whole = fs::read(&file).unwrap();
    for damaged in [&whole[..20], &whole[..90], &[&whole[..131], b"x"].concat()] {
        fs::write(&file, damaged).unwrap();
        assert!(is_made(&cache, 1).await && !is_made(&cache, 1).await);
    }
    fs::remove_file(&file).unwrap();
    assert!(is_made(&cache, 1).await && !is_made(&cache, 1).await);
}

#[tokio::test]
async fn requests_at_the_same_time_make_an_image_once() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, made) = (cache(folder.path(), 5), AtomicU32::new(0));
    let ask = || {
        cache.get(Sha256([1; 32]), 360, async || {
            made.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Bytes::from_static(b"image"))
        })
    };
    let all = futures_util::future::join_all((0..20).map(|_| ask())).await;
    assert!(all.iter().all(|image| image.as_ref().unwrap().jpeg == "image"));
    assert_eq!(made.load(Ordering::Relaxed), 1);
}
