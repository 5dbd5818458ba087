//! The few lines of HTTP that `demo` and `what-if` need to read a daemon's state.

use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A loopback daemon that takes longer than this is not answering.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The state of a thousand junctions is a few megabytes; more is not a state.
const ANSWER_MAX: u64 = 64 << 20;

/// Fetches `path` from `address` and returns the body of a 200 answer as JSON.
pub(crate) async fn get_json(address: &str, path: &str) -> anyhow::Result<serde_json::Value> {
    get_json_as(address, path, None).await
}

/// The same with an access token.
pub(crate) async fn get_json_as(
    address: &str,
    path: &str,
    token: Option<&str>,
) -> anyhow::Result<serde_json::Value> {
    let body = tokio::time::timeout(TIMEOUT, get(address, path, token))
        .await
        .with_context(|| format!("no answer from {address}{path} in {TIMEOUT:?}"))??;
    serde_json::from_str(&body).with_context(|| format!("{address}{path} did not answer JSON"))
}

async fn get(address: &str, path: &str, token: Option<&str>) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let bearer = bearer.unwrap_or_default();
    // HTTP/1.0 asks for a plain body that ends with the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n{bearer}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(ANSWER_MAX).read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("401") {
        match token {
            None => bail!("{address} wants a token: --token-file names a file with one"),
            Some(_) => bail!("{address} does not take the token of --token-file"),
        }
    }
    if status.split(' ').nth(1) != Some("200") {
        bail!("{address}{path} answered {status:?}");
    }
    Ok(body.to_owned())
}
