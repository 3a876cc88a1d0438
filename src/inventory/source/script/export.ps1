<#
.SYNOPSIS
Makes an export of a Skype for Business deployment that Poolproof reads. It only reads.

.DESCRIPTION
Run it in Windows PowerShell 5.1 on a machine with the product's management tools. For each
dataset it writes <name>.jsonl, one JSON object a line, and beside it <name>.manifest.json,
which says who asked whom, when, and what went wrong.

Run again, it keeps the parts that are whole and newer than KeepHours, and reads the others.
Certificates, Windows services, events and versions are seen on their host alone: run it on
each Front End and Edge Server with the same Path, or gather the files into one folder.

.PARAMETER Path
The folder to write to.
.PARAMETER Dataset
The datasets to read; all of the usual ones where none is named. Names that cost a call for
each user, such as effective_policies, are read only where they are named.
.PARAMETER DomainController
The domain controller that every call asks which can be told one. One and the same for all
calls avoids that a half-replicated change is seen by some.
.PARAMETER ComputerName
The hosts whose Windows services and events are read; this one where none is named.
.PARAMETER Pool
The pools to ask about one by one; those with a Registrar where none is named.
.PARAMETER Domain
The Active Directory domains to ask about one by one; this machine's where none is named.
.PARAMETER Environment
The name of the deployment, as Poolproof's environment file has it.
.PARAMETER Refresh
Reads the datasets anew, whatever is there already.
.PARAMETER KeepHours
How old a whole part may be to be kept.
.PARAMETER Request
Poolproof's own way to ask: one line of JSON. Everything then goes to standard output.
#>
param(
    [string] $Path = '.\poolproof-export',
    [string[]] $Dataset = @(),
    [string] $DomainController = '',
    [string[]] $ComputerName = @(),
    [string[]] $Pool = @(),
    [string[]] $Domain = @(),
    [string] $Environment = '',
    [switch] $Refresh,
    [int] $KeepHours = 12,
    [string] $Request = ''
)

# <<defaults>>

# <<common>>

# The calls: for each dataset what is called with which parameters, what one call sees,
# which properties are kept and which of those are taken apart.
$calls = @(
    # <<datasets>>
)

function Get-Now {
    [datetime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $script:Invariant)
}

# A line for whoever reads the log, beside the export or on its way to Poolproof.
function Write-Note {
    param([string] $Text)
    if ($script:ToLines) { Send-Mark -Word 'note' -Data @{ text = $Text } }
    else {
        $log = [System.IO.Path]::Combine($script:Folder, 'poolproof-export.log')
        [System.IO.File]::AppendAllText($log, (Get-Now) + ' ' + $Text + "`r`n", $script:Utf8)
    }
}

# Names that a shell splits in ways of its own: 'a,b' is two.
function Split-Names {
    param([string[]] $Names)
    , @(foreach ($name in $Names) { foreach ($one in $name.Split(',')) { if ($one.Trim()) { $one.Trim() } } })
}

# A part is written under a temporary name: what bears the real one is whole.
function Open-Part {
    param([string] $Name)
    $script:Count = [long] 0
    $script:Bytes = [long] 0
    $script:Sha = New-Object -TypeName System.Security.Cryptography.SHA256CryptoServiceProvider
    $script:Watch = [System.Diagnostics.Stopwatch]::StartNew()
    if ($script:ToLines) { $script:Sink = $script:Output }
    else {
        $script:Partial = [System.IO.Path]::Combine($script:Folder, $Name + '.jsonl.partial')
        $script:Sink = New-Object -TypeName System.IO.FileStream -ArgumentList @(
            $script:Partial, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write, [System.IO.FileShare]::Read, 65536)
    }
}

function Write-Part {
    param([string] $Line)
    $bytes = $script:Utf8.GetBytes($Line + "`n")
    [void] $script:Sha.TransformBlock($bytes, 0, $bytes.Length, $bytes, 0)
    $script:Sink.Write($bytes, 0, $bytes.Length)
    $script:Count++
    $script:Bytes += $bytes.Length
    if ($script:Watch.ElapsedMilliseconds -ge 2000) {
        $script:Watch.Restart()
        Show-Progress
    }
}

