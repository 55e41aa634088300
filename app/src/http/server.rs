//! The router of everything, and serving it until asked to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router, ServiceExt,
    extract::{Request, connect_info::IntoMakeServiceWithConnectInfo},
    http::StatusCode,
    routing::get,
};
use tower::{Layer as _, ServiceBuilder};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    normalize_path::{NormalizePath, NormalizePathLayer},
    timeout::TimeoutLayer,
};
use utoipa::openapi::OpenApi as Document;
use utoipa_swagger_ui::SwaggerUi;

use super::{ApiRouter, State, middleware, openapi};
use crate::{
    App, audit, chart, chart_access, connect, consents, disclosures, export, groups, identity, keep_apart, kiosk,
    merging, notes, people, psychotherapy, record, roster, schedule, screens, sessions, settings, shell, templates,
    verification,
};

/// How long a request may take.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// The API's routes with their document.
fn api() -> (Router<State>, Document) {
    let router = ApiRouter::with_openapi(openapi::base())
        .merge(audit::api::routes())
        .merge(identity::api::routes())
        .merge(settings::api::routes())
        .merge(people::api::routes())
        .merge(consents::api::routes())
        .merge(templates::api::routes())
        .merge(groups::api::routes())
        .merge(roster::api::routes())
        .merge(sessions::api::routes())
        .merge(keep_apart::api::routes())
        .merge(kiosk::api::routes())
        .merge(schedule::api::routes())
        .merge(chart_access::api::routes())
        .merge(notes::api::routes())
        .merge(psychotherapy::api::routes())
        .merge(chart::api::routes())
        .merge(disclosures::api::routes())
        .merge(record::api::routes())
        .merge(merging::api::routes())
        .merge(export::api::routes())
        .merge(connect::api::routes())
        .merge(verification::routes());
    let (router, mut document) = router.split_for_parts();
    openapi::name_operations(&mut document);
    (router, document)
}

/// The OpenAPI document.
pub fn document() -> Document {
    api().1
}

fn pages() -> Router<State> {
    Router::new()
        .merge(identity::pages::routes())
        .merge(people::pages::routes())
        .merge(consents::pages::routes())
        .merge(kiosk::pages::routes())
        .merge(settings::pages::routes())
        .merge(templates::pages::routes())
        .merge(groups::pages::routes())
        .merge(chart_access::pages::routes())
        .merge(notes::pages::routes())
        .merge(psychotherapy::pages::routes())
        .merge(chart::pages::routes())
        .merge(disclosures::pages::routes())
        .merge(export::pages::routes())
        .merge(connect::pages::routes())
        .merge(screens::routes())
        .route("/assets/{file}", get(shell::assets::serve))
}

/// The router as a service of connections: a trailing slash is accepted, and the peer's address is known.
pub fn service(
    app: Arc<App>,
    metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
) -> IntoMakeServiceWithConnectInfo<NormalizePath<Router>, SocketAddr> {
    let router = NormalizePathLayer::trim_trailing_slash().layer(router(app, metrics));
    ServiceExt::<Request>::into_make_service_with_connect_info(router)
}

/// Everything that is served.
pub fn router(app: Arc<App>, metrics: Option<metrics_exporter_prometheus::PrometheusHandle>) -> Router {
    let (api, document) = api();
    let docs = SwaggerUi::new("/api/docs").url("/api/openapi.json", document);
    let docs: Router<State> =
        docs.config(utoipa_swagger_ui::Config::from("/api/openapi.json").validator_url("none")).into();
    let docs = docs.layer(axum::middleware::from_fn(middleware::to_the_docs));
    let show_metrics = move || async move { metrics.map_or_else(String::new, |metrics| metrics.render()) };
    let inner = ServiceBuilder::new()
        .layer(CompressionLayer::new().gzip(true))
        .layer(axum::middleware::from_fn_with_state(app.clone(), middleware::outermost))
        .layer(CatchPanicLayer::custom(middleware::panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_MAX));
    Router::new()
        .merge(api)
        .merge(pages())
        .merge(docs)
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(middleware::ready))
        .route("/metrics", get(show_metrics))
        .method_not_allowed_fallback(middleware::method_not_allowed)
        .fallback(middleware::not_found)
        .route_layer(axum::middleware::from_fn(middleware::remember_route))
        .layer(inner)
        .with_state(app)
}
