import type { Pipeline } from '../agent/pipeline';
import type { Conversation } from '../http/conversation';
import { fieldsOf } from '../json';
import type { Secret } from '../secret';
import { readJobIdentity } from './job';
import { isSameOrganization, type Organization } from './organization';
import { bearer, requestHeaders } from './request';
import type { TokenOrigin } from './tokens/token-name';

/** A job of a pipeline run, as the name of its token states it. */
export type JobOfRun = Pick<TokenOrigin, 'runId' | 'job' | 'attempt'>;

interface TimelineJob {
  id: string;
  attempt: number;
  completed: boolean;
}

/** What the runs of this project's pipelines say about their jobs, read once a run. */
export class Runs {
  readonly #conversation: Conversation;
  readonly #url: string;
  readonly #jobToken: Secret;
  readonly #timelines = new Map<string, Promise<TimelineJob[] | undefined>>();

  /** @returns undefined where this job cannot read runs of the organization: it runs in another one. */
  static open(conversation: Conversation, pipeline: Pipeline, organization: Organization): Runs | undefined {
    const identity = readJobIdentity(pipeline);
    const project = pipeline.variable('System.TeamProjectId') || pipeline.variable('System.TeamProject');
    // Dots would lead out of the organization.
    if (/^\.{0,2}$/.test(project) || !identity || !isSameOrganization(identity.organization, organization)) {
      return undefined;
    }
    return new Runs(conversation, `${organization.url}/${encodeURIComponent(project)}`, identity.token);
  }

  private constructor(conversation: Conversation, url: string, jobToken: Secret) {
    this.#conversation = conversation;
    this.#url = url;
    this.#jobToken = jobToken;
  }

  /**
   * Whether a job has ended. One request a run; never throws, because what cannot be read is no reason to stop.
   * @returns undefined where that cannot be read: a run of another project, or one that is gone.
   */
  async hasEnded({ runId, job, attempt }: JobOfRun): Promise<boolean | undefined> {
    const known = this.#timelines.get(runId) ?? this.#read(runId);
    this.#timelines.set(runId, known);
    const jobs = await known;
    if (!jobs || jobs.length === 0) return undefined;
    const same = jobs.filter(({ id }) => id.startsWith(job));
    // A later attempt of a job begins only when the earlier one has ended.
    if (same.length > 0) return same.every((other) => other.completed || other.attempt > Number(attempt));
    return jobs.every(({ completed }) => completed) ? true : undefined;
  }

  /** https://learn.microsoft.com/rest/api/azure/devops/build/timeline/get */
  async #read(runId: string): Promise<TimelineJob[] | undefined> {
    try {
      const answer = await this.#conversation.ask({
        method: 'GET',
        url: `${this.#url}/_apis/build/builds/${runId}/timeline?api-version=7.1`,
        headers: requestHeaders(bearer(this.#jobToken)),
        doing: 'Reading the timeline of a run',
        secrets: [this.#jobToken],
        again: 'any-fault',
      });
      const records = answer.field('records');
      if (answer.status !== 200 || !Array.isArray(records)) return undefined;
      return records.map(readJob).filter((record) => record !== undefined);
    } catch {
      return undefined;
    }
  }
}

function readJob(record: unknown): TimelineJob | undefined {
  const { type, id, state, attempt } = fieldsOf(record);
  if (type !== 'Job' || typeof id !== 'string') return undefined;
  return { id: id.toLowerCase(), completed: state === 'completed', attempt: typeof attempt === 'number' ? attempt : 1 };
}
