//! Who asks, for which organization, with which permissions: the context of one request or one job.

use std::sync::Arc;

use axum::http::StatusCode;
use jiff::{Timestamp, civil::Date};
use rules::{
    id::{BreakGlassId, CredentialId, KioskId, MemberId, PatientId, PractitionerId, UserId},
    notes::Reviewer,
    permissions::{Flag, Permission, Permissions, Role},
    recurrence::Zone,
};
use serde::{Serialize, de::DeserializeOwned};
use store::Tx;

use super::{Idempotency, Organization, Scope, idempotency, scope::Boxed};
use crate::{App, audit, problem::Problem};

/// How often a whole action is tried when the database says it is busy.
const TRIES: u32 = 3;

/// Who acts.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A person in a browser, or a program with that person's token.
    User {
        /// The user.
        user: UserId,
        /// The web session or token.
        credential: CredentialId,
        /// Whether it is a token: then there are no cookies to protect.
        by_token: bool,
        /// How the user is shown.
        name: String,
        /// The user's role, or the built-in one that theirs was copied from.
        role: Role,
        /// The user's role as people read it.
        role_name: String,
        /// The user's flags.
        flags: Vec<Flag>,
        /// The user's staff profile.
        practitioner: Option<PractitionerId>,
        /// Until when a fresh proof of identity holds.
        proven_until: Option<Timestamp>,
    },
    /// Whoever has the private address of an offer: may answer that one offer and nothing else.
    Link {
        /// The member whose offer it answers.
        member: MemberId,
        /// The hash of the address's secret.
        hash: String,
    },
    /// Whoever stands at a kiosk: may check in with a code and a birth date, and nothing else.
    Kiosk(KioskId),
    /// The program itself: a job or the command line, named so that it can be found.
    System(&'static str),
}

/// How much waits for who asks, beside the places of a page's navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Own sessions whose notes are overdue or were sent back.
    pub pressing: u32,
    /// Sessions that wait for a review by who asks.
    pub to_review: u32,
    /// Charts that were opened outside the care team and wait for a review by who asks.
    pub glasses: u32,
}

/// A glass that who asks has broken and that is open: every page says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGlass {
    /// Which.
    pub id: BreakGlassId,
    /// Whose chart.
    pub patient: PatientId,
    /// The number of the chart.
    pub mrn: String,
    /// Until when.
    pub open_until: Timestamp,
}

/// What every page follows of the organization's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether there are group sessions at all.
    pub group_sessions: bool,
    /// Whether a session shows everybody's notes as they stand in the charts.
    pub individual_notes: bool,
    /// What the tab of group sessions in a chart is called.
    pub chart_tab: String,
    /// Whether only the care team reads a chart.
    pub care_team: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { group_sessions: true, individual_notes: false, chart_tab: "Group Sessions".to_owned(), care_team: false }
    }
}

/// What is known of the request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The number in the log and in every answer.
    pub id: String,
    /// The network address of the caller, as far as it can be trusted.
    pub source: String,
    /// `If-Match`: the version the caller has read.
    pub if_match: Option<i64>,
    /// `Idempotency-Key` with the hash of the body.
    pub idempotency: Option<Idempotency>,
    /// What waits for who asks, where a page is asked for.
    pub waiting: Waiting,
    /// What the organization's settings say of pages, where a page is asked for.
    pub look: Look,
    /// The glasses the caller has broken and that are open, where a page is asked for.
    pub glasses: Vec<OpenGlass>,
}

/// The context of one request.
#[derive(Clone)]
pub struct Cx {
    /// The running program.
    pub app: Arc<App>,
    /// Who acts.
    pub principal: Principal,
    /// For which organization.
    pub organization: Organization,
    /// What the caller may do.
    pub permissions: Permissions,
    /// What is known of the request.
    pub request: Request,
}

/// What an action returns: stored by the door so that a repeated request gets the same.
pub trait Reply: Serialize + DeserializeOwned + Send + Sync {}
impl<T: Serialize + DeserializeOwned + Send + Sync> Reply for T {}

