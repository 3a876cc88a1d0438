# One call of one listed cmdlet. The request, one line of JSON, says which and with what;
# what it holds is only ever bound to parameters, never run.

param([string] $Request)

# <<common>>

$asked = ConvertFrom-Json -InputObject $Request
Open-Output -Marker ([string] $asked.marker)
Clear-Complaints

try {
    $product = Import-Product
    Send-Mark -Word 'hello' -Data @{ product = $product; shell = [string] $PSVersionTable.PSVersion; host = [System.Environment]::MachineName }

    $with = @{}
    foreach ($parameter in $asked.parameters.PSObject.Properties) { $with[$parameter.Name] = $parameter.Value }
    $cmdlet = [string] $asked.cmdlet
    $call = switch ($cmdlet) {
        # <<calls>>
        default { $null }
    }
    if ($null -eq $call) { throw ($cmdlet + ' is not among the listed cmdlets') }
    if ($null -eq (Get-Command -Name $cmdlet -ErrorAction SilentlyContinue)) { throw ('this shell knows no ' + $cmdlet) }

    $most = [int] $asked.most
    $script:Count = 0
    Invoke-Call -Block $call -With $with -Each {
        param($Item)
        $script:Count++
        if ($script:Count -le $most) {
            Send-Line -Line (ConvertTo-Record -Item $Item -Names @() -Deep @{} -DeepAll $false)
        }
    }
    Send-Mark -Word 'done' -Data @{ count = $script:Count; errors = (Get-Complaints); warnings = $script:Warnings.ToArray() }
}
catch {
    Send-Mark -Word 'failed' -Data @{ error = (ConvertTo-Complaint -Record $_) }
}
