//! `/api/v1/places`: photos of a filter gathered on a map.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::photos::PhotoFilter;
use crate::catalog::place;
use crate::domain::area::Area;
use crate::domain::photo::PhotoId;
use crate::web::Site;
use crate::web::asked::Asked;
use crate::web::error::WebError;
use crate::web::people::Visitor;

/// Photos near each other.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Place {
    /// Degrees north of their middle.
    #[schema(example = 40.785_091)]
    latitude: f64,
    /// Degrees east of their middle.
    #[schema(example = -73.968_285)]
    longitude: f64,
    /// How many.
    #[schema(example = 12)]
    photos: u64,
    /// What encloses them: west, south, east, north in degrees; west may be greater than east.
    #[schema(value_type = Vec<f64>, min_items = 4, max_items = 4, example = json!([-74.0, 40.7, -73.9, 40.8]))]
    bbox: [f64; 4],
    /// The photo's id, where there is one alone.
    #[schema(value_type = Option<String>, example = "0123456789abcdef0123456789abcdef")]
    photo: Option<PhotoId>,
    /// The place's name as announced for the newest photo.
    #[schema(example = "Central Park, New York")]
    name: Option<String>,
}

/// Photos of a filter by where they were taken.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct Places {
    /// Those with the most photos first.
    places: Vec<Place>,
    /// Photos on them.
    #[schema(example = 12)]
    photos: u64,
    /// Photos of the filter that carry no position.
    #[schema(example = 3)]
    without_position: u64,
    /// Whether there are other photos or places of the filter: narrow it.
    #[schema(example = false)]
    is_capped: bool,
}

/// Gathers photos on a map
///
/// Photos of a filter by where they were taken, in the grid of a zoom. A viewer who is limited to projects gets theirs.
#[utoipa::path(
    get, path = "/api/v1/places", operation_id = "list_places", tag = "photos",
    params(
        PhotoFilter,
        (
            "zoom" = Option<u8>, Query, minimum = 0, maximum = 18, example = 12,
            description = "The zoom of a map, 0 for the whole Earth to 18; without it the one that fits the area",
        ),
    ),
    responses((status = 200, description = "Places", body = Places)),
)]
pub(in crate::web) async fn list(
    visitor: Visitor,
    site: Data<Site>,
    asked: Asked,
) -> Result<HttpResponse, WebError> {
    let found = site.catalog.places(asked.filter(visitor.reach, 1), asked.zoom()).await?;
    let answer = Places {
        places: found.places.into_iter().map(shown).collect(),
        photos: found.photos,
        without_position: found.without_position,
        is_capped: found.is_capped,
    };
    Ok(HttpResponse::Ok().json(answer))
}

fn shown(place: place::Place) -> Place {
    let Area { west, south, east, north } = place.cluster.area;
    Place {
        latitude: place.cluster.middle.latitude,
        longitude: place.cluster.middle.longitude,
        photos: place.cluster.photos,
        bbox: [west, south, east, north],
        photo: (place.cluster.photos == 1).then_some(place.newest),
        name: place.name,
    }
}
