use std::collections::BTreeSet;

use uuid::Uuid;

use super::pseudonym::Key;
use crate::directory::Raw;
use crate::facts::decode::sid;

/// Another GUID, in the form in which this one came; `None` when it is none.
pub(super) fn guid(key: &Key, raw: &Raw) -> Option<Raw> {
    if let Ok(octets) = <[u8; 16]>::try_from(raw.as_bytes()) {
        return Some(Raw::from_bytes(key.uuid(Uuid::from_bytes_le(octets)).to_bytes_le().to_vec()));
    }
    match raw {
        Raw::Text(text) => Some(Raw::Text(key.uuid(Uuid::parse_str(text.trim()).ok()?).to_string())),
        Raw::Bytes(_) => None,
    }
}

/// Another SID, in the form in which this one came; `None` when it is none. What belongs to a domain (MS-DTYP 2.4.2.4)
/// is another domain's, and somebody else's there; what is the same everywhere stays.
pub(super) fn security_identifier(key: &Key, kept: &BTreeSet<String>, raw: &Raw) -> Option<Raw> {
    let text = sid(raw.by_ref())?;
    let is_text =
        matches!(raw, Raw::Text(text) if text.get(..2).is_some_and(|s| s.eq_ignore_ascii_case("S-")));
    let parts: Vec<&str> = text.split('-').collect();
    let ["S", "1", "5", "21", a, b, c, rest @ ..] = parts.as_slice() else { return Some(raw.clone()) };
    let domain = format!("s-1-5-21-{a}-{b}-{c}");
    let number = |text: &str| text.parse::<u32>().ok();
    let mut numbers = vec![21];
    if kept.iter().any(|known| known.starts_with(&format!("{domain}-")) || *known == domain) {
        // The policy names a SID of this domain.
        numbers.extend([number(a)?, number(b)?, number(c)?]);
    } else {
        for part in [a, b, c] {
            numbers.push(key.number("domain", number(part)?));
        }
    }
    for part in rest {
        numbers.push(relative(key, kept, &domain, number(part)?));
    }
    if is_text {
        let tail: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        return Some(Raw::Text(format!("S-1-5-{}", tail.join("-"))));
    }
    let mut octets = vec![1, u8::try_from(numbers.len()).ok()?, 0, 0, 0, 0, 0, 5];
    octets.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    Some(Raw::from_bytes(octets))
}

/// The last part of a SID of this domain (`s-1-5-21-..`), as the whole SID has it.
pub(super) fn relative(key: &Key, kept: &BTreeSet<String>, domain: &str, number: u32) -> u32 {
    if kept.contains(&format!("{domain}-{number}")) { number } else { key.relative_identifier(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sids_stay_within_one_domain_and_the_world_s_own_stay_what_they_are() {
        let key = Key([3; 32]);
        let hidden = |text: &str, kept: &[&str]| {
            let kept = kept.iter().map(|text| (*text).to_owned()).collect();
            let raw = security_identifier(&key, &kept, &Raw::Text(text.to_owned())).unwrap();
            sid(raw.by_ref()).unwrap()
        };
        let one = hidden("S-1-5-21-1-2-3-1104", &[]);
        let group = hidden("S-1-5-21-1-2-3-513", &[]);
        assert_ne!(one, "S-1-5-21-1-2-3-1104");
        assert_eq!(one.rsplit_once('-').unwrap().0, group.rsplit_once('-').unwrap().0);
        assert!(group.ends_with("-513"));
        assert_eq!(hidden("S-1-5-32-544", &[]), "S-1-5-32-544");
        let named = &["s-1-5-21-1-2-3-1104"];
        assert_eq!(hidden("S-1-5-21-1-2-3-1104", named), "S-1-5-21-1-2-3-1104");
        assert!(hidden("S-1-5-21-1-2-3-1105", named).starts_with("S-1-5-21-1-2-3-"));
        assert_ne!(hidden("S-1-5-21-1-2-3-1105", named), "S-1-5-21-1-2-3-1105");
    }

    #[test]
    fn octets_and_text_of_one_sid_come_to_one() {
        let (key, kept) = (Key([3; 32]), BTreeSet::new());
        let octets =
            vec![1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xF4, 1, 0, 0];
        let of_octets = security_identifier(&key, &kept, &Raw::Bytes(octets)).unwrap();
        let of_text = security_identifier(&key, &kept, &Raw::Text("S-1-5-21-1-2-3-500".into())).unwrap();
        assert_eq!(sid(of_octets.by_ref()), sid(of_text.by_ref()));
        assert!(of_octets.as_bytes().len() == 28);
        assert_eq!(security_identifier(&key, &kept, &Raw::Text("no sid".into())), None);
    }
}
