use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use smallvec::SmallVec;
use uuid::Uuid;

use super::schema::{Syntax, attribute_type};
use super::value::Value;
use crate::directory::{RawRef, Values};

/// 1601-01-01 in seconds since 1970-01-01.
const FILETIME_EPOCH: i64 = -11_644_473_600;

/// Keeps one copy of each text that repeats among the people of one snapshot: departments, titles and cities do.
#[derive(Default)]
pub(super) struct Interner {
    /// By the number that the snapshot has for a text.
    numbered: Vec<Option<Arc<str>>>,
    /// Those that have none because they are short.
    short: HashSet<Arc<str>>,
    /// Short lists of numbered texts: every user is of the same classes.
    lists: HashMap<SmallVec<[usize; LIST]>, Arc<[Value]>>,
}

const SHORT: usize = 4;
const LIST: usize = 5;

impl Interner {
    fn keep(&mut self, text: &str, number: Option<usize>) -> Arc<str> {
        let Some(number) = number else {
            if text.len() > SHORT {
                return Arc::from(text);
            }
            if let Some(known) = self.short.get(text) {
                return Arc::clone(known);
            }
            let new: Arc<str> = Arc::from(text);
            self.short.insert(Arc::clone(&new));
            return new;
        };
        if self.numbered.len() <= number {
            self.numbered.resize(number + 1, None);
        }
        match self.numbered.get_mut(number) {
            Some(place) => Arc::clone(place.get_or_insert_with(|| Arc::from(text))),
            None => Arc::from(text),
        }
    }
}

/// A value, with its number for the [`Interner`].
type Numbered<'a> = (RawRef<'a>, Option<usize>);

/// The typed value of an attribute, `None` when its value means that there is none. A single-valued attribute that
/// comes with several values has the first of them in byte order, so that the server's order does not matter;
/// of an attribute outside the standard schema several values make a list.
///
/// # Errors
/// What is wrong with a value, naming attribute and value.
pub(super) fn decode(
    name: &str,
    values: Values<'_>,
    interner: &mut Interner,
) -> Result<Option<Value>, String> {
    let (name, syntax, multi_valued) = match attribute_type(name) {
        Some(known) => known,
        None => (name, unknown(values.clone()), values.len() > 1),
    };
    let mut raws: SmallVec<[Numbered<'_>; 12]> = values.numbered().collect();
    raws.sort_unstable_by_key(|(raw, _)| raw.as_bytes());
    if !multi_valued {
        raws.truncate(1);
    }
    let list = match syntax {
        Syntax::Text | Syntax::DistinguishedName if multi_valued && raws.len() <= LIST => {
            raws.iter().map(|(_, number)| *number).collect::<Option<SmallVec<[usize; LIST]>>>()
        }
        _ => None,
    };
    if let Some(known) = list.as_ref().and_then(|numbers| interner.lists.get(numbers)) {
        return Ok(Some(Value::List(Arc::clone(known))));
    }
    let mut decoded: SmallVec<[Value; 12]> = SmallVec::new();
    for (raw, number) in raws {
        let value = one(raw, number, syntax, interner)
            .map_err(|what| format!("`{name}` is `{}`, which is not {what}", shown(raw)))?;
        decoded.extend(value);
    }
    Ok(if decoded.is_empty() {
        None
    } else if multi_valued {
        let values: Arc<[Value]> = decoded.into_iter().collect();
        if let Some(numbers) = list {
            interner.lists.insert(numbers, Arc::clone(&values));
        }
        Some(Value::List(values))
    } else {
        decoded.pop()
    })
}

fn unknown(mut values: Values<'_>) -> Syntax {
    let text = values.all(|raw| raw.text().is_some());
    if text { Syntax::Text } else { Syntax::Binary }
}

/// The error says what the value ought to have been.
fn one(
    raw: RawRef<'_>,
    number: Option<usize>,
    syntax: Syntax,
    interner: &mut Interner,
) -> Result<Option<Value>, &'static str> {
    let text = raw.text();
    Ok(Some(match syntax {
        Syntax::Text | Syntax::DistinguishedName => {
            Value::Text(interner.keep(text.ok_or("text in UTF-8")?, number))
        }
        Syntax::Integer => Value::Integer(integer(text)?),
        Syntax::Boolean => match text {
            Some(text) if text.eq_ignore_ascii_case("TRUE") => Value::Boolean(true),
            Some(text) if text.eq_ignore_ascii_case("FALSE") => Value::Boolean(false),
            _ => return Err("TRUE or FALSE"),
        },
        Syntax::GeneralizedTime => {
            Value::Time(text.and_then(generalized_time).ok_or("a time such as `20240229120000.0Z`")?)
        }
        Syntax::FileTime => return Ok(file_time(integer(text)?)?.map(Value::Time)),
        Syntax::Guid => Value::Text(guid(raw).ok_or("a GUID")?.to_string().into()),
        Syntax::Sid => Value::Text(sid(raw).ok_or("a security identifier")?.into()),
        Syntax::Binary => Value::Binary(Arc::from(raw.as_bytes())),
    }))
}

