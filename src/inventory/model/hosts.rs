//! What only the host itself shows.

use super::{Choice, DatasetRow, FieldRow, Kind, NAMES, Sees, TEXTS, dataset, field};

/// .NET's `ServiceControllerStatus`.
const SERVICE_STATES: Choice = Choice {
    words: &[
        ("Stopped", Some(1)),
        ("StartPending", Some(2)),
        ("StopPending", Some(3)),
        ("Running", Some(4)),
        ("ContinuePending", Some(5)),
        ("PausePending", Some(6)),
        ("Paused", Some(7)),
    ],
    closed: false,
};

/// .NET's `EventLogEntryType`, and the words of the newer log.
const LEVELS: Choice =
    Choice { words: &[("Error", Some(1)), ("Warning", Some(2)), ("Information", Some(4))], closed: false };

/// The host that was asked: filled from the part where a record doesn't say.
const HOST: FieldRow = field("Host", Kind::Name, "The host.").also(&["ComputerName", "MachineName", "PSComputerName"]);

pub(super) const TABLE: &[DatasetRow] = &[
    dataset("certificates", "certificate", &["Get-CsCertificate"], "Assigned certificates, host by host.")
        .sees(Sees::Host)
        .together(&["Host", "Use", "Thumbprint"])
        .fields(&[&[
            HOST,
            field("Use", TEXTS, "What it is assigned to: `Default`, `WebServicesExternal`, …"),
            field("Thumbprint", Kind::Name, "Its SHA-1 fingerprint."),
            field("Subject", Kind::Dn, "Its subject."),
            field("Issuer", Kind::Dn, "Its issuer."),
            field("SerialNumber", Kind::Name, "Its serial number.").unconfirmed(),
            field("AlternativeNames", NAMES, "Its names."),
            field("NotBefore", Kind::Time, "When it begins to be valid."),
            field("NotAfter", Kind::Time, "When it ceases to be valid."),
            field("EffectiveDate", Kind::Time, "When it begins to be used.").unconfirmed(),
        ]]),
    dataset(
        "windows_services",
        "Windows service",
        &["Get-CsWindowsService"],
        "Windows services of the product, host by host.",
    )
    .sees(Sees::Host)
    .together(&["Host", "Name"])
    .fields(&[&[
        HOST,
        field("Name", Kind::Name, "Its name: `RTCSRV`."),
        field("DisplayName", Kind::Text, "The name that people see."),
        field("Status", Kind::Choice(&SERVICE_STATES), "`Running`, `Stopped`, …"),
        field("RoleName", TEXTS, "The roles that it serves."),
        field("ActivityLevel", Kind::Any, "What it still has to do: where draining ends.").unconfirmed(),
    ]]),
    dataset("events", "event", &["Get-WinEvent -LogName 'Lync Server'"], "Events of the product's log, host by host.")
        .sees(Sees::Host)
        .together(&["Host", "RecordId"])
        .fields(&[&[
            HOST,
            field("Id", Kind::Int, "Its number: `30024`.").also(&["EventID", "InstanceId"]),
            field("RecordId", Kind::Int, "Its place in the log.").also(&["Index"]),
            field("ProviderName", Kind::Text, "What wrote it.").also(&["Source"]),
            field("Level", Kind::Choice(&LEVELS), "How bad it is.").also(&["EntryType", "LevelDisplayName"]),
            field("TimeCreated", Kind::Time, "When it was written.").also(&["TimeGenerated"]),
            field("Message", Kind::Text, "What it says."),
        ]]),
    dataset("server_versions", "server version", &["Get-CsServerVersion"], "What is installed, host by host.")
        .sees(Sees::Host)
        .identity(&["Host"])
        .fields(&[&[
            HOST,
            field("ServerVersion", Kind::Text, "`Skype for Business Server 2019 (7.0.2046.0): …`.")
                .also(&["Value", "Version"])
                .unconfirmed(),
        ]]),
    dataset(
        "patch_levels",
        "patch level",
        &["Get-CsServerPatchVersion"],
        "Installed components and their patches, host by host.",
    )
    .sees(Sees::Host)
    .together(&["Host", "ComponentName"])
    .fields(&[&[
        HOST,
        field("ComponentName", Kind::Text, "`Skype for Business Server 2019, Core Components`."),
        field("Version", Kind::Version, "Its version."),
    ]]),
];
