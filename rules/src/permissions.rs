//! Who may do what: permissions, the roles that carry them, and personal flags (domain 11).
//!
//! The table in [`Role::permissions`] is the only place that says what a role has. Object questions
//! ("only a leader of this session") are rules of their own features, asked after loading.

use std::fmt;

crate::vocabulary! {
    /// One thing a person or a program may be allowed to do.
    pub enum Permission {
        /// Create groups; implies [`Permission::GuestManage`].
        GroupCreate = "group.create",
        /// See groups, rosters and the schedule.
        GroupRead = "group.read",
        /// Change groups.
        GroupUpdate = "group.update",
        /// Archive and restore groups.
        GroupDelete = "group.delete",
        /// Add people to groups and waitlists.
        GroupMemberAdd = "group.member.add",
        /// Remove people from groups and waitlists.
        GroupMemberRemove = "group.member.remove",
        /// Create encounters of a group; implies [`Permission::SessionStart`].
        GroupEncounterCreate = "group.encounter.create",
        /// See sessions, participants and encounters without their notes.
        GroupEncounterRead = "group.encounter.read",
        /// Write and sign notes.
        GroupEncounterNoteCreate = "group.encounter.note.create",
        /// Read notes.
        GroupEncounterNoteRead = "group.encounter.note.read",
        /// Add above capacity, with a reason.
        GroupCapacityOverride = "group.capacity.override",
        /// See and manage keep-apart pairs.
        KeepApartManage = "keep_apart.manage",
        /// Create and change sessions and recurrences.
        SessionSchedule = "session.schedule",
        /// Cancel sessions.
        SessionCancel = "session.cancel",
        /// Start sessions.
        SessionStart = "session.start",
        /// Act on any session, not only one's own.
        SessionManageAny = "session.manage_any",
        /// Reopen completed sessions.
        SessionReopen = "session.reopen",
        /// Void sessions.
        SessionVoid = "session.void",
        /// Schedule over a conflict, with a reason.
        SessionOverrideConflict = "session.override_conflict",
        /// Book people into sessions, and cancel their booking.
        ParticipantBook = "participant.book",
        /// Confirm and check people in.
        ParticipantCheckin = "participant.checkin",
        /// Mark attendance.
        ParticipantAttend = "participant.attend",
        /// Check in past a closed gate, with a reason.
        ParticipantGateOverride = "participant.gate_override",
        /// Clear the finance gate.
        ParticipantClearFinance = "participant.clear_finance",
        /// See patients.
        PatientRead = "patient.read",
        /// Register and change patients.
        PatientManage = "patient.manage",
        /// Register and change guests.
        GuestManage = "guest.manage",
        /// Record and revoke consents.
        ConsentManage = "consent.manage",
        /// Read charts.
        ChartRead = "chart.read",
        /// Open a chart outside the care team, with a reason.
        ChartBreakGlass = "chart.break_glass",
        /// Read form submissions and scores.
        FormRead = "form.read",
        /// Submit forms.
        FormSubmit = "form.submit",
        /// Define forms.
        FormManage = "form.manage",
        /// Manage templates.
        TemplateManage = "template.manage",
        /// See programmes and admissions.
        ProgramRead = "program.read",
        /// Manage programmes and admissions.
        ProgramManage = "program.manage",
        /// See charges, invoices and claims.
        BillingRead = "billing.read",
        /// Manage charges, invoices and claims.
        BillingManage = "billing.manage",
        /// Approve time off.
        TimeoffApprove = "timeoff.approve",
        /// Read reports.
        ReportRead = "report.read",
        /// Export data.
        ExportRun = "export.run",
        /// Import data.
        ImportRun = "import.run",
        /// Change settings, sites and rooms.
        SettingsManage = "settings.manage",
        /// Manage users, practitioners, roles and API tokens.
        UserManage = "user.manage",
        /// Read the audit log and the history of records.
        AuditRead = "audit.read",
    }
}

use Permission as P;

impl Permission {
    /// What holding this permission also grants (domain 11).
    pub const fn implies(self) -> Option<Self> {
        match self {
            P::GroupCreate => Some(P::GuestManage),
            P::GroupEncounterCreate => Some(P::SessionStart),
            _ => None,
        }
    }

