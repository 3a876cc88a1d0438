# What every script of Poolproof's has in common: the product's module, plain values as
# JSON, and lines on standard output. Windows PowerShell 5.1; ASCII only.

$ErrorActionPreference = 'Stop'
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'

# Numbers and dates are written the same way on a German Windows as on any other.
$script:Invariant = [System.Globalization.CultureInfo]::InvariantCulture
[System.Threading.Thread]::CurrentThread.CurrentCulture = $script:Invariant

# UTF-8 without a byte order mark.
$script:Utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false

# What JSON wants escaped: quotes, backslashes, control characters.
$script:Special = [char[]] @(34, 92, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)

# Bookkeeping of objects, and of remote sessions, that says nothing of the deployment.
$script:Hidden = @{
    Anchor = 1; Element = 1; XsAnyElements = 1; XsAnyAttributes = 1; ScopeClass = 1
    PSComputerName = 1; RunspaceId = 1; PSShowComputerName = 1
}

# A text as JSON.
function ConvertTo-Text {
    param([string] $Text)
    if ($Text.IndexOfAny($script:Special) -ge 0) {
        $Text = $Text.Replace('\', '\\').Replace('"', '\"')
        $Text = [regex]::Replace($Text, '[\x00-\x1f]', {
                param($Found)
                '\u' + ([int][char] $Found.Value).ToString('x4', $script:Invariant)
            })
    }
    '"' + $Text + '"'
}

# Any value as JSON. Enumerations are their names, dates ISO 8601 in UTC, references and
# whatever else has no JSON of its own their text. Objects are taken apart where Deep says
# so, to a bounded depth.
function ConvertTo-Plain {
    param($Value, [bool] $Deep, [int] $Depth)
    if ($null -eq $Value) { return 'null' }
    $base = $Value.PSObject.BaseObject
    if ($base -is [string]) { return ConvertTo-Text -Text $base }
    if ($base -is [bool]) { if ($base) { return 'true' } else { return 'false' } }
    if ($base -is [System.Enum] -or $base -is [char]) { return ConvertTo-Text -Text $base.ToString() }
    if ($base -is [int] -or $base -is [long] -or $base -is [uint32] -or $base -is [uint64] -or
        $base -is [byte] -or $base -is [sbyte] -or $base -is [int16] -or $base -is [uint16] -or $base -is [decimal]) {
        return $base.ToString($script:Invariant)
    }
    if ($base -is [double] -or $base -is [single]) {
        if ([double]::IsNaN($base) -or [double]::IsInfinity($base)) {
            return ConvertTo-Text -Text $base.ToString($script:Invariant)
        }
        return $base.ToString('R', $script:Invariant)
    }
    if ($base -is [datetime]) {
        return '"' + $base.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $script:Invariant) + '"'
    }
    if ($base -is [System.DateTimeOffset]) {
        return '"' + $base.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $script:Invariant) + '"'
    }
    if ($base -is [timespan]) { return '"' + $base.ToString('c', $script:Invariant) + '"' }
    if ($base -is [System.Management.Automation.SwitchParameter]) {
        if ($base.IsPresent) { return 'true' } else { return 'false' }
    }
    if ($base -is [System.Xml.XmlNode]) { return ConvertTo-Text -Text $base.OuterXml }
    if ($base -is [byte[]]) { return '"' + [System.Convert]::ToBase64String($base) + '"' }
    if ($base -is [System.Collections.IDictionary]) {
        if ($Depth -ge 6) { return ConvertTo-Text -Text $base.ToString() }
        $parts = New-Object -TypeName System.Collections.ArrayList
        foreach ($key in $base.Keys) {
            $part = (ConvertTo-Text -Text ([string] $key)) + ':' + (ConvertTo-Plain -Value $base[$key] -Deep $Deep -Depth ($Depth + 1))
            [void] $parts.Add($part)
        }
        return '{' + [string]::Join(',', $parts.ToArray()) + '}'
    }
    if ($base -is [System.Collections.IEnumerable]) {
        if ($Depth -ge 6) { return ConvertTo-Text -Text $base.ToString() }
        $parts = New-Object -TypeName System.Collections.ArrayList
        foreach ($item in $base) {
            [void] $parts.Add((ConvertTo-Plain -Value $item -Deep $Deep -Depth ($Depth + 1)))
        }
        return '[' + [string]::Join(',', $parts.ToArray()) + ']'
    }
    if (-not $Deep -or $Depth -ge 4) {
        # A policy or a pool: it prints as its name, and has it as a property.
        $friendly = $Value.PSObject.Properties['FriendlyName']
        if ($null -ne $friendly -and $null -ne $friendly.Value) { return ConvertTo-Text -Text ([string] $friendly.Value) }
        return ConvertTo-Text -Text ([string] $Value)
    }
    $parts = New-Object -TypeName System.Collections.ArrayList
    foreach ($property in $Value.PSObject.Properties) {
        if ($script:Hidden.ContainsKey($property.Name)) { continue }
        try { $inner = $property.Value } catch { continue }
        $part = (ConvertTo-Text -Text $property.Name) + ':' + (ConvertTo-Plain -Value $inner -Deep $Deep -Depth ($Depth + 1))
        [void] $parts.Add($part)
    }
    # A number, a version, an identity: a type whose properties say less than its text.
    if ($parts.Count -eq 0 -or $base -is [System.ValueType] -or $base -is [version] -or $base -is [uri]) {
        return ConvertTo-Text -Text ([string] $Value)
    }
    '{' + [string]::Join(',', $parts.ToArray()) + '}'
}

