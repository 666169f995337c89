use super::exit::{Exit, Failure};
use super::terminal::data;
use crate::diagnostic::{closest, page, pages, plain_page};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// As it stands in a finding, such as P0102; without one, all codes are listed
    code: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let Some(code) = &args.code else {
        let list: String = pages().map(|page| format!("{}  {}\n", page.code, page.title)).collect();
        data(&list)?;
        return Ok(Exit::Ok);
    };
    let Some(page) = page(code.trim()) else {
        let hint = match closest(code, pages().map(|page| page.code)) {
            Some(near) => format!("did you mean `{near}`? `rolecall explain-code` lists all codes"),
            None => "`rolecall explain-code` lists all codes".to_owned(),
        };
        return Err(Failure::new(
            Exit::Usage,
            format_args!("there is no code `{}`", crate::plan::escape(code)),
        )
        .hint(hint));
    };
    data(&plain_page(&page))?;
    Ok(Exit::Ok)
}
