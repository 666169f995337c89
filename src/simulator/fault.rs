use std::time::Duration;

use fastrand::Rng;

use super::RoleAnswer;

/// A fault that is to happen once or more. Of several that fit a request, the one set first happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub on: On,
    pub kind: FaultKind,
}

/// Which requests a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On {
    /// `GET`, `POST` ..; [`On::WRITES`] for all but GET; empty for any.
    pub method: String,
    /// What the path below the base URL begins with: `/Users`; empty for any.
    pub path: String,
    /// How many fitting requests go by unharmed first.
    pub skip: usize,
    /// How many are harmed then; `usize::MAX` for all.
    pub times: usize,
    /// Of a thousand that would be harmed, so many are, by the dice of [`Settings::seed`](super::Settings::seed).
    pub per_mille: u16,
}

impl On {
    pub const WRITES: &'static str = "writes";

    /// The next request of this method and path.
    #[must_use]
    pub fn next(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), skip: 0, times: 1, per_mille: 1000 }
    }

    /// Every request of this method and path.
    #[must_use]
    pub fn every(method: &str, path: &str) -> Self {
        Self { times: usize::MAX, ..Self::next(method, path) }
    }

    /// Lets `skip` fitting requests go by first.
    #[must_use]
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Harms so many of a thousand.
    #[must_use]
    pub fn at_times(self, per_mille: u16) -> Self {
        Self { per_mille, ..self }
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        let fits = match self.method.as_str() {
            "" => true,
            Self::WRITES => method != "GET",
            own => own.eq_ignore_ascii_case(method),
        };
        fits && path.starts_with(&self.path)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// This answer in place of the request: nothing is written.
    Answer { status: u16, retry_after: Option<String>, content_type: String, body: String },
    /// The request is carried out, and answered by this all the same.
    AnswerAfter { status: u16, retry_after: Option<String>, content_type: String, body: String },
    /// The connection ends before anything is written.
    DropBefore,
    /// The request is carried out; the connection ends before its answer.
    DropAfter,
    /// No answer, and nothing written, until the simulator stops.
    Hang,
    /// The answer comes late.
    Slow(Duration),
    /// The answer's JSON ends in the middle.
    Torn,
    /// The write is answered as though it were done, and is not done.
    Ignore,
    /// `totalResults` is this.
    Total(usize),
    /// A list begins at the first user, whatever `startIndex` says.
    FirstPage,
    /// A list has its total, and nobody on the page.
    EmptyPage,
    /// The body comes in pieces, spread over this time.
    SlowBody(Duration),
    /// The answer says that it is this kind of content.
    ContentType(String),
    /// The answer shows roles in this shape, whatever the settings say.
    Roles(RoleAnswer),
    /// 307 to there; nothing is written.
    Redirect(String),
    /// Somebody else's new user is there before the request is carried out.
    Appear,
    /// The oldest user but the owner is gone before the request is carried out.
    Vanish,
    /// Both, so that the total stays what it was.
    Swap,
}

impl FaultKind {
    /// A SCIM error (RFC 7644 section 3.12) before anything is written.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            retry_after: None,
            content_type: "application/scim+json".into(),
            body: format!(
                r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"{status}","detail":"a fault was asked for"}}"#
            ),
        }
    }

    /// 429 (RFC 6585 section 4), with `Retry-After` where one is given.
    #[must_use]
    pub fn too_many_requests(retry_after: Option<&str>) -> Self {
        match Self::status(429) {
            Self::Answer { status, content_type, body, .. } => {
                Self::Answer { status, retry_after: retry_after.map(str::to_owned), content_type, body }
            }
            other => other,
        }
    }

    /// 200 with a page for people, as a portal in the way sends it.
    #[must_use]
    pub fn html() -> Self {
        Self::Answer {
            status: 200,
            retry_after: None,
            content_type: "text/html; charset=utf-8".into(),
            body: "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
                .into(),
        }
    }
}

/// The faults still to come.
#[derive(Debug)]
pub(super) struct Faults {
    list: Vec<Fault>,
    dice: Rng,
    happened: usize,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        Self { list: faults, dice: Rng::with_seed(seed), happened: 0 }
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.list.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    pub(super) fn happened(&self) -> usize {
        self.happened
    }

    /// The fault for this request, counted. Every fault that fits counts the request, one alone happens.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        let mut taken = None;
        for fault in &mut self.list {
            if !fault.on.fits(method, path) {
                continue;
            }
            if fault.on.skip > 0 {
                fault.on.skip -= 1;
            } else if taken.is_none() && fault.on.times > 0 && self.dice.u16(..1000) < fault.on.per_mille {
                fault.on.times = if fault.on.times == usize::MAX { usize::MAX } else { fault.on.times - 1 };
                taken = Some(fault.kind.clone());
            }
        }
        self.list.retain(|fault| fault.on.times > 0);
        self.happened += usize::from(taken.is_some());
        taken
    }
}
