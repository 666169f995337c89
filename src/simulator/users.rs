//! One request -> its answer, by RFC 7644 section 3.

use std::sync::Arc;

use axum::http::header::{ETAG, LOCATION};
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Settings;
use super::answer::{Answer, Refusal};
use super::discovery;
use super::list::{Query, Shown};
use super::patch;
use super::request::Incoming;
use super::rules;
use super::schema::{Schema, USER};
use super::shape;
use super::store::Store;

/// The users and the rules for them.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) settings: Settings,
    pub(super) store: Store,
    /// The base URL.
    pub(super) base: String,
}

impl Provider {
    pub(super) fn schema(&self) -> Schema {
        Schema {
            role_shape: self.settings.role_shape,
            only_klaviyo: self.settings.only_klaviyo_attributes,
            strict: self.settings.strict_syntax,
        }
    }

    pub(super) fn answer(&mut self, request: &Incoming) -> Result<Answer, Refusal> {
        let path = request.path.trim_end_matches('/').to_owned();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            ["Users"] if request.method == Method::GET => self.list(&Query::from_query(&request.query)?),
            ["Users"] if request.method == Method::POST => self.create(request),
            ["Users", ".search"] | [".search"] if request.method == Method::POST => {
                self.list(&Query::from_body(&request.json()?)?)
            }
            ["Users", id] if *id != ".search" => match request.method {
                Method::GET => self.read(request, id),
                Method::PUT => self.replace(request, id),
                Method::PATCH => self.patch(request, id),
                Method::DELETE => self.delete(request, id),
                _ => Err(not_allowed(request, "GET, PUT, PATCH, DELETE")),
            },
            ["Users"] => Err(not_allowed(request, "GET, POST")),
            ["Users", ".search"] | [".search"] => Err(not_allowed(request, "POST")),
            ["ServiceProviderConfig" | "ResourceTypes" | "Schemas"] | ["ResourceTypes" | "Schemas", _] => {
                self.discover(request, &segments)
            }
            ["Bulk" | "Me", ..] => {
                Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, format!("`{path}` is not supported")))
            }
            _ => Err(Refusal::new(StatusCode::NOT_FOUND, format!("`{}` is no resource", request.path))),
        }
    }

    fn discover(&self, request: &Incoming, segments: &[&str]) -> Result<Answer, Refusal> {
        if !self.settings.discovery {
            return Ok(Answer::not_found_page());
        }
        if request.method != Method::GET {
            return Err(not_allowed(request, "GET"));
        }
        if request.query.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "discovery endpoints take no filter"));
        }
        let body = match segments {
            ["ServiceProviderConfig"] => discovery::service_provider_config(&self.settings, &self.base),
            ["ResourceTypes"] => discovery::list(vec![discovery::resource_type(&self.base)]),
            ["ResourceTypes", "User"] => discovery::resource_type(&self.base),
            ["Schemas"] => discovery::list(vec![discovery::user_schema(&self.schema(), &self.base)]),
            ["Schemas", id] if id.eq_ignore_ascii_case(USER) => {
                discovery::user_schema(&self.schema(), &self.base)
            }
            _ => return Err(Refusal::new(StatusCode::NOT_FOUND, format!("`{}` is not known", request.path))),
        };
        Ok(Answer::json(StatusCode::OK, &body))
    }

    fn list(&self, query: &Query) -> Result<Answer, Refusal> {
        Ok(Answer::json(StatusCode::OK, &query.run(&self.settings, &self.schema(), &self.store)?))
    }

    fn read(&self, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
        let user = self.user(id)?;
        if request.has_version(user) {
            return Ok(Answer::empty(StatusCode::NOT_MODIFIED));
        }
        self.show(StatusCode::OK, request, user)
    }

    fn create(&mut self, request: &Incoming) -> Result<Answer, Refusal> {
        let mut after = self.sent(request)?;
        rules::judge(&self.settings, None, &mut after)?;
        self.check_unique(&after, None)?;
        let user = self.keep(None, after);
        self.show(StatusCode::CREATED, request, &user)
    }

    fn replace(&mut self, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
        let before = Arc::clone(self.user(id)?);
        request.check_version(&before)?;
        let after = self.sent(request)?;
        self.write(request, &before, after)
    }

    fn patch(&mut self, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
        let before = Arc::clone(self.user(id)?);
        request.check_version(&before)?;
        let mut after = before.as_object().cloned().unwrap_or_default();
        patch::apply(&self.schema(), &mut after, &request.json()?)?;
        let answer = self.write(request, &before, after)?;
        Ok(if self.settings.silent_patch { Answer::empty(StatusCode::NO_CONTENT) } else { answer })
    }

    fn write(
        &mut self,
        request: &Incoming,
        before: &Arc<Value>,
        mut after: Map<String, Value>,
    ) -> Result<Answer, Refusal> {
        rules::judge(&self.settings, Some(before), &mut after)?;
        self.check_unique(&after, Some(before))?;
        let renamed = after.get("userName") != before.get("userName");
        let user = if renamed && self.settings.rename_gives_new_id {
            let id = before.get("id").and_then(Value::as_str).unwrap_or_default();
            self.store.remove(id);
            self.keep(None, after)
        } else {
            self.keep(Some(before), after)
        };
        self.show(StatusCode::OK, request, &user)
    }

    fn delete(&mut self, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
        let user = Arc::clone(self.user(id)?);
        request.check_version(&user)?;
        rules::protect_owner(&self.settings, &user)?;
        self.store.remove(id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    fn user(&self, id: &str) -> Result<&Arc<Value>, Refusal> {
        self.store.get(id).ok_or_else(|| Refusal::no_such_user(id))
    }

    fn show(&self, status: StatusCode, request: &Incoming, user: &Arc<Value>) -> Result<Answer, Refusal> {
        let shown: Shown = Query::from_query(&request.query)?.shown;
        let mut answer = Answer::user(status, user, &shown.show(&self.settings, &self.schema(), user));
        answer.headers.retain(|(name, _)| match *name {
            ETAG => self.settings.etags,
            LOCATION => self.settings.location,
            _ => true,
        });
        Ok(answer)
    }

    /// The whole user that a POST or PUT sends; who does not say otherwise is active.
    fn sent(&self, request: &Incoming) -> Result<Map<String, Value>, Refusal> {
        let body = request.json()?;
        let sent = body.as_object().cloned().unwrap_or_default();
        let schemas = patch::member(&body, "schemas").and_then(Value::as_array);
        let named = |schema: &Value| schema.as_str().is_some_and(|name| name.eq_ignore_ascii_case(USER));
        if !schemas.is_some_and(|schemas| schemas.iter().any(named)) {
            return Err(Refusal::bad("invalidSyntax", format!("`schemas` does not name `{USER}`")));
        }
        let mut user = shape::resource(&self.schema(), &sent)?;
        user.entry("active").or_insert(Value::Bool(true));
        Ok(user)
    }

    fn check_unique(&self, after: &Map<String, Value>, before: Option<&Value>) -> Result<(), Refusal> {
        let name = after.get("userName").and_then(Value::as_str).unwrap_or_default();
        match self.store.by_user_name(name) {
            Some(holder) if before.and_then(|user| user.get("id")) != holder.get("id") => {
                Err(Refusal::uniqueness(name))
            }
            _ => Ok(()),
        }
    }

    /// Stores a user under the old identity or a new one, with `meta` brought up to date. No rule is asked.
    pub(super) fn keep(&mut self, before: Option<&Value>, after: Map<String, Value>) -> Arc<Value> {
        let text = |user: Option<&Value>, name: &str| Some(user?.get(name)?.as_str()?.to_owned());
        let old_meta = before.and_then(|user| user.get("meta"));
        let now = (self.settings.clock)().to_string();
        let id = text(before, "id").unwrap_or_else(|| {
            let number = self.store.last() + 1;
            Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("rolecall simulator {number}").as_bytes()).to_string()
        });
        let version = text(old_meta, "version")
            .and_then(|version| version.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().ok())
            .map_or(1, |version| version + 1);
        let mut user = Map::new();
        user.insert("schemas".into(), json!([USER]));
        user.insert("id".into(), id.clone().into());
        user.extend(
            after.into_iter().filter(|(name, _)| !matches!(name.as_str(), "schemas" | "id" | "meta")),
        );
        user.insert(
            "meta".into(),
            json!({
                "resourceType": "User",
                "created": text(old_meta, "created").unwrap_or_else(|| now.clone()),
                "lastModified": now,
                "location": format!("{}/Users/{id}", self.base),
                "version": format!("W/\"{version}\""),
            }),
        );
        self.store.put(Value::Object(user))
    }
}

fn not_allowed(request: &Incoming, allow: &'static str) -> Refusal {
    Refusal::not_allowed(request.method.as_str(), &request.path, allow)
}
