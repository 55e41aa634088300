//! `convene export`: the same files as the API's.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

use jiff::civil::Date;
use rules::{
    id::{GroupId, SiteId},
    roster::MemberStatus,
};
use store::Db;

use super::{Outcome, import::organization, setup::said};
use crate::{
    App,
    clock::Clock,
    config::Config,
    door::Cx,
    export::{Kind, Wanted, WantedMembers, WantedSessions, begin},
    http::extract::Parsed,
    sessions::inputs::{Day, SessionFilter},
};

/// Write rosters, the schedule or sessions as CSV.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// What: `rosters`, `schedule` or `sessions`.
    what: Kind,
    /// The organization's short code; not needed when there is only one.
    #[arg(long, value_name = "CODE")]
    organization: Option<String>,
    /// Write to this file instead of the terminal.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this group.
    #[arg(long, value_name = "ID")]
    group_id: Option<GroupId>,
    /// Only this site.
    #[arg(long, value_name = "ID")]
    site_id: Option<SiteId>,
    /// Only who, or what, stands so.
    #[arg(long)]
    status: Option<String>,
    /// Of rosters: as they were at the end of this day.
    #[arg(long, value_name = "DAY")]
    at: Option<Date>,
    /// Of sessions: from this day on.
    #[arg(long, value_name = "DAY")]
    date_from: Option<Date>,
    /// Of sessions: up to and with this day.
    #[arg(long, value_name = "DAY")]
    date_to: Option<Date>,
}

pub async fn export(db: Db, options: Export) -> Outcome {
    let wanted = wanted(&options)?;
    let (app, background) = App::start(db, Clock::system(), Config::default()).await?;
    let outcome = write(&app, &options, wanted).await;
    background.finish().await;
    outcome
}

async fn write(app: &Arc<App>, options: &Export, wanted: Wanted) -> Outcome {
    let organization = organization(app, options.organization.as_deref()).await?;
    let cx = Cx::system(app, &organization, "export");
    // Before anything is told to leave, and not before it is known what: a file that is there is not emptied in vain.
    let to: Box<dyn Write + Send> = match &options.output {
        Some(file) => Box::new(File::create(file).map_err(|error| format!("{}: {error}", file.display()))?),
        None => Box::new(std::io::stdout()),
    };
    let mut to = BufWriter::new(to);
    let mut export = begin(&cx, wanted).await.map_err(|problem| said(&problem))?;
    while let Some(part) = export.next().await.map_err(|problem| said(&problem))? {
        to.write_all(part.as_bytes())?;
    }
    to.flush()?;
    if let Some(file) = &options.output {
        let rows = if export.rows() == 1 { "row" } else { "rows" };
        println!("{} {rows} in {}", export.rows(), file.display());
    }
    Ok(())
}

fn wanted(options: &Export) -> Result<Wanted, Box<dyn std::error::Error>> {
    let Export { group_id, site_id, status, at, date_from, date_to, .. } = options;
    let day = |day: &Option<Date>| day.map(|day| Parsed(Day(day)));
    let stray = match options.what {
        Kind::Rosters => {
            date_from.or(*date_to).map(|_| "--date-from and --date-to are for sessions; rosters have --at")
        }
        Kind::Schedule | Kind::Sessions => at.map(|_| "--at is for rosters; sessions have --date-from and --date-to"),
    };
    if let Some(stray) = stray {
        return Err(stray.into());
    }
    if options.what == Kind::Rosters {
        let status = status.as_deref().map(str::parse::<MemberStatus>).transpose();
        let status = status.map_err(|error| format!("the status {error}"))?;
        return Ok(Wanted::Rosters(WantedMembers { group_id: *group_id, site_id: *site_id, status, at: day(at) }));
    }
    let status = status.as_deref().map(str::parse::<SessionFilter>).transpose();
    let status = status.map_err(|error| format!("the status {error}"))?;
    let sessions = WantedSessions {
        date_from: day(date_from),
        date_to: day(date_to),
        site_id: *site_id,
        group_id: *group_id,
        status,
    };
    Ok(if options.what == Kind::Schedule { Wanted::Schedule(sessions) } else { Wanted::Sessions(sessions) })
}
