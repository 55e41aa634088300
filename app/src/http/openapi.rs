//! The OpenAPI document: collected from the routes themselves, so a route that is not in it does not exist.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, PathItem,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::respond::Schemas;
use crate::problem::{FieldError, ProblemBody};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Convene",
        description = "Group sessions for behavioural-health clinics. Every answer is `{\"success\": true, \"data\": …}` \
            or a problem (RFC 9457). Send `Authorization: Bearer cvn_…`. `PATCH` and `DELETE` honour `If-Match` with the \
            record's `version`; every `POST` honours `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody, FieldError)),
    modifiers(&Security)
)]
struct Base;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("cvn_…").build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-convene"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        document.security =
            Some(vec![SecurityRequirement::new("token", [""; 0]), SecurityRequirement::new("session", [""; 0])]);
    }
}

/// The document without routes: the head that the routers add to.
pub fn base() -> Document {
    let mut document = Base::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document
}

/// Puts the room before the name of each operation: `groups_list`, `roster_list`.
///
/// Programs made from the document name their functions so, and rooms must not have to know each other's.
pub fn name_operations(document: &mut Document) {
    for path in document.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, .. } = path;
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            let room = operation.tags.iter().flatten().next();
            operation.operation_id =
                room.zip(operation.operation_id.as_ref()).map(|(room, name)| format!("{room}_{name}"));
        }
    }
}

/// Adds the schemas of a room's answers to its routes.
pub fn with_schemas<S: Schemas>(mut router: super::ApiRouter) -> super::ApiRouter {
    let components = router.get_openapi_mut().components.get_or_insert_default();
    components.schemas.extend(S::collect());
    router
}
