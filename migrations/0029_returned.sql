-- Who sent a note back, and when: the comment alone does not say whom to ask. Null where it was sent back before this was kept.
alter table notes add column returned_by text;
alter table notes add column returned_by_name text;
alter table notes add column returned_at timestamptz;
