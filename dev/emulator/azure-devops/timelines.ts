import { type Answer, envelope, Refusal } from '../requests/answers';
import { type Exchange, requireApiVersion } from '../requests/exchange';
import type { State } from '../state';
import { presented } from './credentials';
import { signIn } from './sign-in-answers';

/** `GET {project}/_apis/build/builds/{id}/timeline`: the records of a run, for whoever holds a job's own token. */
export function getTimeline(exchange: Exchange, state: State): Answer {
  requireApiVersion(exchange, (version) => /^[567]\.\d(-preview(\.\d)?)?$/.test(version), '7.1');
  if (presented(exchange)?.value !== state.jobAccessToken) throw new Refusal(signIn(exchange, state));
  const [project = '', id] = exchange.route;
  const run = state.runs.find((candidate) => candidate.buildId === Number(id));
  if (!run || decodeURIComponent(project).toLowerCase() !== run.project.toLowerCase()) {
    const text = `The requested build ${id} could not be found.`;
    return envelope(404, 'BuildNotFoundException', text);
  }
  const records = run.jobs.map(({ id: jobId, name, state: progress, attempt = 1 }) => ({
    id: jobId,
    parentId: null,
    type: 'Job',
    name,
    state: progress,
    result: progress === 'completed' ? 'succeeded' : null,
    attempt,
    previousAttempts: [],
  }));
  return {
    status: 200,
    json: {
      records: [...records, ...(run.records ?? [])],
      lastChangedBy: null,
      id: run.timelineId,
      changeId: 1,
      url: '',
    },
  };
}
