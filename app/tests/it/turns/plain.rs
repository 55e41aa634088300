//! What a session, its participants and its notes are, in a few plain words: which step is allowed to whom, and where it
//! leads. Written from the tables of the domain, not from the rulebook.

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The therapist who leads the session.
    Leader,
    /// A therapist who does not.
    Colleague,
    /// A manager without a staff profile.
    Manager,
    /// A records administrator without a staff profile.
    Records,
    Nurse,
    FrontDesk,
    /// A doctor with the flag `can_review` who does not lead.
    Reviewer,
}

pub const EVERYBODY: [Who; 7] =
    [Who::Leader, Who::Colleague, Who::Manager, Who::Records, Who::Nurse, Who::FrontDesk, Who::Reviewer];

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    Scheduled,
    InProgress,
    PendingReview,
    Completed,
    Cancelled,
    Voided,
}

/// Where a participant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    Booked,
    Confirmed,
    Arrived,
    Attended,
    NoShow,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Confirm,
    CheckIn,
    Attend,
    NoShow,
    Cancel,
    Undo,
}

pub const MARKS: [Mark; 6] = [Mark::Confirm, Mark::CheckIn, Mark::Attend, Mark::NoShow, Mark::Cancel, Mark::Undo];

/// A participant with what an undo leads back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participant {
    pub stands: Person,
    pub confirmed: bool,
    pub arrived: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writing {
    Draft,
    Signed,
    InError,
}

/// A note: of the group without a place, else of the participant there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub place: Option<usize>,
    pub stands: Writing,
    pub edition: u32,
}

/// One step; notes are named by when they were begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Start,
    UndoStart,
    End,
    Cancel,
    Reopen,
    Void,
    Mark(usize, Mark),
    Begin(Option<usize>),
    Save(usize),
    Sign(usize),
    Review(usize),
    Return(usize),
    Annotate(usize),
    VoidNote(usize),
}

pub const FORBIDDEN: u16 = 403;
pub const CONFLICT: u16 = 409;
pub const UNPROCESSABLE: u16 = 422;

/// A session with everything in it.
#[derive(Debug, Clone)]
pub struct Plain {
    pub stands: Stands,
    pub ended: bool,
    pub billed: bool,
    /// Something in it was signed once.
    pub was_signed: bool,
    /// What its leader signs needs a review.
    pub needs_review: bool,
    pub people: Vec<Participant>,
    pub notes: Vec<Note>,
}

impl Plain {
    pub fn new(people: usize, needs_review: bool) -> Self {
        let booked = Participant { stands: Person::Booked, confirmed: false, arrived: false };
        let (stands, ended, billed) = (Stands::Scheduled, false, false);
        Self { stands, ended, billed, was_signed: false, needs_review, people: vec![booked; people], notes: Vec::new() }
    }

    fn is_signed(&self) -> bool {
        self.notes.iter().any(|note| note.stands == Writing::Signed)
    }

    fn is_open(&self) -> bool {
        matches!(self.stands, Stands::Scheduled | Stands::InProgress)
    }

