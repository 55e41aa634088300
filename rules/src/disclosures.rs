//! Disclosures: what of a record left the house, to whom, what for, and by what right (domain 1; 45 CFR 164.528, 42 CFR
//! 2.25, 2.31 to 2.33, 2.51).
//!
//! A disclosure is logged once and never changed: a correction is another line.

use jiff::civil::Date;

use crate::consents::ConsentStatus;
use crate::violation::Violation;

/// The most chart entries one disclosure may hold: a longer chart is released in parts, by its days.
pub const ENTRIES_MAX: usize = 500;
/// The most the texts of its entries may come to, in bytes.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;

/// The notice that goes with every record of substance use treatment (42 CFR 2.32(a)(2), as of 2024).
pub const PART2_NOTICE: &str = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";

crate::vocabulary! {
    /// What a disclosure is for.
    pub enum DisclosurePurpose {
        /// Treatment by somebody else.
        Treatment = "treatment",
        /// To be paid.
        Payment = "payment",
        /// Running the clinic: quality, training, licensing.
        Operations = "operations",
        /// The patient wants it.
        PatientRequest = "patient_request",
        /// An emergency.
        Emergency = "emergency",
        /// A court, a lawyer, a benefit.
        Legal = "legal",
        /// An audit or an inspection.
        Audit = "audit",
        /// Public health.
        PublicHealth = "public_health",
        /// Research.
        Research = "research",
        /// Something else, in words.
        Other = "other",
    }
}

crate::vocabulary! {
    /// By what right something was disclosed.
    pub enum LegalBasis {
        /// The patient has consented: the consent is named.
        Consent = "consent",
        /// It is given to the patient, or to who stands in for them.
        PatientAccess = "patient_access",
        /// Treatment, payment or operations, which ask for no consent but under 42 CFR part 2.
        TreatmentPaymentOperations = "treatment_payment_operations",
        /// A medical emergency.
        MedicalEmergency = "medical_emergency",
        /// A court has ordered it.
        CourtOrder = "court_order",
        /// A law asks for it.
        RequiredByLaw = "required_by_law",
        /// An audit or evaluation that the law lets in.
        AuditEvaluation = "audit_evaluation",
        /// Another right, in words.
        Other = "other",
    }
}

impl LegalBasis {
    /// Whether the right must be described: which order, which law, what emergency.
    pub const fn needs_words(self) -> bool {
        matches!(self, Self::MedicalEmergency | Self::CourtOrder | Self::RequiredByLaw | Self::Other)
    }

    /// Whether it lets records of substance use treatment out (42 CFR 2.31 to 2.67).
    pub const fn opens_part2(self) -> bool {
        matches!(
            self,
            Self::Consent | Self::PatientAccess | Self::MedicalEmergency | Self::CourtOrder | Self::AuditEvaluation
        )
    }
}

crate::vocabulary! {
    /// How it left.
    pub enum ReleaseMethod {
        /// On paper.
        Paper = "paper",
        /// As a file, by mail or portal.
        Electronic = "electronic",
        /// By fax.
        Fax = "fax",
        /// Spoken.
        Spoken = "spoken",
    }
}

/// The consent a disclosure rests on, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentHeld {
    /// It is of the patient whose record it is.
    pub is_of_patient: bool,
    /// It lets somebody outside know something.
    pub releases: bool,
    /// How it stands on the day.
    pub status: ConsentStatus,
}

/// A disclosure as the rules look at it.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    /// What it is for.
    pub purpose: DisclosurePurpose,
    /// Something other is said in words.
    pub has_purpose_words: bool,
    /// By what right.
    pub basis: LegalBasis,
    /// The right is described.
    pub has_basis_words: bool,
    /// Whom the recipient works for is named.
    pub has_organization: bool,
    /// The consent that is named, if one is.
    pub consent: Option<ConsentHeld>,
    /// Records of substance use treatment are among it: see [`part2`].
    pub is_part2: bool,
    /// Chart entries leave; else it is only logged that something did.
    pub has_entries: bool,
    /// When it leaves.
    pub on: Date,
    /// Today.
    pub today: Date,
}

/// Decides whether records of substance use treatment are among what leaves: by what is `said`, the chart `entries` that
/// leave, if any do, and the patient's `groups`. Entries can't be talked away. Where something else leaves (a call, a fax
/// of another system), only who lets it out knows; unless they say, a patient of such a group counts.
///
/// # Errors
/// Entries of such a group are among it, and it was said that none are.
pub fn part2(said: Option<bool>, entries: Option<bool>, groups: bool) -> Result<bool, Violation> {
    match (entries, said) {
        (Some(true), Some(false)) => {
            let message = "can't be false: chart entries of a group under 42 CFR part 2 are among it";
            Err(Violation::new("is_part2", "part2", message))
        }
        (Some(found), said) => Ok(found || said == Some(true)),
        (None, said) => Ok(said.unwrap_or(groups)),
    }
}

/// What is wrong with a disclosure, every fault at once.
pub fn check(release: &Release) -> Vec<Violation> {
    let mut found = Vec::new();
    if release.purpose == DisclosurePurpose::Other && !release.has_purpose_words {
        found.push(Violation::new("purpose_detail", "missing", "is required when the purpose is another one"));
    }
    if release.basis.needs_words() && !release.has_basis_words {
        let message = "is required: which order or law, the nature of the emergency, or what other right";
        found.push(Violation::new("basis_detail", "missing", message));
    }
    if release.basis == LegalBasis::MedicalEmergency && !release.has_organization {
        let message = "is required in an emergency: whom the medical personnel works for";
        found.push(Violation::new("recipient_organization", "missing", message));
    }
    found.extend(consent(release));
    if release.is_part2 && !release.basis.opens_part2() {
        let message = "does not let records under 42 CFR part 2 out; they need the patient's consent, the patient's own \
            access, a medical emergency, a court order or an audit";
        let otherwise = if release.has_entries { "" } else { "; if none of them left, say so with `is_part2`" };
        found.push(Violation::new("basis", "part2", format!("{message}{otherwise}")));
    }
    if release.on > release.today {
        found.push(Violation::new("disclosed_on", "out_of_range", "must not be in the future"));
    }
    found
}

