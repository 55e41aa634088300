-- A patient who was registered twice: the duplicate points at the record that stays, which is found by both.
alter table patients add column merged_into text;
alter table patients add column merge_reason text;
alter table patients add column former_mrns text not null default '[]';
alter table patients add column former_names text not null default '[]';
create index ix_patients_merged on patients (organization_id, merged_into, id) where merged_into is not null;

-- Whose relative, partner or sponsor a guest is; and when a guest became the patient of `patient_id`.
alter table guests add column related_patient_id text;
alter table guests add column relationship text;
alter table guests add column converted_at timestamptz;
create index ix_guests_patient on guests (organization_id, patient_id, id) where patient_id is not null;
create index ix_guests_related on guests (organization_id, related_patient_id, display_name, id)
    where related_patient_id is not null;