fn integer(text: Option<&str>) -> Result<i64, &'static str> {
    text.and_then(|text| text.trim().parse().ok()).ok_or("a whole number")
}

/// A time in 100 ns since 1601 (MS-ADTS 2.2.5). 0 and the largest number mean never; what lies behind the year 9999
/// is cut to it.
pub(crate) fn file_time(ticks: i64) -> Result<Option<Timestamp>, &'static str> {
    match ticks {
        0 | i64::MAX => Ok(None),
        ..0 => Err("a time since 1601"),
        _ => {
            let nanoseconds = i32::try_from(ticks % 10_000_000 * 100).unwrap_or_default();
            let since = SignedDuration::new(FILETIME_EPOCH + ticks / 10_000_000, nanoseconds);
            Ok(Some(Timestamp::from_duration(since).unwrap_or(Timestamp::MAX)))
        }
    }
}

/// `YYYYMMDDHH[MM[SS]][.fraction](Z|+hhmm|-hhmm)` (RFC 4517 section 3.3.13).
pub(crate) fn generalized_time(text: &str) -> Option<Timestamp> {
    let at = text.find(['Z', '+', '-'])?;
    let (local, zone) = (text.get(..at)?, text.get(at..)?);
    let (digits, fraction) = match local.split_once(['.', ',']) {
        Some((digits, fraction)) => (digits, Some(fraction)),
        None => (local, None),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| digits.get(at..at + 2).and_then(|digits| digits.parse::<i8>().ok());
    let (minute, second, unit) = match digits.len() {
        10 => (0, 0, 3600.0),
        12 => (two(10)?, 0, 60.0),
        14 => (two(10)?, two(12)?, 1.0),
        _ => return None,
    };
    let date =
        DateTime::new(digits.get(..4)?.parse().ok()?, two(4)?, two(6)?, two(8)?, minute, second, 0).ok()?;
    let offset = match zone {
        "Z" => Offset::UTC,
        _ if zone.len() == 5 => {
            let hours: i32 = zone.get(1..3)?.parse().ok()?;
            let minutes: i32 = zone.get(3..5)?.parse().ok()?;
            let seconds = hours * 3600 + minutes * 60;
            Offset::from_seconds(if zone.starts_with('-') { -seconds } else { seconds }).ok()?
        }
        _ => return None,
    };
    let part = match fraction {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("0.{digits}").parse::<f64>().ok()? * unit
        }
        Some(_) => return None,
        None => 0.0,
    };
    offset.to_timestamp(date).ok()?.checked_add(SignedDuration::try_from_secs_f64(part).ok()?).ok()
}

/// 16 octets in Microsoft's order (MS-DTYP 2.3.4.2), or the text form.
fn guid(raw: RawRef<'_>) -> Option<Uuid> {
    if let Ok(octets) = <[u8; 16]>::try_from(raw.as_bytes()) {
        return Some(Uuid::from_bytes_le(octets));
    }
    Uuid::parse_str(raw.text()?.trim()).ok()
}

/// `S-1-5-21-..` from its octets (MS-DTYP 2.4.2.2) or from that very text, as files have it.
pub(super) fn sid(raw: RawRef<'_>) -> Option<String> {
    if let RawRef::Text(text) = raw
        && text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("S-1-"))
    {
        return Some(text.trim().to_ascii_uppercase());
    }
    let (head, tail) = raw.as_bytes().split_first_chunk::<8>()?;
    let [revision, count, authority @ ..] = head;
    let (parts, rest) = tail.as_chunks::<4>();
    if *revision != 1 || usize::from(*count) != parts.len() || !rest.is_empty() {
        return None;
    }
    let authority = authority.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut out =
        if authority < 1 << 32 { format!("S-1-{authority}") } else { format!("S-1-0x{authority:012X}") };
    for part in parts {
        let _ = write!(out, "-{}", u32::from_le_bytes(*part));
    }
    Some(out)
}

