//! One delivery after the other, as three years of work would bring them: what was announced, what the file says, and
//! what the rules find.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use keepmark::domain::delivery::{self, Announcement};
use keepmark::domain::evidence::{Container, Evidence, Exif, FilePosition, Pixels};
use keepmark::domain::fingerprint::Fingerprint;
use keepmark::domain::photo::{MediaType, PhotoId, Sha256};
use keepmark::domain::position::Position;
use keepmark::domain::verdict::known::Known;
use keepmark::domain::verdict::meaning::Meaning;
use keepmark::domain::verdict::{Case, Judgement, Limits, code, judge, reuse};
use serde_json::json;

use super::world::{CITIES, City, DEVICES, MEMBERS, PROJECTS, TEAMS, World, index, team_of};
use super::{Dice, Plan};

/// The first day, and how many there are.
const FIRST_DAY: Date = date(2023, 11, 20);
const DAYS: u64 = 1096;

/// Now and then a whole team walks the largest project: in an archive of every size such a day fills a page.
const CAMPAIGN_PHOTOS: u64 = 250;
const PHOTOS_A_CAMPAIGN: u64 = 10_000;

/// A delivery and what became of it.
pub struct Arrived {
    pub body: Vec<u8>,
    pub received_at: Timestamp,
    pub event_id: Option<String>,
    pub became: Became,
}

pub enum Became {
    Photo(Box<Made>),
    /// The link gave no photo.
    Dead,
    Quarantined,
}

/// An archived photo.
pub struct Made {
    pub project: u64,
    pub member: u64,
    pub id: PhotoId,
    pub sha256: Sha256,
    pub size_bytes: u64,
    pub announced: Announcement,
    pub evidence: Evidence,
    /// With the findings on code and reuse.
    pub judgement: Judgement,
    /// Of its sidecar.
    pub sidecar_sha256: String,
    pub sidecar_bytes: usize,
}

/// Makes the deliveries of a plan in the order of their arrival.
pub struct Maker {
    dice: Dice,
    world: World,
    zones: Vec<TimeZone>,
    plan: Plan,
    /// Today, how many of its photos are made, and how many there are: at work as usual, and on a campaign.
    day: u64,
    made_today: u64,
    usual_today: u64,
    campaign_today: u64,
    /// The last photo's code, which a version of it keeps.
    last: Option<(String, PhotoId, u64)>,
}

impl Maker {
    pub fn new(plan: Plan) -> Self {
        let zones = CITIES.iter().map(|city| TimeZone::get(city.zone).unwrap_or(TimeZone::UTC)).collect();
        let mut maker = Self {
            dice: Dice::new(plan.seed),
            world: World::new(),
            zones,
            plan,
            day: 0,
            made_today: 0,
            usual_today: 0,
            campaign_today: 0,
            last: None,
        };
        maker.begin_day();
        maker
    }

    fn begin_day(&mut self) {
        let campaigns = self.plan.photos / PHOTOS_A_CAMPAIGN;
        let usual = self.plan.photos - campaigns * CAMPAIGN_PHOTOS;
        let until = |day: u64, all: u64| all * day / DAYS;
        self.made_today = 0;
        self.usual_today = until(self.day + 1, usual) - until(self.day, usual);
        self.campaign_today = (until(self.day + 1, campaigns) - until(self.day, campaigns)) * CAMPAIGN_PHOTOS;
    }

