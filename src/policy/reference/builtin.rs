use std::collections::{BTreeMap, BTreeSet};

use super::doc::Doc;
use super::entry::{Entry, Section};
use super::shipped::sentence;
use super::tables;
use crate::policy::engine::engine;
use crate::policy::excel;

/// What stands in Rhai's library and is closed to scripts.
const CLOSED: [&str; 3] = ["exit", "get_fn_metadata_list", "sleep"];

/// What Rhai brings itself and nothing here says more of, by name, with what its own comments say.
pub(super) fn entries() -> Vec<Entry> {
    let told: BTreeSet<&str> = [
        tables::TEXT,
        tables::BLANK,
        tables::TIME,
        tables::USER,
        tables::VALUES,
        tables::TABLES,
        tables::KEYWORDS,
    ]
    .iter()
    .flat_map(|docs| docs.iter().flat_map(Doc::names))
    .collect();
    let found = engine().collect_fn_metadata(
        None,
        |function| {
            // What Rhai says nothing of, is of types that no script has.
            if function.metadata.params_info.len() < function.metadata.num_params {
                return None;
            }
            let parameters: Vec<String> =
                function.metadata.params_info.iter().map(ToString::to_string).collect();
            let signature = signature(&function.metadata.name, &parameters, &function.metadata.return_type);
            Some((function.metadata.name.to_string(), signature, sentence(&function.metadata.comments)))
        },
        true,
    );
    let mut functions: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for (name, signature, comment) in found {
        let is_own = told.contains(name.as_str()) || excel::function(&name.replace('_', ".")).is_some();
        let is_own = is_own || excel::function(&name).is_some() || CLOSED.contains(&name.as_str());
        if is_own || !name.starts_with(|first: char| first.is_ascii_alphabetic()) || name.contains('$') {
            continue;
        }
        if let Some(signature) = signature {
            functions.entry(name).or_default().insert((signature, comment));
        }
    }
    functions
        .into_iter()
        .map(|(name, mut calls)| {
            // What takes the place of a function of Rhai's takes the same, and says nothing of it.
            if calls.iter().any(|(_, comment)| !comment.is_empty()) {
                calls.retain(|(_, comment)| !comment.is_empty());
            }
            // Rhai lists them in no order; what is said shortest fits the most of them.
            let comments = calls.iter().map(|(_, comment)| comment).filter(|comment| !comment.is_empty());
            let summary =
                comments.min_by_key(|comment| (comment.len(), *comment)).cloned().unwrap_or_default();
            let signatures: BTreeSet<_> = calls.into_iter().map(|(signature, _)| signature).collect();
            Entry {
                name,
                section: Section::Rhai,
                signatures: signatures.into_iter().collect(),
                summary,
                blank: String::new(),
                differs: String::new(),
                examples: Vec::new(),
            }
        })
        .collect()
}

/// Numbers of Rust that no script ever has.
const STRANGERS: [&str; 12] =
    ["i8", "i16", "i32", "i128", "u8", "u16", "u32", "u64", "u128", "f32", "isize", "usize"];

/// `push`, `array: &mut Array`, `item: Dynamic` -> `list.push(item)`; `None` where no script has such values.
fn signature(name: &str, parameters: &[String], result: &str) -> Option<String> {
    let kinds = parameters.iter().map(String::as_str).chain([result]);
    if kinds.flat_map(|kind| kind.split(|c: char| !c.is_alphanumeric())).any(|word| STRANGERS.contains(&word))
    {
        return None;
    }
    let named: Vec<(&str, String)> = parameters
        .iter()
        .map(|parameter| {
            let (name, kind) = parameter.split_once(':').unwrap_or((parameter, ""));
            (name.trim().trim_start_matches("mut "), plain(kind))
        })
        .collect();
    let mut words: Vec<String> = named
        .iter()
        .map(|(name, kind)| if matches!(*name, "_" | "") { kind.clone() } else { (*name).to_owned() })
        .collect();
    let is_method = parameters.first().is_some_and(|first| first.contains("&mut"));
    let receiver = if is_method { named.first().map(|(_, kind)| format!("{kind}.")) } else { None };
    if receiver.is_some() {
        words.remove(0);
    }
    let result = match plain(result) {
        result if result.is_empty() || result == "blank" => String::new(),
        result => format!(" -> {result}"),
    };
    Some(format!("{}{name}({}){result}", receiver.unwrap_or_default(), words.join(", ")))
}

/// Rhai's types as a script's author knows them.
fn plain(kind: &str) -> String {
    let kind = kind.trim().trim_start_matches("&mut ").trim();
    let kind = kind.strip_prefix("RhaiResultOf<").or(kind.strip_prefix("Result<")).unwrap_or(kind);
    let kind = kind.split([',', '>']).next().unwrap_or(kind).trim();
    let kind = kind.rsplit("::").next().unwrap_or(kind).trim();
    match kind.split('<').next().unwrap_or(kind) {
        "Array" | "array" => "list",
        "Map" | "map" => "map",
        "INT" | "i64" | "integer" => "integer",
        "FLOAT" | "f64" | "float" => "number",
        "bool" => "boolean",
        "char" => "character",
        "&str" | "str" | "String" | "ImmutableString" | "string" => "text",
        "FnPtr" | "Fn" => "function",
        "()" => "blank",
        "Dynamic" | "?" | "_" | "RhaiResult" => "value",
        "ExclusiveRange" | "InclusiveRange" | "Range" | "RangeInclusive" | "StepRange" => "range",
        "CharsStream" | "BitRange" => "iterator",
        other => return other.to_lowercase(),
    }
    .to_owned()
}
