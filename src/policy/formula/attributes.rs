use super::problem::{Mistake, Problem};
use super::term::{Attribute, Formula};
use crate::diagnostic::closest;
use crate::facts::{attribute_type, attribute_types, is_virtual};

const MANAGER: &str = "manager";

impl Formula {
    /// The first attribute that nobody knows, or that is no value. `extra`: lower-case names of the customer's own.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_attributes(&self, extra: &[String]) -> Result<(), Problem> {
        self.attributes().iter().try_for_each(|attribute| check(attribute, extra))
    }

    /// Every name that is read of the person or of a manager: `manager` and `sn` of `[manager.sn]`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes().iter().flat_map(|attribute| attribute.path.split('.'))
    }
}

fn check(attribute: &Attribute, extra: &[String]) -> Result<(), Problem> {
    let (above, name) = attribute.path.rsplit_once('.').unwrap_or(("", &attribute.path));
    let wrong = |message: String, hint: &str| {
        Err(Problem::new(Mistake::Attribute, message, attribute.span.clone()).hint(hint))
    };
    let managers = above.split('.').filter(|part| !part.is_empty());
    if let Some(other) = managers.into_iter().find(|part| !part.eq_ignore_ascii_case(MANAGER)) {
        return wrong(
            format!("what `{other}` is read of is nobody"),
            "the one whose attributes can be read is the manager: `[manager.department]`",
        );
    }
    if name.eq_ignore_ascii_case(MANAGER) {
        return wrong(
            "a manager is a person and no value".to_owned(),
            "name what of them is meant: `[manager.mail]`",
        );
    }
    let is_known = attribute_type(name).is_some()
        || is_virtual(&name.to_ascii_lowercase())
        || extra.iter().any(|extra| extra.eq_ignore_ascii_case(name));
    if is_known {
        return Ok(());
    }
    let own = "an attribute of your own schema is named in `policy.extra_attributes`";
    let hint = match closest(name, attribute_types().iter().map(|(name, ..)| *name)) {
        Some(near) => format!("did you mean `{near}`? {}", capital(own)),
        None => own.to_owned(),
    };
    wrong(format!("no attribute `{name}` is known"), &hint)
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), characters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_those_of_people() {
        let told = |text: &str| {
            let formula = Formula::parse(text).unwrap();
            match formula.check_attributes(&["shoesize".to_owned()]) {
                Ok(()) => "known".to_owned(),
                Err(problem) => format!("`{}`: {problem}", text.get(problem.span.clone()).unwrap()),
            }
        };
        for (text, expected) in [
            ("=[GIVENNAME]&[manager.Manager.sn]&[shoeSize]&[enabled]&[manager.dn]", "known"),
            ("=[sn]&[ depratment ]", "` depratment `: no attribute `depratment` is known"),
            ("=[manager]", "`manager`: a manager is a person and no value"),
            ("=[boss.sn]", "`boss.sn`: what `boss` is read of is nobody"),
            ("=[manager.]", "`manager.`: no attribute `` is known"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
