-- When something of a session was signed for the first time. Unlike `first_signed_at` it stays when the record is
-- reopened or returned: what was documented once is not undone by undoing the start.
alter table sessions add column ever_signed_at timestamptz;
