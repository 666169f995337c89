use std::ops::Range;
use std::sync::Arc;

use super::lexer::{Token, tokens};
use super::problem::{Mistake, Problem};
use super::term::{Attribute, Formula, Looked, Term};
use crate::diagnostic::closest;
use crate::facts::attribute_type;
use crate::policy::excel::{self, Array, Function, Operator, Sign, Value};

/// As Excel has it, in UTF-16 code units.
const LONGEST: usize = 8_192;

/// Brackets, signs and calls inside each other; Excel allows 64 calls.
const DEEPEST: usize = 64;

/// Operators from those that bind least to those that bind most; all go from left to right. Signs bind even more:
/// `-2^2` is 4.
const LEVELS: [&[Operator]; 5] = [
    &[
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ],
    &[Operator::Concatenate],
    &[Operator::Add, Operator::Subtract],
    &[Operator::Multiply, Operator::Divide],
    &[Operator::Power],
];

/// Functions that take nothing but ranges of cells in Excel: an array stands for one, its empty texts for empty cells.
const RANGES: [&str; 8] =
    ["AVERAGEIF", "AVERAGEIFS", "COUNTIF", "COUNTIFS", "MAXIFS", "MINIFS", "SUMIF", "SUMIFS"];

/// Functions for which an argument left out between commas is FALSE, though they pass over empty cells.
const LOGICAL: [&str; 3] = ["AND", "OR", "XOR"];

/// What a look-up table is asked for by.
const TABLE: &str = "TABLE";

/// How files of newer spreadsheets mark functions that older ones lack.
const PREFIXES: [&str; 2] = ["_XLFN.", "_XLWS."];

