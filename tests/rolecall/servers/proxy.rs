//! A way to a directory server on which one message of the server's answers goes astray.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::Duration;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The connection ends in front of it.
    Cut,
    /// The connection ends in its middle.
    Truncate,
    /// It is left out, and the rest follows.
    Drop,
    /// It comes, and everything behind it, so much later.
    Delay(Duration),
}

/// One way to one server. Only as LDAP without TLS can it see where a message ends.
pub(crate) struct Proxy {
    address: SocketAddr,
    messages: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Proxy {
    /// With a fault at one message of each connection, counted from 0.
    pub(crate) fn to(server: SocketAddr, fault: Option<(usize, Fault)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (messages, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, asked) = (Arc::clone(&messages), Arc::clone(&requests));
        spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let Ok(upstream) = TcpStream::connect(server) else { return };
                let (mut from, mut to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
                let asked = Arc::clone(&asked);
                spawn(move || {
                    while let Ok(request) = message(&mut from) {
                        asked.fetch_add(1, Ordering::Relaxed);
                        if to.write_all(&request).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Write);
                });
                let _ = answers(upstream, &client, fault, &count);
                let _ = client.shutdown(Shutdown::Both);
            }
        });
        Self { address, messages, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// How many messages the server has sent.
    pub(crate) fn messages(&self) -> usize {
        self.messages.load(Ordering::Relaxed)
    }

    /// How many messages were sent to it.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn answers(
    mut server: TcpStream,
    mut client: &TcpStream,
    fault: Option<(usize, Fault)>,
    count: &AtomicUsize,
) -> io::Result<()> {
    for number in 0.. {
        let message = message(&mut server)?;
        count.fetch_add(1, Ordering::Relaxed);
        match fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault) {
            Some(Fault::Cut) => break,
            Some(Fault::Truncate) => {
                client.write_all(&message[..message.len() / 2])?;
                break;
            }
            Some(Fault::Drop) => continue,
            Some(Fault::Delay(time)) => sleep(time),
            None => {}
        }
        client.write_all(&message)?;
    }
    server.shutdown(Shutdown::Both)
}

/// One LDAPMessage, a SEQUENCE of definite length (RFC 4511 section 5.1).
fn message(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 2];
    from.read_exact(&mut message)?;
    assert_eq!(message[0], 0x30, "no LDAPMessage");
    let length = match message[1] {
        short @ 0..=0x7f => usize::from(short),
        long => {
            let mut octets = vec![0; usize::from(long & 0x7f)];
            from.read_exact(&mut octets)?;
            message.extend(&octets);
            octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet))
        }
    };
    let start = message.len();
    message.resize(start + length, 0);
    from.read_exact(&mut message[start..])?;
    Ok(message)
}
