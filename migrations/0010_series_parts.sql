-- A series in parts: each sees its rule from a start on and before another, and says what its sessions have different
-- from the group. The part from the beginning stands for the series: how far it is filled, and its version.
alter table group_recurrences add column starts_from text not null default '';
alter table group_recurrences add column ends_before text;
alter table group_recurrences add column overrides text not null default '{}';
drop index ix_group_recurrences_group;
create unique index ix_group_recurrences_part on group_recurrences (organization_id, group_id, starts_from);
