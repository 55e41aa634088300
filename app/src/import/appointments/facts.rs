//! What the rows of a chunk are judged by: looked up in a constant number of statements.

use std::collections::{BTreeSet, HashMap, HashSet};

use exchange::{
    import::{AppointmentRow, Line, number_of},
    mapping::Kind,
};
use rules::{
    id::{PatientId, RoomId, SiteId},
    sessions::{AppointmentStatus, SessionType},
    text::fold,
};
use store::Where;

use super::{
    super::{
        State,
        plan::{Staff, staff},
        sites,
        sources::{self, fingerprint},
    },
    Unit,
};
use crate::{
    door::Scope,
    groups::{self, Group},
    people::Room,
    problem::Problem,
    sessions::{
        Participant, Session,
        imported::{self, Busy, Known},
    },
    settings::settings,
};

/// Rooms an organization has at most, as far as an import looks.
const ROOMS_MAX: usize = 5_000;

/// What the rows of a chunk are judged by.
pub struct Facts {
    pub staff: Staff,
    /// Patients by their ids there, and whether they are active.
    pub patients: HashMap<String, (PatientId, bool)>,
    /// Groups by their ids there, and by their folded names.
    pub groups: HashMap<String, Group>,
    pub sites: HashMap<String, SiteId>,
    pub rooms: HashMap<(SiteId, String), RoomId>,
    pub known: Known,
    /// What each row said last.
    pub prints: HashMap<String, String>,
    /// Records that somebody changed here.
    pub touched: BTreeSet<String>,
    /// Numbers that are taken here.
    pub taken: BTreeSet<String>,
    /// The numbers of the appointments that others were moved to.
    pub successors: HashMap<String, String>,
    /// The seats of a group session that has no group.
    pub ceiling: u32,
    pub busy: Vec<Busy>,
}

type Lines<'l, 'a> = &'l [&'a Line<AppointmentRow>];

impl Facts {
    pub async fn look_up(
        scope: &mut Scope<'_>,
        units: &[Unit<'_>],
        numbers: &HashMap<&str, &str>,
        state: &State,
        lock: bool,
    ) -> Result<Self, Problem> {
        let lines: Vec<&Line<AppointmentRow>> = units.iter().flat_map(|unit| unit.lines.iter().copied()).collect();
        let ids: Vec<String> = lines.iter().map(|line| line.row.external_id.to_string()).collect();
        let groups = groups_of(scope, &lines, state, lock).await?;
        let keys: Vec<String> = units.iter().map(|unit| unit.key.clone()).collect();
        let known = imported::known(scope, &keys, &ids).await?;
        let prints = sources::fingerprints(scope, Kind::Appointment, &ids).await?;
        let referred = lines.iter().filter_map(|line| Some(("practitioner", line.row.practitioner.as_deref()?)));
        let staff = staff(scope, referred, state).await?;
        let patients = patients_of(scope, &lines, state).await?;
        let (sites, rooms) = places(scope, &lines, state).await?;
        let mut facts = Self {
            staff,
            patients,
            groups,
            sites,
            rooms,
            known,
            prints,
            touched: BTreeSet::new(),
            taken: BTreeSet::new(),
            successors: successors(scope, &lines, numbers).await?,
            ceiling: settings(scope).await?.capacity_ceiling,
            busy: state.overlay.busy.clone(),
        };
        facts.look_closer(scope, units).await?;
        Ok(facts)
    }

    /// Looks up what depends on which rows are new and which have changed.
    async fn look_closer(&mut self, scope: &mut Scope<'_>, units: &[Unit<'_>]) -> Result<(), Problem> {
        let open: Vec<&Unit<'_>> =
            units.iter().filter(|unit| unit.lines.iter().any(|line| !self.is_kept(&line.row))).collect();
        if open.is_empty() {
            return Ok(());
        }
        let records: Vec<String> = self
            .known
            .sessions
            .keys()
            .map(ToString::to_string)
            .chain(self.known.people.iter().map(|row| row.id.to_string()))
            .collect();
        self.touched = imported::changed_by_others(scope, &records).await?;
        let new = || open.iter().flat_map(|unit| unit.lines.iter()).filter(|line| self.booked(&line.row).is_none());
        let appointments: Vec<String> = new().map(|line| line.row.appointment_number.to_string()).collect();
        let sessions: Vec<String> = appointments.iter().map(|number| number_of(number)).collect();
        self.taken = imported::taken(scope, &appointments, &sessions).await?;
        let now = scope.now();
        let ahead: Vec<&AppointmentRow> = open
            .iter()
            .flat_map(|unit| unit.lines.iter())
            .map(|line| &line.row)
            .filter(|row| row.ends_at > now)
            .collect();
        let from = ahead.iter().map(|row| row.starts_at).min();
        let until = ahead.iter().map(|row| row.ends_at).max();
        if let Some(range) = from.zip(until) {
            let leaders =
                ahead.iter().filter_map(|row| self.staff.get(row.practitioner.as_deref()?).copied()).collect();
            let rooms = ahead.iter().filter_map(|row| self.room(row)).collect();
            self.busy.extend(imported::busy(scope, &leaders, &rooms, range).await?);
        }
        Ok(())
    }

