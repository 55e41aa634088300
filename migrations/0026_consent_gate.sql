-- The oldest version of a kind whose consents still count at check-in, and since when it is asked for as it is.
alter table consent_texts add column counts_from bigint not null default 1 check (counts_from > 0);
alter table consent_texts add column needed_since timestamptz not null default '1970-01-01T00:00:00.000000Z';
update consent_texts set needed_since = updated_at;

-- How a booking stands at the consent gate follows from texts and consents each time it is read. Stored is what somebody
-- said by hand, when, and of how they took part; and how they stood once they were marked as attended or away.
alter table session_participants add column consent_seen_at timestamptz;
alter table session_participants add column consent_seen_video boolean not null default false;
update session_participants set consent_seen_at = updated_at
    where consent_verified = true and consent_until is null and status in ('booked', 'confirmed', 'arrived', 'cancelled');
update session_participants set consent_seen_video = true
    where consent_seen_at is not null and (modality = 'video' or (modality is null and exists (select 1 from sessions s
        where s.organization_id = session_participants.organization_id and s.id = session_participants.session_id
        and s.modality = 'virtual')));
update session_participants set consent_verified = false, consent_until = null
    where consent_seen_at is null and status in ('booked', 'confirmed', 'arrived', 'cancelled');

-- Nothing has to be cleared any more.
delete from jobs where name = 'expire_consents';
