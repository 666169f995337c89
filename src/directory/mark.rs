use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::snapshot::Snapshot;

/// How far a reading goes: with it, the next asks only for what changed since. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The URL of the domain controller that was read; no other understands `way`.
    pub(super) server: String,
    pub(super) way: Way,
    pub(super) question: Question,
    pub(super) kinds: Kinds,
}

/// How a domain controller is asked for changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    /// The DirSync control (MS-ADTS 3.1.1.3.4.1.3).
    DirSync {
        #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
        cookie: Vec<u8>,
    },
    /// `uSNChanged` (MS-ADTS 3.1.1.1.9), which counts for one controller, and for it until it is restored.
    Usn { highest: u64, invocation: Uuid },
}

/// What was asked. The answer to another question does not go on from this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) servers: String,
    /// Who asked: others may see other objects.
    pub(super) account: String,
    pub(super) base_dn: String,
    pub(super) user_filter: String,
    pub(super) group_filter: String,
    /// Of people, in lower case.
    pub(super) attributes: BTreeSet<String>,
}

/// What the schema says of the attributes that were asked for, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kinds {
    /// A change of one of them is a change of the object.
    pub(super) watched: BTreeSet<String>,
    /// Those whose values are DNs, which change when the object is renamed that they name.
    pub(super) references: BTreeSet<String>,
    /// Whether a filter asks who is in a group.
    pub(super) by_membership: bool,
}

/// What the last reading left.
#[derive(Clone, Debug)]
pub struct Earlier {
    pub snapshot: Snapshot,
    pub mark: Mark,
}

/// What a reading gives, and what the next one goes on from.
#[derive(Clone, Debug)]
pub struct Update {
    pub snapshot: Snapshot,
    /// `None`: the next reading has to be a full one.
    pub mark: Option<Mark>,
    pub extent: Extent,
}

/// How much of the directory was read, and what differs from before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything. `why` says, in words, why not only what changed, or why the next one has to be full again.
    Full { why: Option<String> },
    /// What changed.
    Changed {
        /// Those whose own entry differs, came or went, whose absence is another, or who are, directly or not, in a
        /// group that is not as it was. Whoever has one of them for a manager is not among them for that alone.
        people: BTreeSet<Uuid>,
        /// How many groups differ, came or went.
        groups: usize,
    },
    /// There was nothing of concern to read.
    Unchanged,
}

impl Question {
    /// Why the answer to `self` cannot go on from that to an earlier question; `None` when it can.
    pub(super) fn differs(&self, earlier: &Self) -> Option<String> {
        let changed = [
            ("the servers", self.servers != earlier.servers),
            ("the account that reads", self.account != earlier.account),
            ("`base_dn`", self.base_dn != earlier.base_dn),
            ("`user_filter`", self.user_filter != earlier.user_filter),
            ("`group_filter`", self.group_filter != earlier.group_filter),
        ];
        if let Some((what, _)) = changed.into_iter().find(|(_, changed)| *changed) {
            return Some(format!("{what} changed in the configuration"));
        }
        let other = self.attributes.symmetric_difference(&earlier.attributes).next()?;
        let verb = if self.attributes.contains(other) {
            "is asked for since then"
        } else {
            "is not asked for any more"
        };
        Some(format!("`{other}` {verb}"))
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            servers: "ldaps://dc1".into(),
            account: "CN=reader".into(),
            base_dn: "DC=x".into(),
            user_filter: "(objectClass=user)".into(),
            group_filter: "(objectClass=group)".into(),
            attributes: ["mail".to_owned()].into(),
        }
    }

    #[test]
    fn a_mark_is_kept_as_text() {
        let ways = [
            Way::DirSync { cookie: vec![0, 255, 7] },
            Way::Usn { highest: u64::MAX, invocation: Uuid::from_u128(7) },
        ];
        for way in ways {
            let mark =
                Mark { server: "ldaps://dc1".into(), way, question: question(), kinds: Kinds::default() };
            let text = serde_json::to_string(&mark).unwrap();
            assert_eq!(serde_json::from_str::<Mark>(&text).unwrap(), mark);
        }
        let broken = r#"{"dir_sync":{"cookie":"%"}}"#;
        assert!(serde_json::from_str::<Way>(broken).is_err());
    }

    #[test]
    fn what_differs_between_questions_is_told() {
        assert_eq!(question().differs(&question()), None);
        let more = Question { attributes: ["mail".to_owned(), "title".to_owned()].into(), ..question() };
        let other = Question { base_dn: "OU=a,DC=x".into(), ..question() };
        insta::assert_snapshot!(
            [more.differs(&question()), question().differs(&more), other.differs(&question())]
                .map(Option::unwrap_or_default)
                .join("\n"),
            @r"
        `title` is asked for since then
        `title` is not asked for any more
        `base_dn` changed in the configuration
        "
        );
    }
}
