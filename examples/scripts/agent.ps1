# Registers or removes one agent on this Windows machine. Run it again at any time: what is as wanted stays as it is, and
# what an interrupted run left behind is put right.
#
#   agent.ps1 register | agent.ps1 remove
#
# It reads the same variables of its environment as agent.sh, where they are explained: VSTS_AGENT_INPUT_TOKEN,
# AGENT_FOLDER, ORGANIZATION_URL, NEW_AGENT, ALREADY_DELETED, SCOPE, PLACE, PROJECT, AGENT_TAGS, USER_CAPABILITIES. It has to run
# as administrator. A certificate authority has to be in the machine's own store, where the agent looks too.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 2.0
# Windows PowerShell 5.1 on older systems begins with TLS 1.0, which Azure DevOps refuses.
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

function Test-Given([string] $Value) { return $Value -and -not $Value.StartsWith('$(') }

# --- What was asked ---------------------------------------------------------------------------------------------------

$action = if ($args.Count -gt 0) { $args[0] } else { 'register' }
if (@('register', 'remove') -notcontains $action) { throw "Say register or remove, not '$action'." }
if (-not $env:VSTS_AGENT_INPUT_TOKEN -or $env:VSTS_AGENT_INPUT_TOKEN.StartsWith('$(')) {
  throw 'There is no token. Map the secret variable AGENT_POOL_TOKEN to VSTS_AGENT_INPUT_TOKEN in the environment of this step.'
}
$folder = "$env:AGENT_FOLDER"
if (-not [IO.Path]::IsPathRooted($folder) -or $folder -match '(^|[\\/])\.\.?([\\/]|$)' -or $folder -match '^([A-Za-z]:)?[\\/]*$') {
  throw "AGENT_FOLDER is not the absolute path of a folder: '$folder'."
}
# config.cmd takes a path apart at the others.
if ($folder -notmatch '^[\p{L}\p{Nd} :\\/._@+,-]+$') {
  throw "AGENT_FOLDER may have letters, digits, blanks and : \ / . _ @ + , - only: '$folder'."
}
$folder = $folder.TrimEnd('\', '/')
# A classic release is given the address of its own service.
$url = if ($env:ORGANIZATION_URL) { $env:ORGANIZATION_URL } elseif ($env:SYSTEM_COLLECTIONURI) { $env:SYSTEM_COLLECTIONURI } else { "$env:SYSTEM_TEAMFOUNDATIONCOLLECTIONURI" }
$url = $url.TrimEnd('/') -replace '^https://vsrm\.dev\.azure\.com/', 'https://dev.azure.com/' -replace '\.vsrm\.visualstudio\.com', '.visualstudio.com'
if ($url -notmatch '^(https://[^\s"]+|http://(127\.0\.0\.1|localhost):\S+)$') {
  throw "ORGANIZATION_URL is not the address of an organization: '$url'."
}
$scope = if ($env:SCOPE) { $env:SCOPE } else { 'agentPool' }
$place = "$env:PLACE"
$name = "$env:NEW_AGENT"
$project = if ($env:PROJECT) { $env:PROJECT } else { "$env:SYSTEM_TEAMPROJECT" }
$tags = @("$env:AGENT_TAGS".Split(',') | ForEach-Object { $_.Trim() } | Where-Object { $_ } | Sort-Object -Unique)
if ($action -eq 'register') {
  if (@('agentPool', 'deploymentGroup', 'environment') -notcontains $scope) {
    throw "SCOPE is agentPool, deploymentGroup or environment, not '$scope'."
  }
  if (-not $name) { throw 'NEW_AGENT, the name of the agent, is empty.' }
  if (-not $place) { throw "PLACE, the name of the $scope, is empty." }
  if ($scope -ne 'agentPool' -and -not $project) { throw 'PROJECT is empty.' }
  if ("$name$place$project" -match '\p{Cc}') { throw 'A name has a line break or another control character in it.' }
  if ($scope -eq 'agentPool' -and $tags.Count -gt 0) { throw 'An agent of a pool has no AGENT_TAGS. Give it USER_CAPABILITIES.' }
  if ($scope -ne 'agentPool' -and (Test-Given $env:USER_CAPABILITIES)) {
    throw "USER_CAPABILITIES are for an agent of a pool. Give a machine of the $scope AGENT_TAGS."
  }
}

# --- The organization -------------------------------------------------------------------------------------------------

$basic = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(":$env:VSTS_AGENT_INPUT_TOKEN"))