fn shown(raw: RawRef<'_>) -> String {
    match raw {
        RawRef::Text(text) if text.chars().count() <= 60 => text.to_owned(),
        RawRef::Text(text) => text.chars().take(60).chain(['…']).collect(),
        RawRef::Bytes(bytes) => format!("{} bytes", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{Entries, Entry, Raw};

    fn decoded(name: &str, values: &[&str]) -> Result<Option<Value>, String> {
        decoded_raw(name, values.iter().map(|value| Raw::Text((*value).to_owned())))
    }

    fn decoded_raw(name: &str, values: impl IntoIterator<Item = Raw>) -> Result<Option<Value>, String> {
        let mut entry = Entry::new("CN=x");
        values.into_iter().for_each(|value| entry.push(name, value));
        let entries = Entries::from_iter([entry]);
        let values = entries.iter().next().unwrap().values(name);
        decode(name, values, &mut Interner::default())
    }

    fn time(text: &str) -> Result<Option<Value>, String> {
        Ok(Some(Value::Time(text.parse().unwrap())))
    }

    #[test]
    fn file_times_count_from_1601_and_have_two_words_for_never() {
        assert_eq!(decoded("accountExpires", &["132223104000000000"]), time("2020-01-01T00:00:00Z"));
        assert_eq!(decoded("pwdLastSet", &["132223104000000001"]), time("2020-01-01T00:00:00.0000001Z"));
        assert_eq!(decoded("accountExpires", &["0"]), Ok(None));
        assert_eq!(decoded("accountExpires", &["9223372036854775807"]), Ok(None));
        assert_eq!(
            decoded("accountExpires", &["9223372036854775806"]),
            Ok(Some(Value::Time(Timestamp::MAX)))
        );
        insta::assert_snapshot!(decoded("accountExpires", &["-1"]).unwrap_err(), @"`accountExpires` is `-1`, which is not a time since 1601");
        insta::assert_snapshot!(decoded("accountExpires", &["soon"]).unwrap_err(), @"`accountExpires` is `soon`, which is not a whole number");
    }

    #[test]
    fn generalized_times_may_leave_out_minutes_and_have_zones() {
        for (text, expected) in [
            ("20240229123456.0Z", "2024-02-29T12:34:56Z"),
            ("20240229123456Z", "2024-02-29T12:34:56Z"),
            ("202402291234Z", "2024-02-29T12:34:00Z"),
            ("2024022912.5Z", "2024-02-29T12:30:00Z"),
            ("20240229123456.25+0130", "2024-02-29T11:04:56.25Z"),
            ("20240229003000-0100", "2024-02-29T01:30:00Z"),
        ] {
            assert_eq!(decoded("whenCreated", &[text]), time(expected), "{text}");
        }
        for wrong in
            ["", "Z", "20240230000000Z", "2024-02-29T12:34:56Z", "20240229123456", "20240229123456.Z"]
        {
            assert!(decoded("whenCreated", &[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn identifiers_come_as_octets_or_as_text() {
        let sid =
            vec![1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xF4, 1, 0, 0];
        let text = Ok(Some(Value::Text("S-1-5-21-1-2-3-500".into())));
        assert_eq!(decoded_raw("objectSid", [Raw::from_bytes(sid.clone())]), text);
        assert_eq!(decoded("objectSid", &["s-1-5-21-1-2-3-500"]), text);
        let short = decoded_raw("objectSid", [Raw::Bytes(sid[..27].to_vec())]);
        insta::assert_snapshot!(short.unwrap_err(), @"`objectSid` is `27 bytes`, which is not a security identifier");

        let octets = Uuid::parse_str("00112233-4455-6677-8899-aabbccddeeff").unwrap().to_bytes_le().to_vec();
        let text = Ok(Some(Value::Text("00112233-4455-6677-8899-aabbccddeeff".into())));
        assert_eq!(decoded_raw("objectGUID", [Raw::from_bytes(octets)]), text);
        assert_eq!(decoded("objectGUID", &["{00112233-4455-6677-8899-AABBCCDDEEFF}"]), text);
    }

    #[test]
    fn several_values_make_a_list_where_the_schema_says_so() {
        let list = |values: &[&str]| {
            Ok(Some(Value::List(values.iter().map(|value| Value::Text((*value).into())).collect())))
        };
        assert_eq!(decoded("proxyAddresses", &["smtp:b@x", "SMTP:a@x"]), list(&["SMTP:a@x", "smtp:b@x"]));
        assert_eq!(decoded("otherTelephone", &["1"]), list(&["1"]));
        assert_eq!(decoded("title", &["b", "a"]), Ok(Some(Value::Text("a".into()))));
        assert_eq!(decoded("contosoBadge", &["7"]), Ok(Some(Value::Text("7".into()))));
        assert_eq!(decoded("contosoBadge", &["8", "7"]), list(&["7", "8"]));
    }

    #[test]
    fn wrong_values_name_attribute_and_value() {
        insta::assert_snapshot!(decoded("useraccountcontrol", &["abc"]).unwrap_err(), @"`userAccountControl` is `abc`, which is not a whole number");
        insta::assert_snapshot!(decoded("msExchHideFromAddressLists", &["yes"]).unwrap_err(), @"`msExchHideFromAddressLists` is `yes`, which is not TRUE or FALSE");
        let title = decoded_raw("title", [Raw::Bytes(vec![0xff])]);
        insta::assert_snapshot!(title.unwrap_err(), @"`title` is `1 bytes`, which is not text in UTF-8");
    }
}
