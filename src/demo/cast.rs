//! The cast: the photos of one day with the deliveries that announce them.
//!
//! Never random: the same day gives the same bytes, codes and event ids, so that a second run is a retry.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::announcement::{Announcement, Location, Note};
use super::exif::{Capture, Fix, block};
use super::script::{Carrier, Oddity, Part, SCRIPT, TEAM};
use super::stamp;
use super::texture::Dice;

/// One photo of the cast: what is announced, and what to paint.
#[derive(Debug, Clone)]
pub struct Role {
    /// What the delivery says.
    pub announcement: Announcement,
    /// The last part of the photo's address: plain ASCII, one of its own.
    pub file_name: String,
    /// What is wrong with it.
    pub oddity: Oddity,
    /// What the file says of its capture; `None` for a file without EXIF.
    pub capture: Option<Capture>,
    part: &'static Part,
    day: Date,
}

impl Role {
    /// The JPEG: painted, stamped, tagged. About half a megabyte and a quarter of a second in a release build.
    pub fn paint(&self) -> Vec<u8> {
        let mut canvas = self.part.scene.paint();
        let taken = self.day.to_datetime(self.part.at);
        stamp::print(
            &mut canvas,
            taken,
            &[self.part.street, self.part.city.name],
            self.announcement.photo_code.as_deref(),
        );
        if self.oddity == Oddity::Turned {
            canvas = canvas.turned_left();
        }
        canvas.to_jpeg(self.capture.as_ref().map(block))
    }
}

/// The photos of one day. Their local times are the same on every day; `day` should lie before today, so that no
/// photo is taken in the future.
pub fn cast(day: Date) -> Vec<Role> {
    SCRIPT.iter().zip(1..).map(|(part, number)| role(part, number, day)).collect()
}

fn role(part: &'static Part, number: u64, day: Date) -> Role {
    let Part { carrier, project, street, city, position, note, oddity, .. } = part;
    let local = day.to_datetime(part.at);
    let zone = TimeZone::get(city.zone).expect("the script names zones of the compiled-in table");
    let instant = zone.to_ambiguous_timestamp(local).compatible().expect("a working day of our era");
    let mut dice = Dice::new(instant.as_second().unsigned_abs() << 8 | number);
    let code = code(&mut dice);
    let address = format!("{street}, {}, {}", city.name, city.country);
    let announcement = Announcement {
        event_type: "photo.uploaded",
        event_id: event_id(&mut dice),
        group_name: TEAM,
        project_name: project,
        photo_code: (*oddity != Oddity::NoCode).then_some(code),
        photo_name: format!("{}_{number:04} {address}.jpg", local.strftime("%Y-%m-%d %H.%M.%S")),
        photo_timestamp: instant.to_string(),
        photo_location: Location {
            location_name: address,
            location_latitude: format!("{:.6}", position.0),
            location_longitude: format!("{:.6}", position.1),
        },
        member: carrier.member,
        device_model: format!("{} {}", carrier.make, carrier.model),
        custom_notes: vec![Note { title: note.0, content: note.1 }],
    };
    let capture = capture(part, instant, zone.to_offset(instant));
    Role { announcement, file_name: format!("{number:02}.jpg"), oddity: *oddity, capture, part, day }
}

/// What the file says, by the photo's oddity: some seconds before the app's own time, as phones do.
fn capture(part: &Part, instant: Timestamp, offset: Offset) -> Option<Capture> {
    let Carrier { make, model, member } = part.carrier;
    let mut late = SignedDuration::from_secs(2);
    let mut fix = Fix::At(part.position.0, part.position.1);
    let (mut make, mut model) = (*make, *model);
    match part.oddity {
        Oddity::NoExif => return None,
        Oddity::None | Oddity::Turned | Oddity::NoCode => {}
        Oddity::Clock(by) => late += by,
        Oddity::Elsewhere(latitude, longitude) => fix = Fix::At(latitude, longitude),
        Oddity::ClockAndElsewhere(by, latitude, longitude) => {
            late += by;
            fix = Fix::At(latitude, longitude);
        }
        Oddity::NoFix => fix = Fix::Zeros,
        Oddity::Device(other_make, other_model) => (make, model) = (other_make, other_model),
    }
    Some(Capture {
        make,
        model,
        artist: member.member_name,
        taken: offset.to_datetime(instant - late),
        offset,
        orientation: if part.oddity == Oddity::Turned { 6 } else { 1 },
        fix,
    })
}

/// 14 capital letters and digits.
fn code(dice: &mut Dice) -> String {
    (0..14).map(|_| char::from(dice.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))).collect()
}

/// A UUID of version 4 (RFC 9562, 5.4) from the dice.
fn event_id(dice: &mut Dice) -> String {
    let (high, low) = (dice.bits(), dice.bits());
    let variant = low >> 48 & 0x3fff | 0x8000;
    let (time, middle, version) = (high >> 32, high >> 16 & 0xffff, high & 0x0fff | 0x4000);
    format!("{time:08x}-{middle:04x}-{version:04x}-{variant:04x}-{:012x}", low & 0xffff_ffff_ffff)
}

#[cfg(test)]
#[path = "cast_tests.rs"]
mod tests;
