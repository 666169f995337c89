//! The functions that work out no more of their arguments than their answer needs: `IF`, `IFS`, `SWITCH`, `CHOOSE`,
//! `IFERROR` and `IFNA`. Where an array chooses, all of them are needed.

use super::function::{Clock, Function, fits, whole};
use super::value::{ErrorCode, Value};

/// By name.
const LAZY: [&str; 6] = ["CHOOSE", "IF", "IFERROR", "IFNA", "IFS", "SWITCH"];

/// What a function answers with.
enum Choice {
    Argument(usize),
    Value(Value),
    /// What the function makes of all arguments.
    Call,
}

impl Function {
    /// Whether [`Function::call_lazily`] passes over arguments.
    #[must_use]
    pub fn is_lazy(&self) -> bool {
        LAZY.contains(&self.name)
    }

    /// As [`Function::call`] of `count` arguments, each of which `argument` works out by its index when it is needed,
    /// and at most once.
    ///
    /// # Errors
    /// What `argument` fails with.
    pub fn call_lazily<E>(
        &self,
        count: usize,
        clock: &Clock,
        argument: &mut impl FnMut(usize) -> Result<Value, E>,
    ) -> Result<Value, E> {
        let takes = count >= self.min && self.max.is_none_or(|max| count <= max);
        if !takes || !self.is_lazy() {
            let values = (0..count).map(argument).collect::<Result<Vec<_>, E>>()?;
            return Ok(self.call(&values, clock));
        }
        let mut given = Given { values: vec![None; count], argument };
        let answer = match self.choice(count, clock, &mut given)? {
            Choice::Argument(index) => given.at(index)?,
            Choice::Value(value) => value,
            Choice::Call => {
                let values = (0..count).map(|index| given.at(index)).collect::<Result<Vec<_>, E>>()?;
                return Ok(self.call(&values, clock));
            }
        };
        Ok(match answer {
            Value::Text(text) if !fits(&text) => Value::Error(ErrorCode::Value),
            answer => answer,
        })
    }

    fn choice<E, A: FnMut(usize) -> Result<Value, E>>(
        &self,
        count: usize,
        clock: &Clock,
        given: &mut Given<'_, A>,
    ) -> Result<Choice, E> {
        if self.name == "IFS" {
            return ifs(count, given);
        }
        let first = given.at(0)?;
        if matches!(first, Value::Array(_)) {
            return Ok(Choice::Call);
        }
        let error = |code| Ok(Choice::Value(Value::Error(code)));
        match (self.name, first) {
            ("IF", test) => match test.to_boolean() {
                Ok(passed) => Ok(otherwise(2 - usize::from(passed), count, Value::Boolean(false))),
                Err(code) => error(code),
            },
            ("CHOOSE", index) => match index.to_number() {
                Ok(number) => {
                    let index = usize::try_from(whole(number)).unwrap_or(0);
                    let index = if index == 0 { usize::MAX } else { index };
                    Ok(otherwise(index, count, Value::Error(ErrorCode::Value)))
                }
                Err(code) => error(code),
            },
            ("SWITCH", of) => self.switch(&of, count, clock, given),
            ("IFNA", Value::Error(ErrorCode::NA)) | ("IFERROR", Value::Error(_)) => Ok(Choice::Argument(1)),
            (_, value) => Ok(Choice::Value(value)),
        }
    }

    fn switch<E, A: FnMut(usize) -> Result<Value, E>>(
        &self,
        of: &Value,
        count: usize,
        clock: &Clock,
        given: &mut Given<'_, A>,
    ) -> Result<Choice, E> {
        let mut case = 1;
        while case + 1 < count {
            // The function itself knows what equals what.
            let [matched, missed] = [Value::Boolean(true), Value::Boolean(false)];
            match self.call(&[of.clone(), given.at(case)?, matched, missed], clock) {
                Value::Boolean(true) => return Ok(Choice::Argument(case + 1)),
                Value::Boolean(false) => case += 2,
                error => return Ok(Choice::Value(error)),
            }
        }
        Ok(otherwise(case, count, Value::Error(ErrorCode::NA)))
    }
}

