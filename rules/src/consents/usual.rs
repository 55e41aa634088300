//! The texts a clinic starts with. Each clinic, with its counsel, makes them its own: a new version replaces these.

use super::NeededBy;

/// A text to start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualText {
    /// The kind.
    pub kind: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What is consented to.
    pub words: &'static str,
    /// Who needs it to be checked in.
    pub needed_by: NeededBy,
    /// How many months a consent to it holds; none until it is revoked.
    pub months: Option<u32>,
}

/// The texts a clinic starts with, one a kind.
pub const fn usual_texts() -> &'static [UsualText] {
    USUAL
}

const USUAL: &[UsualText] = &[
    UsualText {
        kind: "treatment",
        title: "Consent to treatment",
        words: "I agree to the assessment and treatment that were explained to me: what they are for, what they may \
            do for me, their risks, and what else could be done. I may ask questions at any time. I may stop at any \
            time, and I was told what that may mean for me.",
        needed_by: NeededBy::Patients,
        months: Some(12),
    },
    UsualText {
        kind: "group_confidentiality",
        title: "Confidentiality in groups",
        words: "What others say in the group stays in the group, and so does who is in it. I know that the clinic \
            cannot promise for the other members what they will do, and that the law does not bind them as it binds \
            the clinic. Who does not keep this agreement may have to leave the group.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
    UsualText {
        kind: "telehealth",
        title: "Consent to telehealth",
        words: "I agree to take part by video. I was told of its risks, such as lost connections and others who may \
            overhear, and that I may come in person instead. At the start of each session I say where I am and whom \
            to call in an emergency. Nobody records the session.",
        needed_by: NeededBy::Telehealth,
        months: Some(12),
    },
    UsualText {
        kind: "guest_confidentiality",
        title: "Confidentiality for guests",
        words: "I come as a guest. I keep to myself who is here and what is said. My own presence is noted in the \
            clinic’s record of the session.",
        needed_by: NeededBy::Guests,
        months: Some(12),
    },
    UsualText {
        kind: "part2_tpo",
        title: "Disclosure of substance use disorder records for treatment, payment and health care operations",
        words: "I agree that my records of treatment for a substance use disorder are disclosed to my treating \
            providers, health plans, third-party payers, and people helping to operate this program, for treatment, \
            payment and health care operations. They may be disclosed further as the law on health information \
            allows, but not for proceedings against me without my written consent or a court order. I may revoke \
            this in writing at any time, except for what was done in reliance on it. Treatment may depend on it as \
            far as it must be paid for.",
        needed_by: NeededBy::Nobody,
        months: None,
    },
    UsualText {
        kind: "part2_specific",
        title: "Disclosure of substance use disorder records to a named recipient",
        words: "I agree that the records described here are disclosed to the recipient named here, for the purpose \
            named here and no other. I may revoke this in writing at any time, except for what was done in reliance \
            on it.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
    UsualText {
        kind: "sud_counseling_notes",
        title: "Disclosure of substance use disorder counseling notes",
        words: "I agree that the counseling notes described here are disclosed to the recipient named here. This \
            consent is apart from every other. I may revoke it in writing at any time.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
    UsualText {
        kind: "roi",
        title: "Authorization to release information",
        words: "I authorize the clinic to give the information described here to the recipient named here, for the \
            purpose named here. I may revoke this in writing at any time, except for what was done in reliance on it. \
            My treatment does not depend on it. Whoever receives it may pass it on, and it may no longer be protected.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
    UsualText {
        kind: "financial_policy",
        title: "Financial policy",
        words: "I have read what the clinic charges, what I pay myself, and what I owe when I cancel late or do not \
            come.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
    UsualText {
        kind: "photo_or_recording",
        title: "Photographs and recordings",
        words: "I agree to the photographs or recordings described here, for the purpose described here. I may take \
            this back at any time.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
    UsualText {
        kind: "guardian_consent",
        title: "Consent for a minor",
        words: "I may decide on the treatment of the patient named here and agree to it. The patient was asked, as \
            far as their age allows. I tell the clinic at once when this changes.",
        needed_by: NeededBy::Nobody,
        months: Some(12),
    },
];
