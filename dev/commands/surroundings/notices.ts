import type { PipelineJob, ScriptStep } from '../../job-runner';

/** Programs by which a script changes more than its own folder, or another machine. */
const farReaching = ['sudo', 'systemctl', 'launchctl', 'docker', 'podman', 'ssh', 'scp', 'kubectl', 'az'];

/**
 * What a person should know before a job runs on their own machine, one sentence a line: which parts of the file mean
 * nothing here, and which scripts do more than print.
 */
export function noticesOf({ steps, passedOver }: PipelineJob): string[] {
  const scripts = steps.flatMap((step) => (step.kind === 'task' ? [] : [{ step, programs: farReachingIn(step) }]));
  const warned = scripts.filter(({ programs }) => programs.length > 0);
  return [
    ...(passedOver.length > 0
      ? [`This job runs here and now, although the file says otherwise: ${passedOver.join(', ')}.`]
      : []),
    ...warned.map(
      ({ step, programs }) =>
        `Warning: the step '${step.displayName}' calls ${programs.join(', ')}, on this machine and for real.`,
    ),
  ];
}

function farReachingIn({ script }: ScriptStep): string[] {
  const code = script.replaceAll(/(^|\s)#.*$/gm, '');
  return farReaching.filter((program) => new RegExp(`(^|[\\s;|&(\`])${program}(\\s|$)`, 'm').test(code));
}
