import type { Pipeline } from '../../agent/pipeline';

/** What the name of a token states: which run, job and attempt it was minted for. */
export interface TokenOrigin {
  /** `b` for a pipeline run (its build id), `r` for a classic release (its release id). */
  runKind: 'b' | 'r';
  runId: string;
  /** First 8 hexadecimal digits of the job's id. */
  job: string;
  attempt: string;
  /** The token is to outlive its job, so that a sweep leaves it to expire. */
  kept: boolean;
}

const shape = /^agent-pool-token ([br])(\d+) j([0-9a-f]{8}) a(\d+)(k?) ([a-z2-7]{10}) [A-Za-z0-9 ._-]{0,40}$/;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The unique name of a token.
 * @param random 10 random bytes or more; 5 bits of each are used.
 * @param pipelineName any text; cut to 40 characters, the rest of the rules applied after the cut.
 */
export function tokenName(origin: TokenOrigin, random: Uint8Array, pipelineName: string): string {
  const unique = Array.from(random.subarray(0, 10), (byte) => alphabet[byte % 32]).join('');
  const pipeline = pipelineName
    .slice(0, 40)
    .replace(/[^A-Za-z0-9 ._-]/g, '-')
    .replace(/ +$/, '');
  const { runKind, runId, job, attempt, kept } = origin;
  return `agent-pool-token ${runKind}${runId} j${job} a${attempt}${kept ? 'k' : ''} ${unique} ${pipeline}`;
}

/** What this job writes into the names of its tokens; zeros where the agent does not say. */
export function originOf(pipeline: Pipeline, kept: boolean): TokenOrigin {
  const digits = (name: string, otherwise: string) => /^\d{1,12}$/.exec(pipeline.variable(name))?.[0] ?? otherwise;
  // A release has a build id too: that of its artifact.
  const isRelease = pipeline.variable('System.HostType') !== 'build' && pipeline.variable('Release.ReleaseId') !== '';
  return {
    runKind: isRelease ? 'r' : 'b',
    runId: digits(isRelease ? 'Release.ReleaseId' : 'Build.BuildId', '0'),
    job: /^[0-9a-f]{8}/.exec(pipeline.variable('System.JobId').toLowerCase())?.[0] ?? '00000000',
    attempt: digits('System.JobAttempt', '1'),
    kept,
  };
}

/** The name of the pipeline or classic release that runs this job. */
export function pipelineNameOf(pipeline: Pipeline, { runKind }: TokenOrigin): string {
  return pipeline.variable(runKind === 'r' ? 'Release.DefinitionName' : 'Build.DefinitionName');
}

/** Whether two tokens were minted for the same job of the same run, in any attempt. */
export function isOfSameJob(one: TokenOrigin, other: TokenOrigin): boolean {
  return one.runKind === other.runKind && one.runId === other.runId && one.job === other.job;
}

/** Reads a name back, or returns undefined for any name that this extension did not write. */
export function readTokenName(name: string): TokenOrigin | undefined {
  const [, runKind, runId = '', job = '', attempt = '', kept] = shape.exec(name) ?? [];
  if (runKind !== 'b' && runKind !== 'r') return undefined;
  return { runKind, runId, job, attempt, kept: kept === 'k' };
}