    /// The permissions a name stands for: our own word, or one of EncoreOS (`pm.…`).
    pub fn named(name: &str) -> Option<&'static [Self]> {
        Some(match name {
            "pm.group_definitions.view" | "pm.group_enrollments.view" => &[P::GroupRead],
            "pm.group_definitions.create" => &[P::GroupCreate],
            "pm.group_definitions.edit" => &[P::GroupUpdate],
            "pm.group_definitions.delete" => &[P::GroupDelete],
            "pm.group_schedule.view" => &[P::GroupEncounterRead],
            "pm.group_schedule.create" | "pm.group_schedule.edit" => &[P::SessionSchedule],
            "pm.group_schedule.delete" => &[P::SessionCancel],
            "pm.group_enrollments.create" => &[P::GroupMemberAdd],
            "pm.group_enrollments.edit" | "pm.group_enrollments.delete" => &[P::GroupMemberRemove],
            _ => {
                let own = Self::parse(name)?;
                return Self::ALL.iter().position(|known| *known == own).map(|at| &Self::ALL[at..=at]);
            }
        })
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// A set of permissions, closed under [`Permission::implies`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Permissions(u64);

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);

    /// Every permission.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether the set holds this permission.
    pub const fn allows(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// What both sets hold: a token never exceeds its maker.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What either set holds.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set holds everything the other holds.
    pub const fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The permissions in the order of the vocabulary.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.allows(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let bits = |permission: Permission| permission.bit() | permission.implies().map_or(0, Permission::bit);
        Self(permissions.into_iter().fold(0, |set, permission| set | bits(permission)))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter().map(Permission::as_str)).finish()
    }
}

crate::vocabulary! {
    /// The role of a user: exactly one.
    pub enum Role {
        /// Everything.
        Superuser = "superuser",
        /// Everything.
        Admin = "admin",
        /// Runs groups, schedule, people and programmes.
        Manager = "manager",
        /// Keeps the records: any session and every chart.
        RecordsAdmin = "records_admin",
        /// Full clinical access.
        Doctor = "doctor",
        /// Full clinical access.
        AlliedHealth = "allied_health",
        /// Full clinical access.
        Therapist = "therapist",
        /// Starts, leads and documents sessions.
        CaseManager = "case_manager",
        /// Starts, leads and documents sessions (ancillary staff).
        OtherTherapist = "other_therapist",
        /// Reads, adds members, checks people in.
        Nurse = "nurse",
        /// Books people and checks them in.
        Receptionist = "receptionist",
        /// Works the billing queue.
        Biller = "biller",
        /// Reads the audit log.
        Auditor = "auditor",
    }
}

const GROUP: &[P] =
    &[P::GroupCreate, P::GroupRead, P::GroupUpdate, P::GroupDelete, P::GroupMemberAdd, P::GroupMemberRemove];
const ENCOUNTER: &[P] =
    &[P::GroupEncounterCreate, P::GroupEncounterRead, P::GroupEncounterNoteCreate, P::GroupEncounterNoteRead];
const SESSION: &[P] = &[
    P::SessionSchedule,
    P::SessionCancel,
    P::SessionStart,
    P::SessionManageAny,
    P::SessionReopen,
    P::SessionVoid,
    P::SessionOverrideConflict,
];
const PARTICIPANT: &[P] = &[
    P::ParticipantBook,
    P::ParticipantCheckin,
    P::ParticipantAttend,
    P::ParticipantGateOverride,
    P::ParticipantClearFinance,
];
const FORM: &[P] = &[P::FormRead, P::FormSubmit, P::FormManage];

impl Role {
    /// The permissions of the role: the table of domain 11, row by row.
    pub fn permissions(self) -> Permissions {
        let rows: &[&[P]] = match self {
            Self::Superuser | Self::Admin => &[P::ALL],
            Self::Manager => &[
                GROUP,
                ENCOUNTER,
                &[P::GroupCapacityOverride],
                SESSION,
                PARTICIPANT,
                &[P::GuestManage, P::PatientRead, P::PatientManage, P::KeepApartManage],
                &[P::ProgramRead, P::ProgramManage],
                FORM,
                &[P::TemplateManage, P::TimeoffApprove, P::ReportRead, P::ExportRun, P::ImportRun],
            ],
            Self::RecordsAdmin => {
                &[&[P::GroupRead], ENCOUNTER, SESSION, PARTICIPANT, &[P::PatientRead, P::ChartRead, P::AuditRead]]
            }
            Self::Doctor | Self::AlliedHealth | Self::Therapist => &[
                &[P::GroupCreate, P::GroupRead, P::GroupUpdate, P::GroupMemberAdd, P::GroupMemberRemove],
                ENCOUNTER,
                &[P::SessionSchedule, P::SessionCancel, P::SessionStart],
                &[P::ParticipantBook, P::ParticipantCheckin, P::ParticipantAttend],
                &[P::PatientRead, P::PatientManage, P::GuestManage, P::ConsentManage],
                &[P::ChartRead, P::ChartBreakGlass, P::FormRead, P::FormSubmit, P::ProgramRead, P::KeepApartManage],
            ],
            Self::CaseManager | Self::OtherTherapist => &[
                &[P::GroupRead, P::GroupMemberAdd, P::GroupMemberRemove],
                ENCOUNTER,
                &[P::SessionStart, P::ParticipantBook, P::ParticipantCheckin, P::ParticipantAttend],
                &[P::PatientRead, P::GuestManage, P::ChartRead, P::FormRead, P::FormSubmit, P::ProgramRead],
            ],
            Self::Nurse => &[
                &[P::GroupRead, P::GroupMemberAdd, P::GroupEncounterRead, P::GroupEncounterNoteRead],
                &[P::PatientRead, P::ChartRead, P::ParticipantCheckin, P::FormRead, P::FormSubmit],
            ],
            Self::Receptionist => &[
                &[P::GroupRead, P::GroupEncounterRead, P::PatientRead],
                &[P::ParticipantBook, P::ParticipantCheckin, P::ParticipantClearFinance],
            ],
            Self::Biller => &[
                &[P::BillingRead, P::BillingManage, P::ParticipantClearFinance],
                &[P::GroupRead, P::GroupEncounterRead, P::PatientRead, P::ReportRead, P::ExportRun],
            ],
            Self::Auditor => &[&[P::AuditRead]],
        };
        rows.iter().flat_map(|row| row.iter().copied()).collect()
    }

