//! JSON Schema (draft 2020-12), as far as the API's document uses it. A keyword that is unknown here fails the check: what
//! is not understood must not pass.

use serde_json::Value;

/// What only tells people something.
const ANNOTATIONS: [&str; 6] = ["description", "title", "example", "examples", "default", "format"];

/// All that differs between a value and a schema of a document.
pub fn differences(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else {
        return found.push(format!("{at}: {schema} is no schema"));
    };
    for (keyword, wanted) in schema {
        let mut differs = |what: String| found.push(format!("{at}: {what}"));
        match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                let target = document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere"));
                check(document, target, value, at, found);
            }
            "type" if !is_of_type(wanted, value) => differs(format!("{value} is not of type {wanted}")),
            "enum" if !wanted.as_array().unwrap().contains(value) => {
                differs(format!("{value} is not in {wanted}"));
            }
            "oneOf" => {
                let variants = wanted.as_array().unwrap();
                let fits = variants.iter().filter(|variant| differences(document, variant, value).is_empty());
                match fits.count() {
                    1 => {}
                    fits => differs(format!("{value} fits {fits} variants of {wanted}")),
                }
            }
            "required" if value.is_object() => {
                for name in wanted.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        differs(format!("{name} is documented and not there"));
                    }
                }
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        check(document, schema, value, &format!("{at}/{name}"), found);
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(wanted, false, "only closed objects are known");
                for (name, _) in value.as_object().into_iter().flatten() {
                    if schema["properties"].get(name).is_none() {
                        differs(format!("{name} is there and not documented"));
                    }
                }
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, wanted, item, &format!("{at}/{number}"), found);
                }
            }
            "minimum" if value.as_f64() < wanted.as_f64() => differs(format!("{value} is below {wanted}")),
            "maximum" if value.as_f64() > wanted.as_f64() => differs(format!("{value} is above {wanted}")),
            "minItems" | "maxItems" if value.is_array() => {
                let (length, wanted) = (value.as_array().unwrap().len() as u64, wanted.as_u64().unwrap());
                if keyword == "minItems" && length < wanted || keyword == "maxItems" && length > wanted {
                    differs(format!("{length} items instead of {wanted}"));
                }
            }
            "maxLength" => {
                let length = value.as_str().map_or(0, |text| text.chars().count());
                if length as u64 > wanted.as_u64().unwrap() {
                    differs(format!("{length} characters"));
                }
            }
            "type" | "enum" | "required" | "minimum" | "maximum" | "minItems" | "maxItems" => {}
            annotation if ANNOTATIONS.contains(&annotation) => {}
            unknown => differs(format!("the keyword {unknown} is not understood")),
        }
    }
}

fn is_of_type(wanted: &Value, value: &Value) -> bool {
    let is = |word: &str| match word {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => panic!("the type {word} is unknown"),
    };
    match wanted {
        Value::Array(words) => words.iter().any(|word| is(word.as_str().unwrap())),
        word => is(word.as_str().unwrap()),
    }
}
