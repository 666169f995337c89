//! Lists (RFC 7644 section 3.4.2): filter, order, page, and which attributes are shown (section 3.9).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Settings;
use super::answer::Refusal;
use super::filter::{self, Filter, Op};
use super::matching::fits;
use super::patch::member;
use super::path::without_urn;
use super::schema::{Schema, USER};
use super::settings::Filters;
use super::store::Store;

/// What a list request asks for, from the query of a GET or the body of `/.search`.
#[derive(Debug, Default)]
pub(super) struct Query {
    filter: Option<String>,
    sort_by: Option<String>,
    descending: bool,
    start_index: Option<i64>,
    count: Option<i64>,
    pub(super) shown: Shown,
}

/// Which attributes an answer has.
#[derive(Debug, Default)]
pub(super) struct Shown {
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Query {
    pub(super) fn from_query(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.to_ascii_lowercase().as_str() {
                "filter" => query.filter = Some(value.clone()),
                "sortby" => query.sort_by = Some(value.clone()),
                "sortorder" => query.descending = value.eq_ignore_ascii_case("descending"),
                "startindex" => query.start_index = Some(number(name, value)?),
                "count" => query.count = Some(number(name, value)?),
                "attributes" => query.shown.attributes = names(value.split(',')),
                "excludedattributes" => query.shown.excluded = names(value.split(',')),
                _ => {}
            }
        }
        Ok(query)
    }

    /// A SearchRequest (RFC 7644 section 3.4.3).
    pub(super) fn from_body(body: &Value) -> Result<Self, Refusal> {
        let text = |name: &str| member(body, name).and_then(Value::as_str).map(str::to_owned);
        let whole = |name: &str| match member(body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(Refusal::bad("invalidValue", format!("`{name}` has to be a whole number"))),
            },
        };
        let list = |name: &str| match member(body, name) {
            Some(Value::Array(items)) => names(items.iter().filter_map(Value::as_str)),
            Some(Value::String(text)) => names(text.split(',')),
            _ => Vec::new(),
        };
        Ok(Self {
            filter: text("filter"),
            sort_by: text("sortBy"),
            descending: text("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("descending")),
            start_index: whole("startIndex")?,
            count: whole("count")?,
            shown: Shown { attributes: list("attributes"), excluded: list("excludedAttributes") },
        })
    }

    /// The ListResponse.
    pub(super) fn run(&self, settings: &Settings, schema: &Schema, store: &Store) -> Result<Value, Refusal> {
        // RFC 7644 table 4: less than 1 is 1, a negative count is 0.
        let start = usize::try_from(self.start_index.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let count = match self.count {
            None => settings.page_limit,
            Some(count) => usize::try_from(count.max(0)).unwrap_or(usize::MAX).min(settings.page_limit),
        };
        let (total, page) = self.select(settings, schema, store, start - 1, count)?;
        let resources: Vec<Value> = page.iter().map(|user| self.shown.show(settings, schema, user)).collect();
        Ok(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": resources.len(),
            "Resources": resources,
        }))
    }

    fn select(
        &self,
        settings: &Settings,
        schema: &Schema,
        store: &Store,
        start: usize,
        count: usize,
    ) -> Result<(usize, Vec<Arc<Value>>), Refusal> {
        let filter = match self.filter.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(filter::parse(schema, text).map_err(|why| {
                Refusal::bad("invalidFilter", format!("the filter `{text}` cannot be understood: {why}"))
            })?),
        };
        let filter = match (settings.filters, filter) {
            (Filters::Refused, Some(_)) => {
                return Err(Refusal::bad("invalidFilter", "filters are not supported"));
            }
            (Filters::FindNobody, Some(_)) => return Ok((0, Vec::new())),
            (Filters::Ignored, _) => None,
            (_, filter) => filter,
        };
        if filter.is_none() && self.sort_by.is_none() && settings.lists_inactive {
            return Ok((store.len(), store.page(start, count)));
        }
        let mut found: Vec<Arc<Value>> = match filter.as_ref() {
            Some(filter) => match sought_user_name(filter) {
                Some(name) => {
                    let exact = settings.filters == Filters::CaseExact;
                    let found = store.by_user_name(name).into_iter();
                    found
                        .filter(|user| !exact || user.get("userName") == Some(&json!(name)))
                        .cloned()
                        .collect()
                }
                None => store.users().filter(|user| fits(filter, user)).cloned().collect(),
            },
            None => {
                let listed = |user: &&Arc<Value>| {
                    settings.lists_inactive || user.get("active") != Some(&Value::Bool(false))
                };
                store.users().filter(listed).cloned().collect()
            }
        };
        if let Some(sort_by) = &self.sort_by {
            found.sort_by_cached_key(|user| sort_key(schema, user, sort_by));
            if self.descending {
                found.reverse();
            }
        }
        Ok((found.len(), found.into_iter().skip(start).take(count).collect()))
    }
}

