//! The life of one line: orders in, answers out, at most one connection.

use std::time::Duration;

use field::{Failure, Reply, Request};
use tokio::sync::mpsc;
use tokio::time::timeout as within;
use tokio_modbus::client::Context;
use tokio_modbus::prelude::{Client, Slave, SlaveContext};

use super::{Answer, Order, Outcome, Port, convert, rtu, tcp};

/// Serves a line until nobody can give it orders any more.
pub(super) async fn run(
    port: Port,
    mut orders: mpsc::Receiver<Order>,
    answers: mpsc::Sender<Answer>,
) {
    let mut connection: Option<Context> = None;
    while let Some(order) = orders.recv().await {
        let answer = match order {
            Order::Disconnect => {
                connection = None;
                continue;
            }
            Order::Connect(address, timeout) => {
                if connection.is_none() {
                    match connect(&port, timeout).await {
                        Ok(made) => connection = Some(made),
                        Err(reason) => {
                            if answers.send((address, Outcome::Down(reason))).await.is_err() {
                                return;
                            }
                            continue;
                        }
                    }
                }
                (address, Outcome::Up)
            }
            Order::Send { address, token, unit, request, timeout } => {
                if !matches!(port, Port::Tcp(_)) {
                    // The runtime learns what has come meanwhile, so that it can be thrown away.
                    tokio::task::yield_now().await;
                }
                let result = send(&mut connection, unit, &request, timeout).await;
                (address, Outcome::Reply { token, result })
            }
        };
        if answers.send(answer).await.is_err() {
            return;
        }
    }
}

async fn connect(port: &Port, timeout: Duration) -> Result<Context, String> {
    let late = |_| std::io::Error::other(format!("not within {} ms", timeout.as_millis()));
    // The silence that a serial line needs has its own bound.
    let made = match port {
        Port::Tcp(address) => {
            within(timeout, tcp::connect(address)).await.unwrap_or_else(|e| Err(late(e)))
        }
        Port::RtuOverTcp { address, quiet } => {
            match within(timeout, rtu::open_tcp(address)).await {
                Ok(Ok(stream)) => rtu::attach(stream, *quiet).await,
                Ok(Err(error)) => Err(error),
                Err(error) => Err(late(error)),
            }
        }
        Port::Serial(serial) => match rtu::open_serial(serial) {
            Ok(stream) => rtu::attach(stream, serial.quiet).await,
            Err(error) => Err(error),
        },
    };
    made.map_err(|error| format!("cannot connect: {}", reason(&error)))
}

/// What Linux says of a connection that is not made yet; the library has no stable name for it.
const IN_PROGRESS: i32 = 115;

/// Why a connection was not made. Of one that the system gave up while it was still in progress, some
/// say only that it is in progress, which helps nobody.
fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    let in_progress = error.raw_os_error() == Some(IN_PROGRESS);
    if in_progress || [TimedOut, WouldBlock].contains(&error.kind()) {
        return "nobody answered in time".to_owned();
    }
    error.to_string()
}

/// Sends one request. After anything but an answer that fits, or an exception, the connection is
/// gone: nothing that comes late can be taken for something else.
async fn send(
    connection: &mut Option<Context>,
    unit: u8,
    request: &Request,
    timeout: Duration,
) -> Result<Reply, Failure> {
    let Some(mut context) = connection.take() else {
        return Err(Failure::Disconnected("the line is not connected".to_owned()));
    };
    context.set_slave(Slave(unit));
    let result = match within(timeout, context.call(convert::request(request))).await {
        Err(_) => Err(Failure::Timeout),
        Ok(answer) => convert::answer(answer, request),
    };
    if result.as_ref().err().is_none_or(Failure::leaves_line_sound) {
        *connection = Some(context);
    }
    result
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_connection_that_timed_out_is_told_in_words() {
        for late in [
            Error::from_raw_os_error(IN_PROGRESS),
            ErrorKind::TimedOut.into(),
            ErrorKind::WouldBlock.into(),
        ] {
            assert_eq!(reason(&late), "nobody answered in time");
        }
        let refused: Error = ErrorKind::ConnectionRefused.into();
        assert_eq!(reason(&refused), refused.to_string());
    }
}
