import { documentation, takeEffect } from './command-effects';
import { type Command, parseCommand } from './commands';
import type { StageContext } from './stage-context';

/** Areas that a real agent knows, and in which kinds of job. */
const areas: Record<string, readonly ('build' | 'release')[]> = {
  task: ['build', 'release'],
  build: ['build', 'release'],
  results: ['build', 'release'],
  telemetry: ['build', 'release'],
  artifact: ['build', 'release'],
  codecoverage: ['build'],
  release: ['release'],
};

/**
 * Treats one line of output as the agent does: a logging command takes effect, anything else is shown. Returns the
 * command, if there was one.
 */
export function processLine(context: StageContext, line: string): Command | undefined {
  const command = parseCommand(line);
  if (command === undefined) {
    if (line.includes('##vso')) {
      context.warning(
        `'${line}' contains logging command keyword '##vso', but it's not a legal command. ` +
          'Please see the list of accepted commands: https://go.microsoft.com/fwlink/?LinkId=817296',
      );
    }
    context.write(line);
    return undefined;
  }
  const hosts = areas[command.area.toLowerCase()];
  if (hosts === undefined) {
    context.warning(`Cannot find command extension for ##vso[${command.area}.command]. ${documentation}`);
    return command;
  }
  if (!hosts.includes(context.job.hostType)) {
    const { hostType } = context.job;
    context.error(`${command.area} commands are not supported for ${hostType} flow. ${documentation}`);
    context.failCommand();
    context.write(line);
    return command;
  }
  try {
    takeEffect(context, command);
  } catch (error) {
    context.error(`Unable to process command '${line}' successfully. ${documentation}`);
    context.error(error instanceof Error ? error.message : String(error));
    context.failCommand();
  }
  if (!isDebug(command)) {
    context.debug(`Processed: ${line}`);
  }
  return command;
}

function isDebug({ area, event }: Command): boolean {
  return area.toLowerCase() === 'task' && event.toLowerCase() === 'debug';
}
