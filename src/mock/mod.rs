//! The mock deployment: real servers on loopback and free ports, as a fixture describes
//! them, with states, variants and faults.
//!
//! A fixture is a folder: `environment.yaml` (what a live user writes), `deployment.yaml`
//! (what the mock serves), `inventory.yaml` (what the cmdlets answer, where checks need it),
//! `states/` (patches that tell how far a migration is) and `variants/` (patches that break
//! one thing in a state). [`Fixture::resolve`] lays them
//! over one another, [`Mock::start`] serves the result, and [`Mock::networks`] tells how
//! it is reached. It knows nothing of checks, and probes know nothing of it.

mod budget;
mod certificates;
mod consistency;
mod deployment;
mod dns;
mod export;
mod fixture;
mod listener;
mod notation;
mod overlay;
mod pss;
mod render;
mod running;
mod services;
mod shell;
mod slow;
mod tls;

pub use certificates::CertificateError;
pub use deployment::{
    Authority, Certificate, ClientCertificate, Deployment, DnsFault, DnsFaultKind, DnsView, Fault, FaultKind, Host,
    HttpAnswer, HttpServer, Key, Port, Purpose, Records, Scheme, Signature, Signatures, SipAnswer, SipServer,
    TlsVersion, TurnAnswer, TurnServer, User, WebServices,
};
pub use dns::NameError;
pub use export::{
    BaselineFile, CopyFile, Encoding, Export, ExportError, Form, InventoryFile, ManifestKey, OtherFile, PartFile,
    RoleFile, WrongHash,
};
pub use fixture::{Fixture, Resolved, State, Variant};
pub use notation::{Address, CertificateName, PortKey, Srv, Transport};
pub use overlay::overlay;
pub use render::Document;
pub use running::{Mock, MockError};
