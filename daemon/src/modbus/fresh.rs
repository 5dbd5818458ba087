//! A stream that throws away, before each request, what has come since the last answer. A serial frame
//! bears no name of its request: what is there before a request was sent cannot be its answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is thrown away at most before one request; more is a line that is never silent.
const NOISE_MAX: usize = 4_096;

/// The stream.
#[derive(Debug)]
pub(super) struct Fresh<S> {
    stream: S,
    /// Whether a request is being written: only before its first byte is anything thrown away.
    writing: bool,
}

impl<S> Fresh<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, writing: false }
    }
}

impl<S: AsyncRead + Unpin> Fresh<S> {
    /// Reads what is there, without waiting for more.
    fn throw_away(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let mut bytes = [0; 256];
        let mut thrown = 0;
        while thrown < NOISE_MAX {
            let mut noise = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(context, &mut noise) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(())) if noise.filled().is_empty() => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Poll::Ready(read) => read?,
            }
            thrown += noise.filled().len();
        }
        Err(io::Error::other("the line is never quiet"))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Fresh<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.writing = false;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Fresh<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !std::mem::replace(&mut self.writing, true)
            && let Err(error) = self.throw_away(context)
        {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_came_before_a_request_is_not_its_answer() {
        let (near, mut far) = duplex(64);
        let mut line = Fresh::new(near);
        far.write_all(b"late").await.expect("room");
        line.write_all(b"ask").await.expect("room");
        far.write_all(b"answer").await.expect("room");
        let mut bytes = [0; 6];
        line.read_exact(&mut bytes).await.expect("an answer");
        assert_eq!(&bytes, b"answer");
        // A request that is written in pieces is one: what comes in between is kept.
        line.write_all(b"as").await.expect("room");
        far.write_all(b"answer").await.expect("room");
        line.write_all(b"k").await.expect("room");
        line.read_exact(&mut bytes).await.expect("an answer");
        assert_eq!(&bytes, b"answer");
    }

    #[tokio::test]
    async fn a_stream_that_has_ended_or_is_never_silent_is_told_so() {
        let (near, far) = duplex(64);
        drop(far);
        let error = Fresh::new(near).write_all(b"ask").await.expect_err("ended");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let mut babble = Fresh::new(tokio::io::join(tokio::io::repeat(7), tokio::io::sink()));
        let error = babble.write_all(b"ask").await.expect_err("noise");
        assert!(error.to_string().contains("never quiet"), "{error}");
    }
}