function Show-Progress {
    if ($script:ToLines) { Send-Mark -Word 'progress' -Data @{ dataset = $script:Current; count = $script:Count } }
    else {
        $status = $script:Current + ': ' + $script:Count.ToString($script:Invariant)
        Write-Progress -Activity 'Poolproof export' -Status $status -PercentComplete (100 * $script:Done / [System.Math]::Max(1, $script:Total))
    }
}

function Close-Part {
    param([string] $Name, [System.Collections.IDictionary] $Manifest)
    [void] $script:Sha.TransformFinalBlock(([byte[]] @()), 0, 0)
    $Manifest['count'] = $script:Count
    $complaints = Get-Complaints
    if ($complaints.Count -gt 0) { $Manifest['errors'] = $complaints }
    $Manifest['end'] = Get-Now
    $Manifest['bytes'] = $script:Bytes
    $Manifest['sha256'] = [System.BitConverter]::ToString($script:Sha.Hash).Replace('-', '').ToLowerInvariant()
    foreach ($text in $script:Warnings) { Write-Note -Text ($Name + ': warning: ' + $text) }
    if ($script:ToLines) { Send-Mark -Word 'end' -Data $Manifest }
    else {
        $script:Sink.Flush($true)
        $script:Sink.Dispose()
        $data = [System.IO.Path]::Combine($script:Folder, $Name + '.jsonl')
        $note = [System.IO.Path]::Combine($script:Folder, $Name + '.manifest.json')
        # The manifest is what makes a part whole: the old one goes first, the new one comes last.
        [System.IO.File]::Delete($note)
        [System.IO.File]::Delete($data)
        [System.IO.File]::Move($script:Partial, $data)
        [System.IO.File]::WriteAllText($note + '.partial', (ConvertTo-Plain -Value $Manifest -Deep $true -Depth 0) + "`n", $script:Utf8)
        [System.IO.File]::Move($note + '.partial', $note)
    }
}

# A part that was stopped keeps its temporary name, and has no manifest.
function Close-Broken {
    if (-not $script:ToLines) { $script:Sink.Dispose() }
}

# Whether a part is there already: whole, without errors, of the same call, and new enough.
function Test-Kept {
    param([string] $Name, [System.Collections.IDictionary] $Manifest)
    if ($script:ToLines -or $Refresh) { return $false }
    $data = [System.IO.Path]::Combine($script:Folder, $Name + '.jsonl')
    $note = [System.IO.Path]::Combine($script:Folder, $Name + '.manifest.json')
    if (-not [System.IO.File]::Exists($data) -or -not [System.IO.File]::Exists($note)) { return $false }
    try {
        $old = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($note))
        if ($null -ne $old.errors -or $null -eq $old.end) { return $false }
        foreach ($key in 'dataset', 'call', 'parameters', 'domain_controller', 'environment') {
            if ([string] $old.$key -ne [string] $Manifest[$key]) { return $false }
        }
        $length = (New-Object -TypeName System.IO.FileInfo -ArgumentList $data).Length
        if ([long] $old.bytes -ne $length) { return $false }
        $style = [System.Globalization.DateTimeStyles]::AdjustToUniversal -bor [System.Globalization.DateTimeStyles]::AssumeUniversal
        $end = [datetime]::Parse([string] $old.end, $script:Invariant, $style)
        return ([datetime]::UtcNow - $end).TotalHours -lt $KeepHours
    }
    catch { return $false }
}

