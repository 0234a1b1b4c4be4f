//! The pages and lists that are measured, and how each request for one differs from the one before.

use super::facts::Facts;
use super::generator::Dice;

/// A page or a list.
pub struct Page {
    pub name: &'static str,
    pub kind: Kind,
    pub address: fn(&Facts, &mut Dice) -> String,
}

/// What is wanted of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Costs the same however large the archive is.
    Flat,
    /// Bounded work: its answer may be cut, and then says so.
    Search,
    /// For comparison.
    Other,
}

const fn page(name: &'static str, kind: Kind, address: fn(&Facts, &mut Dice) -> String) -> Page {
    Page { name, kind, address }
}

pub const PAGES: [Page; 25] = [
    page("`/healthz`, for comparison", Kind::Other, |_, _| "/healthz".to_owned()),
    page("projects `/`", Kind::Flat, |_, _| "/".to_owned()),
    page("the largest project", Kind::Flat, |facts, _| format!("/projects/{}", facts.project)),
    page("a full day of it", Kind::Flat, |facts, dice| {
        let day = if facts.days.is_empty() { "2026-11-19" } else { dice.one_of(&facts.days) };
        format!("/projects/{}/{day}", facts.project)
    }),
    page("a photo", Kind::Flat, |facts, dice| format!("/photos/{}", dice.one_of(&facts.photos).0)),
    page("a code, API", Kind::Flat, |facts, dice| {
        format!("/api/v1/photos?code={}", dice.one_of(&facts.photos).1)
    }),
    page("a code, search", Kind::Flat, |facts, dice| format!("/search?q={}", dice.one_of(&facts.photos).1)),
    page("newest photos", Kind::Flat, |_, _| "/photos".to_owned()),
    page("inbox", Kind::Flat, |_, _| "/inbox".to_owned()),
    page("inbox, further on", Kind::Flat, |facts, dice| {
        format!("/inbox?after={}", among(facts.last_delivery, dice))
    }),
    page("inbox, what is stuck", Kind::Flat, |_, _| "/inbox?show=stuck".to_owned()),
    page("deliveries, API", Kind::Flat, |facts, dice| {
        format!("/api/v1/deliveries?after={}", among(facts.last_delivery, dice))
    }),
    page("photos, API", Kind::Flat, |facts, dice| {
        format!("/api/v1/photos?after={}", among(facts.last_seq, dice))
    }),
    page("search: a word of few photos", Kind::Search, |_, dice| {
        format!("/search?q=k{:06}", dice.below(1_000_000))
    }),
    page("search: a common word", Kind::Search, |_, _| "/search?q=inspection".to_owned()),
    page("search: two common words", Kind::Search, |_, _| "/search?q=inspection+iphone".to_owned()),
    page("search: two Chinese characters", Kind::Search, |_, dice| {
        format!("/search?q={}", dice.one_of(&["%E6%B5%A6%E4%B8%9C", "%E5%B7%A1%E6%A3%80"]))
    }),
    page("search: a word found nowhere", Kind::Search, |_, _| "/search?q=xylophone".to_owned()),
    page("search: contradicted photos", Kind::Search, |_, _| "/search?verdict=contradicted".to_owned()),
    page("search: a rare verdict of a member", Kind::Search, |_, dice| {
        let member = ["Alice+Almeida+0", "Bj%C3%B6rn+Brandt+11", "Jan+Jones+99"];
        format!("/search?verdict=suspicious&member={}", dice.one_of(&member))
    }),
    page("search: days long ago", Kind::Search, |_, dice| {
        let day = 1 + dice.below(20);
        format!("/search?from=2023-12-{day:02}&to=2023-12-{:02}&q=inspection", day + 8)
    }),
    page("map of the world", Kind::Search, |_, _| "/map".to_owned()),
    page("map of a city", Kind::Search, |_, dice| format!("/map?bbox={}", city(dice))),
    page("places of the world, API", Kind::Search, |_, dice| {
        format!("/api/v1/places?bbox=-180,-85,180,85&zoom={}", dice.below(4))
    }),
    page("places of a city, API", Kind::Search, |_, dice| {
        format!("/api/v1/places?bbox={}&zoom={}", city(dice), 9 + dice.below(7))
    }),
];

fn among(last: i64, dice: &mut Dice) -> u64 {
    let last = u64::try_from(last).unwrap_or_default();
    last / 100 + dice.below(last - last / 100)
}

/// A part of the map some 20 km wide.
fn city(dice: &mut Dice) -> String {
    let cities = [(121.5052, 31.2359), (-73.9683, 40.7851), (8.5417, 47.3769), (36.8172, -1.2864)];
    let (longitude, latitude) = dice.one_of(&cities);
    let moved = (dice.share() - 0.5) / 10.0;
    format!(
        "{:.4},{:.4},{:.4},{:.4}",
        longitude - 0.1 + moved,
        latitude - 0.1,
        longitude + 0.1 + moved,
        latitude + 0.1
    )
}
