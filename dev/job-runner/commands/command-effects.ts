import { allowsCommand } from '../plan/restrictions';
import type { StageOutcome } from '../results';
import { type Command, flag } from './commands';
import { setEndpoint } from './set-endpoint';
import { mayBeSet, setTaskVariable, setVariable } from './set-variable';
import type { StageContext } from './stage-context';

/** Where the agent's own messages point. */
export const documentation = 'Please reference documentation (http://go.microsoft.com/fwlink/?LinkId=817296)';

/** Commands of a real agent that would reach the service; there is none behind this runner. */
const unsupported = new Set([
  'task.uploadsummary',
  'task.uploadfile',
  'task.addattachment',
  'build.addbuildtag',
  'build.updatebuildnumber',
  'build.uploadlog',
  'build.uploadsummary',
  'artifact.associate',
  'artifact.upload',
  'results.publish',
  'codecoverage.publish',
  'codecoverage.enable',
  'release.updatereleasename',
]);

/** Does what a command of a known area asks for. Throws what fails the step. */
export function takeEffect(context: StageContext, command: Command): void {
  const area = command.area.toLowerCase();
  const name = `${area}.${command.event.toLowerCase()}`;
  const effect = effects[name];
  if (effect === undefined && !unsupported.has(name)) {
    throw new Error(`##vso[${area}.${command.event}] is not a recognized command for ${area} command extension.`);
  }
  if (!allowsCommand(context.step.restrictions, area, command.event)) {
    context.warning(
      `##vso[${command.area}.${command.event}] is not allowed in this step due to policy restrictions. ${documentation}`,
    );
    return;
  }
  if (effect === undefined) {
    throw new Error(`##vso[${name}] is not supported by this runner.`);
  }
  effect(context, command);
}

const effects: Record<string, (context: StageContext, command: Command) => void> = {
  'task.setvariable': setVariable,
  'task.settaskvariable': setTaskVariable,
  'task.setendpoint': setEndpoint,
  'task.setsecret': (context, { data }) => {
    if (data !== '') {
      context.job.masker.add(data);
    }
  },
  'task.logissue': logIssue,
  'task.issue': logIssue,
  'task.complete': complete,
  'task.debug': (context, { data }) => context.debug(data),
  'task.prependpath': prependPath,
  // Shown only beside the running step in the service.
  'task.setprogress': () => {},
  'task.logdetail': () => {},
  'telemetry.publish': () => {},
};

function logIssue(context: StageContext, { properties, data }: Command): void {
  const type = properties.get('type');
  if (type === undefined) {
    context.warning("Can't create TaskIssue from logging event.");
    return;
  }
  const kind = type.toLowerCase();
  if (kind !== 'error' && kind !== 'warning') {
    throw new Error(`issue type ${type} is not an expected issue type.`);
  }
  const source = properties.get('sourcepath');
  const place = `${source}(${properties.get('linenumber') ?? ''},${properties.get('columnnumber') ?? ''})`;
  const message = source === undefined ? data : `${place}: ${type} ${properties.get('code') ?? ''}: ${data}`;
  context.addIssue({ type: kind, message });
}

const results: readonly string[] = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled', 'Skipped'];

function complete(context: StageContext, command: Command): void {
  const result = command.properties.get('result');
  if (result === 'Abandoned') {
    throw new Error('##vso[task.complete result=Abandoned] is not supported by this runner.');
  }
  if (result === undefined || !results.includes(result)) {
    throw new Error("Command doesn't have valid result value.");
  }
  context.complete(result as StageOutcome, command.data);
  if (flag(command, 'done')) {
    context.onDone();
  }
}

function prependPath(context: StageContext, { data }: Command): void {
  if (!mayBeSet(context, 'PATH')) {
    return;
  }
  if (data === '') {
    throw new Error('##vso[task.prependpath] needs a path.');
  }
  const { prependPath: paths } = context.job;
  const known = paths.indexOf(data);
  if (known >= 0) {
    paths.splice(known, 1);
  }
  paths.push(data);
}