# The job's agent keeps addresses that need no proxy as regular expressions; *.contoso.com begins with an asterisk there.
function Get-BypassList {
  if (-not (Test-Given $env:AGENT_PROXYBYPASSLIST)) { return @() }
  return @(ConvertFrom-Json -InputObject $env:AGENT_PROXYBYPASSLIST | ForEach-Object { $_ -replace '^\*', '.*' })
}

# What a request needs to reach an address from here.
function Get-Network([string] $Address) {
  $network = @{}
  if (-not (Test-Given $env:AGENT_PROXYURL)) { return $network }
  if (@(Get-BypassList | Where-Object { $Address -match $_ }).Count -gt 0) { return $network }
  $network.Proxy = $env:AGENT_PROXYURL
  if ((Test-Given $env:AGENT_PROXYUSERNAME) -and (Test-Given $env:AGENT_PROXYPASSWORD)) {
    $secure = New-Object -TypeName Security.SecureString
    $env:AGENT_PROXYPASSWORD.ToCharArray() | ForEach-Object { $secure.AppendChar($_) }
    $network.ProxyCredential = New-Object -TypeName Management.Automation.PSCredential -ArgumentList $env:AGENT_PROXYUSERNAME, $secure
  }
  return $network
}

# Asks the organization, or gives it a text of JSON, and returns the HTTP status and what was answered.
function Invoke-Organization([string] $Path, [string] $Json) {
  $address = "$url/$Path"
  $network = Get-Network $address
  if ($Json) {
    $network.Method = 'Put'
    $network.ContentType = 'application/json'
    # Windows PowerShell 5.1 would send a text as ISO 8859-1.
    $network.Body = [Text.Encoding]::UTF8.GetBytes($Json)
  }
  try {
    $answer = Invoke-WebRequest -UseBasicParsing -Uri $address -Headers @{ Authorization = "Basic $basic" } @network
  }
  catch {
    $response = if ($_.Exception.PSObject.Properties['Response']) { $_.Exception.Response } else { $null }
    if ($null -eq $response) { throw "Could not reach ${address}: $($_.Exception.Message)" }
    return @{ Status = [int]$response.StatusCode; Address = $address; Body = $null }
  }
  if ($answer.StatusCode -ne 200) { return @{ Status = [int]$answer.StatusCode; Address = $address; Body = $null } }
  return @{ Status = 200; Address = $address; Body = (ConvertFrom-Json -InputObject $answer.Content) }
}

# The same, where anything but success ends the script.
function Read-Organization([string] $Path, [string] $Json) {
  $answer = Invoke-Organization $Path $Json
  switch ($answer.Status) {
    200 { return $answer.Body }
    { $_ -eq 203 -or $_ -eq 302 -or $_ -eq 401 } {
      throw "The organization refused the token (HTTP $_): it has expired, was revoked, or lacks the scope. Asked: $($answer.Address)"
    }
    403 { throw "The token may not do this (HTTP 403). Asked: $($answer.Address)" }
    default { throw "The organization answered HTTP $_ to $($answer.Address)." }
  }
}

function Get-Encoded([string] $Text) { return [Uri]::EscapeDataString($Text) }

# --- The machine ------------------------------------------------------------------------------------------------------

function Get-File([string] $Name) { return Join-Path -Path $folder -ChildPath $Name }

function Get-Settings {
  if (-not (Test-Path -LiteralPath (Get-File '.agent'))) { return $null }
  return ConvertFrom-Json -InputObject (Get-Content -LiteralPath (Get-File '.agent') -Raw -Encoding UTF8)
}

# A setting that .agent may lack.
function Get-Setting($Settings, [string] $Name) {
  if ($null -eq $Settings -or -not $Settings.PSObject.Properties[$Name]) { return '' }
  return "$($Settings.$Name)"
}

