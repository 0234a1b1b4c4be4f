//! Deliveries like the sample in Timemark's documentation, about 1 KiB each, no two the same.

use serde_json::json;

/// What makes one delivery unlike any other.
pub struct Identity {
    /// Shaped like a UUID; in no order, as real ones are.
    pub event_id: String,
    /// 14 capital letters and digits.
    pub code: String,
}

impl Identity {
    /// Different for every number.
    pub fn of(number: u64) -> Self {
        let (high, low) = (mixed(number), mixed(!number));
        let hex = format!("{high:016x}{low:016x}");
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Self { event_id: parts.join("-"), code: base36(high) }
    }
}

/// The body that announces a photo at a link.
pub fn body(identity: &Identity, link: &str) -> String {
    json!({
        "event_type": "photo.uploaded",
        "event_id": identity.event_id,
        "group_name": "Group Scenery",
        "project_name": "Project Sunrise",
        "photo_code": identity.code,
        "photo_name": "2025-12-11 13.45.00_1388 Central Park, New York, north entrance.jpg",
        "photo_url": link,
        "thumbnail_url": link,
        "photo_timestamp": "2025-12-11T13:45:00Z",
        "photo_location": {
            "location_name": "Central Park, New York, USA",
            "location_latitude": "40.785091",
            "location_longitude": "-73.968285"
        },
        "member": {
            "member_name": "Alice Chen",
            "member_short_name": "Alice",
            "member_profile_picture_url": "https://pictures.keepmark-bench.dev/user/profile_photo/123456.jpg",
            "member_contact": "alice.chen@example.com"
        },
        "device_model": "Apple iPhone 14 Pro Max",
        "custom_notes": [
            {"title": "Weather", "content": "Clear, 4 degrees, a light wind from the north"},
            {"title": "Inspection", "content": "The fence along the path is complete and stands upright"}
        ]
    })
    .to_string()
}

/// A bijection that scatters neighbouring numbers (`SplitMix64`, Steele and others 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn base36(mut number: u64) -> String {
    const DIGITS: [u8; 36] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = String::with_capacity(14);
    for _ in 0..14 {
        text.push(char::from(DIGITS[usize::try_from(number % 36).unwrap_or_default()]));
        number /= 36;
    }
    text
}