# One record as a line of JSON: the named properties that it has, all of them where no name
# is given. What it does not have is left out, since unknown is not null; a property that
# can't be read is reported and left out too.
function ConvertTo-Record {
    param($Item, [string[]] $Names, [hashtable] $Deep, [bool] $DeepAll)
    $base = $Item.PSObject.BaseObject
    if ($base -is [string] -or $base -is [System.ValueType]) {
        return '{"Value":' + (ConvertTo-Plain -Value $Item -Deep $false -Depth 1) + '}'
    }
    $properties = $Item.PSObject.Properties
    if ($Names.Count -eq 0) {
        $Names = @(foreach ($property in $properties) { if (-not $script:Hidden.ContainsKey($property.Name)) { $property.Name } })
    }
    $parts = New-Object -TypeName System.Collections.ArrayList
    foreach ($name in $Names) {
        $property = $properties[$name]
        if ($null -eq $property) { continue }
        try { $value = $property.Value } catch {
            Add-Complaint -Text ('property ' + $name + ' cannot be read: ' + $_.Exception.Message)
            continue
        }
        # Most properties are one of these; a call of a function costs more than all of it.
        if ($null -eq $value) { $json = 'null' }
        elseif ($value -is [string] -and $value.IndexOfAny($script:Special) -lt 0) { $json = '"' + $value + '"' }
        else { $json = ConvertTo-Plain -Value $value -Deep ($DeepAll -or $Deep.ContainsKey($name)) -Depth 1 }
        [void] $parts.Add('"' + $property.Name + '":' + $json)
    }
    '{' + [string]::Join(',', $parts.ToArray()) + '}'
}

# What went wrong with the call at hand: the first hundred, and how many more.
function Clear-Complaints {
    $script:Complaints = New-Object -TypeName System.Collections.ArrayList
    $script:Warnings = New-Object -TypeName System.Collections.ArrayList
    $script:Unlisted = 0
}

function Add-Complaint {
    param([string] $Text)
    if ($script:Complaints.Count -ge 100) { $script:Unlisted++ }
    else { [void] $script:Complaints.Add($Text) }
}

function Get-Complaints {
    $all = New-Object -TypeName System.Collections.ArrayList
    $all.AddRange($script:Complaints)
    if ($script:Unlisted -gt 0) { [void] $all.Add('and ' + $script:Unlisted.ToString($script:Invariant) + ' more') }
    , $all.ToArray()
}

# An error record as one text.
function ConvertTo-Complaint {
    param($Record)
    $id = [string] $Record.FullyQualifiedErrorId
    $text = [string] $Record.Exception.Message
    if ($id) { $text = $text + ' [' + $id + ']' }
    $text
}

# Runs one listed call and hands each record that comes to Each. Errors and warnings are
# kept apart from records, whether they end the call or not.
function Invoke-Call {
    param([scriptblock] $Block, [hashtable] $With, [scriptblock] $Each)
    $ErrorActionPreference = 'Continue'
    $WarningPreference = 'Continue'
    $ProgressPreference = 'SilentlyContinue'
    try {
        & $Block $With 2>&1 3>&1 | ForEach-Object -Process {
            if ($_ -is [System.Management.Automation.ErrorRecord]) {
                Add-Complaint -Text (ConvertTo-Complaint -Record $_)
            }
            elseif ($_ -is [System.Management.Automation.WarningRecord]) {
                if ($script:Warnings.Count -lt 100) { [void] $script:Warnings.Add([string] $_.Message) }
            }
            elseif ($_ -is [array]) {
                foreach ($one in $_) { if ($null -ne $one) { & $Each $one } }
            }
            elseif ($null -ne $_) {
                & $Each $_
            }
        }
    }
    catch {
        Add-Complaint -Text (ConvertTo-Complaint -Record $_)
    }
}

# The parameters that the cmdlet of this version knows, and whether it is there at all.
function Select-Parameters {
    param([string] $Cmdlet, [hashtable] $With)
    $known = Get-Command -Name $Cmdlet -ErrorAction SilentlyContinue
    if ($null -eq $known) { return $null }
    $fitting = @{}
    foreach ($name in $With.Keys) {
        if ($null -eq $known.Parameters -or $known.Parameters.ContainsKey($name)) { $fitting[$name] = $With[$name] }
    }
    $fitting
}

# Loads the product's module, unless its cmdlets are there already; says which it was.
function Import-Product {
    foreach ($name in 'SkypeForBusiness', 'Lync') {
        $module = Get-Module -Name $name
        if ($null -eq $module -and $null -ne (Get-Module -Name $name -ListAvailable)) {
            $module = Import-Module -Name $name -PassThru -WarningAction SilentlyContinue
        }
        if ($null -ne $module) { return $name + ' ' + [string] $module.Version }
    }
    if ($null -ne (Get-Command -Name Get-CsUser -ErrorAction SilentlyContinue)) { return 'a session that was there before' }
    throw 'neither the module SkypeForBusiness nor the module Lync is installed here'
}

# Standard output is written as bytes: no code page, no line breaks at the console's width.
function Open-Output {
    param([string] $Marker)
    $script:Marker = $Marker
    $script:Output = [System.Console]::OpenStandardOutput()
}

function Send-Line {
    param([string] $Line)
    $bytes = $script:Utf8.GetBytes($Line + "`n")
    $script:Output.Write($bytes, 0, $bytes.Length)
}

# A marker line. It begins a line of its own, whatever was written before it.
function Send-Mark {
    param([string] $Word, $Data)
    Send-Line -Line ("`n@poolproof:" + $script:Marker + ':' + $Word + ' ' + (ConvertTo-Plain -Value $Data -Deep $true -Depth 0))
    $script:Output.Flush()
}
