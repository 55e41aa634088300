//! The numbered schema: forward only. A migration that has shipped is never edited.

use store::Migration;

macro_rules! shared {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/", $name, ".sql")),
        }
    };
}

/// Every migration, in order.
pub const ALL: &[Migration] = &[
    shared!(1, "0001_foundation"),
    shared!(2, "0002_people"),
    shared!(3, "0003_groups"),
    shared!(4, "0004_sessions"),
    shared!(5, "0005_imports"),
    shared!(6, "0006_roles"),
    shared!(7, "0007_notes"),
    shared!(8, "0008_keep_apart"),
    shared!(9, "0009_offers"),
    shared!(10, "0010_series_parts"),
    shared!(11, "0011_feeds"),
    shared!(12, "0012_holidays"),
    shared!(13, "0013_merging"),
    shared!(14, "0014_availability"),
    shared!(15, "0015_consents"),
    shared!(16, "0016_kiosk"),
    shared!(17, "0017_templates"),
    shared!(18, "0018_group_session_templates"),
    shared!(19, "0019_turns"),
    shared!(20, "0020_note_writers"),
    shared!(21, "0021_session_viewers"),
    shared!(22, "0022_disclosures"),
    shared!(23, "0023_psychotherapy_notes"),
    shared!(24, "0024_ever_signed"),
    shared!(25, "0025_break_glass"),
    shared!(26, "0026_consent_gate"),
    shared!(27, "0027_signer_hash"),
    shared!(28, "0028_stepped_out"),
    shared!(29, "0029_returned"),
];
