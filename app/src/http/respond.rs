//! What handlers answer: one envelope for success, one for failure, and the OpenAPI document knows both.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, ObjectBuilder, Ref, RefOr, ResponseBuilder, Schema,
        response::Response as Documented,
        schema::{ArrayBuilder, SchemaType, Type},
    },
};

use crate::{
    paging::Page,
    problem::{Problem, ProblemBody},
};

/// 200: `{"success": true, "data": …}`.
pub struct Data<T>(pub T);
/// 201: the same.
pub struct Created<T>(pub T);
/// 200: a page of a list.
pub struct Listed<T>(pub Page<T>);

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(json!({ "success": true, "data": self.0 })).into_response()
    }
}
impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(json!({ "success": true, "data": self.0 }))).into_response()
    }
}
impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        Json(json!({ "success": true, "data": self.0.items, "page": { "next": self.0.next } })).into_response()
    }
}

/// 200: a PDF, to be kept as a file.
pub struct PdfFile {
    /// The name of the file, without its ending: an id, never a name.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}
/// 200: a CSV, to be kept as a file.
pub struct CsvFile {
    /// The name of the file, without its ending: an id, never a name.
    pub name: String,
    /// The file.
    pub text: String,
}

fn attached(kind: &'static str, name: &str, ending: &str, body: impl IntoResponse) -> Response {
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], body).into_response()
}

impl IntoResponse for PdfFile {
    fn into_response(self) -> Response {
        attached("application/pdf", &self.name, "pdf", self.bytes)
    }
}
impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        attached("text/csv; charset=utf-8", &self.name, "csv", self.text)
    }
}

fn file(kind: &str, description: &str) -> BTreeMap<String, RefOr<Documented>> {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let content = ContentBuilder::new().schema(Some(Schema::from(text))).build();
    let response = ResponseBuilder::new().description(description).content(kind, content).build();
    BTreeMap::from([("200".to_owned(), response.into())])
}

impl IntoResponses for PdfFile {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        file("application/pdf", "A PDF, tagged for screen readers.")
    }
}
impl IntoResponses for CsvFile {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        file("text/csv", "UTF-8, RFC 4180.")
    }
}

fn named<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

fn envelope(data: RefOr<Schema>) -> ObjectBuilder {
    let truth = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
    ObjectBuilder::new().property("success", truth).required("success").property("data", data).required("data")
}

fn documented(status: &str, description: &str, schema: ObjectBuilder) -> BTreeMap<String, RefOr<Documented>> {
    let content = ContentBuilder::new().schema(Some(Schema::from(schema.build()))).build();
    let response = ResponseBuilder::new().description(description).content("application/json", content).build();
    BTreeMap::from([(status.to_owned(), response.into())])
}

impl<T: ToSchema> IntoResponses for Data<T> {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        documented("200", "Done.", envelope(named::<T>()))
    }
}
impl<T: ToSchema> IntoResponses for Created<T> {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        documented("201", "Created.", envelope(named::<T>()))
    }
}
impl<T: ToSchema> IntoResponses for Listed<T> {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        let list = ArrayBuilder::new().items(named::<T>()).build();
        let either = SchemaType::from_iter([Type::String, Type::Null]);
        let next = ObjectBuilder::new()
            .schema_type(either)
            .description(Some("The `cursor` of the next page; null at the end."));
        let page = ObjectBuilder::new().property("next", next).required("next");
        let schema = envelope(Schema::from(list).into()).property("page", page).required("page");
        documented("200", "A page of the list.", schema)
    }
}
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        let content = ContentBuilder::new().schema(Some(named::<ProblemBody>())).build();
        let description = "A refusal or failure (RFC 9457): `code` says which, `detail` what would help.";
        let response = ResponseBuilder::new().description(description).content("application/problem+json", content);
        BTreeMap::from([("default".to_owned(), response.build().into())])
    }
}

/// Types whose schemas a room's answers name: utoipa does not collect them from response wrappers.
pub trait Schemas {
    /// Every schema with its name.
    fn collect() -> Vec<(String, RefOr<Schema>)>;
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: ToSchema + PartialSchema),*> Schemas for ($($name,)*) {
            fn collect() -> Vec<(String, RefOr<Schema>)> {
                let mut schemas = Vec::new();
                $( $name::schemas(&mut schemas); schemas.push(($name::name().into_owned(), $name::schema())); )*
                schemas
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
