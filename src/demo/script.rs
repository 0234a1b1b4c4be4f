//! The script: who photographs what, where and when, and what is wrong with it.
//!
//! Never real people: names are made up, mail addresses lie under a name that RFC 2606 reserves. The cities,
//! their streets and their zones are real; positions lie in the right quarter, not at the right door.

use jiff::SignedDuration;
use jiff::civil::{Time, time};

use super::announcement::Member;
use super::scene::Scene;

/// What is wrong with a photo, if anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Oddity {
    /// Nothing: file and announcement agree.
    None,
    /// Nothing, but the pixels lie on their side, under `Orientation` 6.
    Turned,
    /// Nothing, but there is no verification code: uploaded from a gallery.
    NoCode,
    /// The file's clock, GPS time included, is so far behind the announcement.
    Clock(SignedDuration),
    /// The file was taken elsewhere: latitude and longitude in degrees.
    Elsewhere(f64, f64),
    /// Both at once.
    ClockAndElsewhere(SignedDuration, f64, f64),
    /// The file has no EXIF at all.
    NoExif,
    /// The file's GPS tags are zeros: location was off.
    NoFix,
    /// The file names another device: its make and model.
    Device(&'static str, &'static str),
}

impl Oddity {
    /// For the demo's table: what was done to the photo on purpose.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "as announced",
            Self::Turned => "stored on its side",
            Self::NoCode => "without a code",
            Self::Clock(_) => "clock behind",
            Self::Elsewhere(..) => "taken elsewhere",
            Self::ClockAndElsewhere(..) => "clock behind, elsewhere",
            Self::NoExif => "without EXIF",
            Self::NoFix => "location off",
            Self::Device(..) => "another device",
        }
    }
}

/// The team.
pub(super) const TEAM: &str = "Meridian Site Services";
const TOWERS: &str = "Tower Handover";
const CLAIMS: &str = "Storm Claims";
const CLEANING: &str = "Cleaning Rounds";

/// A member with the phone they carry.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) member: Member,
    pub(super) make: &'static str,
    pub(super) model: &'static str,
}

const fn carrier(names: [&'static str; 3], make: &'static str, model: &'static str) -> Carrier {
    let [member_name, member_short_name, member_contact] = names;
    Carrier { member: Member { member_name, member_short_name, member_contact }, make, model }
}

static ALICE: Carrier = carrier(["Alice Chen", "Alice", "alice.chen@example.com"], "Apple", "iPhone 15 Pro");
static LUKAS: Carrier =
    carrier(["Lukas Brändli", "Lukas", "lukas.braendli@example.com"], "samsung", "SM-S918B");
static JOAO: Carrier =
    carrier(["João Pereira", "João", "joao.pereira@example.com"], "motorola", "moto g84 5G");
static ELENI: Carrier = carrier(["Ελένη Παππά", "Ελένη", "eleni.pappa@example.com"], "Google", "Pixel 8");

/// A city with its zone.
#[derive(Debug)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) zone: &'static str,
}

static SHANGHAI: City = City { name: "上海", country: "China", zone: "Asia/Shanghai" };
static ZURICH: City = City { name: "Zürich", country: "Switzerland", zone: "Europe/Zurich" };
static MUNICH: City = City { name: "München", country: "Germany", zone: "Europe/Berlin" };
static SAO_PAULO: City = City { name: "São Paulo", country: "Brasil", zone: "America/Sao_Paulo" };
static PIRAEUS: City = City { name: "Πειραιάς", country: "Greece", zone: "Europe/Athens" };

/// One line of the script.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) scene: Scene,
    pub(super) carrier: &'static Carrier,
    pub(super) project: &'static str,
    pub(super) at: Time,
    pub(super) street: &'static str,
    pub(super) city: &'static City,
    pub(super) position: (f64, f64),
    pub(super) note: (&'static str, &'static str),
    pub(super) oddity: Oddity,
}

