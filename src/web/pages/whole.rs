//! Links that download all photos of a filter, not only those of a page.

use url::form_urlencoded;

use crate::export::Form;

/// Each form of a download with its address.
pub(super) type Whole = Vec<(&'static str, String)>;

/// Of a filter whose parameters are these.
pub(super) fn of(parameters: &[(&str, &str)]) -> Whole {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    by(|path| format!("{path}?{query}"))
}

/// Of addresses made from a path.
pub(super) fn by(address: impl Fn(&str) -> String) -> Whole {
    let named = |form: Form| (title(form), address(&format!("/downloads/photos.{}", form.as_str())));
    Form::ALL.map(named).into()
}

fn title(form: Form) -> &'static str {
    match form {
        Form::Zip => "ZIP",
        Form::Csv => "CSV",
        Form::GeoJson => "GeoJSON",
    }
}
