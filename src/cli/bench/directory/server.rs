use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::ber::{
    ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET, constructed, element, elements, number, primitive,
};
use super::company::{BASE, Company, Object};
use crate::cli::exit::Failure;
use crate::cli::terminal::data;

const PAGED: &[u8] = b"1.2.840.113556.1.4.319";
/// Octets that are sent at once.
const SENT: usize = 1 << 17;

// RFC 4511 section 4.2 and following.
const BIND: u8 = 0x60;
const BOUND: u8 = 0x61;
const UNBIND: u8 = 0x42;
const SEARCH: u8 = 0x63;
const FOUND: u8 = 0x64;
const DONE: u8 = 0x65;
const CONTROLS: u8 = 0xa0;

/// Plays a company to whoever connects, one after the other, until it is ended. It tells its address first, and after
/// each connection how many octets it sent. Whatever is asked for, an object is sent with all its attributes.
pub(super) fn serve(company: &Company) -> Result<(), Failure> {
    let people = Encoded::of(company, (0..company.people).map(|number| company.person(number)));
    let groups = Encoded::of(company, (0..company.groups.len()).map(|number| company.group(number)));
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    data(&format!("ldap://{}\n", listener.local_addr()?))?;
    for stream in listener.incoming() {
        let mut session = Session { stream: stream?, people: &people, groups: &groups, sent: 0 };
        // A client that goes away without a word has what it wanted.
        let _ = session.answer();
        data(&format!("{}\n", session.sent))?;
    }
    Ok(())
}

/// SearchResultEntries (RFC 4511 section 4.5.2), made before anybody asks: whoever reads is to have the processors.
#[derive(Default)]
struct Encoded {
    octets: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Encoded {
    fn of(company: &Company, objects: impl Iterator<Item = Object>) -> Self {
        let mut all = Self::default();
        for object in objects {
            constructed(&mut all.octets, FOUND, |out| {
                primitive(out, OCTETS, object.dn.as_bytes());
                constructed(out, SEQUENCE, |out| {
                    for (name, values) in &object.attributes {
                        attribute(out, name, |out| {
                            company.values(values, |value| primitive(out, OCTETS, value));
                        });
                    }
                });
            });
            all.ends.push(all.octets.len());
        }
        all
    }

    fn entry(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(number).copied().unwrap_or_default();
        self.octets.get(start.unwrap_or_default()..end).unwrap_or_default()
    }
}

struct Session<'e> {
    stream: TcpStream,
    people: &'e Encoded,
    groups: &'e Encoded,
    sent: usize,
}

impl Session<'_> {
    fn answer(&mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let mut input = Vec::new();
        let mut buffer = vec![0; 1 << 14];
        loop {
            while let Some((_, message, rest)) = element(&input) {
                let parts = elements(message);
                let read = input.len() - rest.len();
                if !self.message(&parts)? {
                    return Ok(());
                }
                input.drain(..read);
            }
            match self.stream.read(&mut buffer)? {
                0 => return Ok(()),
                read => input.extend_from_slice(buffer.get(..read).unwrap_or_default()),
            }
        }
    }

    /// `false` at the goodbye.
    fn message(&mut self, parts: &[(u8, &[u8])]) -> io::Result<bool> {
        let [(_, id), (operation, request), controls @ ..] = parts else { return Ok(false) };
        match *operation {
            BIND => self.send(&result(id, BOUND, None))?,
            SEARCH => {
                let controls = controls.first().map_or(&[][..], |(_, controls)| controls);
                self.search(id, &elements(request), controls)?;
            }
            UNBIND => return Ok(false),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// base, scope, dereferencing, limits of size and time, types only, filter, attributes (RFC 4511 section 4.5.1)
    fn search(&mut self, id: &[u8], request: &[(u8, &[u8])], controls: &[u8]) -> io::Result<()> {
        let [(_, base), _, _, _, _, _, (_, filter), ..] = request else {
            return self.send(&result(id, DONE, None));
        };
        if base.is_empty() {
            let mut out = Vec::new();
            message(&mut out, id, |out| {
                constructed(out, FOUND, |out| {
                    primitive(out, OCTETS, b"");
                    constructed(out, SEQUENCE, |out| {
                        attribute(out, "defaultNamingContext", |out| primitive(out, OCTETS, BASE.as_bytes()));
                    });
                });
            });
            out.extend(result(id, DONE, None));
            return self.send(&out);
        }
        let entries = if holds(filter, b"group") { self.groups } else { self.people };
        // Nobody is known from before, and of those who are named all were sent.
        let names = [&b"objectGUID"[..], b"objectSid", b"distinguishedName"];
        let all = if names.iter().any(|name| holds(filter, name)) { 0 } else { entries.ends.len() };
        let (size, from) = page(controls).unwrap_or((all, 0));
        let to = all.min(from.saturating_add(size));
        let mut out = Vec::with_capacity(SENT * 2);
        for number in from..to {
            message(&mut out, id, |out| out.extend_from_slice(entries.entry(number)));
            if out.len() >= SENT {
                self.send(&out)?;
                out.clear();
            }
        }
        let cookie = if to < all { to.to_string() } else { String::new() };
        out.extend(result(id, DONE, Some(cookie.as_bytes())));
        self.send(&out)
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.sent += octets.len();
        self.stream.write_all(octets)
    }
}

fn message(out: &mut Vec<u8>, id: &[u8], content: impl FnOnce(&mut Vec<u8>)) {
    constructed(out, SEQUENCE, |out| {
        primitive(out, INTEGER, id);
        content(out);
    });
}

fn attribute(out: &mut Vec<u8>, name: &str, values: impl FnOnce(&mut Vec<u8>)) {
    constructed(out, SEQUENCE, |out| {
        primitive(out, OCTETS, name.as_bytes());
        constructed(out, SET, values);
    });
}

/// Success, with the cookie of the next page (RFC 2696 section 3).
fn result(id: &[u8], tag: u8, cookie: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, id, |out| {
        constructed(out, tag, |out| {
            primitive(out, ENUMERATED, &[0]);
            primitive(out, OCTETS, b"");
            primitive(out, OCTETS, b"");
        });
        if let Some(cookie) = cookie {
            let mut value = Vec::new();
            constructed(&mut value, SEQUENCE, |out| {
                primitive(out, INTEGER, &[0]);
                primitive(out, OCTETS, cookie);
            });
            constructed(out, CONTROLS, |out| {
                constructed(out, SEQUENCE, |out| {
                    primitive(out, OCTETS, PAGED);
                    primitive(out, OCTETS, &value);
                });
            });
        }
    });
    out
}

/// How many are asked for, and from which number on.
fn page(controls: &[u8]) -> Option<(usize, usize)> {
    let value = elements(controls).into_iter().find_map(|(_, control)| {
        let parts = elements(control);
        let (_, kind) = parts.first()?;
        (*kind == PAGED).then(|| parts.last().map(|(_, value)| *value))?
    })?;
    let (_, value, _) = element(value)?;
    let [(_, size), (_, cookie)] = elements(value).try_into().ok()?;
    Some((number(size), std::str::from_utf8(cookie).ok()?.parse().unwrap_or_default()))
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