# The service that runs from this folder, also where .service names another.
function Get-AgentService {
  $pattern = '^"?' + [Regex]::Escape((Get-File 'bin')) + '[\\/]AgentService\.exe"?$'
  return Get-CimInstance -ClassName Win32_Service | Where-Object { $_.PathName -match $pattern } | Select-Object -First 1
}

function Remove-AgentService {
  $service = Get-AgentService
  if ($service) {
    Write-Information -InformationAction Continue -MessageData "Removing the service $($service.Name)."
    Stop-Service -Name $service.Name -Force
    & sc.exe delete $service.Name
    if ($LASTEXITCODE -ne 0) { throw "sc.exe delete ended with $LASTEXITCODE." }
  }
  Remove-AgentFile '.service'
  Remove-AgentFile '.service.aside'
}

function Remove-AgentFile([string] $Name) {
  $file = Get-File $Name
  if (Test-Path -LiteralPath $file) { Remove-Item -LiteralPath $file -Recurse -Force }
}

function Test-Package {
  return (Test-Path -LiteralPath (Get-File 'config.cmd')) -and (Test-Path -LiteralPath (Get-File 'bin')) -and
    -not (Test-Path -LiteralPath (Get-File '.unpacking'))
}

function Test-Empty {
  return -not (Test-Path -LiteralPath $folder) -or @(Get-ChildItem -LiteralPath $folder -Force).Count -eq 0
}

# An agent can be removed from the server while its service still runs, if config.cmd does not see that there is one. It
# would stop and delete the service before it asks whether the token may remove this agent.
function Hide-Service {
  if (Test-Path -LiteralPath (Get-File '.service')) { Move-Item -LiteralPath (Get-File '.service') -Destination (Get-File '.service.aside') -Force }
}
function Show-Service {
  $mayGoBack = (Test-Path -LiteralPath (Get-File '.agent')) -and -not (Test-Path -LiteralPath (Get-File '.service'))
  if ($mayGoBack -and (Test-Path -LiteralPath (Get-File '.service.aside'))) {
    Move-Item -LiteralPath (Get-File '.service.aside') -Destination (Get-File '.service')
  }
}

# The agent does not report as capabilities what the job put into the environment.
function Set-IgnoredCapability {
  $own = @([Environment]::GetEnvironmentVariables('Machine').Keys) + @([Environment]::GetEnvironmentVariables('User').Keys)
  $env:VSO_AGENT_IGNORE = @([Environment]::GetEnvironmentVariables().Keys | Where-Object { $own -notcontains $_ }) -join ','
}

# Whether the server still knows the pool, group or environment that .agent names.
function Test-Place($Settings) {
  $ofProject = Get-Setting $Settings 'projectId'
  $group = Get-Setting $Settings 'deploymentGroupId'
  $environment = Get-Setting $Settings 'environmentId'
  if ($group) {
    return (Invoke-Organization "$ofProject/_apis/distributedtask/deploymentgroups/$group/targets?`$top=1&api-version=7.1").Status -ne 404
  }
  if (-not $environment) {
    return (Invoke-Organization "_apis/distributedtask/pools/$($Settings.poolId)?api-version=7.1").Status -ne 404
  }
  $machines = "$ofProject/_apis/pipelines/environments/$environment/providers/virtualmachines"
  $answer = Invoke-Organization ($machines + "?name=$(Get-Encoded $Settings.agentName)&api-version=7.1")
  if ($answer.Status -ne 200) { return $answer.Status -ne 404 }
  # config.cmd does not look whether its machine is still there, and fails where it was deleted in the page.
  return @($answer.Body.value | Where-Object { "$($_.id)" -eq (Get-Setting $Settings 'environmentVMResourceId') }).Count -gt 0
}

