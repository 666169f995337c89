//! What would have to be otherwise for a term to come to the other answer, in words and as changes to be tried.

use jiff::Timestamp;

use super::Need;
use super::change::{Attribute, Change, What, fitting, value};
use super::view::{View, above};
use crate::policy::casefold;
use crate::policy::expr::{Comparison, Kind, List, Method, Node, Test, Val, Virtual, literal, path};
use crate::policy::fault::place;

/// Terms that would have to come to the other answer, all of them.
pub(super) type Way = Vec<Wish>;

/// One term that would have to.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) need: Need,
    /// Changes that may bring it about, the likeliest first; none when nobody knows how.
    pub(super) options: Vec<Change>,
}

/// The words, what they are about, and what may bring it about.
type Said<'a> = (String, Option<&'a Node>, Vec<Change>);

/// How many elements of a list are said.
const SAID: usize = 4;
/// How many are tried.
const TRIED: usize = 8;

impl<'a> View<'a> {
    /// What it takes for a term to come to `want`.
    pub(super) fn wish(&self, term: &'a Node, want: bool) -> Wish {
        let (what, of, options) = self.said(term, want);
        let untried = options.is_empty().then(|| self.why_untried(term));
        let now = of.and_then(|of| self.now(of)).map(|now| match self.is_about_case(term) {
            true => format!("{now}, and `==` tells the case of letters apart"),
            false => now,
        });
        let need = Need { what, now, untried, at: place(&term.at.file, term.at.position) };
        Wish { need, options }
    }

    /// Whether two texts are told apart by nothing but the case of letters.
    fn is_about_case(&self, term: &'a Node) -> bool {
        let Kind::Compare(Comparison::Equal, pair) = &term.kind else { return false };
        let [left, right] = &**pair;
        matches!((self.text_of(left), self.text_of(right)), (Some(a), Some(b)) if a != b && casefold::equals(&a, &b))
    }