/// The twelve photos.
pub(super) static SCRIPT: [Part; 12] = [
    Part {
        scene: Scene::Crane,
        carrier: &ALICE,
        project: TOWERS,
        at: time(8, 12, 41, 0),
        street: "Century Avenue 100",
        city: &SHANGHAI,
        position: (31.235_929, 121.505_245),
        note: ("Level", "Slab 9 poured"),
        oddity: Oddity::None,
    },
    Part {
        scene: Scene::Roadworks,
        carrier: &ALICE,
        project: TOWERS,
        at: time(10, 36, 5, 0),
        street: "Fuxing Middle Road 593",
        city: &SHANGHAI,
        position: (31.215_320, 121.463_180),
        note: ("Lane", "Closed until 17:00"),
        oddity: Oddity::Device("HUAWEI", "ALN-AL00"),
    },
    Part {
        scene: Scene::Lobby,
        carrier: &ALICE,
        project: CLEANING,
        at: time(17, 48, 22, 0),
        street: "Nanjing West Road 1266",
        city: &SHANGHAI,
        position: (31.229_870, 121.451_960),
        note: ("Floor", "Polished, dry by 18:30"),
        oddity: Oddity::NoExif,
    },
    Part {
        scene: Scene::Roof,
        carrier: &LUKAS,
        project: CLAIMS,
        at: time(8, 54, 30, 0),
        street: "Limmatquai 61",
        city: &ZURICH,
        position: (47.371_750, 8.542_950),
        note: ("Finding", "Ridge intact, two tiles slipped"),
        oddity: Oddity::NoCode,
    },
    Part {
        scene: Scene::Viaduct,
        carrier: &LUKAS,
        project: TOWERS,
        at: time(10, 21, 57, 0),
        street: "Viaduktstrasse 67",
        city: &ZURICH,
        position: (47.388_470, 8.526_420),
        note: ("Crack gauge", "0.4 mm, unchanged"),
        oddity: Oddity::Clock(SignedDuration::from_secs(2 * 3600 + 13 * 60 + 21)),
    },
    Part {
        scene: Scene::Scaffold,
        carrier: &LUKAS,
        project: TOWERS,
        at: time(15, 7, 13, 0),
        street: "Sendlinger Straße 8",
        city: &MUNICH,
        position: (48.135_430, 11.570_620),
        note: ("Scaffold tag", "Inspected, green"),
        oddity: Oddity::None,
    },
    Part {
        scene: Scene::Frame,
        carrier: &JOAO,
        project: TOWERS,
        at: time(18, 6, 48, 0),
        street: "Avenida Paulista 1578",
        city: &SAO_PAULO,
        position: (-23.561_410, -46.655_880),
        note: ("Level", "Formwork struck"),
        oddity: Oddity::Turned,
    },
    Part {
        scene: Scene::FallenTree,
        carrier: &JOAO,
        project: CLAIMS,
        at: time(9, 18, 26, 0),
        street: "Rua Harmonia 420",
        city: &SAO_PAULO,
        position: (-23.553_760, -46.690_590),
        note: ("Claim", "Vehicle, total loss"),
        oddity: Oddity::Elsewhere(-23.615_200, -46.652_300),
    },
    Part {
        scene: Scene::Stain,
        carrier: &JOAO,
        project: CLAIMS,
        at: time(11, 44, 9, 0),
        street: "Rua Treze de Maio 1000",
        city: &SAO_PAULO,
        position: (-23.558_900, -46.644_400),
        note: ("Claim", "Ceiling, burst pipe"),
        oddity: Oddity::ClockAndElsewhere(
            SignedDuration::from_secs(27 * 3600 + 41 * 60 + 8),
            -23.462_900,
            -46.533_300,
        ),
    },
    Part {
        scene: Scene::Harbour,
        carrier: &ELENI,
        project: TOWERS,
        at: time(9, 3, 52, 0),
        street: "Akti Miaouli 10",
        city: &PIRAEUS,
        position: (37.941_850, 23.638_920),
        note: ("Berth", "Crane 2 handed over"),
        oddity: Oddity::None,
    },
    Part {
        scene: Scene::Washroom,
        carrier: &ELENI,
        project: CLEANING,
        at: time(13, 45, 0, 0),
        street: "Iroon Polytechniou 42",
        city: &PIRAEUS,
        position: (37.940_640, 23.646_780),
        note: ("Round", "Second of three"),
        oddity: Oddity::NoFix,
    },
    Part {
        scene: Scene::Glass,
        carrier: &ELENI,
        project: CLEANING,
        at: time(16, 26, 34, 0),
        street: "Tsamadou 1",
        city: &PIRAEUS,
        position: (37.944_380, 23.644_530),
        note: ("Front", "North side, floors 8 to 12"),
        oddity: Oddity::None,
    },
];

/// The lines that the stamps print, for the test of the lettering.
#[cfg(test)]
pub(super) fn places() -> Vec<[&'static str; 2]> {
    SCRIPT.iter().map(|part| [part.street, part.city.name]).collect()
}