function Remove-Registration($Settings) {
  Write-Information -InformationAction Continue -MessageData "Removing the registration of $($Settings.agentName)."
  if (-not (Test-Place $Settings)) {
    if ($env:ALREADY_DELETED -ne 'true') {
      throw ("$(Get-Setting $Settings 'poolName') (number $($Settings.poolId)), where this agent is registered, was deleted, or the token's " +
        'user may not see it. If it was deleted, set ALREADY_DELETED to true: then the agent is removed from this machine all the same.')
    }
    @('.credentials', '.credentials_rsaparams', '.agent') | ForEach-Object { Remove-AgentFile $_ }
    return
  }
  Hide-Service
  & (Join-Path $folder 'config.cmd') remove --unattended --auth pat
  if ($LASTEXITCODE -ne 0) { throw "The agent was not removed, and goes on as before: config.cmd remove ended with $LASTEXITCODE." }
}

# --- Registering ------------------------------------------------------------------------------------------------------

# The number of the pool, group or environment, where that is possible as one that the token may manage.
function Find-Place {
  $list = switch ($scope) {
    'agentPool' { "_apis/distributedtask/pools?poolName=$(Get-Encoded $place)&actionFilter=manage" }
    'deploymentGroup' { "$(Get-Encoded $project)/_apis/distributedtask/deploymentgroups?name=$(Get-Encoded $place)&actionFilter=manage" }
    'environment' { "$(Get-Encoded $project)/_apis/pipelines/environments?name=$(Get-Encoded $place)" }
  }
  $found = @((Read-Organization "$list&api-version=7.1").value | Where-Object { $_.name -eq $place })
  if ($found.Count -eq 0) {
    throw "The token cannot manage ${place}: there is no $scope of this name, or its user lacks the role Administrator on it."
  }
  return "$($found[0].id)"
}

function Get-OrganizationName([string] $Address) {
  return $Address.TrimEnd('/') -replace '^https://dev\.azure\.com/', '' -replace '^https://([^.]*)\.visualstudio\.com.*', '$1'
}

# Whether the agent in the folder is the one that is wanted, and the server knows it.
function Test-Registered([string] $PlaceId) {
  $settings = Get-Settings
  if ($null -eq $settings -or $settings.agentName -ne $name -or -not (Test-Path -LiteralPath (Get-File '.credentials'))) { return $false }
  if ((Get-OrganizationName $settings.serverUrl) -ne (Get-OrganizationName $url)) { return $false }
  $group = Get-Setting $settings 'deploymentGroupId'
  $environment = Get-Setting $settings 'environmentId'
  $ofProject = Get-Setting $settings 'projectId'
  if ($scope -eq 'agentPool') {
    if ($group -or $environment -or "$($settings.poolId)" -ne $PlaceId) { return $false }
    $answer = Invoke-Organization "_apis/distributedtask/pools/$PlaceId/agents/$($settings.agentId)?api-version=7.1"
    return $answer.Status -eq 200 -and $answer.Body.name -eq $name
  }
  if ($scope -eq 'deploymentGroup') {
    if ($group -ne $PlaceId) { return $false }
    $list = "$ofProject/_apis/distributedtask/deploymentgroups/$PlaceId/targets"
  }
  else {
    if ($environment -ne $PlaceId) { return $false }
    $list = "$ofProject/_apis/pipelines/environments/$PlaceId/providers/virtualmachines"
  }
  $answer = Invoke-Organization ($list + "?name=$(Get-Encoded $name)&api-version=7.1")
  if ($answer.Status -ne 200) { return $false }
  $found = @($answer.Body.value | Where-Object { $_.agent.id -eq $settings.agentId })
  if ($found.Count -eq 0) { return $false }
  $present = if ($found[0].PSObject.Properties['tags']) { @($found[0].tags | Sort-Object -Unique) } else { @() }
  return ($present -join ',') -eq ($tags -join ',')
}

