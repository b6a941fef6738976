import { arch, hostname, platform } from 'node:os';
import type { PipelineJob } from '../plan/pipeline-file';
import type { AgentFolder } from './agent-folder';
import type { ServiceUrls } from './service-urls';

/** What the predefined variables are made of. */
export interface JobIdentity {
  hostType: 'build' | 'release';
  urls: ServiceUrls;
  debug: boolean;
  job: PipelineJob;
  folder: AgentFolder;
}

/** The version that this runner claims to be. */
export const agentVersion = '5.278.0';

const projectId = '5c0f9a5e-3a52-4d4a-9d0c-6c9d3c0b8a11';
const planId = '0e6f1c7a-9a4b-4f43-8d8d-2f6b1c5a7e90';
/** The service derives it from the job's name; this one belongs to a job without a name. */
const jobId = '12f1170f-54f2-53f3-20dd-22fc7dff55f9';
const userId = 'd6245f20-2af8-44f4-9451-8107cb2767db';

const systems: Partial<Record<NodeJS.Platform, string>> = { darwin: 'Darwin', win32: 'Windows_NT' };
const architectures: Record<string, string> = { ia32: 'X86', x64: 'X64', arm: 'ARM', arm64: 'ARM64' };

/** The variables that the service and the agent give to every job. */
export function predefinedVariables(identity: JobIdentity): Record<string, string> {
  return {
    ...agentVariables(identity),
    ...systemVariables(identity),
    ...(identity.hostType === 'build' ? buildVariables(identity) : releaseVariables(identity)),
  };
}

function agentVariables({ folder, job, hostType }: JobIdentity): Record<string, string> {
  return {
    'Agent.Id': '8',
    'Agent.Name': 'local-agent',
    'Agent.MachineName': hostname(),
    'Agent.OS': systems[platform()] ?? 'Linux',
    'Agent.OSArchitecture': architectures[arch()] ?? arch().toUpperCase(),
    'Agent.Version': agentVersion,
    'Agent.HomeDirectory': folder.root,
    'Agent.RootDirectory': folder.work,
    'Agent.WorkFolder': folder.work,
    'Agent.TempDirectory': folder.temp,
    'Agent.ToolsDirectory': folder.tools,
    'Agent.JobName': job.displayName,
    'agent.jobstatus': 'Succeeded',
    'Agent.CloudId': '',
    'Agent.IsSelfHosted': '1',
    ...(hostType === 'build'
      ? { 'Agent.BuildDirectory': folder.build }
      : { 'Agent.ReleaseDirectory': folder.artifacts }),
  };
}

function systemVariables({ urls, hostType, job, folder, debug }: JobIdentity): Record<string, string> {
  const oidc = `${projectId}/_apis/distributedtask/hubs/${hostType}/plans/${planId}/jobs/${jobId}/oidctoken`;
  return {
    'System.CollectionId': '6c954cf3-d2f1-4f0c-8a1e-44e0b2d3c1a7',
    'System.CollectionUri': urls.job,
    // In a release these stand at the organization's usual host all the same.
    'System.TeamFoundationCollectionUri': urls.organization,
    'System.TaskDefinitionsUri': urls.organization,
    'System.TeamFoundationServerUri': urls.job,
    'System.OidcRequestUri': `${urls.job}${oidc}`,
    'System.TeamProject': 'Fabrikam',
    'System.TeamProjectId': projectId,
    'System.HostType': hostType,
    'System.ServerType': 'Hosted',
    'System.Culture': 'en-US',
    'System.DefinitionId': '12',
    'System.DefinitionName': 'agents',
    'System.DefaultWorkingDirectory': hostType === 'build' ? folder.sources : folder.artifacts,
    'System.ArtifactsDirectory': folder.artifacts,
    'System.WorkFolder': folder.work,
    'System.PlanId': planId,
    'System.TimelineId': planId,
    'System.StageName': job.stageName,
    'System.StageDisplayName': job.stageName,
    'System.StageAttempt': '1',
    'System.StageId': '96ac2280-8cb4-5df5-99de-dd2da759617d',
    'System.PhaseName': job.name,
    'System.PhaseDisplayName': job.displayName,
    'System.PhaseAttempt': '1',
    'System.PhaseId': '3a3a2a60-14c7-570b-14a4-fa42ad92f52a',
    'System.JobId': jobId,
    'System.JobName': '__default',
    'System.JobDisplayName': job.displayName,
    'System.JobIdentifier': [...(job.stageName === '__default' ? [] : [job.stageName]), job.name, '__default'].join(
      '.',
    ),
    'System.JobAttempt': '1',
    'System.JobPositionInPhase': '1',
    'System.TotalJobsInPhase': '1',
    'System.JobParallelismTag': 'Private',
    'System.JobTimeout': '60',
    'System.ParallelExecutionType': 'None',
    'System.IsScheduled': 'False',
    'System.IsAzureVM': '0',
    'System.IsDockerContainer': '0',
    'System.EnableAccessToken': 'SecretVariable',
    'System.PipelineStartTime': new Date().toISOString().replace('T', ' ').replace('Z', '+00:00'),
    ...(debug ? { 'System.Debug': 'true' } : {}),
  };
}

