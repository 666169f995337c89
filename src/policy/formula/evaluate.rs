use std::sync::Arc;

use super::term::{Formula, Looked, Term};
use crate::policy::excel::{Clock, ErrorCode, Function, Value};

impl Formula {
    /// What it comes to. `read` gives the attribute of that place among [`Formula::attributes`]; it is asked only for
    /// what is needed: `IF`, `IFS`, `SWITCH`, `CHOOSE`, `IFERROR` and `IFNA` evaluate no more than their answer wants,
    /// unless an array makes them want everything.
    ///
    /// # Errors
    /// What `read` fails with.
    pub fn evaluate<E>(
        &self,
        clock: &Clock,
        read: &mut impl FnMut(usize) -> Result<Value, E>,
    ) -> Result<Value, E> {
        Evaluation { clock, tables: &self.tables, read }.value(&self.root)
    }
}

struct Evaluation<'a, R> {
    clock: &'a Clock,
    tables: &'a [Looked],
    read: &'a mut R,
}

impl<E, R: FnMut(usize) -> Result<Value, E>> Evaluation<'_, R> {
    fn value(&mut self, term: &Term) -> Result<Value, E> {
        match term {
            Term::Constant(value) => Ok(value.clone()),
            Term::Missing => Ok(Value::Blank),
            Term::Attribute(index) => (self.read)(*index),
            Term::Table(index) => {
                let array = self.tables.get(*index).and_then(|table| table.array.as_ref());
                Ok(array.map_or(Value::Error(ErrorCode::Ref), |array| Value::Array(Arc::clone(array))))
            }
            Term::Call(function, arguments) => self.call(function, arguments),
            Term::Chain(first, rest) => {
                let mut value = self.value(first)?;
                for (operator, term) in rest {
                    value = operator.apply(value, self.value(term)?);
                }
                Ok(value)
            }
            Term::Signed(sign, of) => Ok(sign.apply(self.value(of)?)),
        }
    }

    fn call(&mut self, function: &Function, arguments: &[Term]) -> Result<Value, E> {
        let clock = self.clock;
        function.call_lazily(arguments.len(), clock, &mut |index| {
            arguments.get(index).map_or(Ok(Value::Blank), |argument| self.value(argument))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The answer, and the attributes that were asked for.
    fn evaluated(text: &str) -> (String, Vec<usize>) {
        let formula = Formula::parse(text).unwrap();
        let mut asked = Vec::new();
        let answer = formula.evaluate(&Clock { now: 46_027.75 }, &mut |index| {
            asked.push(index);
            Ok::<_, Infallible>(Value::from(["a", "b", "c"].get(index).copied().unwrap_or_default()))
        });
        (answer.unwrap().to_string(), asked)
    }

    #[test]
    fn operators_bind_as_in_a_sheet() {
        for (text, answer) in [
            ("=-2^2", "4"),
            ("=2^3^2", "64"),
            ("=2^-1", "0.5"),
            ("=1+2*3-4/2", "5"),
            ("=50%%", "0.005"),
            ("=-50%", "-0.5"),
            ("=1&2+3", "15"),
            ("=1&2=\"12\"", "TRUE"),
            ("=1<2=TRUE", "TRUE"),
            ("--\"3\"", "3"),
            ("= ( 1 + 2 ) * 3", "9"),
            ("=\"say \"\"hi\"\"\"", "say \"hi\""),
            ("={1,2;-3,\"x\"}&\"!\"", "{\"1!\",\"2!\";\"-3!\",\"x!\"}"),
            ("=#n/a", "#N/A"),
            ("=true", "TRUE"),
            ("=_xlfn.textjoin(\",\",,\"a\",\"b\")", "a,b"),
            ("=T.DIST(0,5,TRUE)", "0.5"),
            ("=AND(,2>1)", "FALSE"),
        ] {
            assert_eq!(evaluated(text).0, answer, "{text}");
        }
    }

    #[test]
    fn arrays_that_choose_are_worked_out_once() {
        let nested = format!("={}{{1,0}}{}", "IF(".repeat(60), ",1,0)".repeat(60));
        assert_eq!(evaluated(&nested).0, "{1,0}");
    }

    #[test]
    fn only_what_is_needed_is_evaluated() {
        for (text, answer, asked) in [
            ("=IF(TRUE,[x],[y])", "a", vec![0]),
            ("=IF(FALSE,[x],[y])", "b", vec![1]),
            ("=IF(FALSE,[x])", "FALSE", vec![]),
            ("=IF({TRUE,FALSE},[x],[y])", "{\"a\",\"b\"}", vec![0, 1]),
            ("=IFS(FALSE,[x],TRUE,[y],1/0,[z])", "b", vec![1]),
            ("=SWITCH(\"B\",\"a\",[x],\"b\",[y],[z])", "b", vec![1]),
            ("=SWITCH(9,\"a\",[x],[y])", "b", vec![1]),
            ("=SWITCH(9,1/0,[x],[y])", "#DIV/0!", vec![]),
            ("=CHOOSE(2.9,[x],[y],[z])", "b", vec![1]),
            ("=CHOOSE(4,[x],[y],[z])", "#VALUE!", vec![]),
            ("=IFERROR([x],[y])", "a", vec![0]),
            ("=IFERROR(1/0,[y])", "a", vec![0]),
            ("=IFNA(1/0,[y])", "#DIV/0!", vec![]),
            ("=IFNA(#N/A,[y])", "a", vec![0]),
        ] {
            assert_eq!(evaluated(text), (answer.to_owned(), asked), "{text}");
        }
    }
}