fn ifs<E, A: FnMut(usize) -> Result<Value, E>>(count: usize, given: &mut Given<'_, A>) -> Result<Choice, E> {
    for test in (0..count).step_by(2) {
        if test + 1 == count {
            return Ok(Choice::Value(Value::Error(ErrorCode::Value)));
        }
        let passed = match given.at(test)? {
            Value::Array(_) => return Ok(Choice::Call),
            test => test.to_boolean(),
        };
        match passed {
            Ok(true) => return Ok(Choice::Argument(test + 1)),
            Ok(false) => {}
            Err(code) => return Ok(Choice::Value(Value::Error(code))),
        }
    }
    Ok(Choice::Value(Value::Error(ErrorCode::NA)))
}

/// The argument at an index, or what stands for it where it was not given.
fn otherwise(index: usize, count: usize, absent: Value) -> Choice {
    if index < count { Choice::Argument(index) } else { Choice::Value(absent) }
}

/// Arguments that are worked out once.
struct Given<'a, A> {
    values: Vec<Option<Value>>,
    argument: &'a mut A,
}

impl<E, A: FnMut(usize) -> Result<Value, E>> Given<'_, A> {
    fn at(&mut self, index: usize) -> Result<Value, E> {
        if let Some(Some(known)) = self.values.get(index) {
            return Ok(known.clone());
        }
        let value = (self.argument)(index)?;
        if let Some(place) = self.values.get_mut(index) {
            *place = Some(value.clone());
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Array, function, functions};
    use super::*;

    const CLOCK: Clock = Clock { now: 46_027.75 };

    /// Every list of up to four of some values: the lazy way gives what the other gives, and asks for nothing twice. But
    /// for arrays among the later tests of `IFS`, which the lazy way may never see.
    #[test]
    fn nothing_else_comes_out_than_of_all_arguments() {
        let array = Array::row(vec![Value::Boolean(true), Value::Number(2.0)]).unwrap();
        let values = [
            Value::Blank,
            Value::Boolean(true),
            Value::Number(2.0),
            Value::from("a"),
            Value::Error(ErrorCode::NA),
            Value::from(array),
            Value::from("x".repeat(40_000)),
        ];
        let lazy: Vec<_> = functions().iter().filter(|function| function.is_lazy()).collect();
        assert_eq!(lazy.len(), LAZY.len());
        for count in 0..=4u32 {
            for mut number in 0..values.len().pow(count) {
                let mut arguments = Vec::new();
                for _ in 0..count {
                    arguments.push(values[number % values.len()].clone());
                    number /= values.len();
                }
                let mut later = arguments.iter().skip(2).step_by(2);
                let is_seen = later.all(|test| !matches!(test, Value::Array(_)));
                for function in lazy.iter().filter(|function| is_seen || function.name != "IFS") {
                    let mut asked = vec![0; arguments.len()];
                    let answer = function.call_lazily(arguments.len(), &CLOCK, &mut |index| {
                        asked[index] += 1;
                        Ok::<_, std::convert::Infallible>(arguments[index].clone())
                    });
                    assert_eq!(
                        answer.unwrap(),
                        function.call(&arguments, &CLOCK),
                        "{} {arguments:?}",
                        function.name
                    );
                    assert!(asked.iter().all(|times| *times <= 1));
                }
            }
        }
    }

    #[test]
    fn what_is_not_needed_is_not_asked_for() {
        let asked = |name: &str, arguments: &[Value]| {
            let mut asked = Vec::new();
            let answer = function(name).unwrap().call_lazily(arguments.len(), &CLOCK, &mut |index| {
                asked.push(index);
                arguments.get(index).cloned().ok_or(())
            });
            (answer.unwrap(), asked)
        };
        let (yes, no, two) = (Value::Boolean(true), Value::Boolean(false), Value::Number(2.9));
        assert_eq!(asked("IF", &[no.clone(), two.clone()]), (no.clone(), vec![0]));
        assert_eq!(asked("IF", &[no.clone(), yes.clone(), two.clone()]), (two.clone(), vec![0, 2]));
        assert_eq!(
            asked("CHOOSE", &[two.clone(), yes.clone(), no.clone(), two.clone()]),
            (no.clone(), vec![0, 2])
        );
        assert_eq!(asked("IFERROR", &[yes.clone(), no.clone()]), (yes.clone(), vec![0]));
        assert_eq!(
            asked("IFS", &[no.clone(), two.clone(), yes.clone(), no]),
            (Value::Boolean(false), vec![0, 2, 3])
        );
        assert_eq!(asked("SWITCH", &[two.clone(), two.clone(), yes.clone(), two]), (yes, vec![0, 1, 2]));
    }
}