fn consent(release: &Release) -> Option<Violation> {
    let wrong = |code, message| Some(Violation::new("consent_id", code, message));
    match (release.basis, release.consent) {
        (LegalBasis::Consent, None) => wrong("missing", "is required when the disclosure rests on a consent"),
        (LegalBasis::Consent, Some(held)) if !held.is_of_patient => wrong("other_patient", "is not of this patient"),
        (LegalBasis::Consent, Some(held)) if !held.releases => {
            wrong("releases_nothing", "is to something else than disclosing records")
        }
        (LegalBasis::Consent, Some(held)) if held.status != ConsentStatus::InForce => {
            wrong("not_in_force", "was not in force on that day: it is revoked, over or not begun")
        }
        (LegalBasis::Consent, Some(_)) | (_, None) => None,
        (_, Some(_)) => wrong("not_needed", "is only named when the disclosure rests on it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 3, 2);
    const HELD: ConsentHeld = ConsentHeld { is_of_patient: true, releases: true, status: ConsentStatus::InForce };

    fn release(basis: LegalBasis) -> Release {
        Release {
            purpose: DisclosurePurpose::Treatment,
            has_purpose_words: false,
            basis,
            has_basis_words: true,
            has_organization: true,
            consent: (basis == LegalBasis::Consent).then_some(HELD),
            is_part2: false,
            has_entries: true,
            on: DAY,
            today: DAY,
        }
    }

    fn codes(release: &Release) -> Vec<(String, String)> {
        check(release).into_iter().map(|found| (found.field.to_string(), found.code.to_string())).collect()
    }

    fn one(field: &str, code: &str) -> Vec<(String, String)> {
        vec![(field.to_owned(), code.to_owned())]
    }

    #[test]
    fn every_right_stands_with_what_it_needs() {
        for basis in LegalBasis::ALL {
            assert_eq!(codes(&release(*basis)), [], "{basis}");
        }
    }

    #[test]
    fn substance_use_records_need_more() {
        let closed: Vec<&str> = LegalBasis::ALL
            .iter()
            .filter(|basis| !codes(&Release { is_part2: true, ..release(**basis) }).is_empty())
            .map(|basis| basis.as_str())
            .collect();
        assert_eq!(closed, ["treatment_payment_operations", "required_by_law", "other"]);
    }

    #[test]
    fn what_is_under_part_2_is_said_where_no_entry_says_it() {
        for groups in [false, true] {
            assert_eq!(part2(None, None, groups), Ok(groups), "as the patient's groups say");
            for said in [false, true] {
                assert_eq!(part2(Some(said), None, groups), Ok(said), "who let it out knows");
            }
            assert_eq!(part2(None, Some(true), groups), Ok(true));
            assert_eq!(part2(None, Some(false), groups), Ok(false), "these entries are of another group");
            assert_eq!(part2(Some(true), Some(false), groups), Ok(true));
            assert_eq!(part2(Some(false), Some(true), groups).map_err(|one| one.code), Err("part2"));
        }
        let said = |has_entries| {
            let closed = release(LegalBasis::TreatmentPaymentOperations);
            check(&Release { is_part2: true, has_entries, ..closed }).remove(0).message
        };
        assert!(said(false).ends_with("say so with `is_part2`") && !said(true).contains("is_part2"));
    }

    #[test]
    fn a_consent_is_the_patients_releases_and_is_in_force() {
        let with = |consent| Release { consent, ..release(LegalBasis::Consent) };
        assert_eq!(codes(&with(None)), one("consent_id", "missing"));
        let other = ConsentHeld { is_of_patient: false, ..HELD };
        assert_eq!(codes(&with(Some(other))), one("consent_id", "other_patient"));
        let to_treatment = ConsentHeld { releases: false, ..HELD };
        assert_eq!(codes(&with(Some(to_treatment))), one("consent_id", "releases_nothing"));
        for status in [ConsentStatus::Revoked, ConsentStatus::Expired, ConsentStatus::NotYet] {
            assert_eq!(codes(&with(Some(ConsentHeld { status, ..HELD }))), one("consent_id", "not_in_force"));
        }
        let unneeded = Release { consent: Some(HELD), ..release(LegalBasis::PatientAccess) };
        assert_eq!(codes(&unneeded), one("consent_id", "not_needed"));
    }

    #[test]
    fn words_are_asked_for_where_they_matter() {
        let silent = |basis| Release { has_basis_words: false, has_organization: false, ..release(basis) };
        assert_eq!(codes(&silent(LegalBasis::PatientAccess)), []);
        assert_eq!(codes(&silent(LegalBasis::CourtOrder)), one("basis_detail", "missing"));
        assert_eq!(codes(&silent(LegalBasis::MedicalEmergency)).len(), 2, "what and whose personnel");
        let other = Release { purpose: DisclosurePurpose::Other, ..release(LegalBasis::PatientAccess) };
        assert_eq!(codes(&other), one("purpose_detail", "missing"));
        let tomorrow = DAY.tomorrow().expect("a day");
        assert_eq!(
            codes(&Release { on: tomorrow, ..release(LegalBasis::PatientAccess) }),
            one("disclosed_on", "out_of_range")
        );
    }
}
