//! Knocking with a code and a birth date, and arriving with a signature.

use ::rules::{
    column::Json,
    id::{KioskId, ParticipantId, SessionId, SiteId},
    kiosk::{self, Answer, Holder, KioskCode, Knock, Proof, Stroke, check_strokes, guest_first_name},
    permissions::Permission,
    sessions::ParticipantStatus,
    text::Name,
};
use deserr::Deserr;
use jiff::{SignedDuration, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, ArrivalSignature, Code, Kiosk},
    codes::hash,
};
use crate::{
    door::{Cx, Principal, Scope, hash_secret},
    events::KioskEvent,
    http::extract::{FieldErrors, Parsed},
    people::{Guest, Patient, Site},
    problem::Problem,
    sessions::{self, Participant, Session, answers},
    when::Day,
};

/// How long what is on the screen stays there.
const VISIT: SignedDuration = SignedDuration::from_mins(2);

/// A code, and the birth date of a patient.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewKnock {
    /// Where the screen stands; a kiosk's own site counts instead.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// What was scanned or typed.
    pub code: String,
    /// The birth date: required but with a guest's code, which begins with `G` and is enough by itself.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Parsed<Day>>,
}

/// What came of a knock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnockOutcome {
    /// It is them: they sign and are here.
    Recognized,
    /// They are checked in already.
    Here,
    /// Something is to be settled at the front desk first. What, the screen does not say.
    FrontDesk,
    /// The code and the birth date are not those of anybody who is expected here.
    Unknown,
}

/// Who has knocked, as far as the screen may say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recognized {
    /// What came of it.
    pub outcome: KnockOutcome,
    /// What the arrival is sent with, within two minutes; only when they were recognized.
    pub visit: Option<String>,
    /// Their first name; null of a guest whose first name can't be told from how staff address them.
    pub first_name: Option<String>,
    /// When their session begins.
    #[schema(format = DateTime)]
    pub starts_at: Option<String>,
}

impl Recognized {
    fn only(outcome: KnockOutcome) -> Self {
        Self { outcome, visit: None, first_name: None, starts_at: None }
    }
}

/// An arrival: a signature that was drawn, or a name that was typed instead.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Arrive {
    /// What the knock answered.
    pub visit: String,
    /// What was drawn, in a field of 1,000 by 400: at most 100 strokes and 4,000 points.
    #[deserr(default)]
    pub strokes: Option<Vec<Vec<kiosk::Point>>>,
    /// The name that was typed instead.
    #[deserr(default)]
    pub typed_name: Option<Name>,
}

/// What came of an arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Arrived {
    /// Who.
    pub participant_id: ParticipantId,
    /// In which session.
    pub session_id: SessionId,
    /// Where they stand now.
    pub status: ParticipantStatus,
}

/// What somebody has signed at the kiosk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArrivalSignatures {
    /// The last first.
    pub signatures: Vec<ArrivalSignature>,
}

/// The kiosk of the caller, where it is one.
fn own(cx: &Cx) -> Option<KioskId> {
    match cx.principal {
        Principal::Kiosk(id) => Some(id),
        _ => None,
    }
}

/// The name by which tries are counted: of the kiosk, or of whoever asks for one.
fn door(cx: &Cx) -> String {
    format!("kiosk:{}", cx.actor())
}

/// Knocks: says whether the code, and a patient's birth date, are those of somebody who is expected at this site.
///
/// # Errors
/// 422, also for a patient's code without a birth date; 429 for too many tries.
pub async fn knock(cx: &Cx, new: &NewKnock) -> Result<Recognized, Problem> {
    cx.require(Permission::ParticipantCheckin).await?;
    cx.app.kiosk_throttle.count(door(cx), &cx.request.source)?;
    let secret = cx.app.clock.secret();
    let secret = &secret;
    cx.write(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let site = match own(scope.cx) {
                Some(id) => Some(scope.get::<Kiosk, _>(id).await?.site_id),
                None => new.site_id,
            };
            let site = site.ok_or_else(|| Problem::invalid_field("site_id", "missing", "is required"))?;
            if scope.find::<Site>(site).await?.is_none() {
                return Err(Problem::invalid_field("site_id", "not_found", "is no site of your organization"));
            }
            let typed = KioskCode::parse(&new.code).ok();
            let said = new.birth_date.map(|day| day.0.0);
            // Said of every code that is no guest's, before any is looked for: it tells nothing.
            if said.is_none() && typed.as_ref().is_none_or(|code| code.holder() == Holder::Patient) {
                let message = "is required; only a guest's code, which begins with G, is enough by itself";
                return Err(Problem::invalid_field("birth_date", "missing", message));
            }
            let known = match typed {
                Some(code) => store::code_of(scope, &hash(code.plain())).await?,
                None => None,
            };
            let Some(code) = known else { return Ok(unknown(scope)) };
            judged(scope, &code, site, said, secret).await
        })
    })
    .await
}

