//! The shell: everything pages share that is neither data nor rule.
//!
//! [`ui`] has the components and their catalogue, [`layout`] the frame around a page, [`assets`] style,
//! script and icons. Nothing here loads anything, decides anything or knows a route.
//!
//! The policy is strict (`default-src 'self'`): no style attribute, no inline script, no inline handler.

pub mod assets;
pub mod gallery;
pub mod layout;
pub mod ui;
