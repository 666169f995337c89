use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;

use super::file::{Choice, Findings, Section};
use super::ldap;
use super::redact::{redact, redact_broken};
use super::url::{self, Refused};
use super::{
    Config, DRIFT_ATTRIBUTES, DirectorySource, DriftSettings, Error, FileSource, GuardLimits, Http, Limit,
    PolicyPaths, Secret, Target,
};

impl Config {
    /// Reads `rolecall.toml`. Relative paths in it are relative to its folder; no secret is read.
    ///
    /// # Errors
    /// When it cannot be read, or anything in it is wrong: then every finding at once, each pointing into the text.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let bytes = std::fs::read(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::NotFound { path: path.to_owned() },
            _ => failed(source),
        })?;
        let text = String::from_utf8(bytes).map_err(|_| Error::NotUtf8 { path: path.to_owned() })?;
        let absolute = std::path::absolute(path).map_err(failed)?;
        let base = Base(absolute.parent().unwrap_or(Path::new("/")).to_owned());

        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let shown = path.display().to_string();

        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let findings = Findings::new(shown, redact_broken(text).into());
            for error in &errors {
                let span = error.span().unwrap_or(text.len()..text.len());
                findings.push("C0001", error.message().to_lowercase(), span, "");
            }
            return Err(Error::Invalid(findings.into_diagnostics()));
        }
        // From here on nobody sees a secret, so that nobody can tell one.
        let source: Arc<str> = redact(text, document.get_ref()).into();
        let findings = Findings::new(shown, Arc::clone(&source));
        let (document, _) = DeTable::parse_recoverable(&source);
        let config = whole(Section::root(document.get_ref(), &findings), absolute, &base);
        let diagnostics = findings.into_diagnostics();
        if diagnostics.0.is_empty() { Ok(config) } else { Err(Error::Invalid(diagnostics)) }
    }
}

/// The folder that relative paths start from.
pub(super) struct Base(PathBuf);

impl Base {
    fn path(&self, section: &Section<'_>, key: &'static str, default: &str) -> PathBuf {
        self.0.join(section.text(key).map_or_else(|| default.to_owned(), Spanned::into_inner))
    }

    pub(super) fn optional(&self, section: &Section<'_>, key: &'static str) -> Option<PathBuf> {
        section.text(key).map(|text| self.0.join(text.into_inner()))
    }

    pub(super) fn secret(&self, section: &Section<'_>, key: &'static str, hint: &str) -> Option<Secret> {
        section.secret(key, hint).map(|secret| self.absolute(secret))
    }

    fn secret_if_given(&self, section: &Section<'_>, key: &'static str) -> Option<Secret> {
        section.secret_if_given(key).map(|secret| self.absolute(secret))
    }

    fn absolute(&self, secret: Secret) -> Secret {
        match secret {
            Secret::File(path) => Secret::File(self.0.join(path)),
            other => other,
        }
    }
}

fn whole(root: Section<'_>, path: PathBuf, base: &Base) -> Config {
    let policy = policy(root.section("policy"), base);
    let directory = directory(root.section("directory"), base);
    let target = target(root.section("target"), base);
    let guard = guard(root.section("guard"));
    let run = root.section("run");
    let interval = run.duration("interval", Duration::from_mins(15));
    let full_interval =
        run.duration_up_to("full_interval", Duration::from_hours(24), Duration::from_hours(1));
    let jitter = run.number("jitter", 0..=100, 10);
    let watch = run.choice("watch").unwrap_or_default();
    let log = run.choice("log").unwrap_or_default();
    run.finish();
    let http = http(root.section("http"), base);
    let state_section = root.section("state");
    let state = base.path(&state_section, "folder", "state");
    apart(&state_section, "folder", &state, &policy.folder);
    state_section.finish();
    let journal = root.section("journal");
    let facts = journal.choice("facts").unwrap_or_default();
    journal.finish();
    root.finish();
    Config {
        path,
        policy,
        directory,
        target,
        guard,
        interval,
        full_interval,
        jitter,
        watch,
        log,
        http,
        state,
        facts,
    }
}

/// Where the loop answers by default: loopback, at a port that belongs to no well-known service.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
const OFF: &str = "off";

