//! Use cases of guests.

use ::rules::{
    column::Json,
    id::{GuestId, PatientId},
    people::query,
    permissions::Permission,
    roster::Person,
    text::{Name, Remark, Text},
};
use ::store::Where;
use deserr::Deserr;
use utoipa::{IntoParams, ToSchema};

use super::{all_good, input::Shown, must_exist};
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::{FieldErrors, JsonObject, Patch},
    paging::{Limit, Page, bad_cursor, cursor},
    people::store::{
        self, Guest, Patient, apart,
        search::{self, Search, Subject},
    },
    problem::{FieldError, Problem},
};

/// A guest to register.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewGuest {
    /// How to address them.
    pub display_name: Name,
    /// How to reach them: any JSON object, such as `{"phone": "602 555 0142"}`.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub contact: Option<JsonObject>,
    /// Remarks.
    #[deserr(default)]
    pub notes: Option<Remark>,
    /// Whether the guest may be added to groups; true unless given.
    #[deserr(default)]
    pub is_active: Option<bool>,
    /// The patient this guest also is.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// The patient whose relative, partner or sponsor this guest is.
    #[deserr(default)]
    pub related_patient_id: Option<PatientId>,
    /// What they are to that patient: `mother`, `partner`, `sponsor`.
    #[deserr(default)]
    pub relationship: Option<Text<1, 100>>,
}

/// What may be changed of a guest; what is left out stays, `null` clears.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeGuest {
    /// How to address them.
    #[deserr(default)]
    pub display_name: Option<Name>,
    /// How to reach them: replaced whole.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub contact: Option<JsonObject>,
    /// Remarks.
    #[deserr(default)]
    pub notes: Option<Remark>,
    /// Whether the guest may be added to groups.
    #[deserr(default)]
    pub is_active: Option<bool>,
    /// The patient this guest also is.
    #[deserr(default)]
    #[schema(value_type = Option<PatientId>)]
    pub patient_id: Patch<PatientId>,
    /// The patient whose relative, partner or sponsor this guest is.
    #[deserr(default)]
    #[schema(value_type = Option<PatientId>)]
    pub related_patient_id: Patch<PatientId>,
    /// What they are to that patient.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 100>>)]
    pub relationship: Patch<Text<1, 100>>,
}

/// What a list of guests is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGuests {
    /// Beginnings of the words of a name.
    #[deserr(default)]
    pub q: Option<Text<0, 200>>,
    /// `active` (unless given), `inactive` or `all`.
    #[deserr(default)]
    pub status: Option<Shown>,
    /// Only relatives, partners and sponsors of this patient.
    #[deserr(default)]
    pub related_patient_id: Option<PatientId>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// Registers a guest.
///
/// # Errors
/// 422 with every bad field.
pub async fn add_guest(cx: &Cx, new: &NewGuest) -> Result<Guest, Problem> {
    cx.write(Permission::GuestManage, |scope| Box::pin(create(scope, new))).await
}

