//! The JSON documents, field by field, from their schemas.

use serde_json::Value;

use crate::schemas::SCHEMAS;
use crate::table;

pub(crate) fn page() -> String {
    let mut page = "# JSON\n\nWhat programs may rely on. The schemas are checked against what the program prints, in \
                    both directions: each field is in the schema, and each of the schema's is printed.\n"
        .to_owned();
    let mut told: Vec<(String, Value)> = Vec::new();
    for name in SCHEMAS {
        let schema = crate::schemas::read(name);
        page += &format!("\n## {}\n\n", code(schema["title"].as_str().unwrap()));
        page += &format!("Schema: [`schema/{name}.schema.json`](../../schema/{name}.schema.json). ");
        page += &object(&schema);
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            let definition = (name.clone(), definition.clone());
            // What two documents have alike is told once.
            if !told.contains(&definition) {
                page += &format!("\n### {}: {}\n\n{}", command(&schema), code(name), object(&definition.1));
                told.push(definition);
            }
        }
    }
    page
}

/// `snapshot` of `chutes-top snapshot --format json`.
fn command(schema: &Value) -> &str {
    schema["title"].as_str().unwrap().split(' ').nth(1).unwrap()
}

fn object(schema: &Value) -> String {
    // Properties have no order in JSON; the list of those that are required is in the order of the document.
    let fields = schema["required"].as_array().unwrap().iter().map(|name| {
        let name = name.as_str().unwrap();
        let field = &schema["properties"][name];
        vec![code(name), kind(field), field["description"].as_str().unwrap().to_owned()]
    });
    format!("{}\n\n{}", schema["description"].as_str().unwrap(), table(&["field", "is", "means"], fields))
}

/// What a field may hold, in words.
fn kind(field: &Value) -> String {
    if let Some(values) = field["enum"].as_array() {
        return values.iter().map(|value| code(value.as_str().unwrap())).collect::<Vec<_>>().join(", ");
    }
    if let Some(value) = field.get("const") {
        return code(&value.to_string());
    }
    if let Some(any) = field["anyOf"].as_array() {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(reference) = field["$ref"].as_str() {
        return code(reference.rsplit('/').next().unwrap());
    }
    if let Some(items) = field.get("items") {
        return format!("list of {}", kind(items));
    }
    let time = field["format"] == "date-time";
    let word = |kind: &Value| match kind.as_str().unwrap() {
        "string" if time => "time".to_owned(),
        other => other.to_owned(),
    };
    match &field["type"] {
        Value::Array(kinds) => kinds.iter().map(word).collect::<Vec<_>>().join(" or "),
        kind => word(kind),
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
