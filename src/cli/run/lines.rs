//! How the loop's log is written on stderr: a dated line for people, or an object a line for programs.

use std::fmt;
use std::io::IsTerminal as _;

use jiff::Timestamp;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{DefaultFields, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogFormat;
use crate::plan::escape;

/// What the loop itself says, as opposed to what its parts note beside it.
pub(super) const TARGET: &str = "rolecall::run";

/// Has everything that is said from now on written so. `ROLECALL_LOG` asks for more of the parts; the loop is always
/// heard.
pub(super) fn install(format: LogFormat) {
    let filter = EnvFilter::try_from_env("ROLECALL_LOG").unwrap_or_else(|_| "rolecall=warn".into());
    let filter = match format!("{TARGET}=info").parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    // Somebody who uses the library may have a subscriber already.
    let _ = match format {
        LogFormat::Human => {
            let is_terminal = std::io::stderr().is_terminal();
            log.with_ansi(is_terminal).event_format(Dated).fmt_fields(Dated).try_init()
        }
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
        }
    };
}

/// `2026-01-31T10:20:30Z text`, or `.. WARNING: text`. What goes into it by way of the directory and the target must not
/// make lines of its own.
struct Dated;

impl<'w> FormatFields<'w> for Dated {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        DefaultFields::new().format_fields(writer, fields)
    }
}

impl<S, N> FormatEvent<S, N> for Dated
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = Text::default();
        event.record(&mut text);
        let own = event.metadata().target() == TARGET;
        let warning = if *event.metadata().level() <= Level::WARN { "WARNING: " } else { "" };
        let fields = if own { "" } else { text.fields.as_str() };
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        writeln!(writer, "{time} {warning}{}{}", escape(&text.message), escape(fields))
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl tracing::field::Visit for Text {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields.push_str(&format!(" {}={value:?}", field.name()));
        }
    }
}
