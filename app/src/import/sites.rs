//! Places: each is known by its name, in whatever capitals.

use std::{collections::HashMap, ops::ControlFlow};

use exchange::{
    import::{Line, SiteRow},
    mapping::Kind,
};
use rules::{id::SiteId, permissions::Permission, text::fold};
use store::Where;

use super::{Options, Outcome, Report, State, plan::RowDone};
use crate::{
    door::{Cx, Scope},
    events::ExchangeEvent,
    people::{
        Site,
        actions::places::{NewSite, create_site},
    },
    problem::Problem,
};

/// Sites an organization has at most, as far as an import looks.
const SITES_MAX: usize = 5_000;

/// The sites that are here, by their folded names.
///
/// # Errors
/// When the database can't answer.
pub async fn known(scope: &mut Scope<'_>, state: &State) -> Result<HashMap<String, SiteId>, Problem> {
    let sites: Vec<Site> = scope.filter(&Where::organization(), "name, id", SITES_MAX).await?;
    let mut known = state.overlay.sites.clone();
    known.extend(sites.iter().rev().map(|site| (fold(&site.name), site.id)));
    Ok(known)
}

/// Adds the sites that are not here yet. What is here stays as it is.
pub async fn each(
    cx: &Cx,
    lines: &[Line<SiteRow>],
    state: &mut State,
    report: &mut Report,
    options: &Options<'_>,
) -> Result<ControlFlow<()>, Problem> {
    if lines.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    if (options.progress)(Kind::Site, 0, lines.len()).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let before: &State = state;
    let known = cx.read(Permission::ImportRun, |scope| Box::pin(known(scope, before))).await?;
    let missing: Vec<&Line<SiteRow>> = lines.iter().filter(|line| !known.contains_key(&fold(&line.row.name))).collect();
    let made: Vec<SiteId> = match missing.is_empty() || state.dry_run {
        true => missing.iter().map(|_| cx.app.clock.id()).collect(),
        false => {
            let (import, missing) = (state.id, &missing);
            let add = cx.write(Permission::ImportRun, |scope| {
                Box::pin(async move {
                    let made = add(scope, missing).await?;
                    let created = made.iter().map(ToString::to_string).collect();
                    scope.emit(ExchangeEvent::Imported { import, kind: Kind::Site.as_str(), created, updated: 0 });
                    Ok(made)
                })
            });
            add.await?
        }
    };
    let made: HashMap<String, SiteId> = missing.iter().map(|line| fold(&line.row.name)).zip(made).collect();
    let done = lines.iter().map(|line| {
        let key = fold(&line.row.name);
        let (outcome, id) = match made.get(&key) {
            Some(id) => (Outcome::Created, Some(id)),
            None => (Outcome::Unchanged, known.get(&key)),
        };
        RowDone { outcome, id: id.map(ToString::to_string), status: None, reasons: Vec::new() }
    });
    let done: Vec<RowDone> = done.collect();
    let ids = lines.iter().map(|line| line.row.name.to_string()).collect();
    state.note(Kind::Site, &lines.iter().collect::<Vec<_>>(), ids, done, report);
    state.overlay.sites.extend(made);
    Ok((options.progress)(Kind::Site, lines.len(), lines.len()))
}

async fn add(scope: &mut Scope<'_>, missing: &[&Line<SiteRow>]) -> Result<Vec<SiteId>, Problem> {
    let mut made = Vec::with_capacity(missing.len());
    for line in missing {
        let SiteRow { name, zone, address } = line.row.clone();
        let new = NewSite { name, zone, address, is_active: None };
        made.push(create_site(scope, &new).await?.id);
    }
    Ok(made)
}
