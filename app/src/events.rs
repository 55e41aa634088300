//! What can happen: one event for each change, written in the change's own transaction (domain 10).
//!
//! The same list feeds the outbox, the audit log and [`crate::reactions`]. Ids and counts only, never a name.

mod availability;
mod break_glass;
mod consents;
mod disclosures;
mod exchange;
mod kiosk;
mod notes;
mod psychotherapy;
mod sessions;
mod templates;

pub use availability::AvailabilityEvent;
pub use break_glass::BreakGlassEvent;
pub use consents::ConsentEvent;
pub use disclosures::DisclosureEvent;
pub use exchange::ExchangeEvent;
pub use kiosk::KioskEvent;
pub use notes::{KeptEntry, NoteEvent};
pub use psychotherapy::PsychotherapyEvent;
pub use sessions::SessionEvent;
pub use templates::TemplateEvent;

use rules::{
    id::{
        GroupId, GuestId, HolidayId, KeepApartId, MemberId, OrganizationId, PatientId, PractitionerId, RoleId, RoomId,
        SiteId, UserId,
    },
    roster::{MemberStatus, Person},
};
use serde_json::{Value, json};

/// A change, with what later rooms need to know of it.
#[derive(Debug, Clone)]
pub enum Event {
    /// A user was added.
    UserCreated { user: UserId },
    /// A user's profile, role, flags or activity changed.
    UserUpdated { user: UserId },
    /// A role of the organization's own was made.
    RoleCreated { role: RoleId },
    /// A role of the organization's own was changed.
    RoleUpdated { role: RoleId },
    /// Somebody signed in.
    SignedIn { user: UserId },
    /// Somebody signed out.
    SignedOut { user: UserId },
    /// Somebody proved again who they are.
    Reauthenticated { user: UserId },
    /// Somebody changed their own password.
    PasswordChanged { user: UserId },
    /// An API token was made.
    TokenCreated { token: String, user: UserId },
    /// An API token or a session was revoked.
    CredentialRevoked { credential: String, user: UserId },
    /// Settings changed.
    SettingsChanged { organization: OrganizationId },
    /// A guest was registered.
    GuestCreated { guest: GuestId },
    /// A guest changed.
    GuestUpdated { guest: GuestId },
    /// A guest was said to be a patient who is registered.
    GuestLinked { guest: GuestId, patient: PatientId },
    /// A guest became a patient, with so many stints and bookings.
    GuestConverted { guest: GuestId, patient: PatientId, stints: usize, bookings: usize },
    /// A duplicate was merged into a patient, with so many stints and bookings.
    PatientMerged { patient: PatientId, from: PatientId, stints: usize, bookings: usize },
    /// A stint ended because its person is in the group by another one: no booking follows from it.
    StintJoined { group: GroupId, member: MemberId, person: Person, was: MemberStatus },
    /// A patient was registered.
    PatientCreated { patient: PatientId },
    /// A patient changed.
    PatientUpdated { patient: PatientId },
    /// Two people are kept apart. Whoever reads events learns that there is a pair, never whose.
    KeepApartCreated { pair: KeepApartId },
    /// Two people are kept apart no longer.
    KeepApartEnded { pair: KeepApartId },
    /// A practitioner was added.
    PractitionerCreated { practitioner: PractitionerId },
    /// A practitioner changed.
    PractitionerUpdated { practitioner: PractitionerId },
    /// A holiday of a site was added.
    HolidayAdded { holiday: HolidayId, site: SiteId },
    /// A holiday of a site changed.
    HolidayChanged { holiday: HolidayId, site: SiteId },
    /// A holiday of a site was taken away.
    HolidayRemoved { holiday: HolidayId, site: SiteId },
    /// A site was added or changed.
    SiteSaved { site: SiteId, created: bool },
    /// A room was added or changed.
    RoomSaved { room: RoomId, created: bool },
    /// A group was made.
    GroupCreated { group: GroupId },
    /// A group changed. `capacity_raised` when it may have free seats now; `free_before` of them were free.
    GroupUpdated { group: GroupId, capacity_raised: bool, free_before: u32 },
    /// A group ended.
    GroupArchived { group: GroupId },
    /// An archived group runs again.
    GroupRestored { group: GroupId },
    /// A person has a seat.
    MemberAdded { group: GroupId, member: MemberId, person: Person },
    /// A person waits.
    MemberWaitlisted { group: GroupId, member: MemberId, person: Person },
    /// A waiting person has a seat now.
    MemberPromoted { group: GroupId, member: MemberId, person: Person },
    /// A seat is held for a waiting person.
    MemberOffered { group: GroupId, member: MemberId, person: Person },
    /// A person does not want the seat that was offered.
    MemberDeclined { group: GroupId, member: MemberId, person: Person },
    /// Nobody answered an offer in time.
    MemberExpired { group: GroupId, member: MemberId, person: Person },
    /// A waiting person has another place in the line.
    MemberMoved { group: GroupId, member: MemberId, person: Person, position: u32 },
    /// The private address of an offer was made, or made anew.
    OfferLinkMade { group: GroupId, member: MemberId },
    /// A person left; `was` says from where.
    MemberLeft { group: GroupId, member: MemberId, person: Person, was: MemberStatus },
    /// A member's notes changed.
    MemberUpdated { group: GroupId, member: MemberId },
    /// A group has no free seat left.
    GroupFull { group: GroupId },
    /// A full group has a free seat again.
    GroupSeatsAvailable { group: GroupId },
    /// Something happened to a session, a participant or a series.
    Session(SessionEvent),
    /// Something happened to when a practitioner works.
    Availability(AvailabilityEvent),
    /// Something that happened to a consent, or to what people consent to.
    Consent(ConsentEvent),
    /// Something happened to a psychotherapy note.
    Psychotherapy(PsychotherapyEvent),
    /// Something left the house.
    Disclosure(DisclosureEvent),
    /// A chart was opened outside the care team.
    BreakGlass(BreakGlassEvent),
    /// Something that happened at a kiosk.
    Kiosk(KioskEvent),
    /// Records came from another system, or leave.
    Exchange(ExchangeEvent),
    /// Something happened to a note or to charts.
    Note(NoteEvent),
    /// Something happened to a template.
    Template(TemplateEvent),
}

