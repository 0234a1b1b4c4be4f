//! What the tests share: a daemon as a process, an image host, photos, a corpus, a look into the catalogue.

pub mod big_file;
pub mod careless_store;
pub mod corpus;
pub mod daemon;
pub mod fault_proxy;
pub mod host;
pub mod inside;
pub mod ledger;
pub mod loss;
pub mod natural;
pub mod objects;
pub mod origin;
pub mod page;
pub mod person;
pub mod photos;
pub mod schema;
pub mod store;
pub mod vectors;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Says that a part of a test is left out for want of a tool, which `tests/run.sh` does not allow.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("KEEPMARK_TEST_COMPLETE").is_none(), "{reason}");
    println!("skipped: {reason}");
}

/// A delivery with the fields that matter, for a photo at a link.
pub fn delivery(event_id: &str, code: &str, link: &str) -> Value {
    json!({
        "event_type": "photo.uploaded",
        "event_id": event_id,
        "group_name": "Group Scenery",
        "project_name": "Project Sunrise",
        "photo_code": code,
        "photo_name": "2025-12-11 13.45.00_1388 Central Park.jpg",
        "photo_url": link,
        "photo_timestamp": "2025-12-11T18:45:00Z",
        "photo_location": {"location_latitude": "40.785091", "location_longitude": "-73.968285"},
        "member": {"member_name": "Alice Chen", "member_contact": "alice.chen@example.com"},
        "device_model": "Apple iPhone 14 Pro Max"
    })
}

/// Asks again and again until the answer is yes; the limit is for a machine that is busy with other things.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_mins(2), "waited two minutes until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
