//! `/map`: where the photos of a search were taken, as a map for the script and as a table for everybody.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::fields::Fields;
use super::spoken::{Count, Photos, Sentences};
use super::whole::{self, Whole};
use super::{Frame, html};
use crate::catalog::place::{Place, Places};
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::error::WebError;
use crate::web::people::Visitor;

#[derive(Template)]
#[template(path = "map.html")]
struct Page {
    frame: Frame,
    fields: Fields,
    answer: Sentences,
    downloads: Whole,
    as_list: String,
    places_url: String,
    area: Option<String>,
    tiles_url: Option<String>,
    attribution: Option<String>,
    places: Vec<Line>,
    is_narrowed: bool,
}

/// A line of the table.
struct Line {
    name: String,
    position: String,
    photos: Count,
    link: String,
}

pub(in crate::web) async fn show(
    visitor: Visitor,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let filter = asked.filter(visitor.reach.clone(), 1);
    let shown = filter.area;
    let found = site.catalog.places(filter, asked.zoom()).await?;
    let is_empty = found.places.is_empty();
    let list = [("after", None), ("limit", None), ("zoom", None)];
    html(&Page {
        frame: Frame::of(&visitor, "map"),
        fields: Fields::of(&site, &asked, &visitor.reach, "/map").await?,
        answer: answer(&found),
        downloads: if is_empty { Whole::new() } else { whole::by(|path| asked.address(path, &list)) },
        as_list: asked.address("/search", &list),
        places_url: asked.address("/api/v1/places", &[list[0], list[1], list[2], ("bbox", None)]),
        area: shown.or(found.area).map(|area| area.to_string()),
        tiles_url: site.map.tiles_url.clone(),
        attribution: site.map.attribution.clone(),
        places: found.places.iter().map(|place| line(&asked, place)).collect(),
        is_narrowed: asked.is_narrowed(),
    })
}

fn line(asked: &Asked, place: &Place) -> Line {
    let cluster = &place.cluster;
    let bbox = cluster.area.to_string();
    let link = if cluster.photos == 1 {
        format!("/photos/{}", place.newest)
    } else {
        asked.address("/search", &[("bbox", Some(&bbox)), ("zoom", None), ("after", None), ("limit", None)])
    };
    let position = cluster.middle.to_string();
    let name = place.name.clone().unwrap_or_else(|| "A place without a name".to_owned());
    Line { name, position, photos: Count(number(cluster.photos)), link }
}

fn answer(found: &Places) -> Sentences {
    let mut said = Sentences::default();
    said = match found.places.len() {
        0 => said.say("No place is known."),
        1 => said.tell(Photos(number(found.photos))).say(" at 1 place."),
        places => {
            let places = Count(i64::try_from(places).unwrap_or(i64::MAX));
            said.tell(Photos(number(found.photos))).say(" at ").tell(places).say(" places.")
        }
    };
    if found.without_position > 0 {
        said = said.say(" ").tell(Photos(number(found.without_position))).say(" without a position.");
    }
    if found.is_capped {
        said = said.say(" Not all photos are shown: narrow the search to see the rest.");
    }
    said
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
