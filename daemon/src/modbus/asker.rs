//! A client for the person with the laptop: one question at a time, with every byte that came. The
//! daemon's own lines do not use it: they need no bytes, and have a schedule.

use std::time::Duration;

use field::frame::{self, rtu};
use field::{Failure, Reply, Request};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Port, rtu as serial};

/// The most bytes that are kept of one answer: a frame, and the noise around it.
const HEARD_MAX: usize = 1_024;
/// A silence that ends a serial answer which is not as long as it should be.
const SILENCE: Duration = Duration::from_millis(30);
/// How long a late answer is listened for before the next question on a serial line.
const DRAIN: Duration = Duration::from_millis(2);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What came of a question.
#[derive(Clone, PartialEq, Debug)]
pub struct Heard {
    /// The reply, or why there is none.
    pub result: Result<Reply, Failure>,
    /// What was sent.
    pub asked: Vec<u8>,
    /// Every byte that came.
    pub bytes: Vec<u8>,
}

/// A line that can be asked.
pub struct Asker {
    stream: Box<dyn Stream>,
    is_tcp: bool,
    transaction: u16,
}

impl Asker {
    /// Opens a port.
    ///
    /// # Errors
    /// Where it cannot be opened, or does not answer within `timeout`.
    pub async fn open(port: &Port, timeout: Duration) -> std::io::Result<Self> {
        let late = |_| std::io::Error::other(format!("nobody answered in {timeout:?}"));
        let (stream, is_tcp): (Box<dyn Stream>, bool) = match port {
            Port::Tcp(address) | Port::RtuOverTcp { address, .. } => {
                let connect = tokio::time::timeout(timeout, serial::open_tcp(address));
                let stream = connect.await.map_err(late)??;
                (Box::new(stream), matches!(port, Port::Tcp(_)))
            }
            Port::Serial(settings) => (Box::new(serial::open_serial(settings)?), false),
        };
        Ok(Self { stream, is_tcp, transaction: 0 })
    }

    /// Asks, and waits for the answer or the time-out. After anything but an answer that fits or an
    /// exception, a TCP connection should be opened anew.
    pub async fn ask(&mut self, unit: u8, request: &Request, timeout: Duration) -> Heard {
        self.transaction = self.transaction.wrapping_add(1);
        let asked = if self.is_tcp {
            frame::encode_request(self.transaction, unit, request)
        } else {
            self.drain().await;
            rtu::encode_request(unit, request)
        };
        let mut bytes = Vec::new();
        let result = match self.stream.write_all(&asked).await {
            Ok(()) => {
                let answer = self.answer(unit, request, &mut bytes);
                let answer = tokio::time::timeout(timeout, answer).await;
                answer.unwrap_or(Err(Failure::Timeout))
            }
            Err(error) => Err(Failure::Disconnected(error.to_string())),
        };
        Heard { result, asked, bytes }
    }

    /// Listens for so long; what came.
    pub async fn listen(&mut self, span: Duration) -> Vec<u8> {
        let mut bytes = Vec::new();
        let all = async {
            while bytes.len() < HEARD_MAX
                && self.stream.read_buf(&mut bytes).await.is_ok_and(|n| n > 0)
            {}
        };
        let _ = tokio::time::timeout(span, all).await;
        bytes
    }

    /// Waits for bytes, and for the silence after them.
    ///
    /// # Errors
    /// Where the line is gone.
    pub async fn burst(&mut self, silence: Duration) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < HEARD_MAX {
            let patience = if bytes.is_empty() { Duration::MAX } else { silence };
            match tokio::time::timeout(patience, self.stream.read_buf(&mut bytes)).await {
                Ok(Ok(0)) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    read?;
                }
                Err(_) => break,
            }
        }
        Ok(bytes)
    }

    async fn answer(
        &mut self,
        unit: u8,
        request: &Request,
        bytes: &mut Vec<u8>,
    ) -> Result<Reply, Failure> {
        loop {
            if self.is_tcp {
                let decoded = frame::decode_reply(bytes, self.transaction, unit, request);
                if let Some((result, _)) = decoded {
                    return result;
                }
            } else if !bytes.is_empty() && rtu::is_whole_reply(bytes, request) {
                return rtu::decode_reply(bytes, unit, request);
            }
            if bytes.len() > HEARD_MAX {
                return Err(Failure::Mismatch(format!("{} bytes and no end", bytes.len())));
            }
            // What has begun on a serial line ends with silence, whatever it is.
            let patience = if self.is_tcp || bytes.is_empty() { Duration::MAX } else { SILENCE };
            match tokio::time::timeout(patience, self.stream.read_buf(bytes)).await {
                Ok(Ok(0)) => return Err(Failure::Disconnected("it hung up".to_owned())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(Failure::Disconnected(error.to_string())),
                Err(_) => return rtu::decode_reply(bytes, unit, request),
            }
        }
    }

    /// Throws away what is there of an answer that came too late.
    async fn drain(&mut self) {
        let mut noise = [0; 256];
        while let Ok(Ok(1..)) = tokio::time::timeout(DRAIN, self.stream.read(&mut noise)).await {}
    }
}
