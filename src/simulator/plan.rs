//! Faults as they are written in a file (TOML) for `rolecall simulator --faults`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use super::{Fault, FaultKind, On, RoleAnswer};

/// The faults of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    pub seed: u64,
    pub faults: Vec<Fault>,
}

/// Why a file of faults cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("cannot read the faults in `{path}`: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// `why` shows the place.
    #[error("the faults in `{path}` cannot be understood: {why}")]
    Syntax { path: PathBuf, why: String },
    /// `number` counts from 1.
    #[error("fault {number} in `{path}` cannot be used: {why}")]
    Fault { path: PathBuf, number: usize, why: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    seed: u64,
    #[serde(default, rename = "fault")]
    faults: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Kind,
    #[serde(default)]
    method: String,
    #[serde(default)]
    path: String,
    /// The first request that is harmed, from 1.
    nth: Option<usize>,
    times: Option<usize>,
    /// Of the requests that fit.
    rate: Option<f64>,
    status: Option<u16>,
    retry_after: Option<String>,
    /// After the request was carried out.
    after: Option<bool>,
    delay: Option<String>,
    total: Option<usize>,
    roles: Option<Shape>,
    content_type: Option<String>,
    location: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Status,
    Cut,
    Hang,
    Slow,
    SlowBody,
    Torn,
    Html,
    ContentType,
    Ignore,
    Total,
    FirstPage,
    EmptyPage,
    Roles,
    Redirect,
    Appear,
    Vanish,
    Swap,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    List,
    Object,
    Text,
}

impl FaultPlan {
    /// # Errors
    /// When the file cannot be read, or something in it has no meaning.
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        let failed = |source| PlanError::Read { path: path.to_owned(), source };
        Self::parse(&std::fs::read_to_string(path).map_err(failed)?, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, PlanError> {
        let wrong = |error: toml::de::Error| PlanError::Syntax {
            path: path.to_owned(),
            why: error.to_string().trim_end().to_owned(),
        };
        let file: File = toml::from_str(text).map_err(wrong)?;
        let fault = |(index, written): (usize, Written)| {
            written.fault().map_err(|why| PlanError::Fault { path: path.to_owned(), number: index + 1, why })
        };
        let faults = file.faults.into_iter().enumerate().map(fault).collect::<Result<_, _>>()?;
        Ok(Self { seed: file.seed, faults })
    }
}

impl Written {
    fn fault(self) -> Result<Fault, String> {
        self.only_its_own()?;
        Ok(Fault { on: self.on()?, kind: self.kind()? })
    }

    fn on(&self) -> Result<On, String> {
        let skip = match self.nth {
            Some(0) => return Err("`nth` counts from 1".to_owned()),
            nth => nth.unwrap_or(1) - 1,
        };
        let per_mille = match self.rate {
            None => 1000,
            Some(rate) if rate > 0.0 && rate <= 1.0 => {
                let per_mille = (rate * 1000.0).round() as u16;
                per_mille.max(1)
            }
            Some(_) => return Err("`rate` must be above 0, and 1 at most".to_owned()),
        };
        let times = match (self.times, self.rate) {
            (Some(times), _) => times,
            (None, Some(_)) => usize::MAX,
            (None, None) => 1,
        };
        Ok(On { method: self.method.clone(), path: self.path.clone(), skip, times, per_mille })
    }