fn unknown(scope: &mut Scope<'_>) -> Recognized {
    let door = scope.cx.actor();
    scope.emit(KioskEvent::NotRecognized { door, participant: None });
    Recognized::only(KnockOutcome::Unknown)
}

async fn judged(
    scope: &mut Scope<'_>,
    code: &Code,
    site: SiteId,
    said: Option<Date>,
    secret: &str,
) -> Result<Recognized, Problem> {
    let session: Session = scope.get(code.session).await?;
    let participant: Participant = scope.get(code.participant).await?;
    let visitor = Visitor::of(scope, &participant).await?;
    let facts = Knock {
        tries: code.tries,
        is_used: code.used_at.is_some(),
        is_over: code.expires_at <= scope.now(),
        is_here: session.site_id.is_none_or(|held| held == site),
        proof: visitor.proof(said),
    };
    match kiosk::knock(&facts) {
        Answer::Known => recognized(scope, &session, participant, &visitor, secret).await,
        answer => {
            if answer == Answer::WrongDate {
                store::count_try(scope, participant.id).await?;
            }
            let door = scope.cx.actor();
            scope.emit(KioskEvent::NotRecognized { door, participant: Some(participant.id) });
            Ok(Recognized::only(KnockOutcome::Unknown))
        }
    }
}

async fn recognized(
    scope: &mut Scope<'_>,
    session: &Session,
    participant: Participant,
    visitor: &Visitor,
    secret: &str,
) -> Result<Recognized, Problem> {
    let id = participant.id;
    let view = answers::participant(scope, session, participant).await?;
    let expected = matches!(view.status, ParticipantStatus::Booked | ParticipantStatus::Confirmed);
    let is_today = session.zone.date(scope.now()) == session.local_date;
    let outcome = match view.status {
        ParticipantStatus::Arrived | ParticipantStatus::Attended => KnockOutcome::Here,
        _ if expected && view.can_check_in && is_today && session.status.is_open() => KnockOutcome::Recognized,
        _ => KnockOutcome::FrontDesk,
    };
    scope.emit(KioskEvent::Recognized { participant: id });
    if outcome != KnockOutcome::Recognized {
        return Ok(Recognized::only(outcome));
    }
    let until = scope.now().checked_add(VISIT).map_err(|error| Problem::internal(&error))?;
    store::open_visit(scope, id, &hash_secret(secret), until).await?;
    Ok(Recognized {
        outcome,
        visit: Some(secret.to_owned()),
        first_name: visitor.first_name(),
        starts_at: Some(session.zone.rfc3339(session.starts_at)),
    })
}

/// Who stands at the kiosk, as far as it is known.
enum Visitor {
    Patient(Box<Patient>),
    /// A guest, and the patient they are related to, by whose name they are not greeted.
    Guest(Box<Guest>, Option<Box<Patient>>),
}

impl Visitor {
    async fn of(scope: &mut Scope<'_>, participant: &Participant) -> Result<Self, Problem> {
        if let Some(patient) = participant.patient_id {
            return Ok(Self::Patient(Box::new(scope.get(patient).await?)));
        }
        let guest = participant.guest_id.ok_or_else(|| Problem::not_found("participant"))?;
        let guest: Guest = scope.get(guest).await?;
        let related = match guest.related_patient_id {
            Some(id) => scope.find::<Patient>(id).await?.map(Box::new),
            None => None,
        };
        Ok(Self::Guest(Box::new(guest), related))
    }

    fn proof(&self, said: Option<Date>) -> Proof {
        match self {
            Self::Patient(patient) => Proof::BirthDate { born: patient.birth_date, said },
            Self::Guest(..) => Proof::CodeAlone,
        }
    }

    /// How they are greeted: by the name they prefer, and nothing more.
    fn first_name(&self) -> Option<String> {
        match self {
            Self::Patient(patient) => Some(patient.preferred_name.as_ref().unwrap_or(&patient.given_name).to_string()),
            Self::Guest(guest, related) => {
                let names = related.iter().flat_map(|patient| {
                    let names =
                        [Some(&patient.given_name), Some(&patient.family_name), patient.preferred_name.as_ref()];
                    let others = [patient.other_given_name.as_ref(), patient.other_family_name.as_ref()];
                    names.into_iter().chain(others).flatten().map(|name| &**name)
                });
                guest_first_name(&guest.display_name, &names.collect::<Vec<&str>>())
            }
        }
    }
}

