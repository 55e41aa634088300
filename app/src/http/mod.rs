//! The web shell: requests in, answers out. Knows nothing of clinics.
//!
//! [`extract`] reads requests, [`respond`] writes answers, [`middleware`] numbers, bounds, logs and guards them,
//! [`openapi`] collects the document, [`server`] puts the router together.

pub mod authenticate;
pub mod extract;
pub mod form;
pub mod middleware;
pub mod openapi;
pub mod respond;
pub mod server;

use std::sync::Arc;

use crate::App;

/// The state of every route.
pub type State = Arc<App>;
/// A router whose routes are in the OpenAPI document.
pub type ApiRouter = utoipa_axum::router::OpenApiRouter<State>;
/// A router of pages.
pub type PageRouter = axum::Router<State>;
