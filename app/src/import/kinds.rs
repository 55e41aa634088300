//! What is particular to each kind of record: which row field is which, and what hangs on it.

use std::collections::HashMap;

use exchange::{
    import::{GroupRow, Line, PatientRow, PractitionerRow},
    mapping::Kind,
};
use rules::{
    column::Json,
    groups::{
        Bounds, DEFAULT_DURATION, DEFAULT_HOLD_HOURS, EnrollmentMode, GroupStatus, LeaderRule, Modality, Promotion,
        WhenFull, leader_rule,
    },
    id::{GroupId, PractitionerId},
    text::{Remark, Text, fold},
};

use super::{
    Overlay,
    plan::{Facts, Importable, Planned, Staff, again},
    sources,
};
use crate::{
    door::{Boxed, Scope},
    events::Event,
    groups::{self, Group},
    people::{self, Patient, Practitioner},
    settings::settings,
};

/// Replaces a value when the row has one: what a row leaves empty stays as it is.
fn take<T: Clone>(field: &mut T, row: &Option<T>) {
    if let Some(value) = row {
        field.clone_from(value);
    }
}

/// As [`take`], for what may be absent.
fn take_some<T: Clone>(field: &mut Option<T>, row: &Option<T>) {
    if row.is_some() {
        field.clone_from(row);
    }
}

/// A checked text in the width of its column; the checks are narrower than the columns.
fn column<const MIN: usize, const MAX: usize>(text: &str) -> Option<Text<MIN, MAX>> {
    Text::parse(text).ok()
}

impl Importable for Practitioner {
    type Row = PractitionerRow;
    const KIND: Kind = Kind::Practitioner;

    fn id_there(row: &PractitionerRow) -> &str {
        &row.external_id
    }
    fn own_id_there(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
    fn refers(row: &PractitionerRow) -> Vec<(&'static str, &str)> {
        row.supervisor.iter().map(|id| ("supervisor", id.as_str())).collect()
    }
    fn as_practitioner(&self) -> Option<PractitionerId> {
        Some(self.id)
    }
    fn blank(scope: &Scope<'_>, row: &PractitionerRow) -> Self {
        Self {
            id: scope.id(),
            given_name: row.given_name.clone(),
            family_name: row.family_name.clone(),
            credential: None,
            license_number: None,
            npi: None,
            discipline: None,
            supervisor_id: None,
            user_id: None,
            external_id: Some(row.external_id.clone()),
            is_active: true,
            version: 1,
            created_by_user: scope.cx.user(),
            created_at: scope.now(),
            updated_at: scope.now(),
        }
    }
    fn apply(&mut self, row: &PractitionerRow, staff: &Staff, _scope: &Scope<'_>) {
        self.given_name.clone_from(&row.given_name);
        self.family_name.clone_from(&row.family_name);
        take_some(&mut self.credential, &row.credential);
        take_some(&mut self.license_number, &row.license_number);
        take_some(&mut self.npi, &row.npi.as_ref().and_then(|npi| column(npi.as_text())));
        take_some(&mut self.discipline, &row.discipline.and_then(|discipline| column(discipline.as_str())));
        take_some(&mut self.supervisor_id, &row.supervisor.as_ref().and_then(|id| staff.get(id.as_str()).copied()));
        take(&mut self.is_active, &row.is_active);
    }
    fn facts<'a, 'e: 'a>(_: &'a mut Scope<'e>, _: &'a [Line<PractitionerRow>], _: &'a [Self]) -> Boxed<'a, Facts> {
        Box::pin(async { Ok(Facts::default()) })
    }
    fn wrong(&self, _old: Option<&Self>, _facts: &Facts) -> Vec<String> {
        Vec::new()
    }
    fn create<'a, 'e: 'a>(scope: &'a mut Scope<'e>, new: &'a [&'a Planned<Self>]) -> Boxed<'a, ()> {
        Box::pin(async move {
            let new: Vec<Self> = new.iter().filter_map(|one| one.new.clone()).collect();
            scope.insert_all(&new).await.map_err(again)
        })
    }
    fn change<'a, 'e: 'a>(
        scope: &'a mut Scope<'e>,
        old: &'a Self,
        new: &'a Self,
        _: &'a [PractitionerId],
    ) -> Boxed<'a, ()> {
        Box::pin(async move {
            scope.update(old, new.clone()).await.map_err(again)?;
            scope.emit(Event::PractitionerUpdated { practitioner: old.id });
            Ok(())
        })
    }
    fn overlay(overlay: &mut Overlay) -> &mut HashMap<String, Self> {
        &mut overlay.practitioners
    }
}

impl Importable for Patient {
    type Row = PatientRow;
    const KIND: Kind = Kind::Patient;

