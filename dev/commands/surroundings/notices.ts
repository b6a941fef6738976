import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PipelineJob, ScriptStep } from '../../job-runner';

/** Programs by which a script changes more than its own folder, or another machine. */
const farReaching = ['sudo', 'systemctl', 'launchctl', 'docker', 'podman', 'ssh', 'scp', 'kubectl', 'az', 'aws'];

/**
 * What a person should know before a job runs on their own machine, one sentence a line: which parts of the file mean
 * nothing here, and which scripts do more than print, also those that stand in files of the repository.
 */
export function noticesOf({ steps, passedOver }: PipelineJob, repository: string | undefined): string[] {
  const scripts = steps.flatMap((step) =>
    step.kind === 'task' ? [] : [{ step, programs: farReachingIn(step, repository) }],
  );
  const warned = scripts.filter(({ programs }) => programs.length > 0);
  return [
    ...(passedOver.length > 0
      ? [`This job runs here and now, although the file says otherwise: ${passedOver.join(', ')}.`]
      : []),
    ...(repository === undefined ? ['The file stands in no git repository, so that the job has no sources.'] : []),
    ...warned.map(
      ({ step, programs }) =>
        `Warning: the step '${step.displayName}' calls ${programs.join(', ')}, on this machine and for real.`,
    ),
  ];
}

function farReachingIn({ script }: ScriptStep, repository: string | undefined): string[] {
  const code = [script, ...(repository === undefined ? [] : filesIn(script, repository))]
    .join('\n')
    .replaceAll(/(^|\s)#.*$/gm, '');
  return farReaching.filter((program) => new RegExp(`(^|[\\s;|&(\`])${program}(\\s|$)`, 'm').test(code));
}

/** The texts of the scripts that a script runs, and of those beside them that they run in turn. */
function filesIn(script: string, repository: string): string[] {
  const waiting = wordsOf(script).map((word) => join(repository, word));
  const texts = new Map<string, string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (texts.has(file) || !existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    texts.set(file, text);
    const folder = dirname(file);
    waiting.push(...wordsOf(text).map((word) => join(folder, word)));
  }
  return [...texts.values()];
}

/** Words that can be the paths of scripts; `${0%/*}/` stands for the folder of the script itself. */
function wordsOf(script: string): string[] {
  return script.replaceAll('${0%/*}/', '').match(/[\w./-]+\.(sh|ps1)\b/g) ?? [];
}
