/// Basic encoding (X.690) as far as LDAP uses it (RFC 4511 section 5.1).
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Writes an element whose content is not known yet, its length in four octets, as Active Directory does.
pub(super) fn constructed(out: &mut Vec<u8>, tag: u8, content: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&[tag, 0x84, 0, 0, 0, 0]);
    let from = out.len();
    content(out);
    let length = u32::try_from(out.len() - from).unwrap_or(u32::MAX).to_be_bytes();
    if let Some(place) = out.get_mut(from - length.len()..from) {
        place.copy_from_slice(&length);
    }
}

pub(super) fn primitive(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => {
            out.extend_from_slice(&[tag, length]);
            out.extend_from_slice(content);
        }
        _ => constructed(out, tag, |out| out.extend_from_slice(content)),
    }
}

/// Tag, content, and what follows; `None` when there is no whole element.
pub(super) fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first & 0x7f {
        short if first & 0x80 == 0 => (usize::from(short), rest),
        octets => {
            let (length, rest) = rest.split_at_checked(usize::from(octets))?;
            (number(length), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// The elements one after the other in the content of another.
pub(super) fn elements(mut input: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let Some((tag, content, rest)) = element(input) {
        found.push((tag, content));
        input = rest;
    }
    found
}

pub(super) fn number(octets: &[u8]) -> usize {
    octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = vec![7; 300];
        let mut out = Vec::new();
        constructed(&mut out, SEQUENCE, |out| {
            primitive(out, OCTETS, b"cn");
            primitive(out, OCTETS, &long);
        });
        let (tag, content, rest) = element(&out).unwrap();
        assert_eq!((tag, rest), (SEQUENCE, &[][..]));
        assert_eq!(elements(content), [(OCTETS, &b"cn"[..]), (OCTETS, &long)]);
        assert!((0..out.len()).all(|cut| element(&out[..cut]).is_none()));
        assert_eq!(element(&[OCTETS, 0x81, 3, 1, 2, 3, 9]), Some((OCTETS, &[1, 2, 3][..], &[9][..])));
    }
}
