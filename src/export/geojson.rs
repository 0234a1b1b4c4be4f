//! The log as GeoJSON (RFC 7946): a `FeatureCollection` in WGS 84, feature by feature, so that it can be sent as it is made.
//!
//! A photo without a position is a feature without a geometry (section 3.2): it is shown in tables and left off maps.

use serde_json::json;

use super::row::Row;

/// What stands before the first feature.
pub const HEAD: &[u8] = b"{\"type\":\"FeatureCollection\",\"features\":[";
/// What stands behind the last.
pub const END: &[u8] = b"\n]}\n";

/// One photo, on a line of its own.
pub fn photo(row: &Row, is_first: bool) -> Vec<u8> {
    // Section 3.1.1: longitude comes first.
    let geometry = row
        .position
        .map(|position| json!({"type": "Point", "coordinates": [position.longitude, position.latitude]}));
    let feature = json!({
        "type": "Feature",
        "id": row.id,
        "geometry": geometry,
        "properties": {
            "file": row.file,
            "code": row.code,
            "date": row.local_time.date(),
            "local_time": row.local_time.time(),
            "utc": row.utc,
            "project": row.project,
            "member": row.member,
            "device": row.device,
            "size_bytes": row.size_bytes,
            "sha256": row.sha256,
            "verdict": row.verdict,
            "official": row.official,
        },
    });
    format!("{}\n{feature}", if is_first { "" } else { "," }).into_bytes()
}