function Install-Package {
  $isOurs = (Test-Path -LiteralPath (Get-File '.unpacking')) -or (Test-Path -LiteralPath (Get-File '.agent'))
  if (-not (Test-Empty) -and -not $isOurs) {
    throw "There is something in $folder that is no agent. Choose another AGENT_FOLDER; nothing was changed."
  }
  $processor = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { "$env:PROCESSOR_ARCHITECTURE" }
  $platform = switch ($processor) {
    'AMD64' { 'win-x64' }
    'ARM64' { 'win-arm64' }
    'x86' { 'win-x86' }
    default { throw "The agent is not made for Windows on $processor." }
  }
  $offered = @((Read-Organization "_apis/distributedtask/packages/agent?platform=$platform&`$top=1").value)
  if ($offered.Count -eq 0 -or -not $offered[0].downloadUrl -or -not $offered[0].hashValue) {
    throw "The organization offers no package of the agent for $platform, or no hash of it: nothing was downloaded."
  }
  $package = $offered[0]
  $downloads = Join-Path -Path ([IO.Path]::GetTempPath()) -ChildPath ([guid]::NewGuid())
  New-Item -ItemType Directory -Path $downloads | Out-Null
  try {
    $archive = Join-Path -Path $downloads -ChildPath 'agent.zip'
    # The server of packages is not the organization: it is not given the token.
    $network = Get-Network $package.downloadUrl
    Invoke-WebRequest -UseBasicParsing -Uri $package.downloadUrl -OutFile $archive @network
    if ((Get-FileHash -Algorithm SHA256 -Path $archive).Hash -ne $package.hashValue) {
      throw 'The package is not the one that the organization offers: its hash is another one.'
    }
    New-Item -ItemType Directory -Path $folder -Force | Out-Null
    New-Item -ItemType File -Path (Get-File '.unpacking') -Force | Out-Null
    Expand-Archive -Path $archive -DestinationPath $folder -Force
    Remove-AgentFile '.unpacking'
  }
  finally {
    Remove-Item -Path $downloads -Recurse -Force
  }
}

# Values go in variables, which config.cmd takes out again: cmd takes an argument apart at & and %.
function Register-Agent {
  $env:VSTS_AGENT_INPUT_URL = $url
  $env:VSTS_AGENT_INPUT_AGENT = $name
  $env:VSTS_AGENT_INPUT_WORK = '_work'
  $flags = @()
  switch ($scope) {
    'agentPool' { $env:VSTS_AGENT_INPUT_POOL = $place }
    'deploymentGroup' {
      $env:VSTS_AGENT_INPUT_PROJECTNAME = $project
      $env:VSTS_AGENT_INPUT_DEPLOYMENTGROUPNAME = $place
      $flags += '--deploymentgroup'
      if ($tags.Count -gt 0) {
        $env:VSTS_AGENT_INPUT_DEPLOYMENTGROUPTAGS = $tags -join ','
        $flags += '--adddeploymentgrouptags'
      }
    }
    'environment' {
      $env:VSTS_AGENT_INPUT_PROJECTNAME = $project
      $env:VSTS_AGENT_INPUT_ENVIRONMENTNAME = $place
      $flags += '--environment'
      if ($tags.Count -gt 0) {
        $env:VSTS_AGENT_INPUT_VIRTUALMACHINERESOURCETAGS = $tags -join ','
        $flags += '--addvirtualmachineresourcetags'
      }
    }
  }
  if (Test-Given $env:AGENT_PROXYURL) {
    $env:VSTS_AGENT_INPUT_PROXYURL = $env:AGENT_PROXYURL
    if ((Test-Given $env:AGENT_PROXYUSERNAME) -and (Test-Given $env:AGENT_PROXYPASSWORD)) {
      $env:VSTS_AGENT_INPUT_PROXYUSERNAME = $env:AGENT_PROXYUSERNAME
      $env:VSTS_AGENT_INPUT_PROXYPASSWORD = $env:AGENT_PROXYPASSWORD
    }
    [IO.File]::WriteAllLines((Get-File '.proxybypass'), [string[]]@(Get-BypassList))
  }
  if (Test-Given $env:AGENT_CAINFO) {
    Copy-Item -LiteralPath $env:AGENT_CAINFO -Destination (Get-File '.authorities.pem') -Force
    $env:VSTS_AGENT_INPUT_SSLCACERT = Get-File '.authorities.pem'
  }
  & (Join-Path $folder 'config.cmd') --unattended --auth pat --replace --runAsService --windowsLogonAccount 'NT AUTHORITY\NETWORK SERVICE' @flags
  if ($LASTEXITCODE -ne 0) { throw "The agent was not registered: config.cmd ended with $LASTEXITCODE." }
}

