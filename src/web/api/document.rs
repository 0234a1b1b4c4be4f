//! `/api/v1/openapi.json`: the API described (OpenAPI 3.1), from the handlers and from the types that are sent.
//!
//! What every operation has in common is put in here, once: the errors, the tag of an answer, the ways to sign in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{
    activity, around, audit, days, deliveries, hook, inbox, members, people, photos, places, projects, queue,
    store, teams, tokens, version,
};
use crate::web::problem::Problem;

/// Who may, where not everybody may.
pub(super) const SEES_ALL: &str = "You are limited to projects, and this belongs to none";
pub(super) const AUDITS: &str = "This is for auditors and admins";
pub(super) const ADMINISTERS: &str = "This is for admins";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keepmark",
        description = "What a Keepmark archive holds, and what arrived. Nothing here changes anything.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This archive")),
    tags(
        (name = "photos", description = "Archived photos and where they were taken"),
        (name = "projects", description = "Projects and their days"),
        (name = "deliveries", description = "What arrived at the hook"),
        (name = "operation", description = "How the archive itself is"),
        (name = "audit", description = "Whether what is archived is still there, and the same"),
        (name = "access", description = "Who may see it"),
    ),
    paths(
        photos::list, photos::one, photos::original, around::neighbours, around::deliveries, members::list, hook::show,
        places::list, projects::list, projects::one, days::list, days::one,
        activity::list, audit::show, audit::codes, audit::run, deliveries::list, deliveries::one, deliveries::body, deliveries::sample, inbox::show,
        queue::counts, store::show, teams::list, version::show, show, people::list, tokens::list,
    ),
    components(schemas(Problem<'_>)),
)]
struct Api;

struct Document {
    text: String,
    /// The query parameters of each path.
    parameters: BTreeMap<String, Vec<String>>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let document = finished(serde_json::to_value(Api::openapi()).unwrap_or_default());
    Document { parameters: parameters_of(&document), text: document.to_string() }
});

/// The query parameters that a path of the API takes; `None` for paths of pages.
pub(in crate::web) fn parameters(path: &str) -> Option<&'static [String]> {
    let known = path.starts_with("/api/").then(|| DOCUMENT.parameters.get(path));
    known.map(|known| known.map(Vec::as_slice).unwrap_or_default())
}

/// Describes the API
///
/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", operation_id = "show_document", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", body = Value)),
)]
pub(in crate::web) async fn show() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.text.as_str())
}

fn finished(mut document: Value) -> Value {
    for (method, operation) in operations(&mut document) {
        finish(operation, method);
    }
    let components = &mut document["components"];
    if let Some(schemas) = components["schemas"].as_object_mut() {
        schemas.values_mut().for_each(close);
    }
    components["securitySchemes"] = json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `keepmark token create NAME`, or of the page of settings"
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-keepmark",
            "description": "The session of somebody who has signed in"
        }
    });
    document["security"] = json!([{"token": []}, {"session": []}]);
    document
}

fn operations(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(Map::iter_mut)
}

/// The errors that every operation may answer, and the tag by which JSON is asked for again where it was read.
fn finish(operation: &mut Value, method: &str) {
    let responses = &mut operation["responses"];
    let common = [
        ("400", "A parameter or the body is unknown or has no such value"),
        ("401", "Send `Authorization: Bearer TOKEN`"),
        ("503", "The catalogue or the store cannot be used at the moment"),
    ];
    for (status, description) in common {
        responses[status] = json!({"description": description});
    }
    if method == "get" && responses["200"]["content"].get("application/json").is_some() {
        let tag = json!({"description": "Stands for these bytes", "schema": {"type": "string"}});
        responses["200"]["headers"] = json!({"ETag": tag});
        responses["304"] =
            json!({"description": "`If-None-Match` names what you would get", "headers": {"ETag": tag}});
    }
    for (status, response) in responses.as_object_mut().into_iter().flatten() {
        if status.starts_with(['4', '5']) {
            response["content"] =
                json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        }
    }
    if let Some(responses) = responses.as_object_mut() {
        responses.sort_keys();
    }
}

/// An object has no other fields than those that are described; a field that may be null is described itself, not in the
/// variant that is not null.
fn close(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(hoist_description);
        schema["additionalProperties"] = Value::Bool(false);
    }
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    variants.into_iter().flatten().for_each(close);
}

fn hoist_description(field: &mut Value) {
    let variants = field.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten();
    let mut described = variants.filter_map(|variant| variant.as_object_mut()?.remove("description"));
    if let Some(description) = described.next() {
        field["description"] = description;
    }
}

fn parameters_of(document: &Value) -> BTreeMap<String, Vec<String>> {
    let of = |item: &Value| {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        let in_query = parameters.filter(|parameter| parameter["in"] == "query");
        in_query.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned())).collect()
    };
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.map(|(path, item)| (path.clone(), of(item))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object_key::PhotoKey;

    #[test]
    fn the_key_of_the_example_could_be_one() {
        let document: Value = serde_json::from_str(&DOCUMENT.text).unwrap();
        let example = &document["components"]["schemas"]["Photo"]["properties"]["object_key"]["example"];
        let key = PhotoKey::from_stored(example.as_str().unwrap().to_owned()).unwrap();
        let parts: Vec<_> = key.file_name().split(['_', '.']).collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [15, 14, 32, 3], "{example}");
    }
}
