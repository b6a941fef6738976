import { Listr, SimpleRenderer } from 'listr2';
import { explained, Interrupted } from '../failure';
import type { Step } from '../steps/step';
import { withoutControls } from '../terminal';
import type { Tools } from '../tools';

/** Runs the steps that are not done yet, one after another, and shows each as it goes. */
export async function runSteps(steps: Step[], { interruption }: Tools): Promise<void> {
  const tasks = steps.map(({ title, there, run }) => ({
    title: withoutControls(title),
    skip: there && 'is there',
    task: async (_context: unknown, task: { output: string }) => {
      if (interruption.signal.aborted) throw new Interrupted();
      const said = new Set<string>();
      const report = (line: string) => {
        if (said.has(line)) return;
        said.add(line);
        task.output = withoutControls(line);
      };
      try {
        await run(report);
      } catch (error) {
        // listr2 prints the message of each error that a step throws, and that of an unexpected error may hold a secret.
        throw error instanceof Interrupted ? error : explained(error);
      }
    },
  }));
  // Its own listener for signals would end the process before what was made for a moment is taken away.
  const list = new Listr(tasks, { renderer: SimpleRenderer, registerSignalListeners: false, exitOnError: true });
  await list.run();
}

/** The plan, line by line: what is there, what is made, what is changed. */
export function planLines(steps: Step[]): string[] {
  return steps.map(({ title, there, changes }) => `  ${there ? '=' : changes ? '~' : '+'} ${title}`);
}
