# The commands for services that PowerShell has on Windows alone, as far as a script can see: a service is a file.
param([string] $Machine)
$services = Join-Path -Path $Machine -ChildPath 'services'
New-Item -ItemType Directory -Path $services -Force | Out-Null

function Read-Service([string] $Name) { return Get-Content -LiteralPath (Join-Path -Path $services -ChildPath $Name) -Raw | ConvertFrom-Json }
function Set-ServiceState([string] $Name, [string] $State) {
  $service = Read-Service $Name
  $service.State = $State
  ConvertTo-Json -InputObject $service | Set-Content -LiteralPath (Join-Path -Path $services -ChildPath $Name)
}

function Get-CimInstance([string] $ClassName) {
  if ($ClassName -ne 'Win32_Service') { throw "There is no class $ClassName here." }
  Get-ChildItem -LiteralPath $services | ForEach-Object { Read-Service $_.Name }
}
function Stop-Service([string] $Name, [switch] $Force) {
  if (-not $Force) { throw 'Agents have services that depend on nothing; -Force is expected all the same.' }
  Set-ServiceState $Name 'Stopped'
}
function Start-Service([string] $Name) { Set-ServiceState $Name 'Running' }
