//! Participants by how they stand at the consent gate: what `rules::consents::standing` says, in SQL.

use ::store::Where;

/// Whether a text asks this participant for a consent.
macro_rules! asks {
    () => {
        "t.organization_id = session_participants.organization_id and t.in_use = true and (t.needed_by = 'everybody' \
         or (t.needed_by = 'patients' and session_participants.patient_id is not null) \
         or (t.needed_by = 'guests' and session_participants.guest_id is not null) \
         or (t.needed_by = 'groups' and s.session_type = 'group') \
         or (t.needed_by = 'telehealth' and (session_participants.modality = 'video' \
         or (session_participants.modality is null and s.modality = 'virtual')))) \
         and not (session_participants.guest_id is not null and t.kind in ('treatment', 'guardian_consent', \
         'financial_policy', 'roi', 'part2_tpo', 'part2_specific', 'sud_counseling_notes')) \
         and not (session_participants.patient_id is not null and t.kind = 'guest_confidentiality')"
    };
}

/// Whether a consent is this participant's.
macro_rules! theirs {
    () => {
        "c.organization_id = session_participants.organization_id \
         and (c.patient_id = session_participants.patient_id or c.guest_id = session_participants.guest_id)"
    };
}

/// One look at the session for each participant: as a join, PostgreSQL may go through all sessions for each.
const STANDS: &str = concat!(
    "(select case when s.status not in ('scheduled', 'in_progress') or session_participants.status in ('attended', 'no_show') \
     then session_participants.consent_verified \
     when session_participants.consent_seen_at is not null and session_participants.consent_verified = false \
     and not exists (select 1 from consents c join consent_texts t on t.organization_id = c.organization_id \
     and t.kind = c.kind where ",
    theirs!(),
    " and ",
    asks!(),
    " and c.created_at > session_participants.consent_seen_at) then false \
     when (session_participants.consent_seen_at is null or session_participants.consent_verified = false) \
     and not exists (select 1 from consent_texts t where ",
    asks!(),
    ") then false \
     else not exists (select 1 from consent_texts t where ",
    asks!(),
    " and (session_participants.consent_seen_at is null or session_participants.consent_verified = false \
     or session_participants.consent_seen_at < t.needed_since \
     or (t.needed_by = 'telehealth' and session_participants.consent_seen_video = false) \
     or exists (select 1 from consents c where ",
    theirs!(),
    " and c.kind = t.kind and c.revoked_at >= session_participants.consent_seen_at)) \
     and not exists (select 1 from consents c where ",
    theirs!(),
    " and c.kind = t.kind and c.revoked_at is null and c.text_version >= t.counts_from \
     and c.valid_from <= s.local_date and (c.valid_until is null or c.valid_until >= s.local_date))) end \
     from sessions s where s.organization_id = session_participants.organization_id \
     and s.id = session_participants.session_id)"
);

/// Only those who stand so.
pub fn by_consent(filter: Where, verified: bool) -> Where {
    match verified {
        true => filter.and_always(STANDS),
        false => filter.and_always(&format!("not {STANDS}")),
    }
}

#[cfg(test)]
mod tests {
    use ::rules::consents::{OF_GUESTS, OF_PATIENTS};

    #[test]
    fn the_kinds_of_patients_and_of_guests_are_those_of_the_rules() {
        let quoted = |kinds: &[&str]| kinds.iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
        assert!(asks!().contains(&format!("t.kind in ({})", quoted(OF_PATIENTS))));
        assert!(asks!().contains(&format!("t.kind = {})", quoted(OF_GUESTS))));
    }
}
