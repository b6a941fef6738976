import { randomUUID } from 'node:crypto';
import { type Endpoint, maskConnection, normalUrl, readConnections, systemConnection } from '../commands/connections';
import { SecretMasker } from '../commands/masking';
import { agentVersion, predefinedVariables } from '../commands/predefined-variables';
import { Variables } from '../commands/variables';
import type { JobOptions } from '../options';
import { JobRefused } from '../refusal';
import { AgentFolder } from '../run/agent-folder';
import { minimalEnvironment } from '../run/environment';
import { resolveInputs, type StepInputs } from '../run/inputs';
import { lookupVariable } from '../run/orphans';
import { requireShell } from '../run/script-handler';
import type { StepScope } from '../run/stage-context';
import { type PipelineJob, parsePipeline } from './pipeline-file';
import type { Step } from './pipeline-steps';
import { findTask, type TaskDefinition } from './task-definition';

/** A step with everything that could be settled before the job runs. */
export interface PlannedStep {
  step: Step;
  id: string;
  scope: StepScope;
  task?: { definition: TaskDefinition; folder: string; inputs: StepInputs };
}

/** A job that nothing stands against: what it names exists, and this runner supports it. */
export interface JobPlan {
  job: PipelineJob;
  steps: PlannedStep[];
  folder: AgentFolder;
  masker: SecretMasker;
  variables: Variables;
  system: Endpoint;
  /** The worker's own environment. */
  environment: NodeJS.ProcessEnv;
  lookupId: string;
}

/** Checks a whole job and prepares its folders and variables; refuses without having run anything. */
export function planJob(options: JobOptions): JobPlan {
  const job = parsePipeline(options.pipeline);
  const connections = readConnections(options.connections ?? []);
  const lookupId = `vsts_${randomUUID()}`;
  const environment = { ...(options.processEnvironment ?? minimalEnvironment()), [lookupVariable]: lookupId };
  const definitions = job.steps.map((step) => (step.kind === 'task' ? findTask(options.tasksFolder, step.task) : step));
  for (const definition of definitions) {
    if ('kind' in definition) {
      requireShell(definition, environment);
    } else {
      checkTask(definition, options);
    }
  }
  const folder = new AgentFolder(options.agentFolder);
  try {
    folder.forgetTasks();
    folder.emptyTemp();
    return completePlan(options, { job, folder, environment, lookupId, connections, definitions });
  } catch (error) {
    folder.dispose();
    throw error;
  }
}

interface Draft extends Pick<JobPlan, 'job' | 'folder' | 'environment' | 'lookupId'> {
  connections: Endpoint[];
  definitions: (TaskDefinition | Step)[];
}

function completePlan(options: JobOptions, draft: Draft): JobPlan {
  const { job, folder, environment, lookupId, connections, definitions } = draft;
  const masker = new SecretMasker();
  const url = normalUrl(options.organizationUrl ?? 'https://dev.azure.com/fabrikam', 'the organization');
  const organizationUrl = url.endsWith('/') ? url : `${url}/`;
  const system = systemConnection(organizationUrl, options.jobAccessToken ?? `job-access-token-${randomUUID()}`);
  const variables = jobVariables(options, job, folder, organizationUrl, masker, system);
  const steps = job.steps.map((step, index): PlannedStep => {
    const definition = definitions[index];
    const task =
      step.kind === 'task' && definition !== undefined && !('kind' in definition)
        ? {
            definition,
            folder: folder.installTask(definition),
            inputs: resolveInputs(definition, step.inputs, variables, connections, { job: job.name, step: step.name }),
          }
        : undefined;
    const scope: StepScope = {
      name: step.name,
      taskVariables: new Variables(masker),
      restrictions: [step.restriction, ...(task === undefined ? [] : [task.definition.restriction])],
      outputVariables: task?.definition.outputVariables ?? [],
    };
    return { step, id: randomUUID(), scope, ...(task === undefined ? {} : { task }) };
  });
  for (const endpoint of [system, ...steps.flatMap(({ task }) => task?.inputs.endpoints ?? [])]) {
    maskConnection(endpoint, masker);
  }
  return { job, steps, folder, masker, variables, system, environment, lookupId };
}

function jobVariables(
  options: JobOptions,
  job: PipelineJob,
  folder: AgentFolder,
  organizationUrl: string,
  masker: SecretMasker,
  system: Endpoint,
): Variables {
  const variables = new Variables(masker);
  const { hostType = 'build', debug = false } = options;
  for (const [name, value] of Object.entries(predefinedVariables({ hostType, organizationUrl, debug, job, folder }))) {
    variables.set(name, value, { readOnly: name !== 'agent.jobstatus' });
  }
  for (const { name, value, readOnly } of job.variables) {
    variables.set(name, value, { readOnly });
  }
  for (const [name, value] of Object.entries(options.variables ?? {})) {
    variables.set(name, value);
  }
  const token = system.parameters.AccessToken ?? '';
  const secrets = { 'System.AccessToken': token, ...options.secretVariables };
  for (const [name, value] of Object.entries(secrets)) {
    masker.addJobSecret(value);
    const enabled = variables.get('System.EnableAccessToken')?.toLowerCase() === 'true';
    variables.set(name, value, { secret: !(name === 'System.AccessToken' && enabled) });
  }
  variables.expand();
  return variables;
}

function checkTask(task: TaskDefinition, options: JobOptions): void {
  const wanted = task.minimumAgentVersion.split('.').map(Number);
  const own = agentVersion.split('.').map(Number);
  const index = wanted.findIndex((part, position) => part !== (own[position] ?? 0));
  if (index >= 0 && (wanted[index] ?? 0) > (own[index] ?? 0)) {
    throw new JobRefused(`Task '${task.name}' demands agent ${task.minimumAgentVersion}; this is ${agentVersion}.`);
  }
  for (const [stage, handlers] of Object.entries(task.stages)) {
    if (options.handler !== undefined && handlers[options.handler] === undefined) {
      throw new JobRefused(`Task '${task.name}' has no handler ${options.handler} for its ${stage} stage.`);
    }
  }
}
