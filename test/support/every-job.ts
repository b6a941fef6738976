import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator, RequestRecord } from '../../dev/emulator';
import type { JobResult, StageResult } from '../../dev/job-runner';
import type { Outcome } from './job';
import { type Evidence, findLeaks, publications } from './leaks';

interface Surroundings {
  /** Secrets that the services do not know of, by what they are. */
  secrets: Record<string, string>;
  /** Texts of files that the job left or had, by their names. */
  files: Record<string, string>;
}

type Seen = Pick<Outcome, 'job' | 'requests' | 'made'>;

/** What has to hold for every job: known requests only, failures reported as they should be, and no secret anywhere. */
export function checkEveryJob(outcome: Seen, emulator: Emulator, { secrets, files }: Surroundings): void {
  checkKnown(outcome.requests);
  for (const stage of ourStages(outcome.job)) checkMessage(stage);
  checkLeaks(outcome, emulator, { secrets: { ...secretsOf(emulator), ...secrets }, files });
}

/** The stages of the tasks under test, in the order they ran. */
function ourStages(job: JobResult): StageResult[] {
  return job.stages.filter(({ name }) =>
    /^(mint|AgentPoolToken|RevokeAgentPoolTokens|RenewAgentPoolTokenIssuer)/.test(name),
  );
}

function checkKnown(requests: RequestRecord[]): void {
  const unknown = requests.filter(({ operation, status }) => operation === 'unknown' || status === 501);
  assert.deepEqual(
    unknown.map(({ method, path }) => `${method} ${path}`),
    [],
  );
}

/** A failure says what happened and what to do, and ends with its code. */
function checkMessage({ message, issues }: StageResult): void {
  if (message === undefined) return;
  assert.match(message, /^[^\r\n]+[.!…] [^\r\n]+[.!] \([a-z-]+\)$/);
  assert.ok(
    issues.some((issue) => issue.message === message),
    'the message is among the issues',
  );
}

function checkLeaks({ job, requests, made }: Seen, { state }: Emulator, { secrets, files }: Surroundings): void {
  const stages = ourStages(job);
  const evidence: Evidence = {
    readable: {
      'the log': job.log.join('\n'),
      'the issues and messages': JSON.stringify(job.stages.map(({ issues, message }) => [issues, message])),
      'the output variables': JSON.stringify(job.outputs),
      'the public variables': JSON.stringify(job.variables),
      'the task variables': JSON.stringify(job.stages.map(({ taskVariables }) => taskVariables)),
      'the URL of a request': requests.map(({ path, query }) => path + JSON.stringify(query)).join('\n'),
      'the capabilities of an agent': JSON.stringify(state.pools.map(({ agents }) => agents)),
      ...files,
    },
    rawLines: stages.flatMap(({ rawLines }) => rawLines),
  };
  const sent = requests.flatMap(({ headers }) => /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? []);
  const all = {
    ...secrets,
    ...Object.fromEntries(sent.map((token, index) => [`access token ${index + 1}`, token])),
    ...Object.fromEntries(made.map(({ token }, index) => [`token ${index + 1}`, token])),
  };
  assert.deepEqual(findLeaks(all, evidence), []);
  for (const { rawLines, attempts } of stages) {
    assert.ok(publications(rawLines) <= attempts, 'the token is published once');
  }
}

function secretsOf({ state }: Emulator): Record<string, string> {
  const clientSecrets = state.applications.flatMap(({ clientSecret }) => clientSecret ?? []);
  return {
    ...Object.fromEntries(state.refreshTokens.map(({ value }, index) => [`refresh token ${index + 1}`, value])),
    ...Object.fromEntries(clientSecrets.map((value, index) => [`client secret ${index + 1}`, value])),
  };
}

/** The texts of all files in a folder but those that came with the package. */
export function readFiles(folder: string): Record<string, string> {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const own = files.filter((file) => !/_tasks.*\.(js|json|png)$/.test(file));
  return Object.fromEntries(
    own.map((file) => [`the file ${file.slice(folder.length + 1)}`, readFileSync(file, 'utf8')]),
  );
}