    fn id_there(row: &PatientRow) -> &str {
        &row.external_id
    }
    fn own_id_there(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
    fn refers(row: &PatientRow) -> Vec<(&'static str, &str)> {
        row.primary_therapist.iter().map(|id| ("primary_therapist", id.as_str())).collect()
    }
    fn blank(scope: &Scope<'_>, row: &PatientRow) -> Self {
        Self {
            id: scope.id(),
            mrn: row.mrn.clone(),
            given_name: row.given_name.clone(),
            family_name: row.family_name.clone(),
            other_given_name: None,
            other_family_name: None,
            preferred_name: None,
            birth_date: row.birth_date,
            sex: None,
            phone: None,
            email: None,
            address: None,
            primary_therapist_id: None,
            external_id: Some(row.external_id.clone()),
            is_active: true,
            merged_into: None,
            merge_reason: None,
            former_mrns: Json(Vec::new()),
            former_names: Json(Vec::new()),
            version: 1,
            created_by_user: scope.cx.user(),
            created_at: scope.now(),
            updated_at: scope.now(),
        }
    }
    fn apply(&mut self, row: &PatientRow, staff: &Staff, _scope: &Scope<'_>) {
        // A merged duplicate stays as it is: a file must not bring it back.
        if self.merged_into.is_some() {
            return;
        }
        self.mrn = row.mrn.clone();
        self.given_name.clone_from(&row.given_name);
        self.family_name.clone_from(&row.family_name);
        take_some(&mut self.other_given_name, &row.other_given_name);
        take_some(&mut self.other_family_name, &row.other_family_name);
        take_some(&mut self.preferred_name, &row.preferred_name);
        self.birth_date = row.birth_date;
        take_some(&mut self.sex, &row.sex);
        take_some(&mut self.phone, &row.phone);
        take_some(&mut self.email, &row.email.as_ref().and_then(|email| column(email.as_text())));
        take_some(&mut self.address, &row.address);
        let therapist = row.primary_therapist.as_ref().and_then(|id| staff.get(id.as_str()).copied());
        take_some(&mut self.primary_therapist_id, &therapist);
        take(&mut self.is_active, &row.is_active);
    }
    fn facts<'a, 'e: 'a>(scope: &'a mut Scope<'e>, rows: &'a [Line<PatientRow>], _: &'a [Self]) -> Boxed<'a, Facts> {
        Box::pin(async move {
            let numbers: Vec<String> = rows.iter().map(|line| line.row.mrn.to_string()).collect();
            let record_numbers = sources::record_numbers(scope, &numbers).await?;
            Ok(Facts { record_numbers, ..Facts::default() })
        })
    }
    fn wrong(&self, _old: Option<&Self>, facts: &Facts) -> Vec<String> {
        let taken = facts.record_numbers.get(self.mrn.as_str()).is_some_and(|other| *other != self.id);
        let reason = || format!("`mrn` {} is that of another patient here: it may be the same person", self.mrn);
        taken.then(reason).into_iter().collect()
    }
    fn create<'a, 'e: 'a>(scope: &'a mut Scope<'e>, new: &'a [&'a Planned<Self>]) -> Boxed<'a, ()> {
        Box::pin(async move {
            let new: Vec<Self> = new.iter().filter_map(|one| one.new.clone()).collect();
            people::insert_patients(scope, &new).await.map_err(again)
        })
    }
    fn change<'a, 'e: 'a>(
        scope: &'a mut Scope<'e>,
        old: &'a Self,
        new: &'a Self,
        _: &'a [PractitionerId],
    ) -> Boxed<'a, ()> {
        Box::pin(async move {
            people::update_patient(scope, old, new.clone()).await.map_err(again)?;
            scope.emit(Event::PatientUpdated { patient: old.id });
            Ok(())
        })
    }
    fn overlay(overlay: &mut Overlay) -> &mut HashMap<String, Self> {
        &mut overlay.patients
    }
}

impl Importable for Group {
    type Row = GroupRow;
    const KIND: Kind = Kind::Group;

