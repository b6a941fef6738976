/** What a step's task or its `target` in the YAML forbids to logging commands. */
export interface Restriction {
  restricted: boolean;
  /** Names that may be set; absent means all. */
  settableVariables?: readonly string[];
}

const allowedWhenRestricted = new Set([
  'task.logdetail',
  'task.logissue',
  'task.issue',
  'task.complete',
  'task.setprogress',
  'task.setsecret',
  'task.setvariable',
  'task.debug',
  'task.settaskvariable',
  'task.prependpath',
  'telemetry.publish',
]);

/** Whether every restriction lets this command through. */
export function allowsCommand(restrictions: readonly Restriction[], area: string, event: string): boolean {
  return (
    allowedWhenRestricted.has(`${area}.${event}`.toLowerCase()) ||
    restrictions.every((restriction) => !restriction.restricted)
  );
}

/** Whether every restriction lets this variable be set. */
export function allowsVariable(restrictions: readonly Restriction[], name: string): boolean {
  return restrictions.every(
    ({ settableVariables }) =>
      settableVariables === undefined || settableVariables.some((pattern) => expressionOf(pattern).test(name)),
  );
}

/** Whether this is a pattern that `allowsVariable` understands: a name in which `*` and `?` are wildcards. */
export function isKnownPattern(pattern: string): boolean {
  return !/[[\]{}()!+@#\\/|]/.test(pattern);
}

/** Wildcards pass over a dot at the beginning, as in names of files. */
function expressionOf(pattern: string): RegExp {
  const literal = pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
  return new RegExp(/^[*?]/.test(pattern) ? `^(?!\\.)${literal}$` : `^${literal}$`, 'i');
}
