-- Times in between in which somebody was out of the session: pairs of instants, in order.
alter table session_participants add column stepped_out text not null default '[]';
