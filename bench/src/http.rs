//! A client that costs as little as it can: the server it measures has to share the machine with it.
//!
//! HTTP/1.1 over one connection that stays open, `Content-Length` bodies only. It speaks to our own server and to
//! ChromeDriver, which answer so.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use xtask::Outcome;

/// No answer of the product may take longer.
const LONGEST: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The `data` of a success with this status.
    pub fn data(&self, status: u16) -> Outcome<Value> {
        if self.status == status {
            return Ok(self.json()["data"].take());
        }
        let body: String = String::from_utf8_lossy(&self.body).chars().take(600).collect();
        Err(format!("answered {} instead of {status}: {body}", self.status))
    }
}

/// One caller with one connection, opened when it is needed and again when it was lost.
pub struct Client {
    address: String,
    headers: String,
    connection: Option<TcpStream>,
    input: Vec<u8>,
}

impl Client {
    /// A caller of `127.0.0.1:8080` with these header lines, each ended by CR LF.
    pub fn new(address: &str, headers: String) -> Client {
        Client { address: address.to_owned(), headers, connection: None, input: Vec::new() }
    }

    /// A program with an API token.
    pub fn with_token(address: &str, token: &str) -> Client {
        Client::new(address, format!("Authorization: Bearer {token}\r\n"))
    }

    /// Another caller with the same credential and a connection of its own.
    pub fn another(&self) -> Client {
        Client::new(&self.address, self.headers.clone())
    }

    /// Reads.
    pub async fn get(&mut self, path: &str) -> Outcome<Answer> {
        self.send("GET", path, "", &[]).await
    }

    /// Posts JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Outcome<Answer> {
        self.send("POST", path, "", body.to_string().as_bytes()).await
    }

    /// Posts JSON and names the request, so that it may be repeated.
    pub async fn post_once(&mut self, path: &str, key: &str, body: &Value) -> Outcome<Answer> {
        self.send("POST", path, &format!("Idempotency-Key: {key}\r\n"), body.to_string().as_bytes()).await
    }

    /// Any method with further header lines.
    ///
    /// # Errors
    /// When the connection fails: then nobody knows whether the request was carried out.
    pub async fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Outcome<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{}{headers}", self.address, self.headers);
        if method != "GET" {
            request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        let exchanged = tokio::time::timeout(LONGEST, self.exchange(&bytes)).await;
        let answer = exchanged.unwrap_or_else(|_| Err(std::io::Error::other("no answer within a minute")));
        answer.map_err(|error| {
            self.connection = None;
            format!("{method} {path}: {error}")
        })
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(open) => open,
            None => {
                let new = TcpStream::connect(&self.address).await?;
                new.set_nodelay(true)?;
                new
            }
        };
        connection.write_all(request).await?;
        self.input.clear();
        let (answer, stays_open) = read_answer(&mut connection, &mut self.input).await?;
        self.connection = stays_open.then_some(connection);
        Ok(answer)
    }
}

async fn read_answer(connection: &mut TcpStream, input: &mut Vec<u8>) -> std::io::Result<(Answer, bool)> {
    let head_end = loop {
        if let Some(end) = input.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if connection.read_buf(input).await? == 0 {
            return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the connection was closed"));
        }
    };
    let head = String::from_utf8_lossy(&input[..head_end]).into_owned();
    let (mut answer, length, stays_open) = read_head(&head)?;
    while input.len() < head_end + length {
        if connection.read_buf(input).await? == 0 {
            return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the answer was cut short"));
        }
    }
    answer.body = input[head_end..head_end + length].to_vec();
    Ok((answer, stays_open))
}

/// Status and the headers that matter: the length of the body, and whether the connection stays open.
fn read_head(head: &str) -> std::io::Result<(Answer, usize, bool)> {
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("that is no HTTP"))?;
    let mut answer = Answer { status, retry_after: None, body: Vec::new() };
    let (mut length, mut stays_open) = (0, true);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(std::io::Error::other)?,
            "retry-after" => answer.retry_after = value.parse().ok(),
            "connection" => stays_open = !value.eq_ignore_ascii_case("close"),
            "transfer-encoding" => return Err(std::io::Error::other("an answer in chunks is not read here")),
            _ => {}
        }
    }
    Ok((answer, length, stays_open))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_how_long_the_body_is_and_when_to_come_back() {
        let head =
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 12\r\nRetry-After: 1\r\nconnection: close\r\n\r\n";
        let (answer, length, stays_open) = read_head(head).unwrap();
        assert_eq!((answer.status, answer.retry_after, length, stays_open), (503, Some(1), 12, false));
        assert!(read_head("nonsense\r\n\r\n").is_err());
        assert!(read_head("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