    /// Whether a row says what it said when it was imported.
    pub fn is_kept(&self, row: &AppointmentRow) -> bool {
        self.booked(row).is_some() && self.prints.get(row.external_id.as_str()) == Some(&fingerprint(row))
    }

    /// The participant a row has become.
    pub fn booked(&self, row: &AppointmentRow) -> Option<&Participant> {
        self.known.people.iter().find(|person| person.external_id.as_ref() == Some(&row.external_id))
    }

    /// The session with this id of the other system.
    pub fn session(&self, key: &str) -> Option<&Session> {
        self.known.sessions.values().find(|session| session.external_id.as_deref() == Some(key))
    }

    /// The group a row names.
    pub fn group(&self, row: &AppointmentRow) -> Option<&Group> {
        let named = row.group.as_deref().filter(|_| row.r#type == SessionType::Group)?;
        self.groups.get(named).or_else(|| self.groups.get(&by_name(named)))
    }

    /// The site a row names.
    pub fn site(&self, row: &AppointmentRow) -> Option<SiteId> {
        self.sites.get(&fold(row.site.as_deref()?)).copied()
    }

    /// The room a row names.
    pub fn room(&self, row: &AppointmentRow) -> Option<RoomId> {
        self.rooms.get(&(self.site(row)?, fold(row.room.as_deref()?))).copied()
    }
}

/// The key of a group under its name: no id of an export begins with this sign.
fn by_name(name: &str) -> String {
    format!("\u{0}{}", fold(name))
}

async fn groups_of(
    scope: &mut Scope<'_>,
    lines: Lines<'_, '_>,
    state: &State,
    lock: bool,
) -> Result<HashMap<String, Group>, Problem> {
    let of_group = lines.iter().filter(|line| line.row.r#type == SessionType::Group);
    let named: HashSet<&str> = of_group.filter_map(|line| line.row.group.as_deref()).collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let filter = Where::organization().and_in("external_id", named.iter().copied());
    let mut found: Vec<Group> = scope.filter(&filter, "external_id", named.len()).await?;
    let names: Vec<String> = named.iter().map(|name| fold(name)).collect();
    let filter = Where::organization().and_in("name_key", names.iter().map(String::as_str));
    found.extend(scope.filter::<Group>(&filter, "name_key, id", names.len()).await?);
    // Everybody locks groups in the order of their ids.
    found.sort_by_key(|group| group.id);
    found.dedup_by_key(|group| group.id);
    if lock {
        for group in &mut found {
            *group = groups::lock(scope, group.id).await?;
        }
    }
    let imagined = state.overlay.groups.values().cloned();
    let all = found.into_iter().chain(imagined).flat_map(|group| {
        let id = group.external_id.as_ref().map(ToString::to_string);
        [id, Some(by_name(&group.name))].into_iter().flatten().map(move |key| (key, group.clone()))
    });
    Ok(all.collect())
}

async fn patients_of(
    scope: &mut Scope<'_>,
    lines: Lines<'_, '_>,
    state: &State,
) -> Result<HashMap<String, (PatientId, bool)>, Problem> {
    let ids: HashSet<&str> = lines.iter().map(|line| line.row.patient.as_str()).collect();
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let mut found = sources::patients(scope, &ids).await?;
    let imagined = ids.iter().filter_map(|id| Some((id.clone(), state.overlay.patients.get(id)?)));
    found.extend(imagined.map(|(id, patient)| (id, (patient.id, patient.is_active))));
    Ok(found)
}

type Places = (HashMap<String, SiteId>, HashMap<(SiteId, String), RoomId>);

async fn places(scope: &mut Scope<'_>, lines: Lines<'_, '_>, state: &State) -> Result<Places, Problem> {
    if lines.iter().all(|line| line.row.site.is_none()) {
        return Ok(Places::default());
    }
    let sites = sites::known(scope, state).await?;
    if lines.iter().all(|line| line.row.room.is_none()) {
        return Ok((sites, HashMap::new()));
    }
    let rooms: Vec<Room> = scope.filter(&Where::organization(), "site_id, name, id", ROOMS_MAX).await?;
    let rooms = rooms.into_iter().map(|room| ((room.site_id, fold(&room.name)), room.id)).collect();
    Ok((sites, rooms))
}

/// The numbers of successors: from the export, else from what is here.
async fn successors(
    scope: &mut Scope<'_>,
    lines: Lines<'_, '_>,
    numbers: &HashMap<&str, &str>,
) -> Result<HashMap<String, String>, Problem> {
    let moved = lines.iter().filter(|line| line.row.status == AppointmentStatus::Rescheduled);
    let wanted: HashSet<&str> = moved.filter_map(|line| line.row.successor.as_deref()).collect();
    let (here, elsewhere): (Vec<&str>, Vec<&str>) = wanted.into_iter().partition(|id| numbers.contains_key(id));
    let elsewhere: Vec<String> = elsewhere.into_iter().map(str::to_owned).collect();
    let mut found = imported::numbers_of(scope, &elsewhere).await?;
    found.extend(here.into_iter().filter_map(|id| Some((id.to_owned(), (*numbers.get(id)?).to_owned()))));
    Ok(found)
}
