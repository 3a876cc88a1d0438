//! Credentials for media relays ([MS-AVEDGEA]): the settings that name the service which gives
//! them, what it is asked, and what it answers. Documents in, values out, and back for whoever
//! plays the service.

mod markup;
mod provisioning;
mod request;
mod response;

pub use markup::Malformed;
pub use provisioning::Settings;
pub use request::{CredentialsRequest, Location};
pub use response::{Credentials, CredentialsResponse, MediaRelay};

/// What a request and its answer call themselves in Content-Type.
pub const CONTENT_TYPE: &str = "application/msrtc-media-relay-auth+xml";
/// The namespace of both.
const NAMESPACE: &str = "http://schemas.microsoft.com/2006/09/sip/mrasp";
