//! Changing a session of a series: this one, this one and those after it, or all that are to come.

use std::collections::BTreeSet;

use ::rules::{
    groups::GroupStatus,
    id::SessionId,
    permissions::Permission,
    recurrence::Zone,
    sessions::{Leader, SessionStatus, with_substitutes},
};
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime},
};

use super::{
    super::{
        Overrides,
        plan::{self, Plan, Reach},
        store::{self, GroupRecurrence},
        views::{Conflict, EditedSession, KeptMeeting, Meeting, MovedMeeting, SeriesChange, Told},
    },
    other_days,
    parts::{self, Delta},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    groups::Group,
    http::extract::{Patch, Truth},
    people,
    problem::{FieldError, Problem},
    sessions::{
        self, Clash, Session,
        actions::{self as sessions_actions, Draft, Override},
        answers,
        inputs::{ChangeSession, EditScope, Editing},
        making,
    },
};

/// Changes a session, or several of its series. A dry run only says what would change and who is told.
///
/// # Errors
/// 404, 409 `conflict` naming every session in the way, or when the session is over, 412, 422 with every bad field.
pub async fn change_session(
    cx: &Cx,
    id: SessionId,
    editing: &Editing,
    change: &ChangeSession,
) -> Result<EditedSession, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    let wish = Override::of(change.override_conflict, change.reason.as_ref());
    wish.permitted(cx).await?;
    let scope = editing.scope.unwrap_or(EditScope::This);
    let is_asked = matches!(editing.dry_run, Some(Truth(true)));
    match (scope, is_asked) {
        (EditScope::This, false) => {
            let session = sessions_actions::change(cx, id, change).await?;
            Ok(EditedSession { session, change: None })
        }
        (EditScope::This, true) => {
            cx.read(Permission::SessionSchedule, |scope| Box::pin(preview_one(scope, id, change))).await
        }
        (which, true) => {
            cx.read(Permission::SessionSchedule, |scope| {
                Box::pin(async move {
                    let old = read_current(scope, id).await?;
                    let edit = Edit::of(scope, old, which, change).await?;
                    let (change, _) = edit.shown(scope, true).await?;
                    Ok(EditedSession { session: answers::session(scope, edit.old).await?, change: Some(change) })
                })
            })
            .await
        }
        (which, false) => {
            cx.write(Permission::SessionSchedule, |scope| {
                Box::pin(async move {
                    let old = sessions::lock_current(scope, id).await?;
                    hold_sites(scope, &old, change).await?;
                    let edit = Edit::of(scope, old, which, change).await?;
                    edit.carry_out(scope, wish).await
                })
            })
            .await
        }
    }
}

async fn read_current(scope: &mut Scope<'_>, id: SessionId) -> Result<Session, Problem> {
    let session: Session = scope.get(id).await?;
    match scope.cx.request.if_match {
        Some(version) if version != session.version => Err(sessions::stale(scope, &session, version).await),
        _ => Ok(session),
    }
}

/// What changing this one session would do.
async fn preview_one(scope: &mut Scope<'_>, id: SessionId, change: &ChangeSession) -> Result<EditedSession, Problem> {
    let old = read_current(scope, id).await?;
    let Draft { session: new, leaders } = sessions_actions::draft_of_one(scope, &old, change).await?;
    let before = sessions::leaders(scope, id).await?;
    let after = leaders.clone().unwrap_or_else(|| before.clone());
    let checked =
        if new.place() != old.place() || leaders.is_some() { vec![(new.clone(), after.clone())] } else { Vec::new() };
    let found = sessions::clashing(scope, &checked, &[]).await?;
    let moved = other_days([(&old, &new)]);
    let told = told(scope, &[id], before.iter().chain(&after), &moved).await?;
    let is_changed = new != old || leaders.is_some();
    let changed = if is_changed { vec![MovedMeeting::of(&old, &new)] } else { Vec::new() };
    let conflicts = conflicts(&checked, &found.new);
    let change = SeriesChange {
        scope: EditScope::This,
        dry_run: true,
        words: None,
        changed,
        created: Vec::new(),
        cancelled: Vec::new(),
        kept: Vec::new(),
        skipped: Vec::new(),
        conflicts,
        told,
    };
    Ok(EditedSession { session: answers::session(scope, old).await?, change: Some(change) })
}