/// What stands on the screen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The own first name; none of a guest whose first name nobody knows.
    pub first_name: Option<String>,
    /// The own session's start.
    pub session: Session,
}

/// What stands on the screen of a visit; none once it is over.
///
/// # Errors
/// When the database can't answer.
pub async fn seen(cx: &Cx, visit: &str) -> Result<Option<Seen>, Problem> {
    cx.read(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let code = store::seen_visit(scope, &hash_secret(visit)).await?;
            let now = scope.now();
            let Some(code) = code.filter(|code| code.visit_until.is_some_and(|until| until > now)) else {
                return Ok(None);
            };
            let participant: Participant = scope.get(code.participant).await?;
            let visitor = Visitor::of(scope, &participant).await?;
            let session: Session = scope.get(code.session).await?;
            scope.record_reading("kiosk_visit", participant.id);
            Ok(Some(Seen { first_name: visitor.first_name(), session }))
        })
    })
    .await
}

/// A visit that ends without an arrival.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Leave {
    /// What the knock answered.
    pub visit: String,
}

/// Whose visit has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Left {
    /// Who: they are expected as before, and their code is good for another knock.
    pub participant_id: ParticipantId,
}

/// Ends a visit at once: what was on the screen opens nothing any more, wherever it was kept.
///
/// # Errors
/// 404 when the visit is over.
pub async fn leave(cx: &Cx, leaving: &Leave) -> Result<Left, Problem> {
    cx.write(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let now = scope.now();
            let code = store::visit_of(scope, &hash_secret(&leaving.visit)).await?;
            let code = code.filter(|code| code.visit_until.is_some_and(|until| until > now));
            let code = code.ok_or_else(|| Problem::not_found("visit"))?;
            store::end_visit(scope, code.participant).await?;
            scope.emit(KioskEvent::Left { participant: code.participant });
            Ok(Left { participant_id: code.participant })
        })
    })
    .await
}

/// Somebody who was recognized is here, and has signed.
///
/// # Errors
/// 404 when the visit is over, 409 when something is to be settled first, 422 for a signature that is none.
pub async fn arrive(cx: &Cx, arrival: &Arrive) -> Result<Arrived, Problem> {
    cx.write(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            check(arrival)?;
            let gone = || Problem::not_found("visit");
            let hash = hash_secret(&arrival.visit);
            let known = store::seen_visit(scope, &hash).await?.ok_or_else(gone)?;
            let (session, participant) = sessions::actions::arrive(scope, (known.session, known.participant)).await?;
            // Under the session's lock, so that of two screens with one code only the last is good.
            let now = scope.now();
            let code = store::visit_of(scope, &hash).await?;
            code.filter(|code| code.visit_until.is_some_and(|until| until > now)).ok_or_else(gone)?;
            store::use_code(scope, participant.id).await?;
            let signature = signature(scope, &participant, arrival);
            scope.insert(&signature).await?;
            scope.emit(KioskEvent::Signed { signature: signature.id, participant: participant.id });
            Ok(Arrived { participant_id: participant.id, session_id: session.id, status: participant.status })
        })
    })
    .await
}

fn check(arrival: &Arrive) -> Result<(), Problem> {
    match (&arrival.strokes, &arrival.typed_name) {
        (Some(strokes), None) => match check_strokes(strokes) {
            found if found.is_empty() => Ok(()),
            found => Err(found.into()),
        },
        (None, Some(_)) => Ok(()),
        _ => Err(Problem::invalid_field("strokes", "one_signature", "or a typed name is required, and not both")),
    }
}

fn signature(scope: &Scope<'_>, participant: &Participant, arrival: &Arrive) -> ArrivalSignature {
    let strokes: Option<Vec<Stroke>> = arrival.strokes.clone();
    ArrivalSignature {
        id: scope.id(),
        participant_id: participant.id,
        session_id: participant.session_id,
        kiosk_id: own(scope.cx),
        strokes: strokes.map(Json),
        typed_name: arrival.typed_name.clone(),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// What a participant has signed at the kiosk.
///
/// # Errors
/// 404.
pub async fn signatures(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
) -> Result<ArrivalSignatures, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let found: Participant = scope.get(participant).await?;
            if found.session_id != session {
                return Err(Problem::not_found("participant"));
            }
            let signatures = store::signatures(scope, participant).await?;
            scope.record_reading("arrival_signatures", participant);
            Ok(ArrivalSignatures { signatures })
        })
    })
    .await
}
