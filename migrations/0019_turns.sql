-- What becomes of a documented session: since when it waits for its review, when and why it was last reopened, and when
-- and why it was voided.
alter table sessions add column pending_since timestamptz;
alter table sessions add column reopened_at timestamptz;
alter table sessions add column reopen_reason text;
alter table sessions add column voided_at timestamptz;
alter table sessions add column void_reason text;
create index ix_sessions_open on sessions (organization_id, ends_at, id) where status in ('scheduled', 'in_progress');
create index ix_sessions_pending on sessions (organization_id, ends_at, id) where status = 'pending_review';

-- Where a row of a chart stands. A row of a session that was reopened is kept beside the one that took its place.
alter table chart_entries add column status text not null default 'current'
    check (status in ('current', 'superseded', 'entered_in_error'));
alter table chart_entries add column supersedes_id text;
alter table chart_entries add column superseded_by_id text;
drop index ix_chart_entries_participant;
create unique index ix_chart_entries_participant on chart_entries (organization_id, participant_id)
    where status = 'current';
drop index ix_chart_entries_tally;
create index ix_chart_entries_tally on chart_entries (organization_id, patient_id, status, group_id, kind);
