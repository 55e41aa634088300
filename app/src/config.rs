//! What the operator sets: flags before environment before defaults, in one place.

use std::{net::IpAddr, path::PathBuf};

/// Settings of one running program.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address people use, without a trailing slash: `https://groups.example.org`.
    pub public_url: String,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where signed audit checkpoints go, and the key that signs them.
    pub checkpoints: Option<(PathBuf, PathBuf)>,
    /// A file of passwords that must not be used, one a line.
    pub breached_passwords: Option<PathBuf>,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
    /// Tries to sign in, a minute, for one address and for one source.
    pub sign_in_tries: u32,
}

/// The parameters of argon2id.
#[derive(Debug, Clone, Copy)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
}

impl PasswordCost {
    /// OWASP's choice for one pass: 46 MiB.
    pub const REAL: Self = Self { memory: 47_104, passes: 1 };
    /// For tests, where nothing is worth protecting.
    pub const TEST: Self = Self { memory: 64, passes: 1 };
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            checkpoints: None,
            breached_passwords: None,
            password_cost: PasswordCost::REAL,
            sign_in_tries: 10,
        }
    }
}

impl Config {
    /// Whether people come over TLS: then cookies are for TLS only.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
