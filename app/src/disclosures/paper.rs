//! The disclosed document: one text that is printed as a page and written as a PDF.

use ::rules::{
    chart::{ChartAttendance, ChartEntry, ChartNote, ChartPresence, ChartSignature, EntryStatus},
    disclosures::PART2_NOTICE,
    recurrence::Zone,
};
use exchange::pdf::{Block, Document};
use jiff::{Timestamp, civil::Date};

use super::store::{Disclosure, Left};
use crate::{chart::ChartRow, consents::Consent, door::Cx, frame::day, people::Patient};

/// A document, and what its page needs to know of it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The disclosure.
    pub disclosure: Disclosure,
    /// What it says.
    pub document: Document,
}

/// What a document is made of, beside its entries.
pub struct Shown<'a> {
    /// The disclosure.
    pub disclosure: &'a Disclosure,
    /// Whose record it is.
    pub patient: &'a Patient,
    /// The consent it rests on.
    pub consent: Option<&'a Consent>,
}

/// The document of a disclosure.
pub fn of<'a>(cx: &Cx, shown: &Shown<'_>, entries: impl Iterator<Item = (&'a Left, Option<ChartRow>)>) -> Paper {
    let (disclosure, patient) = (shown.disclosure, shown.patient);
    let name = patient.names().full();
    let mut blocks = vec![Block::Heading(1, format!("Record of {name}")), Block::Facts(about(shown, &name))];
    if disclosure.is_part2 {
        blocks.push(Block::Warning(PART2_NOTICE.to_owned()));
    }
    for (left, row) in entries {
        blocks.push(Block::Line);
        entry(&mut blocks, left, row.as_ref());
    }
    let document = Document {
        title: format!("Record of {name}"),
        head: format!("{} · {name} · {} · {}", cx.organization.name, patient.mrn, disclosure.id),
        notice: disclosure.is_part2.then(|| PART2_NOTICE.to_owned()),
        blocks,
    };
    Paper { disclosure: disclosure.clone(), document }
}

fn fact(name: &str, says: impl Into<String>) -> (String, String) {
    (name.to_owned(), says.into())
}

/// What a vocabulary's word says to people.
pub fn words(word: &str) -> String {
    // Three purposes, which HIPAA names in one breath.
    if word == "treatment_payment_operations" {
        return "Treatment, payment, operations".to_owned();
    }
    ::rules::text::capital(word)
}

/// Days as people write them, with what they share said once: `3 to 7 March 2026`, `28 February to 3 March 2026`.
pub fn days(first: Date, last: Date) -> String {
    let until = last.strftime("%-d %B %Y");
    let from = match (first.year() == last.year(), first.month() == last.month()) {
        _ if first == last => return until.to_string(),
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    format!("{} to {until}", first.strftime(from))
}

/// A word with what was said to it.
pub fn with_detail(word: &str, detail: Option<&str>) -> String {
    detail.map_or_else(|| words(word), |detail| format!("{}: {detail}", words(word)))
}

fn about(shown: &Shown<'_>, name: &str) -> Vec<(String, String)> {
    let (disclosure, patient) = (shown.disclosure, shown.patient);
    let to = [Some(&disclosure.recipient_name), disclosure.recipient_organization.as_ref()];
    let to: Vec<&str> = to.into_iter().flatten().map(|name| &**name).collect();
    let mut facts = vec![
        fact("Patient", name),
        fact("Record number", patient.mrn.to_string()),
        fact("Born", day(patient.birth_date)),
        fact("Disclosed to", to.join(", ")),
        fact("Purpose", with_detail(disclosure.purpose.as_str(), disclosure.purpose_detail.as_deref())),
        fact("By what right", with_detail(disclosure.basis.as_str(), disclosure.basis_detail.as_deref())),
        fact("What", disclosure.description.to_string()),
        fact("Disclosed", format!("{} by {}", day(disclosure.disclosed_on), disclosure.disclosed_by)),
    ];
    if let Some(consent) = shown.consent {
        facts.push(fact("Consent", scope_of(consent)));
    }
    facts
}

/// A clear explanation of what a consent allows goes with what is disclosed by it (42 CFR 2.32).
fn scope_of(consent: &Consent) -> String {
    let until = consent.valid_until.map_or_else(|| "until revoked".to_owned(), |last| format!("until {}", day(last)));
    let signed = format!("Signed {} by {}, {until}.", day(consent.signed_on), consent.signer_name);
    consent.scope.as_ref().map_or_else(|| signed.clone(), |scope| format!("{signed} {scope}"))
}

fn entry(blocks: &mut Vec<Block>, left: &Left, row: Option<&ChartRow>) {
    let Some(row) = row else {
        blocks.push(Block::Heading(2, "An entry that can't be found".to_owned()));
        blocks.push(Block::Warning(format!(
            "The entry {} in version {} is not in the chart any more. Tell an administrator.",
            left.entry, left.version
        )));
        return;
    };
    let read = row.entry();
    let title = read.as_ref().map_or("An entry that can't be read", |entry| entry.session.title.as_str());
    blocks.push(Block::Heading(2, format!("{} · {title}", day(row.local_date))));
    if !row.holds() || row.sha256 != left.sha256 {
        blocks.push(Block::Warning(
            "This is not the entry that was kept: its stored text was changed outside the product.".to_owned(),
        ));
    }
    match row.status {
        EntryStatus::Current => {}
        EntryStatus::Superseded => {
            blocks.push(Block::Warning("Superseded: its session was reopened and is amended.".to_owned()));
        }
        EntryStatus::EnteredInError => {
            blocks.push(Block::Warning("Entered in error: it does not count.".to_owned()));
        }
    }
    match &read {
        Some(entry) => said(blocks, entry),
        None => blocks.push(Block::Warning("The stored text can't be read any more.".to_owned())),
    }
    blocks.push(Block::Small(format!("Entry {} version {}, SHA-256 {}", row.id, row.version, row.sha256)));
}

fn said(blocks: &mut Vec<Block>, entry: &ChartEntry) {
    let session = &entry.session;
    let zone = Zone::parse(&session.time_zone).unwrap_or(Zone::UTC);
    let mut facts = vec![
        fact("Session", session.session_number.clone()),
        fact("Appointment", entry.appointment_number.clone()),
        fact(
            "Time",
            format!(
                "{} to {} ({})",
                clock(&zone, session.started_at),
                clock(&zone, session.ended_at),
                session.time_zone
            ),
        ),
        fact("Attendance", attendance(&entry.attendance)),
    ];
    let optional = [("Topic", &session.topic), ("About the group", &session.description)];
    facts.extend(optional.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| fact(name, text)));
    facts.extend(entry.people_in_group().map(|people| fact("In the group", people)));
    if let ChartAttendance::Attended(presence) = &entry.attendance {
        facts.extend(presence_facts(presence));
    }
    if session.late_entry {
        facts.push(fact("Late entry", "Documented after its day"));
    }
    blocks.push(Block::Facts(facts));
    if let ChartAttendance::Attended(presence) = &entry.attendance {
        presence.notes.iter().for_each(|own| note(blocks, "Own note", own, &zone));
        presence.group_note.iter().for_each(|group| note(blocks, "Group note", group, &zone));
    }
}

