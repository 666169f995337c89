use jiff::Timestamp;

use crate::directory::{Entry, Raw};
use crate::facts::{Syntax, Value, attribute_type};
use crate::policy::{Change, Policy};
use crate::testing::fixtures::set_texts;

/// What a fixture table gets of somebody: what the policy reads, and what says that the account is in use.
pub(super) fn essence(of: &Entry, policy: &Policy) -> Entry {
    let mut entry = Entry::default();
    for attribute in of.attributes() {
        let name = attribute.name.to_ascii_lowercase();
        let is_plain = match name.as_str() {
            "objectguid" | "objectclass" | "cn" | "distinguishedname" | "objectsid" => false,
            "useraccountcontrol" => of.text("userAccountControl") != Some("512"),
            "memberof" | "accountexpires" | "manager" => true,
            name => policy.reads().contains(name),
        };
        if is_plain {
            attribute.values.iter().for_each(|value| entry.push(&attribute.name, value.clone()));
        }
    }
    entry
}

/// Makes a change in a fixture; `None` when it is none of the person's own.
pub(super) fn change(entry: &mut Entry, change: &Change) -> Option<()> {
    match change {
        Change::Attribute { above: 0, name, value } => {
            let known = attribute_type(name);
            let written = known.map_or(name.as_str(), |(name, ..)| name);
            let syntax = known.map_or(Syntax::Text, |(_, syntax, _)| syntax);
            let texts = match value {
                Some(value) => texts(value, syntax)?,
                None => Vec::new(),
            };
            set_texts(entry, written, texts);
        }
        Change::Group { above: 0, name, member, .. } => {
            let mut groups: Vec<String> = groups(entry);
            groups.retain(|held| !held.eq_ignore_ascii_case(name));
            if *member {
                groups.push(name.clone());
            }
            set_texts(entry, "groups", groups);
        }
        _ => return None,
    }
    Some(())
}

/// As the directory writes it (MS-ADTS section 3.1.1.2.2.2).
fn texts(value: &Value, syntax: Syntax) -> Option<Vec<String>> {
    Some(vec![match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(true) => "TRUE".to_owned(),
        Value::Boolean(false) => "FALSE".to_owned(),
        Value::Time(time) => time_text(*time, syntax),
        Value::Binary(_) => return None,
        Value::List(values) => {
            let all = values.iter().map(|value| texts(value, syntax)).collect::<Option<Vec<_>>>()?;
            return Some(all.into_iter().flatten().collect());
        }
    }])
}

/// Seconds from 1601 to 1970, where Windows' and Unix' clocks begin.
const WINDOWS_EPOCH: i64 = 11_644_473_600;

fn time_text(time: Timestamp, syntax: Syntax) -> String {
    match syntax {
        Syntax::FileTime => {
            (time.as_second().saturating_add(WINDOWS_EPOCH).saturating_mul(10_000_000)).to_string()
        }
        _ => time.strftime("%Y%m%d%H%M%S.0Z").to_string(),
    }
}

/// Plain names where the fixtures' own DNs say no more.
fn groups(entry: &Entry) -> Vec<String> {
    let plain = |dn: &str| {
        let name = dn.strip_prefix("CN=")?.strip_suffix(",OU=Groups,DC=example,DC=com")?;
        (!name.contains([',', '\\', '='])).then(|| name.to_owned())
    };
    let texts = entry.values("memberOf").iter().filter_map(text);
    texts.map(|dn| plain(dn).unwrap_or_else(|| dn.to_owned())).collect()
}

fn text(raw: &Raw) -> Option<&str> {
    match raw {
        Raw::Text(text) => Some(text),
        Raw::Bytes(_) => None,
    }
}

/// The fixture as a table of TOML.
pub(super) fn table(name: &str, entry: &Entry) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let is_bare = |key: &str| {
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let key = |key: &str| if is_bare(key) { key.to_owned() } else { format!("{key:?}") };
    let mut out = format!("[{}]\n", if is_bare(name) { name.to_owned() } else { quoted(name) });
    for attribute in entry.attributes().filter(|attribute| !attribute.name.eq_ignore_ascii_case("memberOf")) {
        let values: Vec<_> = attribute.values.iter().filter_map(text).map(quoted).collect();
        match values.as_slice() {
            [] => {}
            [single] => out.push_str(&format!("{} = {single}\n", key(&attribute.name))),
            several => out.push_str(&format!("{} = [{}]\n", key(&attribute.name), several.join(", "))),
        }
    }
    let groups: Vec<_> = groups(entry).iter().map(|group| quoted(group)).collect();
    if !groups.is_empty() {
        out.push_str(&format!("groups = [{}]\n", groups.join(", ")));
    }
    out
}