/// A change of several sessions, worked out.
struct Edit {
    which: EditScope,
    group: Group,
    /// The session that was named, as it is and as it is to be.
    old: Session,
    draft: Draft,
    /// The meeting from which on everything changes; none when nothing does.
    at: DateTime,
    before: Vec<GroupRecurrence>,
    after: Vec<GroupRecurrence>,
    until: Date,
    plan: Plan,
}

impl Edit {
    async fn of(
        scope: &mut Scope<'_>,
        old: Session,
        which: EditScope,
        change: &ChangeSession,
    ) -> Result<Self, Problem> {
        let (group, name) = series_of(scope, &old, which, change).await?;
        let before = store::parts(scope, group.id).await?;
        let held = parts::holder(&before, &name.to_string()).ok_or_else(parts::gone)?;
        let draft = sessions_actions::draft(scope, &old, change).await?;
        let delta = delta(scope, &old, &draft, held, name).await?;
        if delta.overrides.leaders.is_some() && plan::leads_by_caseload(&group) {
            let message = "of several sessions can't be set here: in this group they follow from who is booked";
            return Err(Problem::invalid_field("leaders", "caseload", message));
        }
        let now = scope.now();
        let at = match which {
            EditScope::All => first_to_come(scope, &group, &before, &delta, &draft.session.zone).await?,
            _ if draft.session.starts_at <= now => {
                let message = "must be in the future for more than one session";
                return Err(Problem::invalid_field("starts_at", "past", message));
            }
            _ => name,
        };
        let after = if delta.is_empty() { before.clone() } else { parts::changed(scope, &before, at, &delta)? };
        let until = plan::horizon(scope).await?;
        let mut plan = plan::plan(scope, &group, &after, until, Reach::Everything).await?;
        // What lies before stays, and so does the session that is named where the caller changes it by hand.
        plan.kept.retain(|(session, _)| plan::name_of(session).is_some_and(|own| own >= at) && session.id != old.id);
        let first = at.to_string();
        plan.skipped.retain(|meeting| meeting.recurrence_id >= first);
        if delta.later_by < 0 {
            in_order(scope, &after, &plan, (at, &draft.session.zone, old.id)).await?;
        }
        if matches!(which, EditScope::All) && (old.status != SessionStatus::Scheduled || old.starts_at <= now) {
            plan.kept.insert(0, (old.clone(), plan::Kept::Started));
        }
        Ok(Self { which, group, old, draft, at, before, after, until, plan })
    }

    /// Whether the session that was named is changed apart: its series leaves it alone.
    fn is_apart(&self) -> bool {
        let to_come = self.old.status == SessionStatus::Scheduled && self.old.edited_by_hand;
        let differs = self.draft.session != self.old || self.draft.leaders.is_some();
        to_come && differs && self.plan.kept.iter().all(|(session, _)| session.id != self.old.id)
    }

    /// Every session that is somewhere else, or led by somebody else, than before: with who leads it.
    async fn moved(&self, scope: &mut Scope<'_>) -> Result<Vec<(Session, Vec<Leader>)>, Problem> {
        let pairs = self.plan.change.iter().chain(&self.plan.reinstate);
        let differs = |old: &Session, new: &Session| {
            old.place() != new.place() || old.status != SessionStatus::Scheduled || self.plan.led.contains(&old.id)
        };
        let mut moved: Vec<Session> =
            pairs.filter(|(old, new)| differs(old, new)).map(|(_, new)| new.clone()).collect();
        let only_led = self.plan.led.iter().filter(|id| moved.iter().all(|one| one.id != **id));
        let only_led: Vec<SessionId> = only_led.copied().collect();
        moved.extend(sessions::by_ids(scope, &only_led).await?);
        if self.is_apart() {
            moved.push(self.draft.session.clone());
        }
        let ids: Vec<SessionId> = moved.iter().map(|session| session.id).collect();
        let today = sessions::leaders_of(scope, &ids).await?;
        let led_by = |session: &Session| match &self.draft.leaders {
            Some(leaders) if session.id == self.old.id => leaders.clone(),
            _ if self.plan.led.contains(&session.id) => {
                let before = today.get(&session.id).map(Vec::as_slice).unwrap_or_default();
                with_substitutes(self.plan.leaders_of(session.id), before)
            }
            _ => today.get(&session.id).cloned().unwrap_or_default(),
        };
        Ok(moved.into_iter().map(|session| (session.clone(), led_by(&session))).collect())
    }

