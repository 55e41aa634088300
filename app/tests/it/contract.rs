//! What every route promises, taken from the OpenAPI document: a new route is tested the day it is written.

mod bodies;
mod document;
mod methods;
mod nonsense;