    /// Whether the role treats patients: it reads notes and charts by default (domain 11).
    pub const fn is_clinical(self) -> bool {
        matches!(
            self,
            Self::Doctor
                | Self::AlliedHealth
                | Self::Therapist
                | Self::CaseManager
                | Self::OtherTherapist
                | Self::Nurse
        )
    }
}

crate::vocabulary! {
    /// Personal flags of a user, beside the role.
    pub enum Flag {
        /// Manages all templates.
        ManageTemplates = "manage_templates",
        /// Manages group-session and schedule templates.
        ManageGroupSessionTemplates = "manage_group_session_templates",
        /// Starts and documents own or unassigned sessions.
        ManageGroupSessions = "manage_group_sessions",
        /// Reviews sessions of others. No role grants it.
        CanReview = "can_review",
        /// What the user signs needs a review.
        RequiresReview = "requires_review",
    }
}

/// No user holds both flags (domain 6): who needs review can't give it.
pub fn flags_clash(flags: &[Flag]) -> bool {
    flags.contains(&Flag::CanReview) && flags.contains(&Flag::RequiresReview)
}

/// What flags grant beside a role.
///
/// `manage_group_session_templates` grants no permission: templates of that kind ask for the flag itself.
pub fn of_flags(flags: &[Flag]) -> Permissions {
    let granted = |flag: &Flag| -> &'static [P] {
        match flag {
            Flag::ManageTemplates => &[P::TemplateManage],
            Flag::ManageGroupSessions => &[
                P::GroupRead,
                P::GroupEncounterRead,
                P::GroupEncounterNoteRead,
                P::GroupEncounterNoteCreate,
                P::SessionStart,
            ],
            Flag::ManageGroupSessionTemplates | Flag::CanReview | Flag::RequiresReview => &[],
        }
    };
    flags.iter().flat_map(|flag| granted(flag).iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implied_permissions_come_along() {
        let set: Permissions = [P::GroupCreate, P::GroupEncounterCreate].into_iter().collect();
        assert!(set.allows(P::GuestManage) && set.allows(P::SessionStart));
        assert!(!set.allows(P::GroupRead));
    }

    #[test]
    fn roles_have_what_the_domain_says() {
        assert_eq!(Role::Admin.permissions(), Permissions::all());
        let nurse = Role::Nurse.permissions();
        assert!(
            nurse.allows(P::GroupMemberAdd)
                && !nurse.allows(P::GroupMemberRemove)
                && !nurse.allows(P::ParticipantAttend)
        );
        let receptionist = Role::Receptionist.permissions();
        assert!(receptionist.allows(P::ParticipantCheckin) && !receptionist.allows(P::GroupEncounterNoteRead));
        assert_eq!(Role::Auditor.permissions().iter().collect::<Vec<_>>(), [P::AuditRead]);
        assert!(!Role::Manager.permissions().allows(P::ChartRead));
        let not_manage_any = [Role::Doctor, Role::Therapist, Role::CaseManager];
        assert!(not_manage_any.iter().all(|role| !role.permissions().allows(P::SessionManageAny)));
    }

    #[test]
    fn names_of_encoreos_are_understood() {
        assert_eq!(Permission::named("pm.group_schedule.delete"), Some(&[P::SessionCancel][..]));
        assert_eq!(Permission::named("group.read"), Some(&[P::GroupRead][..]));
        assert_eq!(Permission::named("group.everything"), None);
    }

    #[test]
    fn review_flags_clash() {
        assert!(flags_clash(&[Flag::RequiresReview, Flag::CanReview]));
        assert!(!flags_clash(&[Flag::CanReview]));
        assert!(of_flags(&[Flag::ManageGroupSessions]).allows(P::SessionStart));
    }

    #[test]
    fn a_set_includes_itself_and_less() {
        let (nurse, therapist) = (Role::Nurse.permissions(), Role::Therapist.permissions());
        assert!(therapist.includes(nurse) && therapist.includes(therapist) && therapist.includes(Permissions::NONE));
        assert!(!nurse.includes(therapist));
    }

    #[test]
    fn every_permission_has_its_own_bit() {
        assert!(Permission::ALL.len() <= 64);
    }
}