impl Formula {
    /// Reads a formula, with or without the `=` in front. Whether the attributes are known is not looked at.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match Self::parse_as_typed(text)? {
            (_, Some(problem)) => Err(problem),
            (formula, None) => Ok(formula),
        }
    }

    /// As [`Formula::parse`], but a call of a function that nobody knows, or with a wrong number of arguments, is the
    /// error that a cell would have there; the first such call comes beside the formula.
    ///
    /// # Errors
    /// The first thing for which the text is no formula.
    pub fn parse_as_typed(text: &str) -> Result<(Self, Option<Problem>), Problem> {
        if text.encode_utf16().count() > LONGEST {
            let message = format!("a formula has at most {LONGEST} characters");
            return Err(Problem::syntax(message, 0..text.len()));
        }
        let trimmed = text.trim_start();
        let start = text.len() - trimmed.len();
        let start = start + usize::from(trimmed.starts_with('='));
        let mut tokens = tokens(text.get(start..).unwrap_or_default()).map_err(|problem| {
            let span = start + problem.span.start..start + problem.span.end;
            Problem { span, ..problem }
        })?;
        for (_, span) in &mut tokens {
            *span = start + span.start..start + span.end;
        }
        let end = text.trim_end().len();
        let mut parser = Parser {
            tokens,
            at: 0,
            depth: 0,
            end,
            attributes: Vec::new(),
            tables: Vec::new(),
            problem: None,
        };
        let root = parser.level(0)?;
        if let Some((_, span)) = parser.tokens.get(parser.at) {
            return Err(Problem::syntax("the formula is complete before this", span.clone())
                .hint("an operator is missing, as `&`, or a bracket is closed too early"));
        }
        let Parser { attributes, tables, problem, .. } = parser;
        Ok((Self { text: Arc::from(text), root, attributes, tables }, problem))
    }
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
    /// Where the text ends.
    end: usize,
    attributes: Vec<Attribute>,
    tables: Vec<Looked>,
    /// The first call that cannot be made.
    problem: Option<Problem>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// The bytes of the next token; behind the last one nothing.
    fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, span)| span.clone())
    }

    fn eat(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn level(&mut self, level: usize) -> Result<Term, Problem> {
        let Some(operators) = LEVELS.get(level) else { return self.signed() };
        let first = self.level(level + 1)?;
        let mut rest = Vec::new();
        while let Some(Token::Operator(operator)) = self.peek() {
            let operator = *operator;
            if !operators.contains(&operator) {
                break;
            }
            self.at += 1;
            rest.push((operator, self.level(level + 1)?));
        }
        Ok(if rest.is_empty() { first } else { Term::Chain(Box::new(first), rest) })
    }

    fn signed(&mut self) -> Result<Term, Problem> {
        let sign = match self.peek() {
            Some(Token::Operator(Operator::Subtract)) => Sign::Minus,
            Some(Token::Operator(Operator::Add)) => Sign::Plus,
            _ => return self.percent(),
        };
        self.deeper(|parser| {
            parser.at += 1;
            Ok(Term::Signed(sign, Box::new(parser.signed()?)))
        })
    }

    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Result<Term, Problem>) -> Result<Term, Problem> {
        if self.depth >= DEEPEST {
            let message = format!("brackets, signs and calls are at most {DEEPEST} deep");
            return Err(Problem::syntax(message, self.span()));
        }
        self.depth += 1;
        let term = parse(self);
        self.depth -= 1;
        term
    }

    fn percent(&mut self) -> Result<Term, Problem> {
        let mut term = self.primary()?;
        let mut signs = 0;
        while self.eat(&Token::Percent) {
            signs += 1;
            if signs > DEEPEST {
                return Err(Problem::syntax("there are too many percent signs", self.span()));
            }
            term = Term::Signed(Sign::Percent, Box::new(term));
        }
        Ok(term)
    }

    fn primary(&mut self) -> Result<Term, Problem> {
        let span = self.span();
        let Some((token, _)) = self.tokens.get(self.at).cloned() else {
            let problem = Problem::syntax("the formula ends where a value is wanted", span);
            return Err(if self.tokens.is_empty() {
                problem.hint("write one as `=PROPER([givenName])`")
            } else {
                problem
            });
        };
        match token {
            Token::Open => self.deeper(|parser| {
                parser.at += 1;
                let inner = parser.level(0)?;
                parser.close(span)?;
                Ok(inner)
            }),
            Token::OpenBrace => self.array(span),
            Token::Name(name) => self.name(&name, span),
            Token::Attribute(path) => {
                self.at += 1;
                Ok(Term::Attribute(self.attribute(path, span)))
            }
            token => {
                let Some(value) = constant(&token) else {
                    return Err(Problem::syntax("a value is wanted here", span));
                };
                self.at += 1;
                Ok(Term::Constant(value))
            }
        }
    }

    fn attribute(&mut self, path: String, span: Range<usize>) -> usize {
        let known = self.attributes.iter().position(|known| known.path.eq_ignore_ascii_case(&path));
        known.unwrap_or_else(|| {
            self.attributes.push(Attribute { path, span: span.start + 1..span.end - 1 });
            self.attributes.len() - 1
        })
    }

    fn close(&mut self, opened: Range<usize>) -> Result<(), Problem> {
        if self.eat(&Token::Close) {
            return Ok(());
        }
        if self.at < self.tokens.len() {
            return Err(self.unexpected("`)` or an operator is wanted here"));
        }
        Err(Problem::syntax("this bracket is never closed", opened))
    }

    fn unexpected(&self, message: &str) -> Problem {
        let problem = Problem::syntax(message, self.span());
        match self.peek() {
            Some(Token::Semicolon) => problem.hint("arguments are separated by `,`"),
            _ => problem,
        }
    }

    fn name(&mut self, written: &str, span: Range<usize>) -> Result<Term, Problem> {
        self.at += 1;
        if self.peek() == Some(&Token::Open) {
            if written.eq_ignore_ascii_case(TABLE) {
                return self.table();
            }
            let function = known(written, &span);
            return self.deeper(|parser| parser.call(function, span));
        }
        if written.eq_ignore_ascii_case("TRUE") || written.eq_ignore_ascii_case("FALSE") {
            return Ok(Term::Constant(Value::Boolean(written.eq_ignore_ascii_case("TRUE"))));
        }
        let problem = Problem::syntax(format!("nothing is called `{written}`"), span);
        Err(match attribute_type(written) {
            Some((name, ..)) => problem.hint(format!("a user's attribute is written `[{name}]`")),
            None if excel::function(&written.to_ascii_uppercase()).is_some() => {
                problem.hint(format!("a function is called with brackets: `{written}()`"))
            }
            None => problem.hint("text stands in double quotes, a user's attribute in square brackets"),
        })
    }

    /// `("offices.csv")` or `("offices.csv", "City")`.
    fn table(&mut self) -> Result<Term, Problem> {
        let opened = self.span();
        self.at += 1;
        let (file, file_span) = self.written()?;
        let part = if self.eat(&Token::Comma) { Some(self.written()?) } else { None };
        if !self.eat(&Token::Close) {
            return Err(match self.peek() {
                Some(Token::Comma) => {
                    Problem::syntax("a table has a name, and a column at most", self.span())
                }
                Some(_) => self.unexpected("`,` or `)` is wanted here"),
                None => Problem::syntax("this bracket is never closed", opened),
            });
        }
        let (part, part_span) = part.map_or((None, 0..0), |(part, span)| (Some(part), span));
        self.tables.push(Looked { file, part, file_span, part_span, array: None });
        Ok(Term::Table(self.tables.len() - 1))
    }

    /// A text that is written out, and where.
    fn written(&mut self) -> Result<(String, Range<usize>), Problem> {
        let span = self.span();
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok((text, span))
            }
            _ => Err(Problem::syntax("the name of a table, or of a column, is written out here", span).hint(
                "a table is written `table(\"offices.csv\")`, its column `table(\"offices.csv\", \"City\")`",
            )),
        }
    }

    fn call(
        &mut self,
        function: Result<&'static Function, Problem>,
        name: Range<usize>,
    ) -> Result<Term, Problem> {
        let opened = self.span();
        self.at += 1;
        let mut arguments = Vec::new();
        if !self.eat(&Token::Close) {
            loop {
                arguments.push(match self.peek() {
                    Some(Token::Comma | Token::Close) => Term::Missing,
                    _ => self.level(0)?,
                });
                if self.eat(&Token::Comma) {
                    continue;
                }
                if self.eat(&Token::Close) {
                    break;
                }
                if self.at < self.tokens.len() {
                    return Err(self.unexpected("`,` or `)` is wanted here"));
                }
                return Err(Problem::syntax("this bracket is never closed", opened));
            }
        }
        let count = arguments.len();
        let function = function.and_then(|function| {
            if count >= function.min && function.max.is_none_or(|max| count <= max) {
                return Ok(function);
            }
            let plural = if count == 1 { "" } else { "s" };
            let message = format!("`{}` does not take {count} argument{plural}", function.name);
            Err(Problem::new(Mistake::Count, message, name).hint(format!("it is `{}`", function.signature)))
        });
        Ok(match function {
            Ok(function) if RANGES.contains(&function.name) => {
                Term::Call(function, arguments.into_iter().map(as_range).collect())
            }
            Ok(function) if LOGICAL.contains(&function.name) => {
                Term::Call(function, arguments.into_iter().map(given_or_false).collect())
            }
            Ok(function) => Term::Call(function, arguments),
            Err(problem) => {
                let code = problem.code();
                self.problem.get_or_insert(problem);
                Term::Constant(Value::Error(code))
            }
        })
    }

    fn array(&mut self, opened: Range<usize>) -> Result<Term, Problem> {
        self.at += 1;
        let (mut cells, mut columns, mut row) = (Vec::new(), None, 0);
        loop {
            cells.push(self.cell()?);
            row += 1;
            if self.eat(&Token::Comma) {
                continue;
            }
            let ends = self.peek() == Some(&Token::CloseBrace);
            if !ends && self.peek() != Some(&Token::Semicolon) {
                if self.at < self.tokens.len() {
                    return Err(Problem::syntax("`,`, `;` or `}` is wanted here", self.span()));
                }
                return Err(Problem::syntax("this bracket is never closed", opened));
            }
            let columns = *columns.get_or_insert(row);
            if row != columns {
                let span = opened.start..self.span().end;
                return Err(Problem::syntax("the rows of an array have the same number of values", span));
            }
            self.at += 1;
            row = 0;
            if ends {
                let span = opened.start..opened.end;
                let array = Array::new(columns, cells)
                    .map_err(|_| Problem::syntax("the array has too many values", span))?;
                return Ok(Term::Constant(Value::from(array)));
            }
        }
    }

    fn cell(&mut self) -> Result<Value, Problem> {
        let sign = match self.peek() {
            Some(Token::Operator(Operator::Subtract)) => Some(-1.0),
            Some(Token::Operator(Operator::Add)) => Some(1.0),
            _ => None,
        };
        self.at += usize::from(sign.is_some());
        let value = match (self.peek(), sign) {
            (Some(Token::Number(number)), sign) => Some(Value::number(number * sign.unwrap_or(1.0))),
            (Some(Token::Name(name)), None) if name.eq_ignore_ascii_case("TRUE") => {
                Some(Value::Boolean(true))
            }
            (Some(Token::Name(name)), None) if name.eq_ignore_ascii_case("FALSE") => {
                Some(Value::Boolean(false))
            }
            (Some(token), None) => constant(token),
            _ => None,
        };
        match value {
            Some(value) => {
                self.at += 1;
                Ok(value)
            }
            None => Err(Problem::syntax(
                "an array holds numbers, texts, TRUE, FALSE and errors alone",
                self.span(),
            )),
        }
    }
}