    /// What is done, or would be; and the sessions in whose way something is as it was.
    async fn shown(
        &self,
        scope: &mut Scope<'_>,
        dry_run: bool,
    ) -> Result<(SeriesChange, BTreeSet<SessionId>), Problem> {
        let moved = self.moved(scope).await?;
        let cancelled: Vec<SessionId> = self.plan.cancel.iter().map(|session| session.id).collect();
        let found = sessions::clashing(scope, &moved, &cancelled).await?;
        let pairs = || self.plan.change.iter().chain(&self.plan.reinstate);
        let mut changed: Vec<MovedMeeting> = pairs().map(|(old, new)| MovedMeeting::of(old, new)).collect();
        let known: Vec<SessionId> = pairs().map(|(old, _)| old.id).collect();
        let only_led: Vec<SessionId> = self.plan.led.iter().copied().filter(|id| !known.contains(id)).collect();
        changed.extend(sessions::by_ids(scope, &only_led).await?.iter().map(|one| MovedMeeting::of(one, one)));
        if self.is_apart() {
            changed.push(MovedMeeting::of(&self.old, &self.draft.session));
        }
        changed.sort_by(|a, b| {
            (a.meeting.local_date, &a.meeting.starts_at).cmp(&(b.meeting.local_date, &b.meeting.starts_at))
        });
        let mut touched: Vec<SessionId> = changed.iter().filter_map(|one| one.meeting.session_id).collect();
        touched.extend(&cancelled);
        let before = sessions::leaders_of(scope, &touched).await?;
        let leaders: Vec<Leader> =
            before.values().flatten().chain(moved.iter().flat_map(|(_, leaders)| leaders)).copied().collect();
        let apart = self.is_apart().then_some((&self.old, &self.draft.session));
        let elsewhere = other_days(pairs().map(|(old, new)| (old, new)).chain(apart));
        let words = parts::holder(&self.after, &self.at.to_string()).map(|part| part.part().describe());
        let shown = SeriesChange {
            scope: self.which,
            dry_run,
            words,
            changed,
            created: Meeting::all(&self.plan.create, false),
            cancelled: Meeting::all(&self.plan.cancel, true),
            kept: KeptMeeting::all(&self.plan.kept),
            skipped: self.plan.skipped.clone(),
            conflicts: conflicts(&moved, &found.new),
            told: told(scope, &touched, leaders.iter(), &elsewhere).await?,
        };
        Ok((shown, found.still))
    }

    /// Does it. The caller holds the lock on the group's row.
    async fn carry_out(mut self, scope: &mut Scope<'_>, wish: Override<'_>) -> Result<EditedSession, Problem> {
        let moved = self.moved(scope).await?;
        sessions::lock_places(scope, &moved).await?;
        let (mut shown, still) = self.shown(scope, false).await?;
        if !shown.conflicts.is_empty() && !wish.wanted {
            return Err(refused(&shown.conflicts));
        }
        flag(&mut self, &shown.conflicts, &still, wish);
        let apart = self.is_apart();
        let id = self.old.id;
        if self.before != self.after {
            parts::save(scope, &self.before, &self.after, self.until).await?;
        }
        scope.emit(SessionEvent::SeriesChanged { group: self.group.id, session: id, scope: self.which });
        let made = plan::carry_out(scope, &self.group, self.plan).await?;
        shown.created = Meeting::all(&made, true);
        if apart {
            sessions_actions::save_draft(scope, &self.old, self.draft).await?;
        }
        let session = scope.get(id).await?;
        Ok(EditedSession { session: answers::session(scope, session).await?, change: Some(shown) })
    }
}

