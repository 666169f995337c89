use serde_json::{Map, Value, json};

use super::{EffectKind, Impact};
use crate::plan::Breach;

/// How many people of each kind a summary names.
const NAMED: usize = 5;

impl Impact {
    /// The whole of it for programs: everybody whom it touches.
    #[must_use]
    pub fn json(&self, breaches: &[Breach]) -> Value {
        let mut document = self.figures(breaches);
        document.insert("effects".into(), json!(self.effects));
        Value::Object(document)
    }

    /// In short, for a record: figures, and a few names of each kind.
    #[must_use]
    pub fn summary(&self, breaches: &[Breach]) -> Value {
        let mut document = self.figures(breaches);
        let named = |kind| -> Vec<Value> {
            let people = self.of_kind(kind).take(NAMED);
            people
                .map(|effect| {
                    json!({
                        "user": effect.user,
                        "role": effect.role,
                        "because": effect.because,
                    })
                })
                .collect()
        };
        let kinds = [EffectKind::Loses, EffectKind::ChangesRole, EffectKind::Gains, EffectKind::Changes];
        let people: Map<String, Value> =
            kinds.into_iter().map(|kind| (kind.name().to_owned(), json!(named(kind)))).collect();
        document.insert("people_named".into(), Value::Object(people));
        Value::Object(document)
    }

    fn figures(&self, breaches: &[Breach]) -> Map<String, Value> {
        let turns: Vec<Value> = [EffectKind::Loses, EffectKind::ChangesRole, EffectKind::Gains]
            .into_iter()
            .flat_map(|kind| self.turns(kind))
            .map(|(turn, count)| json!({ "from": turn.from, "to": turn.to, "people": count }))
            .collect();
        let attributes: Map<String, Value> = self
            .attributes()
            .into_iter()
            .map(|(attribute, count)| (attribute.path().to_owned(), json!(count)))
            .collect();
        let mut document = Map::new();
        document.insert("text".into(), json!(self.sentence()));
        document.insert("from".into(), json!(self.from));
        document.insert("to".into(), json!(self.to));
        document.insert("people".into(), json!(self.people));
        document.insert("partial".into(), json!(self.partial));
        document.insert("had_access".into(), json!(self.had));
        document.insert("has_access".into(), json!(self.has));
        for kind in EffectKind::ALL {
            document.insert(kind.name().to_owned(), json!(self.count(kind)));
        }
        document.insert("roles".into(), json!(turns));
        document.insert("attributes".into(), Value::Object(attributes));
        document.insert("settings".into(), json!(self.settings));
        document.insert("over".into(), json!(breaches));
        document
    }
}
