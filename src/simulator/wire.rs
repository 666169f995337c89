//! A TCP listener whose connections can be cut from the handler, as a proxy or a crash cuts them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Cuts one connection, so that nothing more is written to it, or makes it slow.
#[derive(Clone, Debug, Default)]
pub(super) struct Scissors(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cut: AtomicBool,
    /// Of the pause before each piece, in milliseconds; 0 is none.
    pause: AtomicU64,
}

/// What an answer that comes slowly is cut into.
const PIECES: u32 = 8;

impl Scissors {
    pub(super) fn cut(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
    }

    /// What is written from now on takes so long.
    pub(super) fn slow(&self, whole: Duration) {
        let pause = u64::try_from((whole / PIECES).as_millis()).unwrap_or(u64::MAX);
        self.0.pause.store(pause, Ordering::SeqCst);
    }

    pub(super) fn fast(&self) {
        self.0.pause.store(0, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.cut.load(Ordering::SeqCst) { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    fn pause(&self) -> Option<Duration> {
        Some(self.0.pause.load(Ordering::SeqCst)).filter(|pause| *pause > 0).map(Duration::from_millis)
    }
}

impl Connected<IncomingStream<'_, Wires>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Wires>) -> Self {
        stream.remote_addr().clone()
    }
}

pub(super) struct Wires(pub(super) TcpListener);

impl Listener for Wires {
    type Io = Wire;
    type Addr = Scissors;

    async fn accept(&mut self) -> (Wire, Scissors) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        // Answers are small: without this a delayed acknowledgement costs 40 ms a request.
        let _ = stream.set_nodelay(true);
        let scissors = Scissors::default();
        (Wire { stream, scissors: scissors.clone(), pausing: None }, scissors)
    }

    fn local_addr(&self) -> io::Result<Scissors> {
        Ok(Scissors::default())
    }
}

pub(super) struct Wire {
    stream: TcpStream,
    scissors: Scissors,
    pausing: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.scissors.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.scissors.check()?;
        let Some(pause) = self.scissors.pause() else {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        };
        let pausing = self.pausing.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        ready!(pausing.as_mut().poll(cx));
        self.pausing = None;
        let piece = buf.len().div_ceil(PIECES as usize).max(64).min(buf.len());
        Pin::new(&mut self.stream).poll_write(cx, buf.get(..piece).unwrap_or(buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.scissors.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
