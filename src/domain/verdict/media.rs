//! Is the file of the type that its name and its `Content-Type` call it?

use super::{Case, Check, Finding, Outcome};
use crate::domain::photo::MediaType;

/// Exact: magic bytes against the file name's ending and the source host's `Content-Type`. Endings and types that
/// stand for no photo or video (`application/octet-stream`) claim nothing.
pub fn check(case: &Case<'_>) -> Finding {
    let found = case.evidence.media_type;
    let name = case.announced.photo_name.as_deref().and_then(MediaType::from_file_name);
    let header = case.content_type.and_then(MediaType::from_content_type);
    let finding = |outcome, detail: String| Finding::new(Check::Type, outcome, detail);
    let claims = [("name", name), ("Content-Type", header)];
    let wrong = claims.iter().find_map(|(source, claim)| claim.filter(|&c| c != found).map(|c| (source, c)));
    let found_type = found.content_type();
    match (wrong, name.or(header)) {
        (Some((source, claim)), _) => {
            let claimed_type = claim.content_type();
            finding(Outcome::Mismatch, format!("the {source} says {claimed_type}, the file is {found_type}"))
                .compared(&claimed_type, &found_type)
        }
        (None, Some(_)) => finding(Outcome::Match, format!("the file is {found_type}, as it is called"))
            .compared(&found_type, &found_type),
        (None, None) => {
            finding(Outcome::NotApplicable, format!("the file is {found_type}; nothing calls it otherwise"))
        }
    }
}