    /// The largest project has a tenth of all photos, the second a twentieth, the smallest some in ten thousand.
    fn project(&mut self, is_campaign: bool) -> u64 {
        if is_campaign || self.dice.is_one_of_10_000(770) {
            return 0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a number below 300"
        )]
        let at = ((PROJECTS - 1) as f64 * self.dice.share().powi(2)) as u64;
        1 + at
    }

    fn arrived(&mut self) -> Arrived {
        let (at, all) = (self.made_today, self.usual_today + self.campaign_today);
        let project = self.project(at * self.campaign_today / all < (at + 1) * self.campaign_today / all);
        let city = index(project % CITIES.len() as u64);
        let is_version =
            self.last.as_ref().is_some_and(|(.., last)| *last == project) && self.dice.is_one_of_10_000(200);
        let known = self.last.take().filter(|_| is_version);
        let code = known.as_ref().map_or_else(|| self.dice.code(14), |(code, ..)| code.clone());
        let second = 7 * 3600 + 11 * 3600 * at / all + self.dice.below(3600);
        let local = local_time(self.day, second);
        let taken = self.zones[city].to_timestamp(local).unwrap_or_default();
        let late = if self.dice.is_one_of_10_000(100) { 3 * 86_400 } else { 7200 };
        let received_at = taken + i64::try_from(20 + self.dice.below(late)).unwrap_or_default().seconds();
        let member = (team_of(project) + TEAMS * ((project * 7 + self.dice.below(8)) % 34)) % MEMBERS;
        let event_id = event_id(&mut self.dice);
        let media_type = self.media_type();
        let shot = Shot { project, member, city: &CITIES[city], code: &code, local, taken, media_type };
        let body = self.body(&shot, &event_id);
        if self.dice.is_one_of_10_000(2) {
            let body = body[..body.len() / 2].to_vec();
            return Arrived { body, received_at, event_id: None, became: Became::Quarantined };
        }
        if self.dice.is_one_of_10_000(100) {
            return Arrived { body, received_at, event_id: Some(event_id), became: Became::Dead };
        }
        let announced = delivery::announcement(&body).unwrap_or_default();
        let evidence = self.evidence(&announced, media_type, local, taken);
        let judgement = self.judgement(&announced, &evidence, received_at, city, known.map(|known| known.1));
        let id = PhotoId(self.dice.bytes());
        self.last = Some((code, id, project));
        let made = Made {
            project,
            member,
            id,
            sha256: Sha256(self.dice.bytes()),
            size_bytes: 300_000 + self.dice.below(4_000_000),
            announced,
            evidence,
            judgement,
            sidecar_sha256: self.dice.hex(64),
            sidecar_bytes: 4096,
        };
        Arrived { body, received_at, event_id: Some(event_id), became: Became::Photo(Box::new(made)) }
    }

    fn body(&mut self, shot: &Shot<'_>, event_id: &str) -> Vec<u8> {
        let Shot { project, member, city, code, local, taken, media_type } = shot;
        let extension = media_type.extension();
        let street = self.dice.one_of(&city.streets);
        let place = format!("{street}, {}", city.name);
        let (title, content) = self.dice.one_of(&city.notes);
        let serial = self.dice.below(1_000_000);
        // Each project has a site of its own, some kilometres from the middle of its city.
        let mut site = Dice::new(*project);
        let mut near = |middle: f64| {
            let photo = (self.dice.share() - 0.5) / 500.0;
            format!("{:.6}", middle + (site.share() - 0.5) / 5.0 + photo)
        };
        let host = format!("https://photos{}.example.org", member % 4);
        let link = format!("{host}/{event_id}.{extension}?expires=1795219959&signature={code}");
        let name = &self.world.members[index(*member)].name;
        json!({
            "event_type": "photo.uploaded",
            "event_id": event_id,
            "group_name": self.world.teams[index(team_of(*project))].name,
            "project_name": self.world.projects[index(*project)].name,
            "photo_code": code,
            "photo_name": format!("{}_{serial:06} {place}.{extension}", local.strftime("%Y-%m-%d %H.%M.%S")),
            "photo_timestamp": taken.to_string(),
            "photo_location": {
                "location_name": place,
                "location_latitude": near(city.latitude),
                "location_longitude": near(city.longitude),
            },
            "member": {
                "member_name": name,
                "member_short_name": name.split(' ').next(),
                "member_contact": super::world::contact_of(*member),
            },
            "device_model": DEVICES[index(member % 5)].0,
            "custom_notes": [{"title": title, "content": content}, {"title": "Serial", "content": format!("K{serial:06}")}],
            "photo_url": link,
            "thumbnail_url": link,
        })
        .to_string()
        .into_bytes()
    }

    fn media_type(&mut self) -> MediaType {
        match self.dice.below(100) {
            0 => MediaType::Mp4,
            1 => MediaType::Heic,
            2 | 3 => MediaType::Png,
            _ => MediaType::Jpeg,
        }
    }

    /// Of a hundred photos 72 bring everything, 25 nothing, and three something else than was announced.
    fn evidence(
        &mut self,
        announced: &Announcement,
        media_type: MediaType,
        local: DateTime,
        taken: Timestamp,
    ) -> Evidence {
        let is_decoded = matches!(media_type, MediaType::Jpeg | MediaType::Png);
        let fate = self.dice.below(1000);
        let exif = if fate < 250 { Exif::default() } else { exif(announced, local, taken, fate) };
        Evidence {
            media_type,
            container: Container::Complete { trailing_bytes: 0 },
            dimensions: Some(if self.dice.below(3) == 0 { (1920, 1440) } else { (1440, 1920) }),
            pixels: if is_decoded {
                Pixels::Decoded
            } else {
                Pixels::NotDecoded { reason: "there is no decoder for this format".to_owned() }
            },
            fingerprint: is_decoded.then(|| Fingerprint::from_bytes(self.dice.bytes())),
            exif,
            notes: Vec::new(),
        }
    }

    fn judgement(
        &self,
        announced: &Announcement,
        evidence: &Evidence,
        received_at: Timestamp,
        city: usize,
        version_of: Option<PhotoId>,
    ) -> Judgement {
        let mut judgement = judge(&Case {
            announced,
            announced_time: announced.time(),
            evidence,
            content_type: Some(evidence.media_type.content_type()),
            received_at,
            zones: vec![self.zones[city].clone()],
            default_zone: TimeZone::UTC,
            known: Known { meaning: Meaning::Utc, ..Known::default() },
            limits: Limits::default(),
        });
        let code = announced.code.as_deref();
        judgement.findings.push(code::check(code, version_of.as_slice()));
        judgement.findings.push(reuse::check(code, &[], &[]));
        judgement
    }
}