impl Cx {
    /// The context of work without a person.
    pub fn system(app: &Arc<App>, organization: &Organization, name: &'static str) -> Self {
        Self {
            app: app.clone(),
            principal: Principal::System(name),
            organization: organization.clone(),
            permissions: Permissions::all(),
            request: Request { id: name.to_owned(), ..Request::default() },
        }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The zone of what has no site.
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.organization.zone).unwrap_or(Zone::UTC)
    }

    /// The organization's day: that of its zone.
    pub fn today(&self) -> Date {
        self.zone().date(self.now())
    }

    /// The user who acts, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match &self.principal {
            Principal::User { user, .. } => Some(*user),
            Principal::Link { .. } | Principal::Kiosk(_) | Principal::System(_) => None,
        }
    }

    /// The staff profile of who acts.
    pub fn practitioner(&self) -> Option<PractitionerId> {
        match &self.principal {
            Principal::User { practitioner, .. } => *practitioner,
            Principal::Link { .. } | Principal::Kiosk(_) | Principal::System(_) => None,
        }
    }

    /// Whether the user who acts has a flag.
    pub fn has_flag(&self, flag: Flag) -> bool {
        matches!(&self.principal, Principal::User { flags, .. } if flags.contains(&flag))
    }

    /// Who acts, as a decision about reviews asks for it.
    pub fn reviewer(&self) -> Reviewer {
        Reviewer {
            practitioner: self.practitioner(),
            can_review: self.has_flag(Flag::CanReview),
            requires_review: self.has_flag(Flag::RequiresReview),
        }
    }

    /// Who acts, as the audit log names it: an id, `link:` and the record that a private address is of,
    /// `kiosk:` and the kiosk, or
    /// `system:` and the name of the job.
    pub fn actor(&self) -> String {
        match &self.principal {
            Principal::User { user, .. } => user.to_string(),
            Principal::Link { member, .. } => format!("link:{member}"),
            Principal::Kiosk(kiosk) => format!("kiosk:{kiosk}"),
            Principal::System(name) => format!("system:{name}"),
        }
    }

    /// Refuses, and records the refusal, when the permission is missing.
    ///
    /// # Errors
    /// 403 that names the permission.
    pub async fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.permissions.allows(permission) {
            return Ok(());
        }
        audit::refused(self, permission.as_str()).await?;
        Err(Problem::forbidden(permission))
    }

    /// Refuses when the caller has not proved lately who they are.
    ///
    /// # Errors
    /// 403 `reauth_required`.
    pub fn require_fresh_proof(&self) -> Result<(), Problem> {
        match &self.principal {
            Principal::User { proven_until, .. } if proven_until.is_none_or(|until| until < self.now()) => {
                let detail =
                    "This needs your password again: send it to `/api/me/reauth`, then repeat within five minutes.";
                Err(Problem::refused_access("reauth_required", detail))
            }
            _ => Ok(()),
        }
    }

    /// Runs one action that changes something: permission, transaction, replay, work, reactions, commit.
    ///
    /// # Errors
    /// What the action refuses (then nothing is changed), or the door itself.
    pub async fn write<'e, T: Reply>(
        &'e self,
        permission: Permission,
        work: impl for<'a> Fn(&'a mut Scope<'e>) -> Boxed<'a, T> + Send + Sync,
    ) -> Result<T, Problem> {
        self.require(permission).await?;
        self.write_as_oneself(work).await
    }

    /// As [`Cx::write`], for what everybody signed in may do with what is their own.
    ///
    /// # Errors
    /// As [`Cx::write`].
    pub async fn write_as_oneself<'e, T: Reply>(
        &'e self,
        work: impl for<'a> Fn(&'a mut Scope<'e>) -> Boxed<'a, T> + Send + Sync,
    ) -> Result<T, Problem> {
        let mut tries = 1;
        loop {
            match self.try_write(&work).await {
                Err(problem) if problem.is_retryable() && tries < TRIES => tries += 1,
                Err(problem) if self.may_be_a_repetition(&problem) => return self.first_answer().await?.ok_or(problem),
                outcome => return outcome,
            }
        }
    }

    /// Two equal requests at once: the second may have waited for a lock of the first, and met what that one did.
    fn may_be_a_repetition(&self, problem: &Problem) -> bool {
        let met = matches!(problem.status(), StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED);
        met && self.request.idempotency.is_some()
    }

    /// The answer to an equal request that has been answered meanwhile.
    async fn first_answer<T: Reply>(&self) -> Result<Option<T>, Problem> {
        let tx: Tx = self.app.db.read(Some(&self.organization.id.to_string())).await?;
        idempotency::replay(&mut Scope::new(self, tx)).await
    }

    async fn try_write<'e, T: Reply>(
        &'e self,
        work: &(impl for<'a> Fn(&'a mut Scope<'e>) -> Boxed<'a, T> + Send + Sync),
    ) -> Result<T, Problem> {
        let tx = self.app.db.write(Some(&self.organization.id.to_string())).await?;
        let mut scope = Scope::new(self, tx);
        if let Some(answer) = idempotency::replay(&mut scope).await? {
            return Ok(answer);
        }
        let answer = match work(&mut scope).await {
            Ok(answer) => answer,
            Err(problem) => return Err(self.refused(scope, problem).await?),
        };
        scope.react().await?;
        let changes_access = scope.changes_access();
        let mut last = idempotency::keep(&scope, &answer)?;
        last.extend(scope.entries()?);
        let committed = scope.into_tx().commit_after(&last).await;
        if changes_access {
            self.app.recent.forget();
        }
        match committed {
            // Two equal requests at once: the second meets the first's key and is tried again as a replay.
            Err(store::Error::Conflict) if self.request.idempotency.is_some() => return Err(Problem::unavailable()),
            committed => committed?,
        }
        self.app.sealer.wake(self.organization.id);
        self.app.live.wake(self.organization.id);
        Ok(answer)
    }

    /// Writes down what is no record, like who is where just now: told of nowhere, kept in no history, lost without harm.
    ///
    /// # Errors
    /// What the action refuses, or the door itself.
    pub async fn jot<'e, T: Send>(
        &'e self,
        permission: Permission,
        work: impl for<'a> Fn(&'a mut Scope<'e>) -> Boxed<'a, T> + Send + Sync,
    ) -> Result<T, Problem> {
        self.require(permission).await?;
        let tx = self.app.db.write(Some(&self.organization.id.to_string())).await?;
        let mut scope = Scope::new(self, tx);
        let answer = work(&mut scope).await?;
        scope.into_tx().commit().await?;
        Ok(answer)
    }

    /// Runs one action that only looks: permission, one snapshot, and the record of the reading where it is asked for.
    ///
    /// # Errors
    /// What the action refuses, or the door itself.
    pub async fn read<'e, T: Send>(
        &'e self,
        permission: Permission,
        work: impl for<'a> Fn(&'a mut Scope<'e>) -> Boxed<'a, T> + Send + Sync,
    ) -> Result<T, Problem> {
        self.require(permission).await?;
        self.read_as_oneself(work).await
    }

    /// As [`Cx::read`], for what everybody signed in may see.
    ///
    /// # Errors
    /// As [`Cx::read`].
    pub async fn read_as_oneself<'e, T: Send>(
        &'e self,
        work: impl for<'a> Fn(&'a mut Scope<'e>) -> Boxed<'a, T> + Send + Sync,
    ) -> Result<T, Problem> {
        let tx: Tx = self.app.db.read(Some(&self.organization.id.to_string())).await?;
        let mut scope = Scope::new(self, tx);
        let answer = match work(&mut scope).await {
            Ok(answer) => answer,
            Err(problem) => return Err(self.refused(scope, problem).await?),
        };
        let readings = scope.end_reading();
        if !readings.is_empty() {
            audit::readings(self, readings).await?;
        }
        Ok(answer)
    }

    /// The problem of an action that has failed, once it is recorded what the caller may not read.
    async fn refused(&self, scope: Scope<'_>, problem: Problem) -> Result<Problem, Problem> {
        for (permission, subject) in scope.end_refused() {
            audit::refused_about(self, permission, subject).await?;
        }
        Ok(problem)
    }
}