/// What an event says: its name for webhooks and feeds, the id of the record it is about, further ids and counts.
pub struct Told {
    /// `member.added`.
    pub name: &'static str,
    /// The id of the record.
    pub subject: String,
    /// Ids and counts.
    pub data: Value,
}

fn told(name: &'static str, subject: &dyn std::fmt::Display, data: Value) -> Told {
    Told { name, subject: subject.to_string(), data }
}

impl Event {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        let none = || json!({});
        match self {
            Self::UserCreated { user } => told("user.created", user, none()),
            Self::UserUpdated { user } => told("user.updated", user, none()),
            Self::RoleCreated { role } => told("role.created", role, none()),
            Self::RoleUpdated { role } => told("role.updated", role, none()),
            Self::SignedIn { user } => told("user.signed_in", user, none()),
            Self::SignedOut { user } => told("user.signed_out", user, none()),
            Self::Reauthenticated { user } => told("user.reauthenticated", user, none()),
            Self::PasswordChanged { user } => told("user.password_changed", user, none()),
            Self::TokenCreated { token, user } => told("token.created", token, json!({ "user_id": user })),
            Self::CredentialRevoked { credential, user } => {
                told("credential.revoked", credential, json!({ "user_id": user }))
            }
            Self::SettingsChanged { organization } => told("settings.changed", organization, none()),
            Self::GuestCreated { guest } => told("guest.created", guest, none()),
            Self::GuestUpdated { guest } => told("guest.updated", guest, none()),
            Self::GuestLinked { guest, patient } => told("guest.linked", guest, json!({ "patient_id": patient })),
            Self::GuestConverted { guest, patient, stints, bookings } => {
                let data = json!({ "patient_id": patient, "memberships": stints, "bookings": bookings });
                told("guest.converted", guest, data)
            }
            Self::PatientMerged { patient, from, stints, bookings } => {
                let data = json!({ "from": from, "memberships": stints, "bookings": bookings });
                told("patient.merged", patient, data)
            }
            Self::PatientCreated { patient } => told("patient.created", patient, none()),
            Self::PatientUpdated { patient } => told("patient.updated", patient, none()),
            Self::KeepApartCreated { pair } => told("keep_apart.created", pair, none()),
            Self::KeepApartEnded { pair } => told("keep_apart.ended", pair, none()),
            Self::PractitionerCreated { practitioner } => told("practitioner.created", practitioner, none()),
            Self::PractitionerUpdated { practitioner } => told("practitioner.updated", practitioner, none()),
            Self::SiteSaved { site, created } => told(saved(*created, ["site.created", "site.updated"]), site, none()),
            Self::HolidayAdded { holiday, site } => told("holiday.added", holiday, json!({ "site_id": site })),
            Self::HolidayChanged { holiday, site } => told("holiday.changed", holiday, json!({ "site_id": site })),
            Self::HolidayRemoved { holiday, site } => told("holiday.removed", holiday, json!({ "site_id": site })),
            Self::RoomSaved { room, created } => told(saved(*created, ["room.created", "room.updated"]), room, none()),
            Self::GroupCreated { group } => told("group.created", group, none()),
            Self::GroupUpdated { group, .. } => told("group.updated", group, none()),
            Self::GroupArchived { group } => told("group.archived", group, none()),
            Self::GroupRestored { group } => told("group.restored", group, none()),
            Self::MemberAdded { group, member, person } => of_member("member.added", member, *group, *person),
            Self::MemberWaitlisted { group, member, person } => of_member("member.waitlisted", member, *group, *person),
            Self::MemberPromoted { group, member, person } => of_member("member.promoted", member, *group, *person),
            Self::MemberOffered { group, member, person } => of_member("member.offered", member, *group, *person),
            Self::MemberDeclined { group, member, person } => of_member("member.declined", member, *group, *person),
            Self::MemberExpired { group, member, person } => of_member("member.expired", member, *group, *person),
            Self::MemberMoved { group, member, person, position } => {
                told("member.moved", member, and(of_person(*group, *person), "waitlist_position", json!(position)))
            }
            Self::OfferLinkMade { group, member } => told("member.offer_link_made", member, in_group(*group)),
            Self::MemberLeft { group, member, person, was } | Self::StintJoined { group, member, person, was } => {
                told("member.left", member, and(of_person(*group, *person), "was", json!(was)))
            }
            Self::MemberUpdated { group, member } => told("member.updated", member, in_group(*group)),
            Self::GroupFull { group } => told("capacity.full", group, none()),
            Self::GroupSeatsAvailable { group } => told("capacity.available", group, none()),
            Self::Session(event) => event.told(),
            Self::Availability(event) => event.told(),
            Self::Consent(event) => event.told(),
            Self::Disclosure(event) => event.told(),
            Self::BreakGlass(event) => event.told(),
            Self::Psychotherapy(event) => event.told(),
            Self::Kiosk(event) => event.told(),
            Self::Exchange(event) => event.told(),
            Self::Note(event) => event.told(),
            Self::Template(event) => event.told(),
        }
    }
}

fn in_group(group: GroupId) -> Value {
    json!({ "group_id": group })
}

fn saved(created: bool, names: [&'static str; 2]) -> &'static str {
    names[usize::from(!created)]
}

fn and(mut data: Value, name: &str, value: Value) -> Value {
    data[name] = value;
    data
}

fn of_member(name: &'static str, member: &MemberId, group: GroupId, person: Person) -> Told {
    told(name, member, of_person(group, person))
}

fn of_person(group: GroupId, person: Person) -> Value {
    match person {
        Person::Patient(patient) => json!({ "group_id": group, "patient_id": patient }),
        Person::Guest(guest) => json!({ "group_id": group, "guest_id": guest }),
    }
}
