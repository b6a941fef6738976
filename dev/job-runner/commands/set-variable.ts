import { EOL } from 'node:os';
import { refuseAgentSetting } from '../job/agent-settings';
import { environmentName } from '../job/environment';
import { allowsVariable } from '../plan/restrictions';
import { type Command, flag } from './commands';
import type { StageContext } from './stage-context';

function refuseLines(context: StageContext, data: string): void {
  const allowed = context.job.variables.get('SYSTEM_UNSAFEALLOWMULTILINESECRET')?.toLowerCase() === 'true';
  if (data.includes(EOL) && !allowed) {
    throw new Error('Secrets cannot contain multiple lines');
  }
}

function refuseReadOnly(kind: 'variable' | 'task variable', name: string): never {
  throw new Error(`Cannot overwrite readonly ${kind} '${name}'.`);
}

function warnReadOnly(context: StageContext, kind: 'variable' | 'task variable', name: string): void {
  if (context.job.variables.get('agent.readOnlyVariables')?.toLowerCase() === 'true') {
    refuseReadOnly(kind, name);
  }
  context.warning(`Overwriting readonly ${kind} '${name}'. This behavior will be disabled in the future.`);
}

/** Whether this step may set the variable; the agent warns where not, and the step goes on. */
export function mayBeSet(context: StageContext, name: string): boolean {
  const allowed = allowsVariable(context.step.restrictions, name);
  if (!allowed) {
    context.warning(`Setting variable '${name}' has been disabled by the task or build definition.`);
  }
  return allowed;
}

/** Compares names as they stand in an environment, where an underscore may stand for a dot. */
function isProtected(context: StageContext, destination: string): boolean {
  const wanted = environmentName(destination);
  return context.job.variables.all().some(({ name, readOnly }) => readOnly && environmentName(name) === wanted);
}

/** `##vso[task.setvariable]`. The order of its checks decides what is masked when one of them fails. */
export function setVariable(context: StageContext, command: Command): void {
  const name = command.properties.get('variable');
  if (name === undefined) {
    throw new Error("Required field 'variable' is missing in ##vso[task.setvariable] command.");
  }
  refuseAgentSetting(name);
  const output = flag(command, 'isoutput');
  const { protectsReadOnlyNames } = context.job;
  const destination = context.destination(name, output);
  if (protectsReadOnlyNames && isProtected(context, destination)) {
    refuseReadOnly('variable', destination);
  }
  const secret = flag(command, 'issecret');
  // Not the destination: without the protection, an output may be set as often as a task likes.
  if (context.job.variables.isReadOnly(name)) {
    warnReadOnly(context, 'variable', name);
  }
  if (secret) {
    refuseLines(context, command.data);
    context.maskEscaped(command.data);
  }
  if (mayBeSet(context, name)) {
    const isOutput = destination !== name;
    context.setVariable(name, command.data, {
      secret,
      output,
      readOnly: flag(command, 'isreadonly') || output || (isOutput && protectsReadOnlyNames),
      preserveCase: flag(command, 'preservecase'),
    });
  }
}

/** `##vso[task.settaskvariable]`, which no restriction forbids. */
export function setTaskVariable(context: StageContext, command: Command): void {
  const name = command.properties.get('variable');
  if (name === undefined) {
    throw new Error("Required field 'variable' is missing in ##vso[task.settaskvariable] command.");
  }
  const { taskVariables } = context.step;
  if (taskVariables.isReadOnly(name)) {
    warnReadOnly(context, 'task variable', name);
  }
  const secret = flag(command, 'issecret');
  if (secret) {
    refuseLines(context, command.data);
  }
  const readOnly = flag(command, 'isreadonly');
  taskVariables.set(name, command.data, { secret, readOnly, preserveCase: flag(command, 'preservecase') });
}
