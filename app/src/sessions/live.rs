//! A session's roster, followed: what has changed since the caller was last told, within a second.
//!
//! What was told is remembered as a set of prints, one for the session, one for each participant and one for who looks
//! on. The print of a view is the beginning of its SHA-256, so whatever a caller could see differently is a change,
//! whichever action caused it: a tap, a consent that ran out, a new name. The set is also the id of the event: who comes
//! back with it, to this server or another, is told exactly what differs from it. Changes of one record between two
//! looks are told as one, by how it stands then.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use ::rules::{
    id::{SessionId, UserId},
    permissions::Permission,
};
use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    actions::{self, RosterView, ViewerView},
    answers::{ParticipantView, SessionView},
    store::{self, Viewing},
};
use crate::{
    door::Cx,
    http::authenticate,
    live::{Seat, Woken},
    problem::Problem,
};

/// How often the caller's credential is looked at, and who else looks on, while nothing happens.
const CHECK: Duration = Duration::from_secs(1);
/// The least time between two looks at the roster: many taps at once are told together.
const PAUSE: Duration = Duration::from_millis(100);
/// After so many quiet checks it is written anew that the caller looks on.
const QUIET_CHECKS: u32 = 20;
/// Bytes of a print, and the letters they are written with.
const PRINT: usize = 6;
const PRINT_LETTERS: usize = 8;
/// The longest id that is read: that of a session with 2,000 participants.
const ID_MAX: usize = 2_000 * PRINT_LETTERS;

type Print = [u8; PRINT];

/// What it takes to look.
const LOOKS: Permission = Permission::GroupEncounterRead;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Everything, as it stands: forget what was told before.
    Roster(Box<RosterView>),
    /// The session.
    Session(Box<SessionView>),
    /// Somebody in it: new, or changed.
    Participant(Box<ParticipantView>),
    /// Who looks on.
    Viewers(Vec<ViewerView>),
    /// The caller may look no longer: nothing comes after it.
    Gone(&'static str),
}

/// A change, and what is known with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What the caller knows then; empty at the end.
    pub id: String,
    /// What has changed.
    pub change: Change,
}

/// A stream of the changes of one roster.
pub struct Following {
    cx: Cx,
    headers: HeaderMap,
    session: SessionId,
    seat: Seat,
    viewing: Viewing,
    /// What the caller knows: none before the first event.
    known: Option<BTreeSet<Print>>,
    /// The roster as it was last seen.
    roster: RosterView,
    waiting: VecDeque<Told>,
    quiet: u32,
    is_over: bool,
}

impl Following {
    /// Opens the roster of a session for a caller, who may have been told of it before: up to the event with that id.
    ///
    /// # Errors
    /// 403, 404, 429 when the caller follows too many already.
    pub async fn open(cx: Cx, headers: HeaderMap, session: SessionId, last: Option<&str>) -> Result<Self, Problem> {
        cx.require(LOOKS).await?;
        let user = cx.user().ok_or_else(|| Problem::forbidden(LOOKS))?;
        let seat = cx.app.live.seat(cx.organization.id, user)?;
        let roster = actions::roster(&cx, session).await?;
        let viewing = Viewing { session, id: cx.request.id.clone() };
        let known = last.and_then(known);
        let (waiting, quiet) = (VecDeque::new(), 0);
        let mut open = Self { cx, headers, session, seat, viewing, known, roster, waiting, quiet, is_over: false };
        open.look_on().await?;
        open.roster.viewers = actions::viewers(&open.cx, session).await?;
        open.compare();
        Ok(open)
    }

    /// The roster as it was last seen.
    pub fn roster(&self) -> &RosterView {
        &self.roster
    }

    /// Who looks, as they stand now.
    pub fn cx(&self) -> &Cx {
        &self.cx
    }

