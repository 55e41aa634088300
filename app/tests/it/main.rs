//! Stories at the door: everything a client can rely on, told over HTTP on both databases.

mod harness;

mod contract;
mod people;
mod smoke;