    fn id_there(row: &GroupRow) -> &str {
        &row.external_id
    }
    fn own_id_there(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
    fn refers(row: &GroupRow) -> Vec<(&'static str, &str)> {
        let co = row.co_facilitators.iter().map(|id| ("co_facilitators", id.as_str()));
        row.facilitator.iter().map(|id| ("facilitator", id.as_str())).chain(co).collect()
    }
    fn blank(scope: &Scope<'_>, row: &GroupRow) -> Self {
        Self {
            id: scope.id(),
            name: row.name.clone(),
            name_key: String::new(),
            r#type: row.r#type,
            description: Remark::empty(),
            status: GroupStatus::Active,
            min_participants: None,
            max_participants: None,
            when_full: WhenFull::Waitlist,
            promotion: Promotion::Auto,
            offer_hold_hours: DEFAULT_HOLD_HOURS,
            enrollment_mode: EnrollmentMode::Open,
            leader_rule: LeaderRule::Fixed,
            modality: Modality::InPerson,
            facilitator_id: None,
            site_id: None,
            room_id: None,
            duration_minutes: DEFAULT_DURATION,
            program_id: None,
            template_id: None,
            external_id: Some(row.external_id.clone()),
            custom_data: Json(serde_json::Map::new()),
            is_part2: false,
            archived_at: None,
            version: 1,
            created_by_user: scope.cx.user(),
            created_at: scope.now(),
            updated_at: scope.now(),
        }
    }
    fn apply(&mut self, row: &GroupRow, staff: &Staff, scope: &Scope<'_>) {
        self.name.clone_from(&row.name);
        self.name_key = fold(&row.name);
        self.r#type = row.r#type;
        take(&mut self.description, &row.description);
        take_some(&mut self.min_participants, &row.min_participants);
        take_some(&mut self.max_participants, &row.max_participants);
        take(&mut self.when_full, &row.when_full);
        take(&mut self.promotion, &row.promotion);
        take(&mut self.enrollment_mode, &row.enrollment_mode);
        take(&mut self.modality, &row.modality);
        take(&mut self.duration_minutes, &row.duration_minutes);
        take(&mut self.is_part2, &row.is_part2);
        take_some(&mut self.facilitator_id, &row.facilitator.as_ref().and_then(|id| staff.get(id.as_str()).copied()));
        take(&mut self.leader_rule, &row.leader_rule);
        self.leader_rule = leader_rule(self.leader_rule, self.facilitator_id.is_some());
        if row.status.is_some_and(|status| status != self.status) {
            take(&mut self.status, &row.status);
            self.archived_at = (self.status == GroupStatus::Archived).then(|| scope.now());
        }
    }
    fn co(row: &GroupRow, staff: &Staff) -> Vec<PractitionerId> {
        let mut co: Vec<PractitionerId> =
            row.co_facilitators.iter().filter_map(|id| staff.get(id.as_str()).copied()).collect();
        co.sort_unstable();
        co
    }
    fn has_co(&self, co: &[PractitionerId], facts: &Facts) -> bool {
        facts.co.get(&self.id).map_or(co.is_empty(), |known| known == co)
    }
    fn facts<'a, 'e: 'a>(scope: &'a mut Scope<'e>, _: &'a [Line<GroupRow>], known: &'a [Self]) -> Boxed<'a, Facts> {
        Box::pin(async move {
            let ceiling = settings(scope).await?.capacity_ceiling;
            let ids: Vec<GroupId> = known.iter().map(|group| group.id).collect();
            let co = groups::co_facilitators(scope, &ids).await?.into_iter().collect();
            Ok(Facts { ceiling, co, ..Facts::default() })
        })
    }
    fn wrong(&self, _old: Option<&Self>, facts: &Facts) -> Vec<String> {
        let bounds = Bounds {
            min_participants: self.min_participants,
            max_participants: self.max_participants,
            duration_minutes: self.duration_minutes,
            offer_hold_hours: self.offer_hold_hours,
        };
        let violations = bounds.violations(facts.ceiling).into_iter();
        violations.map(|violation| format!("`{}` {}", violation.field, violation.message)).collect()
    }
    fn create<'a, 'e: 'a>(scope: &'a mut Scope<'e>, new: &'a [&'a Planned<Self>]) -> Boxed<'a, ()> {
        Box::pin(async move {
            let new: Vec<_> = new.iter().filter_map(|one| Some((one.new.clone()?, &*one.co))).collect();
            groups::actions::save_new(scope, &new).await
        })
    }
    fn change<'a, 'e: 'a>(
        scope: &'a mut Scope<'e>,
        old: &'a Self,
        new: &'a Self,
        co: &'a [PractitionerId],
    ) -> Boxed<'a, ()> {
        Box::pin(async move {
            groups::lock(scope, old.id).await?;
            groups::actions::save_change(scope, old, new.clone(), co).await?;
            match (old.status, new.status) {
                (GroupStatus::Active, GroupStatus::Archived) => scope.emit(Event::GroupArchived { group: old.id }),
                (GroupStatus::Archived, GroupStatus::Active) => scope.emit(Event::GroupRestored { group: old.id }),
                _ => {}
            }
            Ok(())
        })
    }
    fn overlay(overlay: &mut Overlay) -> &mut HashMap<String, Self> {
        &mut overlay.groups
    }
}