    /// The next change, as soon as there is one; none when the stream is over.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                return Some(told);
            }
            if self.is_over {
                return None;
            }
            match self.seat.wait(CHECK).await {
                Woken::Closing => return None,
                woken => self.look(woken).await,
            }
        }
    }

    /// Everything that waits to be told is told by the last of it: for who shows all of it anew.
    pub fn skip_to_last(&mut self, first: Told) -> Told {
        self.waiting.drain(..).next_back().unwrap_or(first)
    }

    async fn look(&mut self, woken: Woken) {
        if let Err(problem) = self.try_look(woken).await {
            // Whatever it is, the caller comes back and is answered properly then.
            let code = problem.code();
            self.is_over = true;
            if problem.status().is_client_error() {
                self.waiting.push_back(Told { id: String::new(), change: Change::Gone(code) });
            }
        }
    }

    async fn try_look(&mut self, woken: Woken) -> Result<(), Problem> {
        // First who asks, then what they may see: nothing is told to who was signed out meanwhile.
        self.cx = authenticate::again(&self.cx.app, &self.headers, self.cx.request.clone()).await?;
        if woken == Woken::Changed {
            self.roster = actions::roster_again(&self.cx, self.session).await?;
            self.compare();
            tokio::time::sleep(PAUSE).await;
            return Ok(());
        }
        self.quiet += 1;
        if self.quiet.is_multiple_of(QUIET_CHECKS) {
            self.look_on().await?;
        }
        self.roster.viewers = actions::viewers(&self.cx, self.session).await?;
        self.compare();
        Ok(())
    }

    /// Writes that the caller looks on, and lets the others know.
    async fn look_on(&self) -> Result<(), Problem> {
        let viewing = &self.viewing;
        let looks = self.cx.jot(LOOKS, |scope| Box::pin(async move { Ok(store::look(scope, viewing).await?) }));
        looks.await?;
        self.seat.wake_others();
        Ok(())
    }

    /// Queues what differs from what the caller knows.
    fn compare(&mut self) {
        let roster = &self.roster;
        let mut items = vec![(print(&roster.session), Change::Session(Box::new(roster.session.clone())))];
        let people = roster.participants.iter();
        items.extend(people.map(|one| (print(one), Change::Participant(Box::new(one.clone())))));
        items.push((print(&("viewers", &roster.viewers)), Change::Viewers(roster.viewers.clone())));
        // Who knows of more than there is knows of somebody who is there no longer.
        let known = self.known.take().filter(|known| known.len() <= items.len());
        let Some(known) = known else {
            let all: BTreeSet<Print> = items.into_iter().map(|(print, _)| print).collect();
            self.waiting.push_back(Told { id: written(&all), change: Change::Roster(Box::new(roster.clone())) });
            self.known = Some(all);
            return;
        };
        let mut now: BTreeSet<Print> =
            items.iter().map(|(print, _)| *print).filter(|one| known.contains(one)).collect();
        for (print, change) in items {
            if now.insert(print) {
                self.waiting.push_back(Told { id: written(&now), change });
            }
        }
        self.known = Some(now);
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (cx, viewing) = (self.cx.clone(), self.viewing.clone());
        runtime.spawn(async move {
            let viewing = &viewing;
            let left = cx.jot(LOOKS, |scope| Box::pin(async move { Ok(store::leave(scope, viewing).await?) }));
            match left.await {
                Ok(()) => cx.app.live.wake(cx.organization.id),
                Err(problem) => tracing::warn!(code = problem.code(), "who looks on counts for another minute"),
            }
        });
    }
}

fn print(view: &impl Serialize) -> Print {
    let text = serde_json::to_vec(view).unwrap_or_default();
    let mut print = Print::default();
    print.iter_mut().zip(Sha256::digest(text)).for_each(|(byte, hashed)| *byte = hashed);
    print
}

/// A set of prints as the id of an event.
fn written(prints: &BTreeSet<Print>) -> String {
    prints.iter().map(|print| URL_SAFE_NO_PAD.encode(print)).collect()
}

/// The set that an id of an event says; none for what is no such id: then everything is told anew.
fn known(id: &str) -> Option<BTreeSet<Print>> {
    if id.is_empty() || id.len() > ID_MAX || !id.len().is_multiple_of(PRINT_LETTERS) {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    let (prints, _) = bytes.as_chunks::<PRINT>();
    Some(prints.iter().copied().collect())
}

/// Who looks on beside a user.
pub fn others(viewers: &[ViewerView], user: Option<UserId>) -> impl Iterator<Item = &ViewerView> {
    viewers.iter().filter(move |viewer| Some(viewer.user_id) != user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_is_known() {
        let prints = BTreeSet::from([print(&1), print(&2), print(&"viewers")]);
        let id = written(&prints);
        assert_eq!(id.len(), 3 * PRINT_LETTERS);
        assert_eq!(known(&id), Some(prints));
        for nothing in ["", "12", "not/an/id", &"A".repeat(ID_MAX + PRINT_LETTERS)] {
            assert_eq!(known(nothing), None, "{nothing}");
        }
    }
}