    /// Every status that a refusal of this step may have; none when it is allowed.
    pub fn refused(&self, who: Who, step: Step) -> Vec<u16> {
        let mut why = Vec::new();
        let mut not = |allowed: bool, status: u16| {
            if !allowed {
                why.push(status);
            }
        };
        not(may(who, step, self), FORBIDDEN);
        let (started, signed) = (self.stands == Stands::InProgress, self.is_signed());
        match step {
            Step::Start => not(self.stands == Stands::Scheduled, CONFLICT),
            Step::UndoStart => not(started && !self.was_signed, CONFLICT),
            Step::End => {
                not(started && !(signed && self.ended), CONFLICT);
                not(self.people.iter().all(|one| is_resolved(one.stands)), CONFLICT);
            }
            Step::Cancel => not(self.is_open() && !self.was_signed, CONFLICT),
            Step::Reopen => not(self.stands == Stands::Completed && !self.billed, CONFLICT),
            Step::Void => not(self.stands != Stands::Voided && !self.billed, CONFLICT),
            Step::Mark(place, mark) => {
                not(self.is_open() && !signed, CONFLICT);
                not(started || !matches!(mark, Mark::Attend | Mark::NoShow), CONFLICT);
                not(marked(self.people[place], mark).is_some(), CONFLICT);
            }
            Step::Begin(place) => {
                let here = place.is_none_or(|place| takes_seat(self.people[place].stands));
                let twin = self.notes.iter().any(|note| note.place == place && note.stands != Writing::InError);
                not(started && here && !twin, CONFLICT);
            }
            Step::Save(note) => not(started && self.notes[note].stands == Writing::Draft, CONFLICT),
            Step::Sign(note) => {
                let Note { place, stands, .. } = self.notes[note];
                let attended = place.is_none_or(|place| self.people[place].stands == Person::Attended);
                // The leader signs a note once; nobody else may.
                not(started && stands == Writing::Draft && attended, CONFLICT);
                not(self.people.iter().all(|one| is_resolved(one.stands)), CONFLICT);
                not(has_profile(who), UNPROCESSABLE);
            }
            Step::Review(_) => not(self.stands == Stands::PendingReview, CONFLICT),
            Step::Return(note) => {
                not(self.stands == Stands::PendingReview && self.notes[note].stands == Writing::Signed, CONFLICT);
            }
            Step::Annotate(note) => {
                not(self.notes[note].stands == Writing::Signed, CONFLICT);
                not(has_profile(who), UNPROCESSABLE);
            }
            Step::VoidNote(note) => not(started && self.notes[note].stands != Writing::InError, CONFLICT),
        }
        why
    }

    /// Takes a step that is allowed.
    pub fn take(&mut self, step: Step) {
        match step {
            Step::Start => self.stands = Stands::InProgress,
            Step::UndoStart => {
                (self.stands, self.ended) = (Stands::Scheduled, false);
                for one in self.people.iter_mut() {
                    if matches!(one.stands, Person::Attended | Person::NoShow) {
                        one.stands = undone(*one).unwrap_or(one.stands);
                    }
                }
            }
            Step::End => self.ended = true,
            Step::Cancel => self.stands = Stands::Cancelled,
            Step::Reopen => {
                self.stands = Stands::InProgress;
                for note in self.notes.iter_mut().filter(|note| note.stands == Writing::Signed) {
                    (note.stands, note.edition) = (Writing::Draft, note.edition + 1);
                }
            }
            Step::Void => {
                self.stands = Stands::Voided;
                self.notes.iter_mut().for_each(|note| note.stands = Writing::InError);
            }
            Step::Mark(place, mark) => self.mark(place, mark),
            Step::Begin(place) => self.notes.push(Note { place, stands: Writing::Draft, edition: 1 }),
            Step::Save(_) | Step::Annotate(_) => {}
            Step::Sign(note) => {
                self.notes[note].stands = Writing::Signed;
                self.was_signed = true;
            }
            Step::Review(_) => self.stands = Stands::Completed,
            Step::Return(note) => {
                self.stands = Stands::InProgress;
                let note = &mut self.notes[note];
                (note.stands, note.edition) = (Writing::Draft, note.edition + 1);
            }
            Step::VoidNote(note) => self.notes[note].stands = Writing::InError,
        }
        if matches!(step, Step::End | Step::Sign(_) | Step::VoidNote(_)) {
            self.settle();
        }
    }

    fn mark(&mut self, place: usize, mark: Mark) {
        let one = &mut self.people[place];
        let to = marked(*one, mark).unwrap_or(one.stands);
        match mark {
            Mark::Confirm => one.confirmed = true,
            Mark::CheckIn => one.arrived = true,
            // Taking back the arrival takes back that they were here; taking back the confirmation, that they come.
            Mark::Undo if one.stands == Person::Arrived => one.arrived = false,
            Mark::Undo if one.stands == Person::Confirmed => one.confirmed = false,
            _ => {}
        }
        one.stands = to;
    }