    fn kind(self) -> Result<FaultKind, String> {
        let delay = match &self.delay {
            None => Ok(Duration::from_secs(1)),
            Some(text) => text
                .parse::<SignedDuration>()
                .ok()
                .and_then(|delay| Duration::try_from(delay).ok())
                .ok_or_else(|| format!("`{text}` is no duration; write it as `500ms` or `3s`")),
        };
        let need = |name: &str| format!("`{name}` is missing");
        Ok(match self.kind {
            Kind::Status => {
                let status = self.status.ok_or_else(|| need("status"))?;
                if !(200..600).contains(&status) {
                    return Err("`status` must be from 200 to 599".to_owned());
                }
                match (FaultKind::status(status), self.after) {
                    (FaultKind::Answer { status, content_type, body, .. }, Some(true)) => {
                        FaultKind::AnswerAfter { status, retry_after: self.retry_after, content_type, body }
                    }
                    (FaultKind::Answer { status, content_type, body, .. }, _) => {
                        FaultKind::Answer { status, retry_after: self.retry_after, content_type, body }
                    }
                    (other, _) => other,
                }
            }
            Kind::Cut if self.after == Some(true) => FaultKind::DropAfter,
            Kind::Cut => FaultKind::DropBefore,
            Kind::Hang => FaultKind::Hang,
            Kind::Slow => FaultKind::Slow(delay?),
            Kind::SlowBody => FaultKind::SlowBody(delay?),
            Kind::Torn => FaultKind::Torn,
            Kind::Html => FaultKind::html(),
            Kind::ContentType => {
                FaultKind::ContentType(self.content_type.ok_or_else(|| need("content_type"))?)
            }
            Kind::Ignore => FaultKind::Ignore,
            Kind::Total => FaultKind::Total(self.total.ok_or_else(|| need("total"))?),
            Kind::FirstPage => FaultKind::FirstPage,
            Kind::EmptyPage => FaultKind::EmptyPage,
            Kind::Roles => FaultKind::Roles(match self.roles.ok_or_else(|| need("roles"))? {
                Shape::List => RoleAnswer::List,
                Shape::Object => RoleAnswer::Object,
                Shape::Text => RoleAnswer::Text,
            }),
            Kind::Redirect => FaultKind::Redirect(self.location.ok_or_else(|| need("location"))?),
            Kind::Appear => FaultKind::Appear,
            Kind::Vanish => FaultKind::Vanish,
            Kind::Swap => FaultKind::Swap,
        })
    }

    /// A setting that its kind does not have would do nothing, and nobody would know.
    fn only_its_own(&self) -> Result<(), String> {
        let written = [
            ("status", self.status.is_some(), [Kind::Status].as_slice()),
            ("retry_after", self.retry_after.is_some(), &[Kind::Status]),
            ("after", self.after.is_some(), &[Kind::Status, Kind::Cut]),
            ("delay", self.delay.is_some(), &[Kind::Slow, Kind::SlowBody]),
            ("total", self.total.is_some(), &[Kind::Total]),
            ("roles", self.roles.is_some(), &[Kind::Roles]),
            ("content_type", self.content_type.is_some(), &[Kind::ContentType]),
            ("location", self.location.is_some(), &[Kind::Redirect]),
        ];
        match written.iter().find(|(_, is_there, kinds)| *is_there && !kinds.contains(&self.kind)) {
            Some((name, ..)) => Err(format!("`{name}` means nothing for a fault of this kind")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::FaultPlan;
    use crate::simulator::{Fault, FaultKind, On};

    fn parse(text: &str) -> Result<FaultPlan, String> {
        FaultPlan::parse(text, Path::new("faults.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn faults_are_read_as_they_are_written() {
        let plan = parse(
            r#"
            seed = 7
            [[fault]]
            kind = "status"
            status = 429
            retry_after = "2"
            method = "POST"
            path = "/Users"
            nth = 3
            [[fault]]
            kind = "cut"
            after = true
            rate = 0.05
            [[fault]]
            kind = "slow-body"
            delay = "500ms"
            times = 2
            "#,
        )
        .unwrap();
        let faults = [
            Fault { on: On::next("POST", "/Users").after(2), kind: FaultKind::too_many_requests(Some("2")) },
            Fault { on: On::every("", "").at_times(50), kind: FaultKind::DropAfter },
            Fault {
                on: On { times: 2, ..On::next("", "") },
                kind: FaultKind::SlowBody(Duration::from_millis(500)),
            },
        ];
        assert_eq!(plan, FaultPlan { seed: 7, faults: faults.into() });
        assert_eq!(parse(""), Ok(FaultPlan::default()));
    }

    #[test]
    fn what_has_no_meaning_is_named() {
        let texts = [
            "[[fault]]\nkind = \"crash\"",
            "[[fault]]\nkind = \"hang\"\nstatus = 500",
            "[[fault]]\nkind = \"hang\"\n[[fault]]\nkind = \"status\"",
            "[[fault]]\nkind = \"status\"\nstatus = 99",
            "[[fault]]\nkind = \"hang\"\nnth = 0",
            "[[fault]]\nkind = \"hang\"\nrate = 2.0",
            "[[fault]]\nkind = \"slow\"\ndelay = \"soon\"",
            "fault = 1",
        ];
        let errors: Vec<String> = texts.iter().map(|text| parse(text).unwrap_err()).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
