//! `ldap:` among the inventory's sources in the environment file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::SecretReference;
use crate::values::{Dn, Duration, Fqdn, HostPort};
use crate::yaml::Spanned;

/// The directory, read over LDAP.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LdapSource {
    /// Domain controllers, one for each domain of the forest that holds users. The
    /// Configuration partition is read from the first.
    #[schemars(length(min = 1, max = 64))]
    pub servers: Vec<DirectoryServer>,
    /// Who signs in, where a server says nothing else. An account that can read, and no more.
    pub account: DirectoryAccount,
    /// The Configuration partition; what the first server says of itself if absent.
    pub configuration: Option<Spanned<Dn>>,
    /// The container of the product; `CN=RTC Service,CN=Services` of the Configuration
    /// partition if absent. Older forests may have it below `CN=System` of the root domain.
    pub rtc_service: Option<Spanned<Dn>>,
    /// Objects asked for at once; 1000 if absent, which is what domain controllers allow.
    #[schemars(range(min = 1, max = 5_000))]
    pub page_size: Option<u16>,
    /// How long a connection, a sign-in and each page may take; 60s if absent.
    pub timeout: Option<Duration>,
    /// How long one domain may take; 30m if absent.
    pub within: Option<Duration>,
}

/// A domain controller, and the domain that is read from it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryServer {
    /// Its name, which its certificate must be for.
    pub host: Spanned<Fqdn>,
    /// Its port; 636, or 389 with `tls: start-tls`, if absent.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// How the connection is encrypted. There is no way without.
    #[serde(default)]
    pub tls: Encryption,
    /// The domain, as `DC=contoso,DC=com`; what the server says of itself if absent.
    pub domain: Option<Spanned<Dn>>,
    /// The name or SIP address of an object of this domain that is enabled for the product.
    /// Finding it proves that the account may read here: what finds nothing proves nothing.
    pub known: Option<Spanned<String>>,
    /// Who signs in here.
    pub account: Option<DirectoryAccount>,
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// From the first byte.
    #[default]
    Ldaps,
    /// After the server has agreed to it.
    StartTls,
}

/// An account of the directory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryAccount {
    /// `reader@contoso.com`, `CONTOSO\reader` or a distinguished name.
    pub user: String,
    /// Where its password is read from.
    pub password: Spanned<SecretReference>,
}

impl LdapSource {
    /// Objects asked for at once.
    #[must_use]
    pub fn page_size(&self) -> u16 {
        self.page_size.unwrap_or(1000).max(1)
    }

    /// How long a connection, a sign-in and each page may take.
    #[must_use]
    pub fn timeout(&self) -> std::time::Duration {
        self.timeout.map_or(std::time::Duration::from_mins(1), |timeout| timeout.0)
    }

    /// How long one domain may take.
    #[must_use]
    pub fn within(&self) -> std::time::Duration {
        self.within.map_or(std::time::Duration::from_mins(30), |within| within.0)
    }

    /// Who signs in at a server.
    #[must_use]
    pub fn account<'a>(&'a self, server: &'a DirectoryServer) -> &'a DirectoryAccount {
        server.account.as_ref().unwrap_or(&self.account)
    }
}

impl DirectoryServer {
    /// Where it is.
    #[must_use]
    pub fn target(&self) -> HostPort {
        let port = self.port.unwrap_or(match self.tls {
            Encryption::Ldaps => 636,
            Encryption::StartTls => 389,
        });
        HostPort::new(self.host.value.as_str(), port)
    }
}
