//! What a group session starts from: its words, its length, the notes it asks for, and how it is billed (domain 6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::notes::Discipline;
use crate::text::{Name, Remark, is_forbidden};
use crate::violation::Violation;

/// The shortest and the longest session a template may say, in minutes.
pub const DURATION: std::ops::RangeInclusive<u32> = 5..=720;
/// The most modifiers of a billing code.
pub const MOST_MODIFIERS: usize = 4;
/// The most characters of the key of a note template.
const MOST_KEY: usize = 100;

/// Which note template the individual notes of a discipline start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, deserr::Deserr, utoipa::ToSchema)]
#[deserr(deny_unknown_fields)]
pub struct DisciplineTemplate {
    /// The discipline.
    pub discipline: Discipline,
    /// The key of the note template.
    pub template: String,
}

/// What a group session starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GroupSessionSettings {
    /// What a session is called that is scheduled from it outside a group.
    #[schema(value_type = String)]
    pub title: Name,
    /// What it is about.
    #[schema(value_type = Option<String>)]
    pub topic: Option<Remark>,
    /// What it is for; a group that is made from it is described so.
    #[schema(value_type = String)]
    pub description: Remark,
    /// How long it is unless somebody says otherwise: 5 to 720 minutes.
    pub duration_minutes: Option<u32>,
    /// The key of the note template of the group note; the built-in one unless given.
    pub group_note_template: Option<String>,
    /// The note templates of individual notes, by discipline; the built-in ones for the rest.
    pub individual_note_templates: Vec<DisciplineTemplate>,
    /// No group note is needed.
    pub waives_group_note: bool,
    /// No individual notes are needed.
    pub waives_individual_notes: bool,
    /// What is signed goes to review, whoever signed it.
    pub always_review: bool,
    /// The procedure code it is billed with: CPT or HCPCS, five letters and digits.
    pub billing_code: Option<String>,
    /// The modifiers of the code, at most four of two letters or digits.
    pub billing_modifiers: Vec<String>,
    /// Where the service takes place: the two digits of CMS's list.
    pub place_of_service: Option<String>,
}

impl GroupSessionSettings {
    /// The key of the note template for a discipline, or of the group note without one; none where the built-in one is
    /// meant.
    pub fn note_template(&self, discipline: Option<Discipline>) -> Option<&str> {
        match discipline {
            None => self.group_note_template.as_deref(),
            Some(discipline) => {
                let own = self.individual_note_templates.iter().find(|one| one.discipline == discipline);
                own.map(|one| one.template.as_str())
            }
        }
    }

    /// Every fault that shows without looking anything up.
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut fault = |field: &str, code: &'static str, message: &str| {
            found.push(Violation::new(field, code, message));
        };
        if self.duration_minutes.is_some_and(|minutes| !DURATION.contains(&minutes)) {
            fault("duration_minutes", "out_of_range", "must be 5 to 720");
        }
        if self.waives_group_note && self.waives_individual_notes {
            let message = "can't be waived together with the group note: something is written about every session";
            fault("waives_individual_notes", "invalid", message);
        }
        if self.group_note_template.as_ref().is_some_and(|key| !is_line(key)) {
            fault("group_note_template", "invalid", "must be the key of a template");
        }
        for (at, one) in self.individual_note_templates.iter().enumerate() {
            let earlier = &self.individual_note_templates[..at];
            if earlier.iter().any(|other| other.discipline == one.discipline) {
                let field = format!("individual_note_templates[{at}].discipline");
                fault(&field, "duplicate", "has a template already; each discipline has one");
            }
            if !is_line(&one.template) {
                let field = format!("individual_note_templates[{at}].template");
                fault(&field, "invalid", "must be the key of a template");
            }
        }
        self.billing(&mut fault);
        found
    }

    fn billing(&self, fault: &mut impl FnMut(&str, &'static str, &str)) {
        if self.billing_code.as_ref().is_some_and(|code| !is_code(code, 5)) {
            fault("billing_code", "invalid", "must be five capital letters and digits, such as 90853 or H0015");
        }
        if self.billing_modifiers.len() > MOST_MODIFIERS {
            fault("billing_modifiers", "too_many", "must be at most four");
        }
        let mut known = BTreeSet::new();
        for (at, modifier) in self.billing_modifiers.iter().enumerate().take(MOST_MODIFIERS) {
            let field = format!("billing_modifiers[{at}]");
            if !is_code(modifier, 2) {
                fault(&field, "invalid", "must be two capital letters or digits, such as HQ or 95");
            } else if !known.insert(modifier) {
                fault(&field, "duplicate", "is there already");
            }
        }
        let is_place = |place: &String| is_code(place, 2) && place.bytes().all(|byte| byte.is_ascii_digit());
        if self.place_of_service.as_ref().is_some_and(|place| !is_place(place)) {
            fault("place_of_service", "invalid", "must be two digits, such as 11 for an office or 02 for telehealth");
        }
        if self.billing_code.is_none() && !self.billing_modifiers.is_empty() {
            fault("billing_code", "missing", "is required with modifiers");
        }
    }
}

