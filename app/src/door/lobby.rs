//! The only statements that run before an organization is known: credentials, logins, organizations.

use jiff::Timestamp;
use rules::{
    column::{Json, Value},
    id::{CredentialId, FeedId, KioskId, MemberId, OrganizationId, UserId},
    permissions::Permission,
};
use sha2::{Digest, Sha256};
use store::{Db, Row};

rules::vocabulary! {
    /// What a credential is.
    pub enum CredentialKind {
        /// A person's signed-in browser.
        Session = "session",
        /// A program's token.
        Token = "token",
    }
}

/// A web session or an API token, found by its secret.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its id: the secret itself is nowhere.
    pub id: CredentialId,
    /// Session or token.
    pub kind: CredentialKind,
    /// Whose organization.
    pub organization: Organization,
    /// Whose.
    pub user: UserId,
    /// What a token is limited to; none for a session.
    pub permissions: Option<Vec<Permission>>,
    /// Its last use, written at most once a minute.
    pub last_used_at: Timestamp,
    /// The end of it.
    pub expires_at: Timestamp,
    /// Until when a fresh proof of identity holds.
    pub reauthenticated_until: Option<Timestamp>,
    /// Revoked or signed out.
    pub revoked_at: Option<Timestamp>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The id.
    pub id: OrganizationId,
    /// The code in human numbers: 2 to 10 of A–Z and 0–9.
    pub short_code: String,
    /// The name.
    pub name: String,
    /// The IANA zone of what has no site.
    pub zone: String,
}

/// The address of a calendar feed, found by its secret.
#[derive(Debug, Clone)]
pub struct FeedAddress {
    /// Whose organization.
    pub organization: Organization,
    /// The feed.
    pub feed: FeedId,
    /// Its last fetch, written at most once a minute.
    pub last_fetched_at: Option<Timestamp>,
    /// Since when it is no longer good.
    pub retired_at: Option<Timestamp>,
}

/// The SHA-256 of a secret, as it is stored.
pub fn hash_secret(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

/// Who a secret belongs to, and where.
pub const CREDENTIAL: &str = "select o.id, o.short_code, o.name, o.zone, c.id, c.kind, c.user_id, c.permissions, \
    c.last_used_at, c.expires_at, c.reauthenticated_until, c.revoked_at from credentials c \
    join organizations o on o.id = c.organization where c.hash = $1";

/// Statements without an organization. Nothing clinical is in reach of them.
pub struct Lobby<'a>(pub &'a Db);