    /// What follows from the last signature: everything demanded is signed, and nothing is left as a draft.
    fn settle(&mut self) {
        let signed =
            |place: Option<usize>| self.notes.iter().any(|note| note.place == place && note.stands == Writing::Signed);
        let attended = self.people.iter().enumerate().filter(|(_, one)| one.stands == Person::Attended);
        let whole = self.ended
            && self.people.iter().all(|one| is_resolved(one.stands))
            && signed(None)
            && { attended }.all(|(place, _)| signed(Some(place)))
            && self.notes.iter().all(|note| note.stands != Writing::Draft);
        if whole && self.stands == Stands::InProgress {
            self.stands = if self.needs_review { Stands::PendingReview } else { Stands::Completed };
        }
    }
}

const fn has_profile(who: Who) -> bool {
    matches!(who, Who::Leader | Who::Colleague | Who::Reviewer)
}

/// Whether role, flags and leadership allow the step.
fn may(who: Who, step: Step, session: &Plain) -> bool {
    let manages = matches!(who, Who::Manager | Who::Records);
    let treats = matches!(who, Who::Leader | Who::Colleague | Who::Reviewer);
    match step {
        Step::Start | Step::UndoStart | Step::End => manages || who == Who::Leader,
        Step::Cancel => manages || treats,
        Step::Reopen | Step::Void => manages,
        Step::Mark(place, mark) => {
            let undoes = session.people[place].stands;
            match (mark, undoes) {
                (Mark::Confirm | Mark::CheckIn, _) => true,
                (Mark::Undo, Person::Booked | Person::Confirmed | Person::Arrived) => true,
                (Mark::Attend | Mark::NoShow, _) | (Mark::Undo, Person::Attended | Person::NoShow) => manages || treats,
                (Mark::Cancel, _) | (Mark::Undo, Person::Cancelled) => who != Who::Nurse,
            }
        }
        Step::Begin(_) | Step::Save(_) => manages || who == Who::Leader,
        Step::Sign(_) => who == Who::Leader,
        Step::Review(_) | Step::Return(_) => who == Who::Reviewer,
        Step::Annotate(_) => manages || treats,
        Step::VoidNote(note) => manages || (who == Who::Leader && session.notes[note].stands != Writing::Signed),
    }
}

const fn is_resolved(stands: Person) -> bool {
    matches!(stands, Person::Attended | Person::NoShow | Person::Cancelled)
}

const fn takes_seat(stands: Person) -> bool {
    !matches!(stands, Person::NoShow | Person::Cancelled)
}

/// Where a mark leads, if that turn exists.
fn marked(one: Participant, mark: Mark) -> Option<Person> {
    use Person as P;
    match (one.stands, mark) {
        (_, Mark::Undo) => undone(one),
        (P::Booked, Mark::Confirm) => Some(P::Confirmed),
        (P::Booked | P::Confirmed, Mark::CheckIn) => Some(P::Arrived),
        (P::Booked | P::Confirmed | P::Arrived, Mark::Attend) => Some(P::Attended),
        (P::Booked | P::Confirmed | P::Arrived, Mark::NoShow) => Some(P::NoShow),
        (P::Booked | P::Confirmed, Mark::Cancel) => Some(P::Cancelled),
        _ => None,
    }
}

fn undone(one: Participant) -> Option<Person> {
    let before = if one.confirmed { Person::Confirmed } else { Person::Booked };
    match one.stands {
        Person::Booked => None,
        Person::Confirmed => Some(Person::Booked),
        Person::Attended | Person::NoShow if one.arrived => Some(Person::Arrived),
        _ => Some(before),
    }
}
