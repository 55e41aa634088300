//! `rosters.csv`: one row for each stint of one person in one group.

use jiff::{Timestamp, civil::Date};
use rules::{
    column::Value,
    groups::GroupStatus,
    id::{GroupId, MemberId},
    permissions::Permission,
    recurrence::Zone,
    roster::MemberStatus,
};
use store::{Error, Row, Where};

use super::{PART, Part, WantedMembers};
use crate::{
    door::{Cx, Scope},
    problem::Problem,
};

/// The columns. `external_id`s are those of the system a record came from, else ours.
pub const COLUMNS: &[&str] = &[
    "external_id",
    "group_external_id",
    "group_name",
    "patient_external_id",
    "guest_external_id",
    "mrn",
    "first_name",
    "last_name",
    "preferred_name",
    "birthdate",
    "display_name",
    "status",
    "added_on",
    "joined_on",
    "left_on",
    "reason",
    "waitlist_rank",
    "timezone",
];

/// Where a roster goes on: after this row.
type Position = (GroupId, Timestamp, MemberId);

/// The rosters while they leave.
pub struct Rosters {
    wanted: WantedMembers,
    zone: Zone,
    after: Option<Position>,
}

impl Rosters {
    pub fn new(cx: &Cx, wanted: WantedMembers) -> Self {
        Self { wanted, zone: cx.zone(), after: None }
    }

    pub async fn next(&mut self, cx: &Cx) -> Result<Part, Problem> {
        let this: &Self = self;
        let rows = cx.read(Permission::ExportRun, |scope| Box::pin(async move { Ok(this.part(scope).await?) })).await?;
        let is_last = rows.len() < PART;
        let text = rows.iter().map(|row| row.line(&self.zone, self.until())).collect::<Result<String, Error>>()?;
        self.after = rows.last().map(|row| row.position);
        Ok(Part { text, rows: rows.len() as u64, is_last })
    }

    /// The end of the day that is asked for.
    fn until(&self) -> Option<Timestamp> {
        let day = self.wanted.at?.0.0;
        let next = day.tomorrow().unwrap_or(Date::MAX);
        Some(self.zone.first_instant(next.at(0, 0, 0, 0)).map_or(Timestamp::MAX, |start| start.timestamp()))
    }

    async fn part(&self, scope: &mut Scope<'_>) -> Result<Vec<Member>, Error> {
        let WantedMembers { group_id, site_id, status, .. } = &self.wanted;
        let filter = Where::starting("m.organization_id = $1")
            .and_if("m.group_id = ?", group_id.as_ref())
            .and_if("g.site_id = ?", site_id.as_ref());
        let filter = match self.until().map(Value::Time) {
            Some(until) => filter.and("m.added_at < ?", until.clone()).and(
                "(m.left_at >= ? or (m.left_at is null and m.status in ('active', 'waitlisted', 'offered')))",
                until,
            ),
            None => match status {
                Some(status) => filter.and("m.status = ?", status),
                None => filter.and_always("m.status in ('active', 'waitlisted', 'offered')"),
            },
        };
        let filter = if group_id.is_some() || status.is_some() {
            filter
        } else {
            filter.and("g.status = ?", &GroupStatus::Active)
        };
        let position = self.after.map(|(group, added, id)| vec![(&group).into(), Value::Time(added), (&id).into()]);
        let filter = filter.after("m.group_id, m.added_at, m.id", position);
        super::store::stints(scope, &filter, PART).await?.into_iter().map(Member::read).collect()
    }
}

/// One row as it is read.
struct Member {
    position: Position,
    row: Row,
}

impl Member {
    fn read(row: Row) -> Result<Self, Error> {
        Ok(Self { position: (row.at(0)?, row.at(1)?, row.at(2)?), row })
    }

    fn text(&self, column: &str) -> Result<String, Error> {
        Ok(self.row.get::<Option<String>>(column)?.unwrap_or_default())
    }

    /// The line; `until` is the end of the day whose roster it is.
    fn line(&self, zone: &Zone, until: Option<Timestamp>) -> Result<String, Error> {
        let (group, added, id) = self.position;
        let instant = |column: &str| self.row.get::<Option<Timestamp>>(column);
        let day = |at: Option<Timestamp>| at.map(|at| zone.date(at).to_string()).unwrap_or_default();
        let then = |at: Option<Timestamp>| at.filter(|at| until.is_none_or(|until| *at < until));
        let (joined, left) = (then(instant("joined_at")?), then(instant("left_at")?));
        let status: MemberStatus = self.row.get("status")?;
        let status = match (until, joined) {
            (None, _) => status,
            (Some(_), Some(_)) => MemberStatus::Active,
            (Some(_), None) => MemberStatus::Waitlisted,
        };
        let or = |text: String, own: String| if text.is_empty() { own } else { text };
        let birth: Option<Date> = self.row.get("birth_date")?;
        let place: i64 = self.row.get("place")?;
        let names = (self.text("given_name")?, self.text("family_name")?);
        let whole = format!("{} {}", names.0, names.1);
        let cells = [
            or(self.text("member_there")?, id.to_string()),
            or(self.text("group_there")?, group.to_string()),
            self.text("group_name")?,
            or(self.text("patient_there")?, self.text("patient_id")?),
            self.text("guest_id")?,
            self.text("mrn")?,
            names.0,
            names.1,
            self.text("preferred_name")?,
            birth.map(|day| day.to_string()).unwrap_or_default(),
            or(self.text("display_name")?, whole),
            status.to_string(),
            day(Some(added)),
            day(joined),
            day(left),
            if left.is_some() { self.text("left_reason")? } else { String::new() },
            if place > 0 && until.is_none() { place.to_string() } else { String::new() },
            zone.name().to_owned(),
        ];
        Ok(exchange::export::line(cells.iter().map(String::as_str)))
    }
}
