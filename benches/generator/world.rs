//! The teams, projects, members and places of a generated archive: the same in archives of every size.

use keepmark::domain::names::Segment;

pub const TEAMS: u64 = 12;
pub const PROJECTS: u64 = 300;
pub const MEMBERS: u64 = 408;

/// Where a project's site lies.
pub struct City {
    pub name: &'static str,
    pub streets: [&'static str; 3],
    pub latitude: f64,
    pub longitude: f64,
    pub zone: &'static str,
    /// What people there write about their work.
    pub notes: [(&'static str, &'static str); 3],
}

const LATIN: [(&str, &str); 3] = [
    ("Inspection", "The fence along the path is complete and stands upright"),
    ("Inspection", "Concrete poured, no cracks seen, formwork stays for two days"),
    ("Delivery", "Pallets counted on arrival, two are wet on the underside"),
];
const CHINESE: [(&str, &str); 3] = [
    ("巡检", "围挡完整, 现场已清理, 夜间有人值守"),
    ("验收", "三层钢筋绑扎完成, 等待监理检查"),
    ("Inspection", "混凝土浇筑完成, 没有裂缝"),
];
const ARABIC: [(&str, &str); 3] = [
    ("تفتيش", "السور كامل وقائم بشكل مستقيم"),
    ("تسليم", "تم عد المواد عند الوصول"),
    ("Inspection", "لا توجد شقوق"),
];

pub const CITIES: [City; 10] = [
    City {
        name: "上海市浦东新区",
        streets: ["世纪大道100号", "陆家嘴环路1000号", "张杨路500号"],
        latitude: 31.2359,
        longitude: 121.5052,
        zone: "Asia/Shanghai",
        notes: CHINESE,
    },
    City {
        name: "New York, USA",
        streets: ["Central Park", "Wall Street 11", "Flatbush Avenue 620"],
        latitude: 40.7851,
        longitude: -73.9683,
        zone: "America/New_York",
        notes: LATIN,
    },
    City {
        name: "Zürich, Schweiz",
        streets: ["Bahnhofstrasse 45", "Hardbrücke 3", "Seefeldstraße 12"],
        latitude: 47.3769,
        longitude: 8.5417,
        zone: "Europe/Zurich",
        notes: LATIN,
    },
    City {
        name: "دبي",
        streets: ["شارع الشيخ زايد 12", "شارع الوصل 7", "Al Khail Road 88"],
        latitude: 25.2048,
        longitude: 55.2708,
        zone: "Asia/Dubai",
        notes: ARABIC,
    },
    City {
        name: "São Paulo, Brasil",
        streets: ["Avenida Paulista 1578", "Rua Augusta 200", "Rua da Consolação 9"],
        latitude: -23.5614,
        longitude: -46.6559,
        zone: "America/Sao_Paulo",
        notes: LATIN,
    },
    City {
        name: "深圳市南山区",
        streets: ["科技园路10号", "深南大道9028号", "后海大道1号"],
        latitude: 22.5333,
        longitude: 113.9304,
        zone: "Asia/Shanghai",
        notes: CHINESE,
    },
    City {
        name: "Nairobi, Kenya",
        streets: ["Moi Avenue 4", "Ngong Road 310", "Thika Road 55"],
        latitude: -1.2864,
        longitude: 36.8172,
        zone: "Africa/Nairobi",
        notes: LATIN,
    },
    City {
        name: "Auckland, New Zealand",
        streets: ["Queen Street 277", "Dominion Road 40", "Wharf Road 2"],
        latitude: -36.8485,
        longitude: 174.7633,
        zone: "Pacific/Auckland",
        notes: LATIN,
    },
    City {
        name: "القاهرة",
        streets: ["شارع طلعت حرب 3", "شارع النيل 90", "Ramses Street 14"],
        latitude: 30.0444,
        longitude: 31.2357,
        zone: "Africa/Cairo",
        notes: ARABIC,
    },
    City {
        name: "Manchester, United Kingdom",
        streets: ["Deansgate 201", "Oxford Road 80", "Canal Street 6"],
        latitude: 53.4808,
        longitude: -2.2426,
        zone: "Europe/London",
        notes: LATIN,
    },
];

/// The model as announced, and make and model as in files.
pub const DEVICES: [(&str, &str, &str); 5] = [
    ("Apple iPhone 15 Pro", "Apple", "iPhone 15 Pro"),
    ("samsung SM-S918B", "samsung", "SM-S918B"),
    ("motorola moto g84 5G", "motorola", "moto g84 5G"),
    ("HUAWEI ALN-AL00", "HUAWEI", "ALN-AL00"),
    ("Google Pixel 8", "Google", "Pixel 8"),
];

/// A name with the folder that belongs to it.
pub struct Name {
    pub name: String,
    pub segment: Segment,
}

impl Name {
    fn of(name: String) -> Self {
        let segment = Segment::of(&name);
        Self { name, segment }
    }
}

/// All names; the number of a row is the place in its list and one.
pub struct World {
    pub teams: Vec<Name>,
    pub projects: Vec<Name>,
    pub members: Vec<Name>,
}

impl World {
    pub fn new() -> Self {
        let team = |at: u64| format!("{} Site Services {}", FIRST[index(at % 10)], at + 1);
        let project = |at: u64| match at % 5 {
            0 => format!("Tower Handover {at:03}"),
            1 => format!("地铁{at}号线 {}标段", at % 7 + 1),
            2 => format!("Brückensanierung {at:03}"),
            3 => format!("مشروع الطريق {at:03}"),
            _ => format!("Roof & Facade {at:03}"),
        };
        let member = |at: u64| format!("{} {} {at}", FIRST[index(at % 10)], LAST[index(at / 10 % 10)]);
        let names = |end: u64, name: &dyn Fn(u64) -> String| (0..end).map(|at| Name::of(name(at))).collect();
        Self {
            teams: names(TEAMS, &team),
            projects: names(PROJECTS, &project),
            members: names(MEMBERS, &member),
        }
    }
}

const FIRST: [&str; 10] =
    ["Alice", "Björn", "Chen", "Dalia", "Emeka", "Fatima", "Grace", "Hiro", "Inês", "Jan"];
const LAST: [&str; 10] =
    ["Almeida", "Brandt", "Chang", "Diallo", "Eriksen", "Fischer", "Gupta", "Haddad", "Ito", "Jones"];

pub fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

/// The team of a project or of a member.
pub fn team_of(at: u64) -> u64 {
    at % TEAMS
}

/// The address by which a member is known.
pub fn contact_of(member: u64) -> String {
    format!("member{member}@example.com")
}
