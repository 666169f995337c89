use std::collections::BTreeMap;

use rhai::{ASTNode, Expr, FnCallExpr, Position, Stmt};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::facts::{Syntax, attribute_type};
use crate::policy::fault::diagnostic;
use crate::policy::names::{Member, Of};
use crate::policy::parse::Parsed;

/// What an attribute's value is to a script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    /// Whether its case matters to nobody, as Active Directory has it.
    Text {
        folded: bool,
    },
    Number,
    Boolean,
    Time,
    List,
    Binary,
    Person,
    /// As the directory writes it, and a list where there are several.
    Own,
}

/// What is written out on the other side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Literal {
    Text,
    Number,
    Boolean,
    List,
}

const OPERATORS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// An attribute held against a literal of another type, which is never equal (`P0207`).
pub(crate) fn comparisons(scripts: &BTreeMap<String, Parsed>, extra: &[String], findings: &mut Diagnostics) {
    each(scripts, findings, |comparison, findings| {
        let Comparison { script, call, member, literal, .. } = comparison;
        let own = || {
            let named = extra.iter().any(|extra| extra.eq_ignore_ascii_case(&member.name));
            named.then_some(Type::Own)
        };
        let Some((kind, literal)) = type_of(&member.name).or_else(own).zip(literal_of(literal)) else {
            return;
        };
        let fits = matches!(
            (kind, literal),
            (Type::Text { .. }, Literal::Text)
                | (Type::Number, Literal::Number)
                | (Type::Boolean, Literal::Boolean)
                | (Type::List, Literal::List)
                | (Type::Own, Literal::Text | Literal::List)
        );
        if fits {
            return;
        }
        let name = &member.name;
        let answer = match (call.name.as_str(), kind) {
            ("!=", _) => "so this is always true",
            ("==", _) => "so this is never true",
            (_, Type::Time) => "so this fails on everybody who has one",
            _ => "so this is never true",
        };
        let message = format!("`{name}` is {}, and this is {}, {answer}", said(kind), literal_said(literal));
        let mut finding = diagnostic("P0207", &message, &script.path, comparison.position, None, scripts);
        finding.severity = Severity::Warning;
        finding.hint = Some(advice(member, kind, literal, comparison.written(), call.name.as_str()));
        findings.push(finding);
    });
}

/// `==` and `!=` between an attribute and a text, which mind the case that Active Directory ignores (`P0206`).
pub(crate) fn letter_case(scripts: &BTreeMap<String, Parsed>, findings: &mut Diagnostics) {
    each(scripts, findings, |comparison, findings| {
        let Comparison { script, call, member, literal, .. } = comparison;
        let (Expr::StringConstant(text, _), Some(Type::Text { folded: true })) =
            (literal, type_of(&member.name))
        else {
            return;
        };
        let equal = match call.name.as_str() {
            "==" => "",
            "!=" => "!",
            _ => return,
        };
        // What has no letters has no case.
        if text.to_lowercase() == text.to_uppercase() {
            return;
        }
        let message = format!("`{}` minds the case of letters, which Active Directory ignores", call.name);
        let finding = diagnostic("P0206", &message, &script.path, comparison.at, None, scripts);
        let hint = format!("`{equal}{}.equals({:?})` ignores it", member.path, text.as_str());
        findings.push(Diagnostic { severity: Severity::Note, hint: Some(hint), ..finding });
    });
}

struct Comparison<'a> {
    script: &'a Parsed,
    call: &'a FnCallExpr,
    /// Of the operator.
    at: Position,
    member: Member,
    literal: &'a Expr,
    /// Of the literal.
    position: Position,
}

impl Comparison<'_> {
    /// The literal's text, where it is one.
    fn written(&self) -> Option<&str> {
        match self.literal {
            Expr::StringConstant(text, _) => Some(text.as_str()),
            _ => None,
        }
    }
}

/// Every comparison of an attribute with something that is written out.
fn each(
    scripts: &BTreeMap<String, Parsed>,
    findings: &mut Diagnostics,
    mut found: impl FnMut(&Comparison<'_>, &mut Diagnostics),
) {
    for script in scripts.values().filter(|script| !script.path.starts_with("std/")) {
        script.ast.walk(&mut |nodes: &[ASTNode<'_>]| {
            let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) =
                nodes.last()
            else {
                return true;
            };
            if findings.is_full_of_warnings() {
                return false;
            }
            let [left, right] = call.args.as_slice() else { return true };
            if !OPERATORS.contains(&call.name.as_str()) {
                return true;
            }
            for (one, literal) in [(left, right), (right, left)] {
                let Some(member) = script.names.parameters.member(one) else { continue };
                // The parameter of a function may be a map that has such a key.
                let may_be_a_map = member.of == Of::Either
                    && scripts.values().any(|other| other.names.keys.contains(&member.name));
                if !matches!(member.of, Of::Decision | Of::Operation) && !may_be_a_map {
                    let position = literal.position();
                    found(&Comparison { script, call, at: *at, member, literal, position }, findings);
                }
            }
            true
        });
    }
}