/// As [`add_guest`], inside an action that registers many.
///
/// # Errors
/// As [`add_guest`].
pub async fn create(scope: &mut Scope<'_>, new: &NewGuest) -> Result<Guest, Problem> {
    let linked: Vec<Person> = new.patient_id.map(Person::Patient).into_iter().collect();
    apart::hold(scope, &linked).await?;
    check(scope, new.patient_id, new.related_patient_id).await?;
    let guest = Guest {
        id: scope.id(),
        display_name: new.display_name.clone(),
        contact: Json(new.contact.clone().map(|contact| contact.0).unwrap_or_default()),
        notes: new.notes.clone().map_or_else(|| super::input::column(""), Ok)?,
        is_active: new.is_active.unwrap_or(true),
        patient_id: new.patient_id,
        related_patient_id: new.related_patient_id,
        relationship: new.relationship.clone(),
        converted_at: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    store::patients::insert_guest(scope, &guest).await?;
    apart::relinked(scope, &linked).await?;
    scope.emit(Event::GuestCreated { guest: guest.id });
    Ok(guest)
}

async fn check(scope: &mut Scope<'_>, patient: Option<PatientId>, related: Option<PatientId>) -> Result<(), Problem> {
    let mut errors: Vec<FieldError> = Vec::new();
    errors.extend(must_exist::<Patient, _>(scope, "patient_id", patient).await?);
    errors.extend(must_exist::<Patient, _>(scope, "related_patient_id", related).await?);
    all_good(errors)
}

/// Who became a patient stays one.
fn stays_converted(old: &Guest, new: &Guest) -> Result<(), Problem> {
    if old.converted_at.is_some() && (new.is_active || new.patient_id != old.patient_id) {
        let detail = "This guest is a patient now. Change the patient's record instead.";
        return Err(Problem::conflict("already_converted", detail));
    }
    Ok(())
}

/// Changes a guest.
///
/// # Errors
/// 404, 409 `both_present` when the guest is to be a patient and both have a place in one group or session, 412, 422
/// with every bad field.
pub async fn change_guest(cx: &Cx, id: GuestId, change: &ChangeGuest) -> Result<Guest, Problem> {
    cx.write(Permission::GuestManage, |scope| {
        Box::pin(async move {
            let change = change.clone();
            // Before the guest, as whoever is given a place does; and alone, or somebody could be given a second place.
            if let Some(patient) = change.patient_id.clone().apply(None)
                && scope.find::<Patient>(patient).await?.is_some()
            {
                apart::hold_alone(scope, &[Person::Patient(patient)]).await?;
            }
            let old: Guest = scope.lock_current(id).await?;
            let mut new = old.clone();
            new.display_name = change.display_name.unwrap_or(new.display_name);
            new.contact = change.contact.map_or(new.contact, |contact| Json(contact.0));
            new.notes = change.notes.unwrap_or(new.notes);
            new.is_active = change.is_active.unwrap_or(new.is_active);
            new.patient_id = change.patient_id.apply(new.patient_id);
            new.related_patient_id = change.related_patient_id.apply(new.related_patient_id);
            new.relationship = change.relationship.apply(new.relationship);
            stays_converted(&old, &new)?;
            let related = new.related_patient_id.filter(|id| Some(*id) != old.related_patient_id);
            check(scope, new.patient_id.filter(|id| Some(*id) != old.patient_id), related).await?;
            let saved = store::patients::update_guest(scope, &old, new).await?;
            if saved.patient_id != old.patient_id {
                let patients = [old.patient_id, saved.patient_id].into_iter().flatten().map(Person::Patient);
                let people: Vec<Person> = patients.chain([Person::Guest(id)]).collect();
                apart::relinked(scope, &people).await?;
                if let Some(patient) = saved.patient_id {
                    scope.emit(Event::GuestLinked { guest: id, patient });
                }
            }
            scope.emit(Event::GuestUpdated { guest: id });
            Ok(saved)
        })
    })
    .await
}

/// Makes a guest inactive: nobody is ever deleted.
///
/// # Errors
/// 404, 412.
pub async fn remove_guest(cx: &Cx, id: GuestId) -> Result<Guest, Problem> {
    let change = ChangeGuest {
        display_name: None,
        contact: None,
        notes: None,
        is_active: Some(false),
        patient_id: Patch::Keep,
        related_patient_id: Patch::Keep,
        relationship: Patch::Keep,
    };
    change_guest(cx, id, &change).await
}

/// One guest.
///
/// # Errors
/// 404.
pub async fn guest(cx: &Cx, id: GuestId) -> Result<Guest, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let guest = scope.get(id).await?;
            scope.record_reading("guest", id);
            Ok(guest)
        })
    })
    .await
}

/// Guests by name; with `q`, those it finds.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_guests(cx: &Cx, list: &ListGuests) -> Result<Page<Guest>, Problem> {
    let after: Option<GuestId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let found = match list.q.as_deref().filter(|words| !words.is_empty()) {
                Some(words) => find(scope, list, words, after, limit + 1).await?,
                None => by_name(scope, list, after, limit + 1).await?,
            };
            scope.record_reading("guest_list", "guests");
            Ok(Page::cut(found, limit, |guest| guest.id))
        })
    })
    .await
}

async fn by_name(
    scope: &mut Scope<'_>,
    list: &ListGuests,
    after: Option<GuestId>,
    limit: usize,
) -> Result<Vec<Guest>, Problem> {
    let after = match after {
        Some(id) => Some(scope.find::<Guest>(id).await?.ok_or_else(bad_cursor)?),
        None => None,
    };
    let related = Where::organization().and_if("related_patient_id = ?", list.related_patient_id.as_ref());
    let filter = Shown::narrow(list.status, related);
    Ok(store::patients::list_guests(scope, filter, after.as_ref(), limit).await?)
}

async fn find(
    scope: &mut Scope<'_>,
    list: &ListGuests,
    words: &str,
    after: Option<GuestId>,
    limit: usize,
) -> Result<Vec<Guest>, Problem> {
    let read = query(words);
    // Guests have no birth date: a search for one finds none of them.
    if read.birth_date.is_some() {
        return Ok(Vec::new());
    }
    let activity = Shown::activity(list.status).map(|activity| ("person.is_active = ?", (&activity).into()));
    let related = list.related_patient_id.map(|id| ("person.related_patient_id = ?", (&id).into()));
    let search = Search {
        subject: Subject::Guests,
        words: &read.words,
        birth_date: None,
        conditions: activity.into_iter().chain(related).collect(),
        after: after.map(|id| id.to_string()),
        limit,
    };
    let ids = search::find(scope, &search).await.map_err(|error| match error {
        ::store::Error::Stale => bad_cursor(),
        error => error.into(),
    })?;
    Ok(search::in_order(scope, &ids).await?)
}
