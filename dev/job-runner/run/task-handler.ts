import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type StageEnvironment, taskEnvironment } from '../job/environment';
import { expandMacros } from '../job/macros';
import type { HandlerName, StageName } from '../options';
import { chooseHandler, type TaskDefinition } from '../plan/task-definition';

/** A process to start. */
export interface Launch {
  file: string;
  arguments: string[];
  workingDirectory: string;
  environment: Record<string, string>;
  windowsVerbatimArguments?: boolean;
}

export interface TaskLaunch {
  task: TaskDefinition;
  /** Where the task was unpacked on this agent. */
  folder: string;
  stage: StageName;
  node: string;
  handler: HandlerName | undefined;
  environment: StageEnvironment;
}

/** How the agent would start this stage of a task. */
export function launchTask({ task, folder, stage, node, handler, environment }: TaskLaunch): Launch {
  const data = chooseHandler(task.stages[stage] ?? {}, handler);
  if (data === undefined) {
    throw new Error(
      'A supported task execution handler was not found. This error will appear when a task is not compatible with ' +
        'your current operating system. Contact the task author for more details.',
    );
  }
  const { inputs, variables } = environment;
  // The agent fills this macro for the main stage alone.
  const directory = stage === 'main' ? folder : undefined;
  const expand = (text: string) =>
    expandMacros(
      expandMacros(
        expandMacros(text, (name) => (name.toLowerCase() === 'currentdirectory' ? directory : undefined)),
        (name) => [...inputs].find(([input]) => input.toLowerCase() === name.toLowerCase())?.[1],
      ),
      (name) => variables.get(name),
    );
  const target = resolve(folder, expand(data.target));
  if (data.target === '' || !existsSync(target) || !statSync(target).isFile()) {
    throw new Error(`File not found: '${target}'`);
  }
  return {
    file: node,
    arguments: [target],
    workingDirectory: expand(data.workingDirectory) || variables.get('System.DefaultWorkingDirectory') || folder,
    environment: taskEnvironment(environment),
  };
}

/** The lines that a task's log begins with. */
export function taskBanner(task: TaskDefinition): string[] {
  const rule = '='.repeat(78);
  return [
    rule,
    `Task         : ${task.friendlyName}`,
    `Description  : ${task.description}`,
    `Version      : ${task.version}`,
    `Author       : ${task.author}`,
    `Help         : ${task.help}`,
    rule,
  ];
}

/** How the agent words a process that did not end with 0. */
export function exitCodeMessage(launch: Launch, exitCode: number | null): string {
  const quoted = launch.arguments.map((argument) => `"${argument}"`).join(' ');
  return (
    `Exit code ${exitCode ?? 'of a signal'} returned from process: file name '${launch.file}', ` +
    `arguments '${quoted}'.`
  );
}