impl Lobby<'_> {
    /// The credential with this secret's hash.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn credential(&self, hash: &str) -> Result<Option<Credential>, store::Error> {
        let rows = self.0.read(None).await?.rows(CREDENTIAL, &[hash.into()]).await?;
        rows.first().map(credential).transpose()
    }

    /// Notes that a credential was used.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn touch(&self, id: CredentialId, now: Timestamp) -> Result<(), store::Error> {
        let mut tx = self.0.write(None).await?;
        tx.run("update credentials set last_used_at = $1 where id = $2", &[Value::Time(now), (&id).into()]).await?;
        tx.commit().await
    }

    /// The address of a calendar feed with this secret's hash.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn feed_address(&self, hash: &str) -> Result<Option<FeedAddress>, store::Error> {
        const SQL: &str = "select o.id, o.short_code, o.name, o.zone, a.feed_id, a.last_fetched_at, a.retired_at \
            from feed_addresses a join organizations o on o.id = a.organization where a.hash = $1";
        let rows = self.0.read(None).await?.rows(SQL, &[hash.into()]).await?;
        let address = |row: &Row| {
            let (feed, last_fetched_at, retired_at) = (row.at(4)?, row.at(5)?, row.at(6)?);
            Ok(FeedAddress { organization: organization(row)?, feed, last_fetched_at, retired_at })
        };
        rows.first().map(address).transpose()
    }

    /// Notes that a calendar feed was fetched.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn feed_fetched(&self, hash: &str, now: Timestamp) -> Result<(), store::Error> {
        let mut tx = self.0.write(None).await?;
        tx.run("update feed_addresses set last_fetched_at = $1 where hash = $2", &[Value::Time(now), hash.into()])
            .await?;
        tx.commit().await
    }

    /// The users who may sign in with this e-mail address: one an organization.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn logins(&self, email_key: &str) -> Result<Vec<(Organization, UserId)>, store::Error> {
        const SQL: &str = "select o.id, o.short_code, o.name, o.zone, l.user_id from logins l \
            join organizations o on o.id = l.organization where l.email_key = $1 order by o.short_code, o.id limit 20";
        let rows = self.0.read(None).await?.rows(SQL, &[email_key.into()]).await?;
        rows.iter().map(|row| Ok((organization(row)?, row.at(4)?))).collect()
    }

    /// The offer behind a private address with this hash, and whose organization it is of.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn offer(&self, hash: &str) -> Result<Option<(Organization, MemberId)>, store::Error> {
        const SQL: &str = "select o.id, o.short_code, o.name, o.zone, l.subject from links l \
            join organizations o on o.id = l.organization where l.hash = $1 and l.kind = 'offer'";
        let rows = self.0.read(None).await?.rows(SQL, &[hash.into()]).await?;
        rows.first().map(|row| Ok((organization(row)?, row.at(4)?))).transpose()
    }

    /// The kiosk whose browser holds the secret with this hash, and whose organization it is of.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn kiosk(&self, hash: &str) -> Result<Option<(Organization, KioskId)>, store::Error> {
        const SQL: &str = "select o.id, o.short_code, o.name, o.zone, k.kiosk_id from kiosk_keys k \
            join organizations o on o.id = k.organization where k.hash = $1";
        let rows = self.0.read(None).await?.rows(SQL, &[hash.into()]).await?;
        rows.first().map(|row| Ok((organization(row)?, row.at(4)?))).transpose()
    }

    /// Every organization, by short code.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn organizations(&self) -> Result<Vec<Organization>, store::Error> {
        const SQL: &str = "select id, short_code, name, zone from organizations order by short_code, id";
        let rows = self.0.read(None).await?.rows(SQL, &[]).await?;
        rows.iter().map(organization).collect()
    }

    /// The organization with this id.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, store::Error> {
        const SQL: &str = "select id, short_code, name, zone from organizations where id = $1";
        let rows = self.0.read(None).await?.rows(SQL, &[(&id).into()]).await?;
        rows.first().map(organization).transpose()
    }

    /// The organization with this short code.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn organization_by_code(&self, short_code: &str) -> Result<Option<Organization>, store::Error> {
        const SQL: &str = "select id, short_code, name, zone from organizations where short_code = $1";
        let rows = self.0.read(None).await?.rows(SQL, &[short_code.into()]).await?;
        rows.first().map(organization).transpose()
    }

    /// Adds an organization.
    ///
    /// # Errors
    /// [`store::Error::Conflict`] when the short code is taken.
    pub async fn add_organization(&self, new: &Organization, now: Timestamp) -> Result<(), store::Error> {
        const SQL: &str =
            "insert into organizations (id, short_code, name, zone, created_at) values ($1, $2, $3, $4, $5)";
        let mut tx = self.0.write(None).await?;
        let values =
            [(&new.id).into(), (&new.short_code).into(), (&new.name).into(), (&new.zone).into(), Value::Time(now)];
        tx.run(SQL, &values).await?;
        tx.commit().await
    }
}

fn organization(row: &Row) -> Result<Organization, store::Error> {
    Ok(Organization { id: row.at(0)?, short_code: row.at(1)?, name: row.at(2)?, zone: row.at(3)? })
}

fn credential(row: &Row) -> Result<Credential, store::Error> {
    Ok(Credential {
        organization: organization(row)?,
        id: row.at(4)?,
        kind: row.at(5)?,
        user: row.at(6)?,
        permissions: row.at::<Option<Json<Vec<Permission>>>>(7)?.map(|list| list.0),
        last_used_at: row.at(8)?,
        expires_at: row.at(9)?,
        reauthenticated_until: row.at(10)?,
        revoked_at: row.at(11)?,
    })
}
