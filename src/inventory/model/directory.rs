//! The directory as LDAP sees it.
//!
//! Attributes: Active Directory's schema for the product. The names are the cmdlets' where
//! they have one for the same thing.

use super::{DatasetRow, FieldRow, Kind, NAMES, Sees, TEXTS, dataset, field};

const OBJECT: &[FieldRow] = &[
    field("Identity", Kind::Dn, "The distinguished name.").also(&["DistinguishedName"]).attribute("distinguishedName"),
    field("Guid", Kind::Guid, "The object's GUID.").also(&["ObjectGuid"]).attribute("objectGUID"),
    field("ObjectClass", NAMES, "Its classes.").attribute("objectClass"),
];

pub(super) const TABLE: &[DatasetRow] = &[
    dataset(
        "directory_objects",
        "directory object",
        &["ldap (|(msRTCSIP-PrimaryUserAddress=*)(msRTCSIP-PrimaryHomeServer=*)(msRTCSIP-TargetHomeServer=*))"],
        "Every object with a SIP address or a home server, in every domain and the Configuration partition.",
    )
    .sees(Sees::Domain)
    .identity(&["Identity", "Guid"])
    .pool("RegistrarPool")
    .fields(&[
        OBJECT,
        &[
            field("SipAddress", Kind::Sip, "The SIP address.").attribute("msRTCSIP-PrimaryUserAddress"),
            field("Enabled", Kind::Bool, "Whether it is enabled; none: never was.").attribute("msRTCSIP-UserEnabled"),
            field("RegistrarPool", Kind::Pool, "The pool that its home server belongs to."),
            field("HomeServer", Kind::Dn, "Its home server.").attribute("msRTCSIP-PrimaryHomeServer"),
            field("TargetServerIfMoving", Kind::Dn, "The home server of a move in progress.")
                .attribute("msRTCSIP-TargetHomeServer"),
            field("OwnerUrn", Kind::Name, "What a contact belongs to: `urn:application:Caa`.")
                .attribute("msRTCSIP-OwnerUrn"),
            field("HostingProvider", Kind::Name, "`SRV:` on premises, else the provider's name.")
                .attribute("msRTCSIP-DeploymentLocator"),
            field("LineURI", Kind::Name, "The telephone number.").attribute("msRTCSIP-Line"),
            field("DisplayName", Kind::Text, "The name that others see.").attribute("displayName"),
            field("UserPrincipalName", Kind::Name, "The user principal name.").attribute("userPrincipalName"),
            field("OriginatorSid", Kind::Sid, "The account of another forest.").attribute("msRTCSIP-OriginatorSid"),
            field("UserPolicies", TEXTS, "Policy assignments: `7=5`, type number and anchor.")
                .attribute("msRTCSIP-UserPolicies"),
            field(
                "OptionFlags",
                Kind::Int,
                "Bits: 1 public IM, 16 remote call control, 128 Enterprise Voice, 256 enhanced presence.",
            )
            .attribute("msRTCSIP-OptionFlags"),
            field("ArchivingEnabled", Kind::Int, "Bits 4 and 8.").attribute("msRTCSIP-ArchivingEnabled"),
            field("WhenChanged", Kind::Time, "When it was last changed.").attribute("whenChanged"),
        ],
    ]),
    dataset(
        "directory_pools",
        "directory pool",
        &["ldap (objectClass=msRTCSIP-Pool)"],
        "Pools known to the directory: Front Ends, Directors, branch appliances.",
    )
    .identity(&["Fqdn", "Identity"])
    .pool("Fqdn")
    .fields(&[
        OBJECT,
        &[
            field("Fqdn", Kind::Pool, "The pool's name.").attribute("dNSHostName"),
            field("ClusterId", Kind::Name, "Site and number, `1:2`; a name with older pools.").attribute("cn"),
            field("PoolDisplayName", Kind::Text, "Its display name.").attribute("msRTCSIP-PoolDisplayName"),
            field("PoolType", Kind::Int, "5: Standard Edition, 10: Enterprise Edition.").attribute("msRTCSIP-PoolType"),
            field("PoolVersion", Kind::Text, "Its version.").attribute("msRTCSIP-PoolVersion"),
            field("BackEndServer", Kind::Name, "Its SQL instance.").attribute("msRTCSIP-BackEndServer"),
            field("MirrorBackEndServer", Kind::Name, "The mirror of its SQL instance.")
                .attribute("msRTCSIP-MirrorBackEndServer"),
        ],
    ]),
    dataset(
        "directory_domains",
        "directory domain",
        &["ldap (&(objectClass=crossRef)(nETBIOSName=*))"],
        "The domains of the forest: each must have been read.",
    )
    .identity(&["DnsRoot", "NCName"])
    .fields(&[&[
        field("DnsRoot", Kind::Name, "The domain's DNS name.").attribute("dnsRoot"),
        field("NCName", Kind::Dn, "The domain's distinguished name.").attribute("nCName"),
        field("NetBIOSName", Kind::Name, "The domain's short name.").attribute("nETBIOSName"),
    ]]),
    dataset(
        "directory_trusted_servers",
        "directory trusted server",
        &["ldap (objectClass=msRTCSIP-TrustedServer)"],
        "Servers that the directory trusts: none may be left of a removed pool.",
    )
    .identity(&["Fqdn", "Identity"])
    .fields(&[OBJECT, &[field("Fqdn", Kind::Name, "The server.").attribute("msRTCSIP-TrustedServerFQDN")]]),
    dataset(
        "directory_trusted_services",
        "directory trusted service",
        &["ldap (objectClass=msRTCSIP-TrustedService)"],
        "Services that the directory trusts.",
    )
    .identity(&["Identity"])
    .fields(&[
        OBJECT,
        &[
            field("Fqdn", Kind::Name, "The server.").attribute("msRTCSIP-TrustedServerFQDN"),
            field("Port", Kind::Int, "Its port.").attribute("msRTCSIP-TrustedServicePort"),
            field("ServiceType", Kind::Text, "What it is.").attribute("msRTCSIP-TrustedServiceType"),
            field("RoutingPool", Kind::Dn, "The pool's entry.").attribute("msRTCSIP-RoutingPoolDN"),
        ],
    ]),
    dataset(
        "directory_edges",
        "directory edge",
        &["ldap (objectClass=msRTCSIP-EdgeProxy)"],
        "Edge proxies known to the directory.",
    )
    .identity(&["Fqdn", "Identity"])
    .fields(&[OBJECT, &[field("Fqdn", Kind::Name, "The Edge.").attribute("msRTCSIP-EdgeProxyFQDN")]]),
    dataset(
        "directory_settings",
        "directory topology setting",
        &["ldap (objectClass=msRTCSIP-GlobalTopologySetting)"],
        "The service control point of the configuration store.",
    )
    .identity(&["Identity"])
    .fields(&[
        OBJECT,
        &[field("BackEndServer", Kind::Name, "The SQL instance that it names.")
            .attribute("msRTCSIP-BackEndServer")
            .unconfirmed()],
    ]),
];
