//! What leaves as CSV: rosters, the schedule and sessions, a part at a time, so that a large file needs no more memory
//! than a small one.
//!
//! A use case over several rooms, as the import is. Every export asks for `export.run` and, of people, for a fresh proof
//! of who they are; it is told of when it begins, with its filters, and when it ends, with its rows.

pub mod api;
pub mod pages;
mod rosters;
mod sessions;
mod store;

use deserr::Deserr;
use rules::{
    id::{GroupId, SiteId},
    permissions::Permission,
    roster::MemberStatus,
};
use serde_json::{Value, json};

use crate::{
    door::Cx,
    events::ExchangeEvent,
    http::extract::{FieldErrors, Parsed},
    paging::days_in_order,
    problem::Problem,
    sessions::inputs::{Day, SessionFilter},
};

/// Rows that are read at once.
const PART: usize = 500;

rules::vocabulary! {
    /// What can leave as CSV.
    pub enum Kind {
        /// Who is, was or waits in which group.
        Rosters = "rosters",
        /// When what takes place, and where seats are free.
        Schedule = "schedule",
        /// Every session, and what came of it.
        Sessions = "sessions",
    }
}

/// What of the rosters leaves.
#[derive(Debug, Clone, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedMembers {
    /// Only this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// Only groups of this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only who stands so; unless given, who has a seat, an offer or a place in line.
    #[deserr(default)]
    pub status: Option<MemberStatus>,
    /// As the rosters were at the end of this day of the organization's calendar: who had a seat or waited then.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub at: Option<Parsed<Day>>,
}

/// Which sessions leave.
#[derive(Debug, Clone, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedSessions {
    /// From this day of the site's calendar on. The schedule begins today unless it is given.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
    /// Only sessions at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only sessions of this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// Only sessions that stand so. Unless given, the schedule leaves cancelled ones out, and both leave voided ones out.
    #[deserr(default)]
    pub status: Option<SessionFilter>,
}

/// One export: what, and which rows of it.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Rosters.
    Rosters(WantedMembers),
    /// The schedule.
    Schedule(WantedSessions),
    /// Sessions.
    Sessions(WantedSessions),
}

impl Wanted {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Rosters(_) => Kind::Rosters,
            Self::Schedule(_) => Kind::Schedule,
            Self::Sessions(_) => Kind::Sessions,
        }
    }

    /// The filters, as the audit log keeps them: ids, days and words of the vocabulary.
    fn filters(&self) -> Value {
        let day = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string());
        match self {
            Self::Rosters(WantedMembers { group_id, site_id, status, at }) => {
                json!({ "group_id": group_id, "site_id": site_id, "status": status, "at": day(*at) })
            }
            Self::Schedule(wanted) | Self::Sessions(wanted) => {
                let WantedSessions { date_from, date_to, site_id, group_id, status } = wanted;
                let status = status.map(SessionFilter::as_str);
                json!({ "date_from": day(*date_from), "date_to": day(*date_to), "site_id": site_id,
                    "group_id": group_id, "status": status })
            }
        }
    }
}

/// An export under way.
pub struct Export {
    cx: Cx,
    wanted: Wanted,
    rows: u64,
    place: Place,
    parts: Parts,
}

/// How far an export is.
enum Place {
    Head,
    Rows,
    End,
}

/// Where the next part of the rows comes from.
enum Parts {
    Rosters(rosters::Rosters),
    Sessions(Box<sessions::Sessions>),
}

/// Some rows of an export as they leave.
pub struct Part {
    text: String,
    rows: u64,
    is_last: bool,
}

/// Begins an export: asks for its permissions, and tells of it.
///
/// # Errors
/// 403 `forbidden` naming the permission, or `reauth_required`; 422 for days the wrong way round.
pub async fn begin(cx: &Cx, wanted: Wanted) -> Result<Export, Problem> {
    may(cx, wanted.kind()).await?;
    if let Wanted::Schedule(days) | Wanted::Sessions(days) = &wanted {
        days_in_order(days.date_from.map(|day| day.0.0), days.date_to.map(|day| day.0.0))?;
    }
    cx.require_fresh_proof()?;
    let told = &wanted;
    cx.write(Permission::ExportRun, |scope| {
        Box::pin(async move {
            let (organization, export) = (scope.cx.organization.id, told.kind());
            if export == Kind::Rosters {
                scope.record_reading("patient_list", "rosters.csv");
            }
            scope.emit(ExchangeEvent::ExportBegun { organization, export: export.as_str(), filters: told.filters() });
            Ok(())
        })
    })
    .await?;
    let parts = match &wanted {
        Wanted::Rosters(wanted) => Parts::Rosters(rosters::Rosters::new(cx, wanted.clone())),
        Wanted::Schedule(wanted) => Parts::Sessions(Box::new(sessions::Sessions::schedule(cx, wanted.clone()).await?)),
        Wanted::Sessions(wanted) => Parts::Sessions(Box::new(sessions::Sessions::all(cx, wanted.clone()).await?)),
    };
    Ok(Export { cx: cx.clone(), wanted, rows: 0, place: Place::Head, parts })
}

/// Refuses who may not run this export.
///
/// # Errors
/// 403 naming the permission.
pub async fn may(cx: &Cx, kind: Kind) -> Result<(), Problem> {
    cx.require(Permission::ExportRun).await?;
    match kind {
        Kind::Rosters => cx.require(Permission::GroupRead).await,
        Kind::Schedule | Kind::Sessions => cx.require(Permission::GroupEncounterRead).await,
    }
}

impl Export {
    /// The next piece of the file; none at its end.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn next(&mut self) -> Result<Option<String>, Problem> {
        match self.place {
            Place::Head => {
                self.place = Place::Rows;
                let columns = match self.wanted.kind() {
                    Kind::Rosters => rosters::COLUMNS,
                    Kind::Schedule => sessions::SCHEDULE,
                    Kind::Sessions => sessions::SESSIONS,
                };
                Ok(Some(exchange::export::line(columns.iter().copied())))
            }
            Place::Rows => {
                let part = match &mut self.parts {
                    Parts::Rosters(rosters) => rosters.next(&self.cx).await?,
                    Parts::Sessions(sessions) => sessions.next(&self.cx).await?,
                };
                self.rows += part.rows;
                if part.is_last {
                    self.place = Place::End;
                    self.tell_end().await?;
                }
                Ok(Some(part.text))
            }
            Place::End => Ok(None),
        }
    }

    /// How many rows have left.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    async fn tell_end(&self) -> Result<(), Problem> {
        let (rows, export) = (self.rows, self.wanted.kind().as_str());
        // The answer is on its way: what was asked with it is no reason to repeat it.
        self.cx
            .write(Permission::ExportRun, |scope| {
                Box::pin(async move {
                    let organization = scope.cx.organization.id;
                    scope.emit(ExchangeEvent::ExportEnded { organization, export, rows });
                    Ok(())
                })
            })
            .await
    }
}