function buildVariables({ folder, urls }: JobIdentity): Record<string, string> {
  return {
    'Build.BuildId': '4711',
    'Build.BuildNumber': '20260901.1',
    'Build.BuildUri': 'vstfs:///Build/Build/4711',
    'Build.DefinitionName': 'agents',
    'Build.DefinitionVersion': '3',
    'Build.ContainerId': '10815',
    'Build.Reason': 'Manual',
    'Build.QueuedBy': 'Jamal Hartnett',
    'Build.QueuedById': userId,
    'Build.RequestedFor': 'Jamal Hartnett',
    'Build.RequestedForId': userId,
    'Build.RequestedForEmail': 'jamal@fabrikam.example',
    'Build.SourceBranch': 'refs/heads/main',
    'Build.SourceBranchName': 'main',
    'Build.SourceVersion': '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
    'Build.SourceVersionMessage': 'Start agents',
    'Build.Repository.Id': 'b4f8a2f1-7d0f-4c3a-9c37-5f0f5d3b6d10',
    'Build.Repository.Name': 'agents',
    'Build.Repository.Provider': 'TfsGit',
    'Build.Repository.Uri': `${urls.organization}Fabrikam/_git/agents`,
    'Build.Repository.LocalPath': folder.sources,
    'Build.Repository.Clean': 'False',
    'Build.Repository.Git.SubmoduleCheckout': 'False',
    'Build.SourcesDirectory': folder.sources,
    'Build.ArtifactStagingDirectory': folder.artifacts,
    'Build.StagingDirectory': folder.artifacts,
    'Build.BinariesDirectory': folder.binaries,
    'Common.TestResultsDirectory': folder.testResults,
  };
}

function releaseVariables({ urls }: JobIdentity): Record<string, string> {
  return {
    'Release.ReleaseId': '118',
    'Release.ReleaseName': 'Release-118',
    'Release.ReleaseDescription': '',
    'Release.ReleaseUri': 'vstfs:///ReleaseManagement/Release/118',
    'Release.ReleaseWebURL': `${urls.organization}Fabrikam/_release?releaseId=118&_a=release-summary`,
    'Release.DefinitionId': '7',
    'Release.DefinitionName': 'agents',
    'Release.DefinitionEnvironmentId': '21',
    'Release.EnvironmentId': '204',
    'Release.EnvironmentName': 'Production',
    'Release.EnvironmentUri': 'vstfs:///ReleaseManagement/Environment/204',
    'Release.DeploymentID': '131',
    'Release.AttemptNumber': '1',
    'Release.Reason': 'Manual',
    'Release.RequestedFor': 'Jamal Hartnett',
    'Release.RequestedForId': userId,
    'Release.Deployment.RequestedFor': 'Jamal Hartnett',
    'Release.Deployment.RequestedForId': userId,
    'Release.TriggeringArtifact.Alias': '',
  };
}