fn type_of(name: &str) -> Option<Type> {
    let own = match name.to_ascii_lowercase().as_str() {
        "enabled" | "expired" => Some(Type::Boolean),
        "groups" | "direct_groups" | "distribution_groups" | "account_flags" => Some(Type::List),
        "manager" => Some(Type::Person),
        "dn" | "primary_smtp" => Some(Type::Text { folded: true }),
        "guid" => Some(Type::Text { folded: false }),
        _ => None,
    };
    own.or_else(|| {
        Some(match attribute_type(name)? {
            (_, _, true) => Type::List,
            (_, Syntax::Text | Syntax::DistinguishedName, _) => Type::Text { folded: true },
            (_, Syntax::Guid | Syntax::Sid, _) => Type::Text { folded: false },
            (_, Syntax::Integer, _) => Type::Number,
            (_, Syntax::Boolean, _) => Type::Boolean,
            (_, Syntax::GeneralizedTime | Syntax::FileTime, _) => Type::Time,
            (_, Syntax::Binary, _) => Type::Binary,
        })
    })
}

fn literal_of(expression: &Expr) -> Option<Literal> {
    Some(match expression {
        Expr::StringConstant(..) | Expr::CharConstant(..) => Literal::Text,
        Expr::IntegerConstant(..) | Expr::FloatConstant(..) => Literal::Number,
        Expr::BoolConstant(..) => Literal::Boolean,
        Expr::Array(..) => Literal::List,
        Expr::DynamicConstant(value, _) if value.is_array() => Literal::List,
        _ => return None,
    })
}

fn said(kind: Type) -> &'static str {
    match kind {
        Type::Text { .. } => "a text",
        Type::Number => "a whole number",
        Type::Boolean => "true or false",
        Type::Time => "a time",
        Type::List => "a list (it can have several values)",
        Type::Binary => "binary",
        Type::Person => "a person",
        Type::Own => "a text, as every attribute of your own schema",
    }
}

fn literal_said(literal: Literal) -> &'static str {
    match literal {
        Literal::Text => "a text",
        Literal::Number => "a number",
        Literal::Boolean => "true or false",
        Literal::List => "a list",
    }
}

fn advice(member: &Member, kind: Type, literal: Literal, text: Option<&str>, operator: &str) -> String {
    let path = &member.path;
    let not = if operator == "!=" { "!" } else { "" };
    let written = text.map_or_else(|| "..".to_owned(), |text| format!("{text:?}"));
    if text == Some("") && kind != Type::List {
        return format!("a blank value is `()`: write `{operator} ()`");
    }
    match kind {
        Type::List if text == Some("") => format!("write `{not}{path}.is_empty()`"),
        Type::List
            if ["memberof", "groups", "direct_groups"]
                .contains(&member.name.to_ascii_lowercase().as_str()) =>
        {
            format!(
                "write `{not}{}.in_group({written})`: the name, the DN or the SID of a group",
                member.person()
            )
        }
        Type::List => format!("write `{not}{path}.contains({written})`"),
        Type::Time => match text.and_then(date) {
            Some((year, month, day)) => format!(
                "write `N({path}) {operator} DATE({year}, {month}, {day})`, or compare with `now().plus_days(-30)`"
            ),
            None => "compare with a time, as `now().plus_days(-30)`".into(),
        },
        Type::Text { .. } if literal == Literal::List => format!("write `{not}{path}.any_of([..])`"),
        Type::Text { .. } | Type::Own => "put it in double quotes".into(),
        Type::Number => "write the number without quotes".into(),
        Type::Boolean => "write `true` or `false`, without quotes".into(),
        Type::Person => format!("ask for something of that person: `{not}{path}.mail.equals({written})`"),
        Type::Binary => "ask whether it is there: `!= ()`".into(),
    }
}

/// `2024-01-31..` in its parts.
fn date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.get(..10)?.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}