impl Iterator for Maker {
    type Item = Arrived;

    fn next(&mut self) -> Option<Arrived> {
        while self.made_today == self.usual_today + self.campaign_today {
            self.day += 1;
            if self.day == DAYS {
                return None;
            }
            self.begin_day();
        }
        let arrived = self.arrived();
        self.made_today += u64::from(matches!(arrived.became, Became::Photo(_)));
        Some(arrived)
    }
}

/// What a delivery announces.
struct Shot<'a> {
    project: u64,
    member: u64,
    city: &'a City,
    code: &'a str,
    local: DateTime,
    taken: Timestamp,
    media_type: MediaType,
}

fn local_time(day: u64, second: u64) -> DateTime {
    let (day, second) = (i64::try_from(day).unwrap_or(0), i64::try_from(second).unwrap_or(0));
    let midnight = FIRST_DAY.saturating_add(day.days()).to_datetime(jiff::civil::Time::midnight());
    midnight.saturating_add(second.seconds())
}

/// Shaped like a UUID.
fn event_id(dice: &mut Dice) -> String {
    let hex = dice.hex(32);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// What a phone writes; of a thousand files 25 have one claim that differs, and five have two.
fn exif(announced: &Announcement, local: DateTime, taken: Timestamp, fate: u64) -> Exif {
    let (is_elsewhere, is_earlier) = (fate >= 985, (970..990).contains(&fate));
    let shift = if is_earlier { 8003 } else { 0 };
    let clock = local.saturating_sub(shift.seconds());
    let offset = local.duration_since(taken_in_utc(taken)).as_mins();
    let announced_position = announced.position().ok().flatten();
    let position = announced_position.map(|at| Position {
        latitude: at.latitude + if is_elsewhere { 0.07 } else { 0.0 },
        longitude: at.longitude,
    });
    let device = DEVICES.iter().find(|(model, ..)| announced.device.as_deref() == Some(*model));
    Exif {
        taken: Some(clock),
        taken_offset_minutes: i32::try_from(offset).ok(),
        digitized: Some(clock),
        modified: Some(clock),
        gps_time: Some(taken - shift.seconds()),
        position: position.map_or(FilePosition::Absent, FilePosition::At),
        make: device.map(|(_, make, _)| (*make).to_owned()),
        model: device.map(|(.., model)| (*model).to_owned()),
        software: Some("Timemark v10.0.210".to_owned()),
        artist: announced.member.clone(),
        orientation: Some(1),
        ..Exif::default()
    }
}

fn taken_in_utc(taken: Timestamp) -> DateTime {
    taken.to_zoned(TimeZone::UTC).datetime()
}
