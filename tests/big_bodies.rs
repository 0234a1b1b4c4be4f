//! Long videos: archived whole on each store, with memory that does not grow with them.

use crate::support::daemon::Archive;
use crate::support::store::Store;
use crate::support::{big_file, delivery, until};

const MIB: usize = 1024 * 1024;
/// What a daemon may hold at its peak while it archives a video of any size: far below the video.
const PEAK_MAX_BYTES: usize = 128 * MIB;

/// Archives a video of this size on each store, and looks at the peak of memory.
async fn archived(size_bytes: usize) {
    for store in Store::all() {
        let archive = Archive::on(store);
        let daemon = archive.start();
        daemon.deliver(&delivery("long", "A1BCDEFGHIJ23K", &big_file::serve(size_bytes))).await;
        // Longer than the patience of one wait: half a gigabyte crosses the machine four times.
        for _ in 0..5 {
            if archive.count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL") == 1 {
                break;
            }
            let done = "SELECT count(*) FROM job WHERE state = 'done'";
            let began = std::time::Instant::now();
            until("the video is archived, or a while", async || {
                (archive.count(done) == 1 || began.elapsed().as_secs() > 100).then_some(())
            })
            .await;
        }
        let found = "SELECT size_bytes FROM photo WHERE media_type = 'video/mp4' AND archived_at IS NOT NULL";
        assert_eq!(archive.count(found), i64::try_from(size_bytes).unwrap());
        assert_eq!(archive.count("SELECT attempts FROM job"), 1);
        let peak = daemon.memory_peak_bytes();
        println!("{} MiB archived with a peak of {} MiB", size_bytes / MIB, peak / MIB);
        assert!(peak < PEAK_MAX_BYTES, "a peak of {} MiB for {} MiB", peak / MIB, size_bytes / MIB);
    }
}

#[tokio::test]
async fn a_video_of_100_mb_is_archived_with_flat_memory() {
    archived(100 * MIB).await;
}

#[tokio::test]
async fn a_video_of_500_mb_is_archived_with_flat_memory() {
    if std::env::var_os("KEEPMARK_TEST_LONG").is_none() {
        println!("skipped: 500 MB only with KEEPMARK_TEST_LONG=1; tests/run.sh --long sets it");
        return;
    }
    archived(500 * MIB).await;
}