    fn said(&self, term: &'a Node, want: bool) -> Said<'a> {
        match &term.kind {
            Kind::Test(test, pair) => {
                let [of, other] = &**pair;
                let text = self.text_of(other);
                let verb = match (test, want) {
                    (Test::Equals, true) => "were",
                    (Test::Equals, false) => "were not",
                    (Test::StartsWith, true) => "started with",
                    (Test::StartsWith, false) => "did not start with",
                    (Test::EndsWith, true) => "ended with",
                    (Test::EndsWith, false) => "did not end with",
                };
                let options = self.options(of, |attribute| match (&text, want) {
                    (_, false) => attribute.other(),
                    (None, true) => Vec::new(),
                    (Some(text), true) => match test {
                        Test::Equals => vec![attribute.text(text), attribute.more(text)],
                        Test::StartsWith => vec![attribute.before(text), attribute.text(text)],
                        Test::EndsWith => vec![attribute.more(text), attribute.text(text)],
                    },
                });
                (format!("{} {verb} {}", self.subject(of), self.object(other)), Some(of), options)
            }
            Kind::Contains(pair) => self.said_contained(pair, want),
            Kind::AnyOf(pair) => self.said_one_of(pair, want),
            Kind::Matches { of, pattern } => {
                let verb = if want { "matched" } else { "did not match" };
                let options = self.options(of, |attribute| {
                    if !want {
                        return attribute.other();
                    }
                    let texts = fitting(pattern);
                    let whole = texts.iter().map(|text| attribute.text(text));
                    let more = texts.iter().map(|text| attribute.more(&format!(" {text}")));
                    more.chain(whole).collect()
                });
                (format!("{} {verb} `{}`", self.subject(of), pattern.as_str()), Some(of), options)
            }
            Kind::InGroup { of, group, direct } => {
                let name = self.names.group_name(*group);
                let directly = if *direct { "directly " } else { "" };
                let words = format!("{} {}{directly}in `{name}`", who(of), if want { "" } else { "not " });
                let what = if want { What::Join(name.to_owned()) } else { What::Leave(name.to_owned()) };
                let change = above(of).map(|above| Change { above, what });
                let known = !self.facts.groups_named(name).is_empty();
                (words, None, change.into_iter().filter(|_| known).collect())
            }
            Kind::Compare(comparison, pair) => self.said_compared(*comparison, pair, term, want),
            Kind::Method(Method::IsEmpty, of) => {
                let verb = if want { "were empty" } else { "were not empty" };
                let options = self.options(of, |attribute| {
                    if want { vec![attribute.blank()] } else { vec![attribute.text("something")] }
                });
                (format!("{} {verb}", self.subject(of)), Some(of), options)
            }
            _ => {
                let options = self.options(term, |attribute| attribute.anything());
                (format!("{} came to {want}", self.subject(term)), None, options)
            }
        }
    }

    fn said_contained(&self, pair: &'a [Node; 2], want: bool) -> Said<'a> {
        let [container, item] = pair;
        // `x in [..]` is about `x`.
        if elements(container).is_some() {
            return self.said_element(item, container, want);
        }
        let text = self.text_of(item);
        if let Kind::Virtual { of, what: Virtual::Groups | Virtual::DirectGroups } = &container.kind
            && let (Some(text), Some(above)) = (&text, above(of))
        {
            let words = format!("{} {}in `{text}`", who(of), if want { "" } else { "not " });
            let what = if want { What::Join(text.clone()) } else { What::Leave(text.clone()) };
            let known = !self.facts.groups_named(text).is_empty();
            return (words, None, known.then_some(Change { above, what }).into_iter().collect());
        }
        let verb = if want { "contained" } else { "did not contain" };
        let options = self.options(container, |attribute| match (&text, want) {
            (_, false) => attribute.other(),
            (Some(text), true) => vec![attribute.more(&format!(" {text}")), attribute.text(text)],
            (None, true) => Vec::new(),
        });
        (format!("{} {verb} {}", self.subject(container), self.object(item)), Some(container), options)
    }

    fn said_one_of(&self, pair: &'a [Node; 2], want: bool) -> Said<'a> {
        let [of, list] = pair;
        self.said_element(of, list, want)
    }

    fn said_element(&self, of: &'a Node, list: &'a Node, want: bool) -> Said<'a> {
        let elements = elements(list);
        let words = match elements.as_deref() {
            Some([one]) => format!("were {}{}", if want { "" } else { "not " }, said(one)),
            Some(several) => {
                let shown: Vec<_> = several.iter().take(SAID).map(|element| said(element)).collect();
                let more = match several.len().saturating_sub(SAID) {
                    0 => String::new(),
                    more => format!(" or {more} more"),
                };
                format!("were {} of {}{more}", if want { "one" } else { "none" }, shown.join(", "))
            }
            None => format!("were {} of {}", if want { "one" } else { "none" }, self.object(list)),
        };
        let options = self.options(of, |attribute| {
            if !want {
                return attribute.other();
            }
            let values = elements.iter().flatten().take(TRIED).filter_map(|element| value(element));
            values.map(|value| attribute.set(value)).collect()
        });
        (format!("{} {words}", self.subject(of)), Some(of), options)
    }

    fn said_compared(
        &self,
        comparison: Comparison,
        pair: &'a [Node; 2],
        term: &'a Node,
        want: bool,
    ) -> Said<'a> {
        let [left, right] = pair;
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let mirrored = self.leaf(left).is_none() && self.leaf(right).is_some();
        let (of, other) = if mirrored { (right, left) } else { (left, right) };
        let comparison = match comparison {
            Less if mirrored => Greater,
            LessOrEqual if mirrored => GreaterOrEqual,
            Greater if mirrored => Less,
            GreaterOrEqual if mirrored => LessOrEqual,
            same => same,
        };
        let comparison = match comparison {
            same if want => same,
            Equal => NotEqual,
            NotEqual => Equal,
            Less => GreaterOrEqual,
            LessOrEqual => Greater,
            Greater => LessOrEqual,
            GreaterOrEqual => Less,
        };
        let with = self.known(other);
        let is_time = matches!(with, Some(Val::Time(_)));
        let words = match (comparison, &with) {
            (Equal, Some(Val::Unit)) => "were blank".to_owned(),
            (NotEqual, Some(Val::Unit)) => "had a value".to_owned(),
            // Nothing is more or less than blank.
            (_, Some(Val::Unit)) => {
                return (format!("`{}` came to {want}", self.text(term)), None, Vec::new());
            }
            _ => {
                let verb = match comparison {
                    Equal => "were",
                    NotEqual => "were not",
                    Less if is_time => "were before",
                    LessOrEqual if is_time => "were not after",
                    Greater if is_time => "were after",
                    GreaterOrEqual if is_time => "were not before",
                    Less => "were less than",
                    LessOrEqual => "were at most",
                    Greater => "were more than",
                    GreaterOrEqual => "were at least",
                };
                format!("{verb} {}", self.object(other))
            }
        };
        let options = match &with {
            Some(with) => self.options(of, |attribute| attribute.compared(comparison, with)),
            None => Vec::new(),
        };
        (format!("{} {words}", self.subject(of)), Some(of), options)
    }

    /// `` `title` ``
    fn subject(&self, node: &'a Node) -> String {
        match &node.kind {
            Kind::Attribute { .. } | Kind::Virtual { .. } => format!("`{}`", path(node, self.names)),
            _ => format!("`{}`", self.text(node)),
        }
    }

    /// `` `Manager` ``, or what gives it, with what it gave.
    fn object(&self, node: &'a Node) -> String {
        match (&node.kind, self.known(node)) {
            (Kind::Const(value), _) => said(value),
            (_, Some(known)) => format!("{} (`{}`)", said(&known), self.text(node)),
            (_, None) => format!("`{}`", self.text(node)),
        }
    }

    /// `` it is `Team Lead` ``
    fn now(&self, node: &'a Node) -> Option<String> {
        let worn = self.worn(node)?;
        Some(match &worn.value {
            Some(value) => format!("it is {}", said(value)),
            None => format!("it is {}", worn.text),
        })
    }

    fn text_of(&self, node: &'a Node) -> Option<String> {
        match self.known(node)? {
            Val::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    /// The value of a node that is one text, number, time or truth.
    fn known(&self, node: &'a Node) -> Option<Val<'static>> {
        match &node.kind {
            Kind::Const(value) => Some(value.clone()),
            _ => self.worn(node)?.value.clone(),
        }
    }

    fn options(&self, node: &'a Node, changes: impl FnOnce(Attribute<'a>) -> Vec<Change>) -> Vec<Change> {
        self.leaf(node).map(|(above, name)| changes(Attribute { above, name })).unwrap_or_default()
    }

    fn why_untried(&self, term: &'a Node) -> String {
        match &term.kind {
            Kind::Opaque(_) => "what that takes, only Rhai knows".to_owned(),
            Kind::InGroup { .. } => "no such group was read".to_owned(),
            _ if self.is_clocked(term) => {
                format!("that depends on the clock, here {}", to_second(self.facts.now))
            }
            _ => "what that takes cannot be told".to_owned(),
        }
    }
}

fn to_second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Who would have to be in a group.
fn who(person: &Node) -> String {
    match above(person) {
        Some(0) => "they were".to_owned(),
        Some(1) => "their manager were".to_owned(),
        _ => "the manager above their manager were".to_owned(),
    }
}

/// The elements of a list that is written out.
fn elements(list: &Node) -> Option<Vec<Val<'static>>> {
    match &list.kind {
        Kind::Const(Val::List(List::Made(values))) => Some(values.clone()),
        _ => None,
    }
}

fn said(value: &Val<'_>) -> String {
    match value {
        Val::Text(text) => format!("`{text}`"),
        Val::Unit => "blank".to_owned(),
        other => literal(other),
    }
}
