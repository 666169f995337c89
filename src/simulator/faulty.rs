//! One request, gone wrong in the way that was asked for.

use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Refusal};
use super::fault::FaultKind;
use super::list::Shown;
use super::request::Incoming;
use super::server::Shared;
use super::settings::RoleAnswer;
use super::users::Provider;
use super::wire::Scissors;

impl Shared {
    /// `None` cuts the connection.
    pub(super) async fn misbehave(
        &self,
        fault: FaultKind,
        request: &Incoming,
        scissors: &Scissors,
    ) -> Option<Answer> {
        Some(match fault {
            FaultKind::Answer { status, retry_after, content_type, body } => {
                made_up(status, retry_after, content_type, body)
            }
            FaultKind::AnswerAfter { status, retry_after, content_type, body } => {
                self.carry_out(request);
                made_up(status, retry_after, content_type, body)
            }
            FaultKind::DropBefore => return None,
            FaultKind::DropAfter => {
                self.carry_out(request);
                return None;
            }
            FaultKind::Hang => {
                self.stopped().await;
                return None;
            }
            FaultKind::Slow(delay) => {
                tokio::time::sleep(delay).await;
                self.carry_out(request)
            }
            FaultKind::SlowBody(delay) => {
                scissors.slow(delay);
                self.carry_out(request)
            }
            FaultKind::Torn => {
                let mut answer = self.carry_out(request);
                let half = answer.body.floor_char_boundary(answer.body.len() / 2);
                answer.body.truncate(half);
                answer
            }
            FaultKind::Ignore => self.ignore(request),
            FaultKind::Total(total) => changed(self.carry_out(request), |body| {
                body.insert("totalResults".into(), total.into());
            }),
            FaultKind::EmptyPage => changed(self.carry_out(request), |body| {
                body.insert("Resources".into(), json!([]));
            }),
            FaultKind::FirstPage => {
                let mut query = request.query.clone();
                query.retain(|(name, _)| !name.eq_ignore_ascii_case("startIndex"));
                let first = Incoming {
                    method: request.method.clone(),
                    path: request.path.clone(),
                    query,
                    headers: request.headers.clone(),
                    body: request.body.clone(),
                };
                self.carry_out(&first)
            }
            FaultKind::ContentType(content_type) => Answer { content_type, ..self.carry_out(request) },
            FaultKind::Roles(shape) => {
                changed(self.carry_out(request), |body| match body.get_mut("Resources") {
                    Some(Value::Array(users)) => {
                        users.iter_mut().filter_map(Value::as_object_mut).for_each(|user| shape.apply(user));
                    }
                    _ => shape.apply(body),
                })
            }
            FaultKind::Redirect(place) => {
                made_up(307, None, String::new(), String::new()).header(LOCATION, place)
            }
            FaultKind::Appear => {
                self.provider().appear();
                self.carry_out(request)
            }
            FaultKind::Vanish => {
                self.provider().vanish();
                self.carry_out(request)
            }
            FaultKind::Swap => {
                self.provider().vanish();
                self.provider().appear();
                self.carry_out(request)
            }
        })
    }

    /// Answers a write by what it would have answered, and shows a changed user as it was.
    fn ignore(&self, request: &Incoming) -> Answer {
        let mut provider = self.provider();
        let before = provider.store.clone();
        let answer = provider.answer(request).unwrap_or_else(|refusal| provider.refuse(refusal));
        provider.store = before;
        let id = request.path.strip_prefix("/Users/").unwrap_or_default();
        match provider.store.get(id) {
            Some(user) if answer.status == StatusCode::OK => {
                let shown = Shown::default().show(&provider.settings, &provider.schema(), user);
                Answer::user(StatusCode::OK, user, &shown)
            }
            _ => answer,
        }
    }
}

impl Provider {
    /// Somebody else makes a user.
    fn appear(&mut self) {
        let number = self.store.last() + 1;
        let user = json!({ "userName": format!("somebody{number}@elsewhere.example"), "active": true });
        self.keep(None, user.as_object().cloned().unwrap_or_default());
    }

    /// Somebody else deletes a user.
    fn vanish(&mut self) {
        let owner = self.settings.owner.clone().unwrap_or_default().to_lowercase();
        let text =
            |user: &Value, name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let oldest = self.store.users().find(|user| text(user, "userName").to_lowercase() != owner);
        if let Some(id) = oldest.map(|user| text(user, "id")) {
            self.store.remove(&id);
        }
    }

    pub(super) fn refuse(&self, refusal: Refusal) -> Answer {
        let mut answer = Answer::from(refusal);
        if self.settings.numeric_status {
            let status = answer.status.as_u16();
            answer = changed(answer, |body| {
                body.insert("status".into(), status.into());
            });
        }
        answer
    }
}

impl RoleAnswer {
    /// Brings `roles` into this shape.
    pub(super) fn apply(self, user: &mut Map<String, Value>) {
        let Some(roles) = user.get_mut("roles") else { return };
        let first = match &*roles {
            Value::Array(items) => items.first().cloned(),
            other => Some(other.clone()),
        };
        let value = first.as_ref().and_then(|first| first.get("value").or(Some(first))).cloned();
        *roles = match self {
            Self::List => return,
            Self::Object => first.unwrap_or(Value::Null),
            Self::Text => value.unwrap_or(Value::Null),
        };
    }
}

fn changed(mut answer: Answer, change: impl FnOnce(&mut Map<String, Value>)) -> Answer {
    if let Ok(Value::Object(mut body)) = serde_json::from_str(&answer.body) {
        change(&mut body);
        answer.body = Value::Object(body).to_string();
    }
    answer
}

fn made_up(status: u16, retry_after: Option<String>, content_type: String, body: String) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let answer = Answer { status, headers: Vec::new(), content_type, body };
    match retry_after {
        Some(wait) => answer.header(RETRY_AFTER, wait),
        None => answer,
    }
}
