//! A proxy between the service and its database, which cuts connections.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// What a proxy does with what a client says to its server.
#[derive(PartialEq)]
pub(super) enum Passing {
    On,
    /// The connection ends, and the server does not hear it.
    CutBefore,
    /// The server hears it, and its answer is lost.
    CutAfter,
}

/// Stands between a client and the server of `database_url`; the address that leads through it.
pub(super) fn proxy(database_url: &str, passes: impl Fn(&[u8]) -> Passing + Send + Sync + 'static) -> String {
    rewriting(database_url, passes, |_| {})
}

/// The same; `rewrite` may change what the server says.
pub(super) fn rewriting(
    database_url: &str,
    passes: impl Fn(&[u8]) -> Passing + Send + Sync + 'static,
    rewrite: impl Fn(&mut [u8]) + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = database_url.split(['@', '/']).nth(3).unwrap().to_owned();
    let url = database_url.replace(&address, &format!("127.0.0.1:{port}"));
    let (passes, rewrite) = (Arc::new(passes), Arc::new(rewrite));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&address).unwrap());
            let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let rewrite = rewrite.clone();
            thread::spawn(move || {
                let mut said = [0; 65_536];
                while let Ok(n @ 1..) = answers.read(&mut said) {
                    rewrite(&mut said[..n]);
                    if back.write_all(&said[..n]).is_err() {
                        break;
                    }
                }
                let _ = back.shutdown(Shutdown::Both);
            });
            let passes = passes.clone();
            thread::spawn(move || relay(client, server, &*passes));
        }
    });
    url
}

fn relay(mut client: TcpStream, mut server: TcpStream, passes: &dyn Fn(&[u8]) -> Passing) {
    let mut said = [0; 65_536];
    while let Ok(n @ 1..) = client.read(&mut said) {
        let passing = passes(&said[..n]);
        if passing != Passing::On {
            let _ = client.shutdown(Shutdown::Both);
        }
        if passing != Passing::CutBefore && server.write_all(&said[..n]).is_err() {
            break;
        }
        if passing != Passing::On {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}
