//! A registrar that a test plays, up to the credential and beyond it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poolproof::accounts::Accounts;
use poolproof::protocol::ntlm::{Authenticate, Challenge as Ntlm, Flags, TargetInfo};
use poolproof::protocol::sip::{Association, Challenge, Decoder, Limits, Message, Side, SignatureVersion};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::accounts::People;
use super::world::World;

const REALM: &str = "SIP Communications Service";
const FRONT_END: &str = "fe11.contoso.test";
pub const SIP: &str = "sip:probe1@contoso.com";

/// An account that signs in whatever the certificate is worth: this registrar's is its own.
fn people() -> People {
    People::of(&[[SIP, "CONTOSO\\probe1", "Pa$$word", "any_certificate: true"]], Accounts::of_this_run("test"))
}

/// A client's connection, from the registrar's side.
pub struct Client {
    stream: TlsStream<TcpStream>,
    decoder: Decoder,
}

impl Client {
    async fn accept(acceptor: &TlsAcceptor, stream: TcpStream) -> Self {
        let stream = acceptor.accept(stream).await.expect("a handshake");
        Self { stream, decoder: Decoder::new(Limits::default()) }
    }

    /// The next message; none once the client has closed.
    pub async fn hear(&mut self) -> Option<Message> {
        hear(&mut self.stream, &mut self.decoder).await
    }

    /// The next message, while these bytes are said again and again, with a pause after each time.
    pub async fn hear_while_saying(&mut self, bytes: &[u8], pause: Duration) -> Option<Message> {
        let (mut reader, mut writer) = tokio::io::split(&mut self.stream);
        let talk = async {
            while writer.write_all(bytes).await.is_ok() && writer.flush().await.is_ok() {
                tokio::time::sleep(pause).await;
            }
            // What the client had said before it closed is still to be heard.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            message = hear(&mut reader, &mut self.decoder) => message,
            () = talk => None,
        }
    }

    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    pub async fn say(&mut self, message: &Message) {
        self.say_bytes(&message.encode()).await;
    }

    /// Up to the credential: it, and what the registrar signs by from now on.
    pub async fn credential(&mut self) -> Option<(Message, Association)> {
        let offer = format!(r#"NTLM realm="{REALM}", targetname="{FRONT_END}", version=4"#);
        let first = self.hear().await?;
        self.unauthorized(&first, &offer).await;
        let asking = self.hear().await?;
        let info = TargetInfo::of("CONTOSO", "FE11", 0);
        let challenge = Ntlm { flags: Flags::OFFERED, nonce: [7; 8], target: "CONTOSO".to_owned(), info };
        let data = STANDARD.encode(challenge.write());
        self.unauthorized(&asking, &format!("{offer}, opaque=\"0A1B\", gssapi-data=\"{data}\"")).await;
        let credential = self.hear().await?;
        let value = credential.headers.first("authorization").expect("a credential").into_owned();
        let data = Challenge::read(&value).and_then(|read| read.gssapi_data).expect("gssapi-data");
        let answer = Authenticate::read(&STANDARD.decode(data).expect("Base64")).expect("NTLM");
        let keys = answer.verify(&challenge, &answer.credentials.key("Pa$$word")).expect("the password");
        let names = [REALM, FRONT_END, "0A1B"];
        let mut association = Association::new(Side::Server, names, SignatureVersion::Three, keys);
        association.verify(&credential).expect("signed");
        Some((credential, association))
    }

    async fn unauthorized(&mut self, request: &Message, field: &str) {
        let mut reply = Message::reply(request, 401, "Unauthorized");
        reply.headers.push("WWW-Authenticate", field);
        self.say(&reply).await;
    }
}

async fn hear(stream: &mut (impl AsyncRead + Unpin), decoder: &mut Decoder) -> Option<Message> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(message) = decoder.message().expect("a message") {
            return Some(message);
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => decoder.push(&buffer[..count]),
        }
    }
}

/// A world in which a registrar deals with each client so.
pub async fn registrar<F>(deal: impl Fn(Client) -> F + Clone + Send + Sync + 'static) -> World
where
    F: Future<Output = ()> + Send + 'static,
{
    let acceptor = acceptor();
    World::new()
        .listen("10.0.0.1:5061", move |stream| {
            let (acceptor, deal) = (acceptor.clone(), deal.clone());
            async move { deal(Client::accept(&acceptor, stream).await).await }
        })
        .await
        .signing_in(people(), SIP)
}

pub fn ok(request: &Message, association: &mut Association) -> Message {
    let mut reply = Message::reply(request, 200, "OK");
    association.sign(&mut reply, 1).expect("signed");
    reply
}

/// A server with a certificate that nobody knows.
pub fn acceptor() -> TlsAcceptor {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["pool01.contoso.test".to_owned()]).expect("parameters");
    let own = params.self_signed(&key).expect("a certificate").der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a certificate with its key");
    TlsAcceptor::from(Arc::new(config))
}