# The account that asks, and the roles that limit what it sees. A local shell goes by the
# groups RTCUniversal..., which are not limited; a remote session by its RBAC roles.
function Get-Caller {
    param([string] $Product)
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $roles = New-Object -TypeName System.Collections.ArrayList
    if ($Product -notlike 'a session*') {
        foreach ($sid in $identity.Groups) {
            try { $group = $sid.Translate([System.Security.Principal.NTAccount]).Value } catch { continue }
            $short = $group.Split('\')[-1]
            if ($short -like 'RTCUniversal*') { [void] $roles.Add([ordered]@{ name = $short; scopes = @() }) }
        }
    }
    $known = $true
    $groups = $roles.Count
    try {
        $account = $identity.Name.Split('\')[-1]
        foreach ($role in @(Get-CsAdminRoleAssignment -Identity $account -WarningAction SilentlyContinue)) {
            $name = [string] $role
            if ($null -ne $role.PSObject.Properties['Identity']) { $name = [string] $role.Identity }
            $definition = Get-CsAdminRole -Identity $name -WarningAction SilentlyContinue
            $scopes = @(foreach ($scope in @($definition.ConfigScopes) + @($definition.UserScopes)) { if ($null -ne $scope) { [string] $scope } })
            # All of them, Global too: a role without any is one whose scopes were not shown.
            [void] $roles.Add([ordered]@{ name = $name; scopes = $scopes })
        }
    }
    catch {
        Write-Note -Text ('the RBAC roles of ' + $identity.Name + ' cannot be read: ' + $_.Exception.Message)
        # Some of the roles are not the roles: only a local shell's groups do without them.
        $known = $groups -gt 0
    }
    $caller = [ordered]@{ caller = $identity.Name }
    if ($known) { $caller['roles'] = $roles.ToArray() }
    $caller
}

# Whether a name is this machine's: a server outside of the domain knows only its first label.
function Test-Local {
    param([string] $Name)
    $Name.Split('.')[0] -eq [System.Environment]::MachineName
}

# One call about the deployment, or about one host, pool or domain of it.
function Export-Part {
    param([hashtable] $Entry, [string] $About)
    $script:Current = $Entry.Dataset
    Clear-Complaints
    $with = @{}
    foreach ($key in $Entry.With.Keys) { $with[$key] = $Entry.With[$key] }
    if ($Entry.Parameter -and $About -and -not ($Entry.Sees -eq 'host' -and (Test-Local -Name $About))) { $with[$Entry.Parameter] = $About }
    if ($DomainController) { $with['DomainController'] = $DomainController }
    $fitting = Select-Parameters -Cmdlet $Entry.Cmdlet -With $with
    if ($null -eq $fitting) { Add-Complaint -Text ('this shell knows no ' + $Entry.Cmdlet); $fitting = @{}; $missing = $true }
    else { $missing = $false }
    $name = $Entry.Part
    if ($About) { $name = $name + '@' + [regex]::Replace($About.ToLowerInvariant(), '[^a-z0-9._-]', '_') }

    $shown = @(foreach ($key in ($fitting.Keys | Sort-Object)) { '-' + $key + ' ' + (ConvertTo-Plain -Value $fitting[$key] -Deep $true -Depth 0) })
    $manifest = [ordered]@{ manifest = 1; dataset = $Entry.Dataset; call = $Entry.Cmdlet; parameters = [string]::Join(' ', $shown) }
    if ($Environment) { $manifest['environment'] = $Environment }
    foreach ($key in $script:Caller.Keys) { $manifest[$key] = $script:Caller[$key] }
    if ($fitting.ContainsKey('DomainController')) { $manifest['domain_controller'] = $DomainController }
    $manifest['machine'] = $script:Machine
    if ($About) { $manifest['about'] = $About }
    $manifest['version'] = $script:Product
    if (Test-Kept -Name $name -Manifest $manifest) { return }

    $manifest['start'] = Get-Now
    if ($script:ToLines) { Send-Mark -Word 'part' -Data $manifest }
    Open-Part -Name $name
    $whole = $false
    try {
        Show-Progress
        $write = {
            param($Item)
            Write-Part -Line (ConvertTo-Record -Item $Item -Names $Entry.Properties -Deep $Entry.Deep -DeepAll $false)
        }
        if ($Entry.Each -eq 'user' -and -not $missing) {
            # One call for each user, as they come.
            $source = @{ ResultSize = 'Unlimited' }
            if ($DomainController) { $source['DomainController'] = $DomainController }
            Invoke-Call -Block { param($With) Get-CsUser @With } -With $source -Each {
                param($User)
                if ($User.SipAddress) {
                    $fitting['Identity'] = [string] $User.SipAddress
                    Invoke-Call -Block $Entry.Run -With $fitting -Each $write
                }
            }
        }
        elseif (-not $missing) { Invoke-Call -Block $Entry.Run -With $fitting -Each $write }
        $whole = $true
    }
    finally {
        # What was stopped in its middle must not look whole.
        if ($whole) { Close-Part -Name $name -Manifest $manifest } else { Close-Broken }
    }
}

$script:ToLines = $Request -ne ''
if ($script:ToLines) {
    $asked = ConvertFrom-Json -InputObject $Request
    Open-Output -Marker ([string] $asked.marker)
    $Dataset = @($asked.datasets)
    $DomainController = [string] $asked.domain_controller
    $ComputerName = @($asked.computers)
    $Pool = @($asked.pools)
    $Domain = @($asked.domains)
    $Environment = [string] $asked.environment
}
else {
    $script:Folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
    [void] [System.IO.Directory]::CreateDirectory($script:Folder)
}

try {
    Clear-Complaints
    if ($PSVersionTable.PSVersion.Major -ne 5) { Write-Note -Text ('this is PowerShell ' + [string] $PSVersionTable.PSVersion + '; the script is made for Windows PowerShell 5.1') }
    $script:Product = Import-Product
    try { $script:Machine = [System.Net.Dns]::GetHostEntry('').HostName } catch { $script:Machine = [System.Environment]::MachineName }
    $script:Caller = Get-Caller -Product $script:Product
    if ($script:ToLines) {
        Send-Mark -Word 'hello' -Data @{ product = $script:Product; shell = [string] $PSVersionTable.PSVersion; machine = $script:Machine }
    }

    $Dataset = Split-Names -Names $Dataset
    $ComputerName = Split-Names -Names $ComputerName
    $Pool = Split-Names -Names $Pool
    $Domain = Split-Names -Names $Domain
    $chosen = @(foreach ($call in $calls) {
            if ($Dataset -contains $call.Dataset -or ($Dataset.Count -eq 0 -and -not $call.Each)) { $call }
        })
    foreach ($name in $Dataset) {
        if (@(foreach ($call in $calls) { $call.Dataset }) -notcontains $name) { throw ('there is no dataset ' + $name + ' in this script') }
    }
    $needed = @(foreach ($call in $chosen) { $call.Sees })
    if ($ComputerName.Count -eq 0) { $ComputerName = @($script:Machine) }
    if ($Domain.Count -eq 0) { $Domain = @([string] $env:USERDNSDOMAIN) }
    if ($Pool.Count -eq 0 -and $needed -contains 'pool') {
        $found = New-Object -TypeName System.Collections.ArrayList
        Invoke-Call -Block { param($With) Get-CsService @With } -With @{ Registrar = $true } -Each { param($Service) [void] $found.Add([string] $Service.PoolFqdn) }
        foreach ($text in (Get-Complaints)) { Write-Note -Text ('the pools cannot be listed: ' + $text) }
        $Pool = @($found | Sort-Object -Unique)
    }

    $script:Total = $chosen.Count
    $script:Done = 0
    foreach ($call in $chosen) {
        if ($call.Sees -eq 'host') {
            foreach ($one in $ComputerName) {
                # What only the host itself sees is read there, and nowhere else.
                if ($call.Parameter -or (Test-Local -Name $one)) { Export-Part -Entry $call -About $one }
                else { Write-Note -Text ($call.Dataset + ' of ' + $one + ' can be read on that host alone') }
            }
        }
        elseif ($call.Sees -eq 'pool') { foreach ($one in $Pool) { Export-Part -Entry $call -About $one } }
        elseif ($call.Sees -eq 'domain') { foreach ($one in $Domain) { Export-Part -Entry $call -About $one } }
        else { Export-Part -Entry $call -About '' }
        $script:Done++
    }
    if ($script:ToLines) { Send-Mark -Word 'done' -Data @{ calls = $script:Done } }
    else { Write-Output -InputObject ('the export is in ' + $script:Folder) }
}
catch {
    if ($script:ToLines) { Send-Mark -Word 'failed' -Data @{ error = (ConvertTo-Complaint -Record $_) } }
    else { throw }
}
