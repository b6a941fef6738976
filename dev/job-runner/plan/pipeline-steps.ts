import { JobRefused } from '../refusal';
import { type Condition, parseCondition } from './conditions';
import { isKnownPattern, type Restriction } from './restrictions';
import { Mapping } from './yaml-mapping';

/** What every step may say. */
export interface StepSettings {
  /** The reference name: the step's own, or the one that the service gives. */
  name: string;
  displayName: string;
  condition: Condition;
  continueOnError: boolean;
  /** 0 is no limit. Parts of a minute are accepted here, though not by the service. */
  timeoutInMinutes: number;
  retryCount: number;
  env: Record<string, string>;
  restriction: Restriction;
  path: string;
}

export interface TaskStep extends StepSettings {
  kind: 'task';
  /** As written: `Name@1` or `publisher.extension.contribution.Name@1`. */
  task: string;
  inputs: Record<string, string>;
}

export interface ScriptStep extends StepSettings {
  kind: 'script' | 'bash' | 'pwsh';
  script: string;
  workingDirectory: string;
  failOnStderr: boolean;
}

export type Step = TaskStep | ScriptStep;

/** The task behind each shorthand: it gives an unnamed step its name. */
const shorthands = { script: 'CmdLine', bash: 'Bash', pwsh: 'PowerShell' } as const;

interface Draft {
  step: Step;
  defaultName: string;
}

/** Reads the steps of a job. Disabled steps are left out, as the service leaves them out of the job. */
export function parseSteps(values: readonly unknown[], path: string): Step[] {
  const drafts = values.map((value, index) => parseStep(new Mapping(value, `${path}[${index}]`)));
  return nameSteps(drafts.filter((draft) => draft !== undefined));
}

function parseStep(mapping: Mapping): Draft | undefined {
  if (mapping.has('checkout')) {
    const what = mapping.text('checkout');
    // The sources stand in their folder from the beginning: see JobOptions.repository.
    if (what !== 'none' && what !== 'self') {
      throw new JobRefused(
        `${mapping.pathOf('checkout')}: 'checkout: ${what}' is not supported; 'none' and 'self' are.`,
      );
    }
    mapping.done();
    return undefined;
  }
  const kind = (['task', 'script', 'bash', 'pwsh'] as const).find((key) => mapping.has(key));
  if (kind === undefined) {
    const keys = mapping.keys().join(', ');
    throw new JobRefused(`${mapping.path}: no step of a kind that this runner knows (its keys: ${keys}).`);
  }
  const content = mapping.text(kind) ?? '';
  const defaultName = kind === 'task' ? taskName(content, mapping.pathOf(kind)) : shorthands[kind];
  const enabled = mapping.flag('enabled', true);
  const settings = parseSettings(mapping, defaultName);
  const step: Step =
    kind === 'task'
      ? { ...settings, kind, task: content, inputs: mapping.texts('inputs') }
      : {
          ...settings,
          kind,
          script: content,
          workingDirectory: mapping.text('workingDirectory') ?? '',
          failOnStderr: mapping.flag('failOnStderr', false),
        };
  mapping.done();
  return enabled ? { step, defaultName } : undefined;
}

function taskName(reference: string, path: string): string {
  const name = /^(?:[\w-]+\.[\w-]+\.[\w-]+\.)?([\w-]+)@\d+(?:\.\d+\.\d+)?$/.exec(reference)?.[1];
  if (name === undefined) {
    throw new JobRefused(`${path}: '${reference}' is not a task reference such as Name@1.`);
  }
  return name.replaceAll('-', '_');
}

function parseSettings(mapping: Mapping, defaultName: string): StepSettings {
  const name = mapping.text('name') ?? '';
  if (name !== '' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new JobRefused(`${mapping.pathOf('name')}: '${name}' is not a valid step name.`);
  }
  if (/^__system_(pre|post)targettask_/i.test(name)) {
    throw new JobRefused(
      `${mapping.pathOf('name')}: '${name}' is a decorator's, which is not supported by this runner.`,
    );
  }
  return {
    name,
    displayName: mapping.text('displayName') || name || defaultName,
    condition: parseCondition(mapping.text('condition'), mapping.pathOf('condition')),
    continueOnError: mapping.flag('continueOnError', false),
    timeoutInMinutes: mapping.number('timeoutInMinutes', 0),
    retryCount: mapping.number('retryCountOnTaskFailure', 0),
    env: mapping.texts('env'),
    restriction: parseTarget(mapping),
    path: mapping.path,
  };
}

function parseTarget(step: Mapping): Restriction {
  const path = step.pathOf('target');
  const target = step.take('target');
  if (target === undefined || target === 'host') {
    return { restricted: false };
  }
  if (typeof target === 'string') {
    throw new JobRefused(`${path}: the container '${target}' is not supported by this runner.`);
  }
  const mapping = new Mapping(target, path);
  const commands = mapping.text('commands') ?? 'any';
  if (commands !== 'any' && commands !== 'restricted') {
    throw new JobRefused(`${mapping.pathOf('commands')}: '${commands}' is neither 'any' nor 'restricted'.`);
  }
  const restriction: Restriction = { restricted: commands === 'restricted' };
  const variables = mapping.take('settableVariables');
  mapping.done();
  if (variables === undefined) {
    return restriction;
  }
  if (variables !== 'none' && !Array.isArray(variables)) {
    throw new JobRefused(`${mapping.pathOf('settableVariables')}: expected 'none' or a list of names.`);
  }
  const settableVariables = variables === 'none' ? [] : variables.map(String);
  const unknown = settableVariables.find((pattern) => !isKnownPattern(pattern));
  if (unknown !== undefined) {
    throw new JobRefused(`${mapping.pathOf('settableVariables')}: the pattern '${unknown}' is not supported.`);
  }
  return { ...restriction, settableVariables };
}

/** Unnamed steps get their task's name, numbered from 1 where several share it, as the service does. */
function nameSteps(drafts: readonly Draft[]): Step[] {
  const known = new Set<string>();
  for (const { step } of drafts) {
    if (step.name !== '' && known.has(step.name.toLowerCase())) {
      throw new JobRefused(`${step.path}.name: step names must be unique; '${step.name}' is taken.`);
    }
    known.add(step.name.toLowerCase());
  }
  const unnamed = drafts.filter(({ step }) => step.name === '');
  for (const defaultName of new Set(unnamed.map((draft) => draft.defaultName))) {
    const group = unnamed.filter((draft) => draft.defaultName === defaultName);
    let number = 0;
    for (const { step } of group) {
      let candidate = group.length === 1 ? defaultName : `${defaultName}${++number}`;
      while (known.has(candidate.toLowerCase())) {
        candidate = `${defaultName}${++number}`;
      }
      known.add(candidate.toLowerCase());
      step.name = candidate;
    }
  }
  return drafts.map(({ step }) => step);
}