fn http(section: Section<'_>, base: &Base) -> Option<Http> {
    let written = section.text("listen");
    let token = base.secret_if_given(&section, "token");
    let listen = match &written {
        None => Some(LISTEN),
        Some(text) if text.get_ref() == OFF => None,
        Some(text) => {
            let parsed = text.get_ref().parse::<SocketAddr>().ok();
            if parsed.is_none() {
                let message = format!("`{}` is no address to listen on", text.get_ref());
                section.reject("C0015", message, text.span(), "such as 127.0.0.1:9464, [::1]:9464, or off");
            }
            parsed
        }
    };
    let is_open = listen.is_some_and(|listen| !listen.ip().to_canonical().is_loopback());
    // A token that is wrong was told already.
    if is_open && section.lacks("token") {
        let hint = "add `token = { env = \"NAME\" }`, or listen on 127.0.0.1 and put a proxy in front";
        section.reject(
            "C0016",
            "[http] listens beyond this machine without a token",
            section.place("listen"),
            hint,
        );
    }
    section.finish();
    Some(Http { listen: listen?, token })
}

fn policy(section: Section<'_>, base: &Base) -> PolicyPaths {
    let folder = base.path(&section, "folder", "policy");
    let entry = section.text("entry");
    let name = entry.as_ref().map_or("main.rhai", |text| text.get_ref());
    let place = section.place("entry");
    let hint = "a policy project is a folder with this file, scripts beside it, and their tests; `rolecall init` makes one";
    if !folder.is_dir() {
        let span = section.place("folder");
        section.reject("C0010", format!("there is no policy folder `{}`", folder.display()), span, hint);
    } else if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        section.reject("C0011", format!("`{name}` leads out of the policy folder"), place, "");
    } else if !folder.join(name).is_file() {
        let message = format!("there is no `{name}` in the policy folder `{}`", folder.display());
        section.reject("C0011", message, place, "`entry` is the script that is run first");
    }
    // As the keys of `Sources` are written.
    let entry: Vec<_> = Path::new(name).components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let entry = entry.join("/");
    let tests = base.path(&section, "tests", "tests");
    let fixtures = base.path(&section, "fixtures", "fixtures");
    apart(&section, "tests", &tests, &folder);
    apart(&section, "fixtures", &fixtures, &folder);
    let extra_attributes = section.list("extra_attributes");
    for attribute in &extra_attributes {
        // RFC 4512 section 2.5
        let name = attribute.get_ref();
        let allowed = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !allowed || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let hint = "letters, digits and hyphens, as the schema spells it";
            section.reject("C0012", format!("`{name}` is no name of an attribute"), attribute.span(), hint);
        }
    }
    section.finish();
    let extra_attributes = extra_attributes.into_iter().map(Spanned::into_inner).collect();
    PolicyPaths { folder, entry, tests, fixtures, extra_attributes }
}

/// What lies below the policy folder is part of the policy and of its revision.
fn apart(section: &Section<'_>, key: &'static str, path: &Path, policy: &Path) {
    if path.starts_with(policy) {
        let span = section.place(key);
        let message = format!("`{}` lies in the policy folder", path.display());
        section.reject(
            "C0013",
            message,
            span,
            "everything below the policy folder is policy; put this beside it",
        );
    }
}

#[derive(Clone, Copy, Default)]
enum Kind {
    #[default]
    Ldap,
    File,
}

impl Choice for Kind {
    const ALL: &'static [(&'static str, Self)] = &[("ldap", Self::Ldap), ("file", Self::File)];
}

fn directory(section: Section<'_>, base: &Base) -> Option<DirectorySource> {
    if !section.is_there() {
        return None;
    }
    section.require("kind", "`ldap` for Active Directory, `file` for an export");
    // Without a kind nobody can tell which keys belong here.
    let source = match section.choice("kind")? {
        Kind::File => {
            let path = section.required("path", "the export to read: `.ldif` or `.jsonl`");
            path.map(|path| DirectorySource::File(FileSource { path: base.0.join(path.into_inner()) }))
        }
        Kind::Ldap => ldap::source(&section, base).map(DirectorySource::Ldap),
    };
    section.finish();
    source
}

