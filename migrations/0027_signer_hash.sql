-- The hash of who signed, when and as what, beside the hash of the text: the audit log has it too, and every reading
-- compares. Null under what was signed before it was kept here; there the audit log alone vouches for it.
alter table note_signatures add column signer_sha256 text;
alter table note_annotations add column signer_sha256 text;