fn is_code(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_line(text: &str) -> bool {
    (1..=MOST_KEY).contains(&text.chars().count())
        && !text.chars().any(|letter| letter.is_control() || is_forbidden(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> GroupSessionSettings {
        GroupSessionSettings {
            title: Name::parse("Relapse prevention").expect("a name"),
            topic: None,
            description: Remark::empty(),
            duration_minutes: Some(90),
            group_note_template: None,
            individual_note_templates: Vec::new(),
            waives_group_note: false,
            waives_individual_notes: false,
            always_review: false,
            billing_code: Some("90853".to_owned()),
            billing_modifiers: vec!["HQ".to_owned(), "95".to_owned()],
            place_of_service: Some("02".to_owned()),
        }
    }

    fn of(discipline: Discipline, template: &str) -> DisciplineTemplate {
        DisciplineTemplate { discipline, template: template.to_owned() }
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(settings().violations(), []);
        let odd = GroupSessionSettings {
            duration_minutes: Some(4),
            waives_group_note: true,
            waives_individual_notes: true,
            group_note_template: Some(String::new()),
            individual_note_templates: vec![of(Discipline::Ot, "ot"), of(Discipline::Ot, "a\u{0}")],
            billing_code: Some("9085".to_owned()),
            billing_modifiers: ["HQ", "hq", "HQ", "95", "GT"].map(str::to_owned).to_vec(),
            place_of_service: Some("A1".to_owned()),
            ..settings()
        };
        let found = odd.violations();
        let names: Vec<(&str, &str)> = found.iter().map(|one| (one.field.as_str(), one.code)).collect();
        assert_eq!(
            names,
            [
                ("duration_minutes", "out_of_range"),
                ("waives_individual_notes", "invalid"),
                ("group_note_template", "invalid"),
                ("individual_note_templates[1].discipline", "duplicate"),
                ("individual_note_templates[1].template", "invalid"),
                ("billing_code", "invalid"),
                ("billing_modifiers", "too_many"),
                ("billing_modifiers[1]", "invalid"),
                ("billing_modifiers[2]", "duplicate"),
                ("place_of_service", "invalid"),
            ]
        );
        let without = GroupSessionSettings { billing_code: None, ..settings() };
        assert_eq!(
            without.violations().first().map(|one| (one.field.as_str(), one.code)),
            Some(("billing_code", "missing"))
        );
    }

    #[test]
    fn each_note_has_its_template() {
        let settings = GroupSessionSettings {
            group_note_template: Some("tpl_1".to_owned()),
            individual_note_templates: vec![of(Discipline::Ot, "tpl_2")],
            ..settings()
        };
        assert_eq!(settings.note_template(None), Some("tpl_1"));
        assert_eq!(settings.note_template(Some(Discipline::Ot)), Some("tpl_2"));
        assert_eq!(settings.note_template(Some(Discipline::Aba)), None);
    }
}
