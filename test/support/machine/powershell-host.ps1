# Runs scripts one after another, since PowerShell takes longer to start than they take to run. Each line that it reads is
# a script with its words, its environment and the folder to run it in; behind the output comes a line with the exit code.
param([string] $End)
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
$modules = $env:PSModulePath
while ($null -ne ($line = [Console]::In.ReadLine())) {
  $run = ConvertFrom-Json -InputObject $line -AsHashtable
  @([Environment]::GetEnvironmentVariables().Keys) | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $null) }
  $run.environment.Keys | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $run.environment[$_]) }
  $env:PSModulePath = $modules
  Set-Location -LiteralPath $run.machine
  $words = @($run.words)
  $code = 0
  try {
    # A scope of its own, in which the commands of the emulated Windows stand before PowerShell's.
    & { . (Join-Path $PSScriptRoot 'windows.ps1') $run.machine; & $run.script @words } *>&1 |
      ForEach-Object { [Console]::Out.WriteLine(($_ -is [string]) ? $_ : ($_ | Out-String)) }
  }
  catch {
    [Console]::Out.WriteLine(($_ | Out-String))
    $code = 1
  }
  [Console]::Out.WriteLine("$End $code")
}
