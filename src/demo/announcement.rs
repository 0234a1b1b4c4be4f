//! The payload that announces a photo, as Timemark sends it.
//!
//! Never the daemon's reading of a payload: that is lenient and lives elsewhere. This side only writes.

use serde::Serialize;

/// The payload of one delivery, named as on the wire, without the links, which the sender adds as `photo_url`,
/// `thumbnail_url` and `member.member_profile_picture_url`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// `photo.uploaded`.
    pub event_type: &'static str,
    /// A UUID, the same for the same photo on the same day.
    pub event_id: String,
    /// The team.
    pub group_name: &'static str,
    /// The project.
    pub project_name: &'static str,
    /// The verification code: 14 capital letters and digits; absent for a photo from a gallery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_code: Option<String>,
    /// The file's name by Timemark's template: local time, then the place.
    pub photo_name: String,
    /// The capture in UTC, by ISO 8601, ending in `Z`.
    pub photo_timestamp: String,
    /// The place.
    pub photo_location: Location,
    /// Who took it.
    pub member: Member,
    /// Make and model of the device.
    pub device_model: String,
    /// The team's own fields.
    pub custom_notes: Vec<Note>,
}

/// A place as announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The address.
    pub location_name: String,
    /// Degrees north, as text.
    pub location_latitude: String,
    /// Degrees east, as text.
    pub location_longitude: String,
}

/// A member as announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The full name.
    pub member_name: &'static str,
    /// What the team calls them.
    pub member_short_name: &'static str,
    /// A mail address under a name that RFC 2606 reserves.
    pub member_contact: &'static str,
}

/// One of the team's own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is.
    pub title: &'static str,
    /// What it says.
    pub content: &'static str,
}
