//! Who could take a session.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    id::{PractitionerId, SessionId},
    permissions::Permission,
    sessions::{Leader, LeaderRole},
};
use ::store::Where;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{
    answers::{self, ClashView},
    clashes::{Clash, Surroundings, Wanted},
    store::{self, Session},
};
use crate::{
    door::{Cx, Scope},
    groups::{self, Group},
    people::Practitioner,
    problem::Problem,
};

/// Practitioners that are looked at, at most.
const LOOKED_AT: usize = 1_000;
/// Practitioners that are answered, at most.
const ANSWERED: usize = 100;

/// Somebody who could take a session, or why they can't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubstituteView {
    /// Who.
    pub practitioner_id: PractitionerId,
    /// Name and credential.
    pub name: String,
    /// Nothing is in the way.
    pub is_free: bool,
    /// Of the same discipline as who leads it first.
    pub same_discipline: bool,
    /// With the same credential.
    pub same_credential: bool,
    /// Leads the group usually.
    pub leads_group: bool,
    /// Primary therapist of somebody who takes part.
    pub treats_participant: bool,
    /// Everything in the way.
    pub clashes: Vec<ClashView>,
}

/// What speaks for each practitioner.
struct Merits {
    discipline: Option<String>,
    credential: Option<String>,
    group: BTreeSet<PractitionerId>,
    therapists: BTreeSet<PractitionerId>,
}

/// Who could take a session: active practitioners who do not lead it, the free ones first, then by what speaks for
/// them, then by name; at most 100.
///
/// # Errors
/// 404.
pub async fn substitutes(cx: &Cx, id: SessionId) -> Result<Vec<SubstituteView>, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let session: Session = scope.get(id).await?;
            let leaders = store::leaders(scope, id).await?;
            let filter = Where::organization().and_always("is_active = true");
            let all: Vec<Practitioner> = scope.filter(&filter, "family_name, given_name, id", LOOKED_AT).await?;
            let merits = merits(scope, &session, &leaders, &all).await?;
            let others: Vec<Practitioner> =
                all.into_iter().filter(|one| leaders.iter().all(|leader| leader.practitioner != one.id)).collect();
            let who: BTreeSet<PractitionerId> = others.iter().map(|one| one.id).collect();
            let wanted = Wanted { room: None, ..Wanted::of(&session, &[]) };
            let around = Surroundings::read(scope, &BTreeSet::new(), &who, wanted.interval).await?;
            let mut found: Vec<(SubstituteView, Vec<Clash>)> = others
                .iter()
                .map(|one| {
                    let clashes = around.of_leader(one.id, &wanted);
                    (merits.of(one, clashes.is_empty()), clashes)
                })
                .collect();
            found.sort_by_key(|(one, _)| {
                let merits = [one.leads_group, one.treats_participant, one.same_discipline, one.same_credential];
                (!one.is_free, merits.map(|merit| !merit))
            });
            found.truncate(ANSWERED);
            let (mut shown, lists): (Vec<SubstituteView>, Vec<Vec<Clash>>) = found.into_iter().unzip();
            for (one, clashes) in shown.iter_mut().zip(answers::clashes(scope, lists).await?) {
                one.clashes = clashes;
            }
            Ok(shown)
        })
    })
    .await
}

async fn merits(
    scope: &mut Scope<'_>,
    session: &Session,
    leaders: &[Leader],
    all: &[Practitioner],
) -> Result<Merits, Problem> {
    let first = leaders.iter().find(|leader| leader.role != LeaderRole::Supervisor).map(|leader| leader.practitioner);
    let first: Option<Practitioner> = match first {
        Some(id) => match all.iter().find(|one| one.id == id) {
            Some(known) => Some(known.clone()),
            None => scope.find(id).await?,
        },
        None => None,
    };
    let group: BTreeSet<PractitionerId> = match session.group_id {
        Some(id) => {
            let known: Group = scope.get(id).await?;
            let mut co: BTreeMap<_, Vec<PractitionerId>> = groups::co_facilitators(scope, &[id]).await?;
            known.facilitator_id.into_iter().chain(co.remove(&id).unwrap_or_default()).collect()
        }
        None => BTreeSet::new(),
    };
    let therapists = store::therapists(scope, &[session.id]).await?.remove(&session.id).unwrap_or_default();
    Ok(Merits {
        discipline: first.as_ref().and_then(|one| one.discipline.as_deref().map(str::to_owned)),
        credential: first.as_ref().and_then(|one| one.credential.as_deref().map(str::to_owned)),
        group,
        therapists: therapists.into_iter().collect(),
    })
}

impl Merits {
    fn of(&self, one: &Practitioner, is_free: bool) -> SubstituteView {
        let same = |own: Option<&str>, wanted: &Option<String>| own.is_some() && own == wanted.as_deref();
        SubstituteView {
            practitioner_id: one.id,
            name: one.display_name(),
            is_free,
            same_discipline: same(one.discipline.as_deref(), &self.discipline),
            same_credential: same(one.credential.as_deref(), &self.credential),
            leads_group: self.group.contains(&one.id),
            treats_participant: self.therapists.contains(&one.id),
            clashes: Vec::new(),
        }
    }
}
