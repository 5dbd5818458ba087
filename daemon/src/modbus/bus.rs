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
    let made = async {
        match port {
            Port::Tcp(address) => tcp::connect(address).await,
            Port::RtuOverTcp(address) => rtu::connect_tcp(address).await,
            Port::Serial { path, baud } => rtu::connect_serial(path, *baud).await,
        }
    };
    match within(timeout, made).await {
        Ok(Ok(context)) => Ok(context),
        Ok(Err(error)) => Err(format!("cannot connect: {error}")),
        Err(_) => Err(format!("cannot connect within {} ms", timeout.as_millis())),
    }
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
