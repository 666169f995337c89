use std::fmt::Write as _;

use serde_json::Value;

use super::Request;

/// A request and its answer for people: what a client sends, line by line, and what it gets. The key is in neither.
#[must_use]
pub fn show(request: &Request) -> String {
    let mut out = format!("{} {}\n", request.method, visible(&request.path));
    for (name, value) in &request.headers {
        if SHOWN.contains(&name.as_str()) {
            let _ = writeln!(out, "  {name}: {}", visible(value));
        }
    }
    body(&mut out, &request.body);
    match request.status {
        Some(status) => {
            let _ = writeln!(out, "→ {status}");
            body(&mut out, &request.answer);
        }
        None => out.push_str("→ nothing\n"),
    }
    out
}

/// Headers that say something; the others are the same for all clients.
const SHOWN: [&str; 6] =
    ["authorization", "content-type", "accept", "if-match", "if-none-match", "user-agent"];

fn body(out: &mut String, text: &str) {
    let shown = match serde_json::from_str::<Value>(text) {
        Ok(value) => format!("{value:#}"),
        Err(_) => visible(text),
    };
    for line in shown.lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// Nothing that a terminal obeys.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