/// Notes on each session that it is there over a conflict, and why; or that it no longer is.
fn flag(edit: &mut Edit, conflicts: &[Conflict], still: &BTreeSet<SessionId>, wish: Override<'_>) {
    let clashes = |id: SessionId| conflicts.iter().any(|conflict| conflict.session_id == id);
    let pairs = edit.plan.change.iter_mut().chain(&mut edit.plan.reinstate);
    for (old, new) in pairs {
        if old.place() != new.place() {
            new.has_conflict = clashes(old.id) || still.contains(&old.id);
            let before = old.conflict_reason.clone().filter(|_| still.contains(&old.id));
            new.conflict_reason = wish.reason.cloned().or(before).filter(|_| new.has_conflict);
        }
    }
    if clashes(edit.old.id) {
        edit.draft.session.has_conflict = true;
        edit.draft.session.conflict_reason = wish.reason.cloned();
    }
}

/// Holds the sites that the series is at, and the one it is to be at: no holiday is added there meanwhile.
async fn hold_sites(scope: &mut Scope<'_>, old: &Session, change: &ChangeSession) -> Result<(), Problem> {
    let Some(group) = old.group_id else { return Ok(()) };
    let group: Group = scope.get(group).await?;
    let parts = store::parts(scope, group.id).await?;
    let mut sites = plan::sites(&group, &parts);
    if let Patch::Set(site) = &change.site_id {
        sites.push(*site);
    }
    Ok(people::hold_sites(scope, &sites).await?)
}