# Capabilities that a person or a script gives an agent, instead of all that it was given before.
function Set-UserCapability([string] $PlaceId) {
  if (-not (Test-Given $env:USER_CAPABILITIES)) { return }
  $capabilities = @{}
  foreach ($line in $env:USER_CAPABILITIES.Split("`n")) {
    if (-not $line.Trim()) { continue }
    $parts = @($line.Split([char[]]'=', 2) | ForEach-Object { $_.Trim() })
    $capabilities[$parts[0]] = if ($parts.Count -gt 1) { $parts[1] } else { '' }
  }
  if ($capabilities.Count -eq 0) { return }
  $agent = "_apis/distributedtask/pools/$PlaceId/agents/$((Get-Settings).agentId)"
  Read-Organization "$agent/usercapabilities?api-version=7.1-preview.1" (ConvertTo-Json -InputObject $capabilities -Compress) | Out-Null
}

# For the next steps of a job, and for the reader of its log.
function Write-Result([string] $Text, [string] $Registered, [string] $Since) {
  $lines = @($Text)
  if ($env:TF_BUILD) {
    $lines += "##vso[task.setvariable variable=registeredAgents;isOutput=true]$($Registered -replace '%', '%AZP25')"
    $lines += "##vso[task.setvariable variable=since;isOutput=true]$Since"
  }
  return $lines
}

# --- Both -------------------------------------------------------------------------------------------------------------

$made = @('bin', 'externals', '_work', '_diag', 'config.cmd', 'run.cmd', 'reauth.cmd', 'license.html', '.agent', '.credentials',
  '.credentials_rsaparams', '.env', '.path', '.proxy', '.proxybypass', '.proxycredentials', '.certificates', '.authorities.pem',
  '.setup_info', '.unpacking', '.removing')

Set-IgnoredCapability
Show-Service
try {
  if ($action -eq 'register') {
    $placeId = Find-Place
    $service = Get-AgentService
    if ((Test-Registered $placeId) -and $service -and (Test-Path -LiteralPath (Get-File '.service'))) {
      if ($service.State -eq 'Running') {
        $result = @{ Text = "$name is registered already, and nothing was changed."; Registered = ''; Since = 'any' }
      }
      else {
        Start-Service -Name $service.Name
        $result = @{ Text = "$name was registered already; its service was started."; Registered = ''; Since = 'token' }
      }
    }
    else {
      if (-not (Test-Package)) { Install-Package }
      $settings = Get-Settings
      if ($settings) { Remove-Registration $settings }
      Remove-AgentService
      Remove-AgentFile '.removing'
      Register-Agent
      $result = @{ Text = "$name is registered."; Registered = $name; Since = 'token' }
    }
    Set-UserCapability $placeId
    Write-Result @result
  }
  else {
    $settings = Get-Settings
    $isAgent = $settings -or (Test-Package) -or (Test-Path -LiteralPath (Get-File '.removing')) -or (Test-Path -LiteralPath (Get-File '.unpacking'))
    if (-not $isAgent) {
      if (Get-AgentService) { Remove-AgentService }
      if (-not (Test-Empty)) { throw "$folder is not the folder of an agent: nothing was removed." }
      Write-Output "There is no agent in $folder."
    }
    else {
      if ($settings) {
        if ($name -and $settings.agentName -ne $name) {
          throw "The agent in $folder is $($settings.agentName), not ${name}: nothing was removed."
        }
        if (-not (Test-Package)) { Install-Package }
        Remove-Registration $settings
      }
      New-Item -ItemType File -Path (Get-File '.removing') -Force | Out-Null
      Remove-AgentService
      # What an agent consists of and makes, and nothing else. The mark goes last.
      Get-ChildItem -LiteralPath $folder -Force | Where-Object { $_.Name -match '^(bin|externals)\.\d' } | ForEach-Object { Remove-AgentFile $_.Name }
      $made | ForEach-Object { Remove-AgentFile $_ }
      if (Test-Empty) { Remove-Item -LiteralPath $folder }
      else { Write-Output "Left in $folder, since no agent made it: $(@(Get-ChildItem -LiteralPath $folder -Force -Name) -join ' ')" }
      Write-Output "The agent in $folder is removed."
    }
  }
}
finally {
  Show-Service
}