/// The one filter that clients send for every user; looked up, not searched.
fn sought_user_name(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::Compare(term, Op::Eq, Value::String(name)) if term.attribute.name == "userName" => Some(name),
        _ => None,
    }
}

/// Users without a value come last (RFC 7644 section 3.4.2.3).
fn sort_key(schema: &Schema, user: &Value, path: &str) -> (bool, String) {
    let path = without_urn(path);
    let (name, sub) = path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub)));
    let value = schema.attribute(name).and_then(|attribute| {
        let value = user.get(attribute.name)?;
        let value = match value.as_array() {
            Some(items) => items.iter().find(|item| super::shape::is_primary(item)).or(items.first())?,
            None => value,
        };
        match sub {
            Some(sub) => value.get(attribute.sub(sub)?.name),
            None => value.get("value").or(Some(value)),
        }
    });
    match value {
        Some(Value::String(text)) => (false, text.to_lowercase()),
        Some(other) => (false, other.to_string()),
        None => (true, String::new()),
    }
}

impl Shown {
    /// A user as this request wants to see it. `schemas` and `id` are always there.
    pub(super) fn show(&self, settings: &Settings, schema: &Schema, user: &Arc<Value>) -> Value {
        let Some(all) = user.as_object() else { return Value::Null };
        let mut shown: Map<String, Value> = if self.attributes.is_empty() {
            all.clone()
        } else {
            ["schemas", "id"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), all.get(name)?.clone())))
                .collect()
        };
        for path in &self.attributes {
            let (name, sub) = split(path);
            let Some(attribute) = schema.attribute(name) else { continue };
            let Some(value) = all.get(attribute.name) else { continue };
            match sub {
                None => {
                    shown.insert(attribute.name.into(), value.clone());
                }
                Some(sub) => {
                    let Some(sub) = attribute.sub(sub) else { continue };
                    let reduced = each(value, |item| {
                        let value = item.get(sub.name)?;
                        Some(Map::from_iter([(sub.name.to_owned(), value.clone())]))
                    });
                    extend(&mut shown, attribute.name, reduced);
                }
            }
        }
        for path in &self.excluded {
            let (name, sub) = split(path);
            let Some(attribute) = schema.attribute(name) else { continue };
            if matches!(attribute.name, "id" | "schemas") {
                continue;
            }
            match sub.map(|sub| attribute.sub(sub)) {
                None => {
                    shown.remove(attribute.name);
                }
                Some(None) => {}
                Some(Some(sub)) => {
                    if let Some(value) = shown.get_mut(attribute.name) {
                        *value = each(value, |item| {
                            let mut rest = item.clone();
                            rest.remove(sub.name);
                            Some(rest)
                        });
                    }
                }
            }
        }
        settings.role_answer.apply(&mut shown);
        if !settings.etags
            && let Some(Value::Object(meta)) = shown.get_mut("meta")
        {
            meta.remove("version");
        }
        Value::Object(shown)
    }
}

fn each(value: &Value, keep: impl Fn(&Map<String, Value>) -> Option<Map<String, Value>>) -> Value {
    match value {
        Value::Array(items) => {
            items.iter().filter_map(Value::as_object).filter_map(keep).map(Value::Object).collect()
        }
        Value::Object(members) => Value::Object(keep(members).unwrap_or_default()),
        other => other.clone(),
    }
}

/// Puts `emails.type` beside `emails.value`, item by item.
fn extend(shown: &mut Map<String, Value>, name: &str, more: Value) {
    match (shown.get_mut(name), more) {
        (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
        (Some(Value::Array(there)), Value::Array(more)) if there.len() == more.len() => {
            for (there, more) in there.iter_mut().zip(more) {
                if let (Some(there), Value::Object(more)) = (there.as_object_mut(), more) {
                    there.extend(more);
                }
            }
        }
        (_, more) => {
            shown.insert(name.into(), more);
        }
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub)))
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names
        .map(
            |name| {
                if name.trim().eq_ignore_ascii_case(USER) { name.trim() } else { without_urn(name.trim()) }
            },
        )
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn number(name: &str, value: &str) -> Result<i64, Refusal> {
    value.trim().parse().map_err(|_| {
        Refusal::bad("invalidValue", format!("`{name}` has to be a whole number, and is `{value}`"))
    })
}