/// The group of a session's series, and the name of the session in it.
async fn series_of(
    scope: &mut Scope<'_>,
    old: &Session,
    which: EditScope,
    change: &ChangeSession,
) -> Result<(Group, DateTime), Problem> {
    let alone = || {
        let message = "must be `this`: the session belongs to no series. It was scheduled by itself";
        Problem::invalid_field("scope", "not_in_series", message)
    };
    let (Some(group), Some(name)) = (old.group_id, plan::name_of(old)) else { return Err(alone()) };
    let group: Group = scope.get(group).await?;
    if group.status == GroupStatus::Archived {
        let detail = "The group is archived: it has no sessions to come. Restore it first.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let to_come = old.status == SessionStatus::Scheduled && old.starts_at > scope.now();
    if which == EditScope::Following && !to_come {
        return Err(Problem::conflict("invalid_transition", stays(old)));
    }
    if change.breaks.is_some() {
        let message = "are for one session: change them with `scope=this`";
        return Err(Problem::invalid_field("breaks", "one_session", message));
    }
    Ok((group, name))
}

/// Why a change can't begin with this session, and what would help.
fn stays(session: &Session) -> String {
    let why = match session.status {
        SessionStatus::Scheduled => "The time of this session has come, though nobody started it",
        SessionStatus::InProgress => "This session has begun",
        status => {
            return format!(
                "This session is {}, so it stays, and no change can begin with it. Choose a session that is still scheduled.",
                status.in_words()
            );
        }
    };
    format!("{why}, so it stays. Choose a later session, or change all future sessions instead.")
}

/// What the change of the named session means for the others.
async fn delta(
    scope: &mut Scope<'_>,
    old: &Session,
    draft: &Draft,
    held: &GroupRecurrence,
    name: DateTime,
) -> Result<Delta, Problem> {
    let new = &draft.session;
    let mut delta = Delta::default();
    if new.local_start != old.local_start {
        let wrong =
            || Problem::invalid_field("starts_at", "invalid", "must be a whole minute for more than one session");
        let start: DateTime = new.local_start.parse().map_err(|_| wrong())?;
        let seconds = start.duration_since(name).as_secs();
        if seconds % 60 != 0 {
            return Err(wrong());
        }
        delta.later_by = seconds / 60 - held.overrides.shift_minutes;
    }
    let length = |one: &Session| one.ends_at.duration_since(one.starts_at).as_mins();
    if length(new) != length(old) {
        delta.duration_minutes = u32::try_from(length(new)).ok();
    }
    let before = sessions::leaders(scope, old.id).await?;
    let leaders = draft.leaders.clone().filter(|leaders| *leaders != before);
    // Who stands in for somebody does so in one session.
    let own = |leader: Leader| Leader { stands_in_for: None, ..leader };
    let leaders: Option<Vec<Leader>> = leaders.map(|leaders| leaders.into_iter().map(own).collect());
    delta.overrides = Overrides::between(old, new, leaders.as_ref());
    Ok(delta)
}

/// The first meeting that is to come, before and after the change.
async fn first_to_come(
    scope: &mut Scope<'_>,
    group: &Group,
    rows: &[GroupRecurrence],
    delta: &Delta,
    zone: &Zone,
) -> Result<DateTime, Problem> {
    let now = scope.now();
    let mut first: Option<DateTime> = None;
    for row in rows.iter().filter(|row| !row.is_closed()) {
        let own = making::zone_of(scope, row.overrides.site(group)).await?;
        let mut part = row.part();
        let today = own.date(now);
        let coming = part.occurrences(&own, today, today.saturating_add(800.days()), 500);
        part.shift_minutes += delta.later_by;
        let stays_ahead = |name: DateTime| {
            let moved = part.moved(name).and_then(|start| zone.first_instant(start));
            moved.is_some_and(|start| start.timestamp() > now)
        };
        let found = coming.iter().find(|one| one.starts_at > now && stays_ahead(one.recurrence_id));
        first = first.into_iter().chain(found.map(|one| one.recurrence_id)).min();
    }
    first.ok_or_else(|| {
        let detail = "No session of this series is still to come, so there is nothing to change.";
        Problem::unprocessable("nothing_to_come", detail)
    })
}

/// What moves to an earlier time must not pass the session before it, which stays.
async fn in_order(
    scope: &mut Scope<'_>,
    after: &[GroupRecurrence],
    plan: &Plan,
    (at, zone, own): (DateTime, &Zone, SessionId),
) -> Result<(), Problem> {
    let Some(group) = after.first().map(|part| part.group_id) else { return Ok(()) };
    let moved = parts::holder(after, &at.to_string()).and_then(|part| part.part().moved(at));
    let Some(first) = moved.and_then(|start| zone.first_instant(start)) else { return Ok(()) };
    let just_before = first.timestamp().checked_sub(1.second()).unwrap_or(first.timestamp());
    let ahead = sessions::future(scope, group, SessionStatus::Scheduled, just_before).await?;
    let cancelled = |id: SessionId| plan.cancel.iter().any(|session| session.id == id);
    let passed =
        |one: &&Session| one.id != own && !cancelled(one.id) && plan::name_of(one).is_some_and(|name| name < at);
    match ahead.iter().find(passed) {
        None => Ok(()),
        Some(other) => {
            let day = other.local_date.strftime("%-d %B %Y");
            let message = format!(
                "would be before the session of {day}, which is not moved with it. Move it less far, or choose that \
                 session and change it and those after it"
            );
            Err(Problem::invalid_field("starts_at", "out_of_order", message))
        }
    }
}

fn refused(conflicts: &[Conflict]) -> Problem {
    let detail = "The room or a leader is not free at some of these times. Choose another time, room or leader, or override \
        the conflicts with a reason.";
    let error = |conflict: &Conflict| FieldError::new(conflict.field.clone(), &conflict.code, conflict.message.clone());
    Problem::conflict("conflict", detail).with_errors(conflicts.iter().map(error).collect())
}

fn conflicts(moved: &[(Session, Vec<Leader>)], found: &[(SessionId, Clash)]) -> Vec<Conflict> {
    let conflict = |(id, clash): &(SessionId, Clash)| {
        let (session, _) = moved.iter().find(|(session, _)| session.id == *id)?;
        let start = session.zone.local(session.starts_at).strftime("%-d %B %Y at %H:%M");
        let (field, message) = (clash.field(), format!("{clash}, on {start}"));
        let local_date = session.zone.date(session.starts_at);
        Some(Conflict { session_id: *id, local_date, field: field.to_owned(), code: clash.code().to_owned(), message })
    };
    found.iter().filter_map(conflict).collect()
}

async fn told<'a>(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
    leaders: impl Iterator<Item = &'a Leader>,
    on_other_days: &[Session],
) -> Result<Told, Problem> {
    let mut ids: Vec<_> = leaders.map(|leader| leader.practitioner).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut leaders: Vec<String> = answers::practitioner_names(scope, &ids).await?.into_values().collect();
    leaders.sort();
    let not_eligible = sessions::without_place_then(scope, on_other_days).await?;
    Ok(Told { participants: sessions::people_told(scope, sessions).await?, leaders, not_eligible })
}
