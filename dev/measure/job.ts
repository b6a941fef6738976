import type { Emulator } from '../emulator';

/** Who the services are, as a job needs to know it. */
export type Access = Pick<Emulator, 'organizationUrl' | 'issuer'>;

const connectionId = '0b1c6f3e-6f1d-4b8a-9d51-3f1f0f3f9a10';
const leaseCommand = /^##vso\[task\.settaskvariable variable=agentPoolTokenLease[^\]]*\](.*)$/gm;

/** What an agent gives a task, less what the task does not look at. */
export function jobEnvironment({ organizationUrl, issuer }: Access, folder: string): NodeJS.ProcessEnv {
  const secrets = { clientSecret: issuer.clientSecret, refreshToken: issuer.refreshToken };
  const data = { tenantId: issuer.tenantId, clientId: issuer.clientId, authorityUrl: issuer.authorityUrl };
  return {
    PATH: process.env.PATH,
    AGENT_TEMPDIRECTORY: folder,
    AGENT_VERSION: '5.278.0',
    SYSTEM_HOSTTYPE: 'build',
    SYSTEM_COLLECTIONURI: `${organizationUrl}/`,
    SYSTEM_JOBID: '12f1170f-54f2-53f3-20dd-22fc7dff55f9',
    SYSTEM_JOBATTEMPT: '1',
    BUILD_BUILDID: '1',
    BUILD_DEFINITIONNAME: 'bench',
    ENDPOINT_URL_SYSTEMVSSCONNECTION: organizationUrl,
    ENDPOINT_AUTH_SYSTEMVSSCONNECTION: systemConnection('the-token-of-a-job-that-asks-nothing-with-it'),
    INPUT_CONNECTIONTYPE: 'issuer',
    INPUT_ISSUER: connectionId,
    INPUT_POOL: 'Default',
    [`ENDPOINT_URL_${connectionId}`]: organizationUrl,
    [`ENDPOINT_AUTH_${connectionId}`]: JSON.stringify({ parameters: secrets, scheme: 'None' }),
    [`ENDPOINT_DATA_${connectionId}`]: JSON.stringify(data),
  };
}

/** The same for a job that sweeps: it reads the runs of its project with a token of its own. */
export function sweepEnvironment(
  access: Access & { jobAccessToken: string },
  project: string,
  folder: string,
): NodeJS.ProcessEnv {
  return {
    ...jobEnvironment(access, folder),
    SYSTEM_TEAMPROJECTID: project,
    ENDPOINT_AUTH_SYSTEMVSSCONNECTION: systemConnection(access.jobAccessToken),
  };
}

/** The agent's own connection, as every job has it. */
function systemConnection(AccessToken: string): string {
  return JSON.stringify({ parameters: { AccessToken }, scheme: 'OAuth' });
}

/** What post, or main when it is run again, is given of main's output; empty where main left nothing to revoke. */
export function leaseIn(output: string): Record<string, string> {
  const lease = [...output.matchAll(leaseCommand)].at(-1)?.[1] ?? '';
  return lease === '' ? {} : { VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE: lease.replaceAll('%AZP25', '%') };
}