fn attendance(attendance: &ChartAttendance) -> String {
    match attendance {
        ChartAttendance::Attended(presence) => format!("Present, {} minutes", presence.minutes),
        ChartAttendance::NoShow { reason, excused } => {
            let absent = if *excused { "Absent, excused" } else { "Absent" };
            reason.map_or_else(|| absent.to_owned(), |why| format!("{absent}: {}", words(why.as_str())))
        }
    }
}

fn presence_facts(presence: &ChartPresence) -> Vec<(String, String)> {
    let level = presence.participation_level.map(|level| fact("Took part", level.as_str().replace('_', " ")));
    let how = presence.modality.map(|how| fact("How", how.as_str().replace('_', " ")));
    level.into_iter().chain(how).collect()
}

fn note(blocks: &mut Vec<Block>, title: &str, note: &ChartNote, zone: &Zone) {
    blocks.push(Block::Heading(3, title.to_owned()));
    if !note.text.is_empty() {
        blocks.push(Block::Paragraph(note.text.clone()));
    }
    if !note.fields.is_empty() {
        blocks.push(Block::Facts(note.fields.clone()));
    }
    for signature in &note.signatures {
        let meaning = words(signature.meaning.as_str());
        blocks.push(Block::Small(format!("{meaning}: {}", signed(signature, zone))));
    }
    for annotation in &note.annotations {
        blocks.push(Block::Paragraph(annotation.text.clone()));
        blocks.push(Block::Small(format!("Added by {}", signed(&annotation.signature, zone))));
    }
    blocks.push(Block::Small(format!("SHA-256 of the signed text {}", note.sha256)));
}

fn signed(signature: &ChartSignature, zone: &Zone) -> String {
    let credential =
        if signature.credential.is_empty() { String::new() } else { format!(", {}", signature.credential) };
    let at = signature.signed_at;
    format!("{}{credential}, {} {}", signature.name, day(zone.date(at)), clock(zone, at))
}

fn clock(zone: &Zone, instant: Timestamp) -> String {
    zone.local(instant).strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::days;

    #[test]
    fn days_share_what_they_have_in_common() {
        let until = date(2026, 3, 7);
        assert_eq!(days(until, until), "7 March 2026");
        assert_eq!(days(date(2026, 3, 3), until), "3 to 7 March 2026");
        assert_eq!(days(date(2026, 2, 28), until), "28 February to 7 March 2026");
        assert_eq!(days(date(2025, 3, 7), until), "7 March 2025 to 7 March 2026");
    }
}
