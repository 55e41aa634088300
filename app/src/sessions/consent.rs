//! What consents mean to bookings: who stands how at the gate, and until when (domain 5).
//!
//! Nothing is stored of it while a booking is open: it is judged from the texts in use, the person's consents, and what
//! was said by hand whenever it is read. A text that is asked for from now on, one that is not any more, a version that is
//! to be signed again, a consent given, revoked or run out, a session moved or held by video, records that were merged:
//! each counts at once, for every booking there is. Once somebody is marked as attended or away, how they stood is kept.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    consents::{ConsentKind, Needed, OnFile, Said, Standing, TakesPart, Term, lacking, signs_alone, standing},
    groups::Modality,
    id::{ConsentId, SessionId},
    roster::Person,
    sessions::{ParticipantModality, ParticipantStatus, SessionType},
    text::Name,
};
use jiff::{Timestamp, civil::Date};

use super::{
    answers::LackingConsent,
    store::{self, Participant, Session},
};
use crate::{
    consents::{self, Consent},
    door::Scope,
    events::SessionEvent,
    problem::Problem,
};

/// What is needed, and what people have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consents {
    needed: Vec<Needed>,
    /// What people call the texts.
    titles: BTreeMap<ConsentKind, Name>,
    held: BTreeMap<Person, Vec<Term>>,
}

impl Consents {
    /// What is known of these participants, in three statements however many they are.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn of(
        scope: &mut Scope<'_>,
        participants: impl IntoIterator<Item = &Participant>,
    ) -> Result<Self, Problem> {
        let people: BTreeSet<Person> = participants.into_iter().filter_map(Participant::person).collect();
        let people: Vec<Person> = people.into_iter().collect();
        let asked = consents::needed(scope).await?;
        let titles = asked.iter().map(|(one, title)| (one.kind.clone(), title.clone())).collect();
        let needed: Vec<Needed> = asked.into_iter().map(|(one, _)| one).collect();
        let held = if needed.is_empty() { BTreeMap::new() } else { consents::held(scope, &people).await? };
        Ok(Self { needed, titles, held })
    }

    /// How a booking stands: as it was kept once it was settled, else as it is now.
    pub fn standing(&self, session: &Session, booking: &Participant) -> Standing {
        if is_settled(session, booking) {
            return Standing { verified: booking.consent_verified, until: booking.consent_until };
        }
        let (said, who) = (said(booking), takes_part(session, booking));
        standing(&self.needed, self.held(booking), said, who, session.local_date)
    }

    /// What a booking that may not pass is lacking. Only what holds on the day of the session opens its gate, so nobody
    /// is offered to sign today for a day that is past.
    pub fn lacking(
        &self,
        session: &Session,
        booking: &Participant,
        born: Option<Date>,
        today: Date,
    ) -> Vec<LackingConsent> {
        if is_settled(session, booking) {
            return Vec::new();
        }
        let (said, who, on) = (said(booking), takes_part(session, booking), session.local_date);
        let shown = |(one, on_file): (&Needed, OnFile)| {
            let (why, day) = on_file.lack()?;
            let may_sign_today = today <= on && signs_alone(&one.kind, born, today);
            let title = self.titles.get(&one.kind)?.clone();
            Some(LackingConsent { kind: one.kind.clone(), title, why, day, may_sign_today })
        };
        lacking(&self.needed, self.held(booking), said, who, on).into_iter().filter_map(shown).collect()
    }

    fn held(&self, booking: &Participant) -> &[Term] {
        booking.person().and_then(|person| self.held.get(&person)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Nothing is asked of them any more.
const fn is_settled(session: &Session, booking: &Participant) -> bool {
    !session.status.is_open() || matches!(booking.status, ParticipantStatus::Attended | ParticipantStatus::NoShow)
}

fn said(booking: &Participant) -> Option<Said> {
    let Participant { consent_verified: verified, consent_seen_video: telehealth, .. } = *booking;
    booking.consent_seen_at.map(|at| Said { verified, at, telehealth })
}

fn takes_part(session: &Session, booking: &Participant) -> TakesPart {
    let telehealth = match booking.modality {
        Some(modality) => modality == ParticipantModality::Video,
        None => session.modality == Modality::Virtual,
    };
    TakesPart { guest: booking.guest_id.is_some(), group: session.session_type == SessionType::Group, telehealth }
}

/// Somebody says by hand whether valid consents were seen. No day ends what was seen; what is asked for later does.
pub fn say(booking: &mut Participant, session: &Session, verified: bool, now: Timestamp) {
    (booking.consent_verified, booking.consent_until) = (verified, None);
    (booking.consent_seen_at, booking.consent_seen_video) = (Some(now), takes_part(session, booking).telehealth);
}

/// Keeps how somebody stood. What was seen by hand and was not enough is forgotten: it is to be seen again.
pub fn keep(booking: &mut Participant, stood: Standing) {
    if !stood.verified && booking.consent_verified {
        booking.consent_seen_at = None;
    }
    (booking.consent_verified, booking.consent_until) = (stood.verified, stood.until);
}

/// Somebody has given or withdrawn a consent: tells how many of their open bookings stand otherwise for it.
///
/// # Errors
/// When the database can't answer.
pub async fn changed(scope: &mut Scope<'_>, consent: ConsentId, person: Person) -> Result<(), Problem> {
    let consent: Consent = scope.get(consent).await?;
    let known = store::open_places(scope, person).await?;
    let ids: Vec<SessionId> = known.into_iter().map(|(session, _)| session).collect();
    let bookings = store::of_person_in(scope, &ids, person).await?;
    let sessions = store::by_ids(scope, &ids).await?;
    let now = Consents::of(scope, &bookings).await?;
    let before = without(&now, &consent, person);
    let differs = |booking: &&Participant| {
        let session = sessions.iter().find(|session| session.id == booking.session_id);
        session.is_some_and(|session| now.standing(session, booking) != before.standing(session, booking))
    };
    let count = bookings.iter().filter(differs).count();
    if count > 0 {
        scope.emit(SessionEvent::ConsentsFollowed { person, count });
    }
    Ok(())
}

/// What people had before a consent was given, or was revoked.
fn without(now: &Consents, consent: &Consent, person: Person) -> Consents {
    let mut before = now.clone();
    let changed = consent.term();
    if let Some(held) = before.held.get_mut(&person)
        && let Some(place) = held.iter().position(|term| *term == changed)
    {
        match changed.revoked_at {
            Some(_) => held[place].revoked_at = None,
            None => drop(held.remove(place)),
        }
    }
    before
}
