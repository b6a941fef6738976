import { type AgentPackageServer, serveAgentPackages } from '../../agent-package';
import { startEmulator } from '../../emulator';
import type { JobOptions, PipelineJob } from '../../job-runner';
import { connectionNames } from '../../job-runner/plan/connection-names';
import { emulatedConnections } from '../emulated-connections';

/** What a job finds outside itself: an organization and the connections to it. */
export interface Surroundings extends Partial<JobOptions> {
  close: () => Promise<void>;
}

/**
 * An emulator for one job: with a connection for each name that its steps use, which allows every scope, and with agent
 * packages that can be downloaded. What their `svc.sh` prints decides which agents are online.
 */
export async function emulated(job: PipelineJob, tasksFolder: string): Promise<Surroundings> {
  const wanted = Object.entries(emulatedConnections).map(([type, create]) => ({
    names: connectionNames(job, tasksFolder, type),
    create,
  }));
  const emulator = await startEmulator();
  let packages: AgentPackageServer | undefined;
  const close = async () => {
    await emulator.close();
    await packages?.close();
  };
  try {
    packages = await serveAgentPackages();
  } catch (error) {
    await close();
    throw error;
  }
  emulator.state.agentPackages.push(...packages.offered);
  const connections = wanted.flatMap(({ names, create }) => names.map((name) => create(emulator, name)));
  console.log(`No --connections: this job runs against the emulator at ${emulator.organizationUrl}.`);
  for (const { name } of connections) console.log(`The service connection '${name}' is emulated.`);
  return {
    organizationUrl: emulator.organizationUrl,
    connections,
    jobAccessToken: emulator.state.jobAccessToken,
    secretVariables: { USER_ACCESS_TOKEN: emulator.userAccessToken() },
    onLine: (line) => {
      const [, name, status] = /^The agent (.+) is (online|offline)$/.exec(line) ?? [];
      const pool = emulator.state.pools.find(({ agents }) => agents.some((agent) => agent.name === name));
      if (pool && name) emulator.state.setAgentStatus(pool.name, name, status === 'online' ? 'online' : 'offline');
    },
    close,
  };
}
