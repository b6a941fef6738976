/** What `npm run demo` printed, in its parts. */
export interface DemoOutput {
  /** The lines of the job's log. */
  log: string[];
  /** What was checked afterwards, and held, under the headings that it stood under. */
  checks: { heading: string; held: string[] }[];
}

/**
 * Takes apart what the demo printed.
 * @throws if anything of it did not hold, or is not there: a picture shows a run that was good, or none.
 */
export function readDemoOutput(text: string): DemoOutput {
  const [, ...parts] = text.split(/^\d+\. (.*)\n-+\n/m);
  const index = parts.findIndex((title) => title.startsWith('Run a job'));
  const [run = '', ...rest] = parts.slice(index + 1);
  const lines = run
    .split('\n')
    .filter((line) => line.startsWith('  | '))
    .map((line) => line.slice('  | '.length));
  const log = lines.slice(lines.findIndex((line) => line.startsWith('##[section]Starting: ')));
  const checks = rest.flatMap((heading, index) =>
    index % 2 === 0 ? [{ heading, held: claimsOf(rest[index + 1] ?? '') }] : [],
  );
  const isWhole = log[0]?.startsWith('##[section]') && checks.some(({ held }) => held.length > 0);
  if (!isWhole || !text.includes('\nAll of it held.')) throw new Error(`The demo did not run as it should:\n${text}`);
  return { log, checks };
}

function claimsOf(text: string): string[] {
  return [...text.matchAll(/^ {2}ok {2}(.+)$/gm)].map(([, claim = '']) => claim);
}

/** One step of a log: what it said between its beginning and its end. */
export interface LoggedStep {
  title: string;
  lines: string[];
}

/** The steps of a log; the second one of a name is its post-job. */
export function stepsOf(log: string[]): LoggedStep[] {
  const steps: LoggedStep[] = [];
  for (const line of log) {
    const started = /^##\[section\]Starting: (.+)$/.exec(line)?.[1];
    if (started !== undefined) {
      const again = steps.some(({ title }) => title === started);
      steps.push({ title: again ? `Post-job: ${started}` : started, lines: [] });
    } else if (!line.startsWith('##[section]Finishing: ')) {
      steps.at(-1)?.lines.push(line);
    }
  }
  return steps;
}