fn target(section: Section<'_>, base: &Base) -> Option<Target> {
    if !section.is_there() {
        return None;
    }
    let base_url = section
        .required("base_url", "copy it from Klaviyo's Security page, where SCIM is turned on")
        .and_then(|text| accept(&section, &text, url::base_url(text.get_ref())));
    let key = base.secret(&section, "key", "where the access key is: { env = \"NAME\" }");
    let auth_scheme = section.choice("auth_scheme").unwrap_or_default();
    let role_shape = section.choice("role_shape").unwrap_or_default();
    let update_method = section.choice("update_method").unwrap_or_default();
    let patch_style = section.choice("patch_style").unwrap_or_default();
    let deprovision = section.choice("deprovision").unwrap_or_default();
    let adoption = section.choice("adoption").unwrap_or_default();
    let drift = drift(section.section("drift"));
    let read_back = section.flag("read_back", true);
    let page_size = section.number("page_size", 1..=1000, 100);
    let per_second = section.number("per_second", 1..=1000, 3);
    let per_minute = section.number("per_minute", 1..=60_000, 60);
    let concurrency = section.number("concurrency", 1..=64, 4);
    let timeout = section.duration("timeout", Duration::from_secs(30));
    let retry_delay = section.duration("retry_delay", Duration::from_millis(400));
    let retries = section.number("retries", 0..=100_000, 100);
    let circuit = section.number("circuit", 1..=1000, 5);
    let proxy = section.text("proxy").and_then(|text| accept(&section, &text, url::proxy(text.get_ref())));
    let ca_file = base.optional(&section, "ca_file");
    section.finish();
    Some(Target {
        base_url: base_url?,
        key: key?,
        auth_scheme,
        role_shape,
        update_method,
        patch_style,
        deprovision,
        adoption,
        drift,
        read_back,
        page_size,
        per_second,
        per_minute,
        concurrency,
        timeout,
        retry_delay,
        retries,
        circuit,
        proxy,
        ca_file,
    })
}

fn drift(section: Section<'_>) -> DriftSettings {
    const WHAT: &str = "way to handle drift";
    let default = section.choice_of("default", WHAT).unwrap_or_default();
    let attributes = DRIFT_ATTRIBUTES
        .into_iter()
        .filter_map(|attribute| Some((attribute.to_owned(), section.choice_of(attribute, WHAT)?)))
        .collect();
    if section.section("name").is_there() {
        let hint = "a dot makes a section: write such an attribute in quotes, as \"name.givenName\"";
        section.reject("C0002", "`name` is no key of [target.drift]", section.place("name"), hint);
    }
    section.finish();
    DriftSettings { default, attributes }
}

pub(super) fn accept(
    section: &Section<'_>,
    text: &Spanned<String>,
    url: Result<String, Refused>,
) -> Option<String> {
    url.map_err(|refused| section.reject("C0015", refused.why, text.span(), refused.hint)).ok()
}

fn guard(section: Section<'_>) -> GuardLimits {
    let default = GuardLimits::default();
    let limits = GuardLimits {
        create: limit(section.section("create"), default.create),
        update: limit(section.section("update"), default.update),
        reactivate: limit(section.section("reactivate"), default.reactivate),
        deactivate: limit(section.section("deactivate"), default.deactivate),
        role_change: limit(section.section("role_change"), default.role_change),
        role: roles(&section.section("role")),
        shrink_percent: section.number("shrink_percent", 0..=100, default.shrink_percent),
    };
    section.finish();
    limits
}

/// A limit on one role alone: what is not said of it does not limit.
fn roles(section: &Section<'_>) -> BTreeMap<String, Limit> {
    const NONE: Limit = Limit { max: 1_000_000, percent: 100, floor: 0 };
    section.sections().into_iter().map(|(role, section)| (role, limit(section, NONE))).collect()
}

fn limit(section: Section<'_>, default: Limit) -> Limit {
    let limit = Limit {
        max: section.number("max", 0..=1_000_000, default.max),
        percent: section.number("percent", 0..=100, default.percent),
        floor: section.number("floor", 0..=1_000_000, default.floor),
    };
    section.finish();
    limit
}
