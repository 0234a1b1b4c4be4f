//! `/api/v1/places`: photos of a filter gathered on a map.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Value, json};

use crate::catalog::place::Place;
use crate::domain::area::Area;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::error::WebError;
use crate::web::people::Visitor;

pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let found = site.catalog.places(asked.filter(visitor.reach, 1), asked.zoom()).await?;
    let places: Vec<Value> = found.places.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({"places": places, "is_capped": found.is_capped})))
}

fn shown(place: &Place) -> Value {
    let Area { west, south, east, north } = place.cluster.area;
    json!({
        "latitude": place.cluster.middle.latitude,
        "longitude": place.cluster.middle.longitude,
        "photos": place.cluster.photos,
        "bbox": [west, south, east, north],
        "photo": (place.cluster.photos == 1).then_some(place.newest),
        "name": place.name,
    })
}