fn constant(token: &Token) -> Option<Value> {
    match token {
        Token::Number(number) => Some(Value::number(*number)),
        Token::Text(text) => Some(Value::from(text.as_str())),
        Token::Error(code) => Some(Value::Error(*code)),
        _ => None,
    }
}

fn given_or_false(argument: Term) -> Term {
    if matches!(argument, Term::Missing) { Term::Constant(Value::Boolean(false)) } else { argument }
}

/// An array that is written out, as the range of cells that it stands for.
fn as_range(argument: Term) -> Term {
    let Term::Constant(Value::Array(array)) = &argument else { return argument };
    let cells = array.cells().iter().map(|cell| match cell {
        Value::Text(text) if text.is_empty() => Value::Blank,
        cell => cell.clone(),
    });
    Array::new(array.columns(), cells.collect()).map_or(argument, |array| Term::Constant(Value::from(array)))
}

/// The function of a name, whatever its case.
fn known(written: &str, span: &Range<usize>) -> Result<&'static Function, Problem> {
    let upper = written.to_ascii_uppercase();
    let name = PREFIXES.iter().fold(upper.as_str(), |name, prefix| name.strip_prefix(prefix).unwrap_or(name));
    if let Some(function) = excel::function(name) {
        return Ok(function);
    }
    if matches!(name, "RAND" | "RANDBETWEEN" | "RANDARRAY") {
        let message =
            format!("`{name}` leaves it to chance: the same person must get the same answer every time");
        return Err(Problem::new(Mistake::Chance, message, span.clone())
            .hint("to spread people evenly, use what does not change: `[employeeNumber]`"));
    }
    let problem = Problem::new(Mistake::Function, format!("there is no function `{written}`"), span.clone());
    let names = excel::functions().iter().map(|function| function.name);
    Err(match closest(name, names) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("`rolecall docs` shows all names"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_point_into_the_text() {
        let told: Vec<String> = [
            "=PROPR([givenName])",
            "=LEFT()",
            "=UPPER(\"é\" & )",
            "=\"abc",
            "=1 2",
            "=(1+2",
            "=LOWER(givenName)",
            "=A1+1",
            "=IF(TRUE; 1; 2)",
            "={1,2;3}",
            "={1,[sn]}",
            "=[]",
            "=[sn",
            "=RAND()",
            "=“x”",
            "=Sheet1!A1",
            "=#OOPS",
            "",
            "=",
            "=1e999",
            "=1+LEFT",
        ]
        .into_iter()
        .map(|text| {
            let problem = Formula::parse(text).unwrap_err();
            let at = text.get(problem.span.clone()).unwrap();
            format!("{text}\n  at `{at}`: {problem}\n  {}", problem.hint.as_deref().unwrap_or_default())
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused() {
        for (open, close) in [("(", ")"), ("-", ""), ("ABS(", ")")] {
            let nested = |depth: usize| format!("={}1{}", open.repeat(depth), close.repeat(depth));
            assert!(Formula::parse(&nested(DEEPEST)).is_ok(), "{open}");
            assert!(Formula::parse(&nested(DEEPEST + 1)).is_err(), "{open}");
        }
        assert!(Formula::parse(&format!("=1{}", "%".repeat(5_000))).is_err());
        assert!(Formula::parse(&format!("=1{}", "+1".repeat(4_000))).is_ok());
        assert!(Formula::parse(&format!("=1{}", "+1".repeat(5_000))).is_err());
    }

    #[test]
    fn an_attribute_is_named_once() {
        let formula = Formula::parse("=[givenName]&[ manager.sn ]&[GIVENNAME]&NOW()").unwrap();
        let paths: Vec<_> = formula.attributes().iter().map(|attribute| attribute.path.as_str()).collect();
        assert_eq!(paths, ["givenName", "manager.sn"]);
        assert!(formula.reads_clock());
    }
}
