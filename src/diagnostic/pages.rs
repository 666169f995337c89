//! What there is to say of each code: why it matters, a wrong and a right example, what to do.
//!
//! A page is Markdown: `# CODE: title`, then text, then fenced blocks whose first line says what they are:
//! `rhai wrong policy/roles.rhai` is a file of an example that gives the code, `right` of one that gives no finding at
//! all, `given` of both. The files of an example lie in a project that is otherwise in order, with `people.ldif` as its
//! directory; tests hold every page to that.

/// A page as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub code: &'static str,
    pub title: &'static str,
    /// The whole page, in Markdown.
    pub text: &'static str,
}

/// Which example a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The one that gives the code.
    Wrong,
    /// How to do it.
    Right,
    /// Both.
    Given,
}

impl Part {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "wrong" => Self::Wrong,
            "right" => Self::Right,
            "given" => Self::Given,
            _ => return None,
        })
    }

    fn title(self) -> &'static str {
        match self {
            Self::Wrong => "Wrong",
            Self::Right => "Right",
            Self::Given => "Given",
        }
    }
}

/// A file of an example on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub part: Part,
    /// Relative to the project's folder.
    pub path: &'static str,
    pub text: &'static str,
}

macro_rules! texts {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!("pages/", $code, ".md")))),*]
    };
}

const TEXTS: &[(&str, &str)] = texts! {
    "C0001" "C0002" "C0003" "C0004" "C0005" "C0006" "C0007" "C0008" "C0009" "C0010" "C0011" "C0012" "C0013" "C0014"
    "C0015" "C0016" "C0017"
    "P0001" "P0002" "P0003" "P0004" "P0005" "P0006" "P0007"
    "P0010" "P0011" "P0012" "P0013" "P0014" "P0015" "P0016" "P0017" "P0018" "P0020" "P0021" "P0022"
    "P0101" "P0102" "P0103" "P0104" "P0105" "P0106" "P0107" "P0108" "P0109"
    "P0201" "P0202" "P0203" "P0204" "P0205" "P0206" "P0207"
    "P0301" "P0302" "P0303" "P0304" "P0305" "P0306" "P0307"
    "P0401" "P0402" "P0403" "P0404" "P0405" "P0406" "P0407"
    "S0101" "S0102"
    "T0001" "T0002" "T0003" "T0004" "T0100" "T0101" "T0102" "T0103" "T0104"
};

/// Every page, in the order of the codes.
pub fn pages() -> impl Iterator<Item = Page> {
    TEXTS.iter().map(|(code, text)| {
        let first = text.lines().next().unwrap_or_default();
        let title = first.split_once(": ").map_or(first, |(_, title)| title);
        Page { code, title, text }
    })
}

/// The page of a code, whatever the case of its letter.
#[must_use]
pub fn page(code: &str) -> Option<Page> {
    pages().find(|page| page.code.eq_ignore_ascii_case(code))
}

impl Page {
    /// The files of its examples, in the order of the page.
    #[must_use]
    pub fn examples(&self) -> Vec<Example> {
        let mut examples = Vec::new();
        let mut rest = self.text;
        while let Some((_, block)) = rest.split_once("\n```") {
            let (head, body) = block.split_once('\n').unwrap_or((block, ""));
            let end =
                if body.starts_with("```") { 0 } else { body.find("\n```").map_or(body.len(), |at| at + 1) };
            let text = body.get(..end).unwrap_or_default();
            let mut words = head.split(' ').skip(1);
            if let (Some(part), Some(path)) = (words.next().and_then(Part::parse), words.next()) {
                examples.push(Example { part, path, text });
            }
            rest = body.get(end..).and_then(|rest| rest.strip_prefix("```")).unwrap_or_default();
        }
        examples
    }
}

/// The page as it is read in a terminal: examples are indented, and their first lines say what they are.
#[must_use]
pub fn plain_page(page: &Page) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in page.text.lines() {
        if let Some(head) = line.strip_prefix("```") {
            inside = !inside;
            let mut words = head.split(' ').skip(1);
            if let (Some(part), Some(path)) = (words.next().and_then(Part::parse), words.next()) {
                out.push_str(&format!("{}, in {path}:\n\n", part.title()));
            }
        } else if inside && !line.is_empty() {
            out.push_str(&format!("    {line}\n"));
        } else {
            out.push_str(line.strip_prefix("# ").unwrap_or(line));
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Example, Page, Part, page, plain_page};

    const TEXT: &str = "# X0001: a title\n\nWhy.\n\n```rhai wrong a.rhai\nx\n\ny\n```\n\n```sh\nls\n```\n\n```toml right b.toml\n```\nEnd.\n";

    fn sample() -> Page {
        Page { code: "X0001", title: "a title", text: TEXT }
    }

    #[test]
    fn blocks_that_name_a_file_are_examples() {
        assert_eq!(
            sample().examples(),
            [
                Example { part: Part::Wrong, path: "a.rhai", text: "x\n\ny\n" },
                Example { part: Part::Right, path: "b.toml", text: "" }
            ]
        );
    }

    #[test]
    fn a_page_in_a_terminal() {
        insta::assert_snapshot!(plain_page(&sample()));
    }

    #[test]
    fn a_code_is_found_in_either_case() {
        assert_eq!(page("p0102"), page("P0102"));
        assert!(page("P0102").is_some_and(|page| !page.title.is_empty()));
        assert_eq!(page("P9999"), None);
    }
}
