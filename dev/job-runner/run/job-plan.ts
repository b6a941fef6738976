import { randomUUID } from 'node:crypto';
import type { StepScope } from '../commands/stage-context';
import { AgentFolder } from '../job/agent-folder';
import { refuseAgentSetting } from '../job/agent-settings';
import { type Endpoint, maskConnection, readConnections, systemConnection } from '../job/connections';
import { minimalEnvironment } from '../job/environment';
import { resolveInputs, type StepInputs } from '../job/inputs';
import { setJobVariables } from '../job/job-variables';
import { SecretMasker } from '../job/masking';
import { agentVersion, predefinedVariables } from '../job/predefined-variables';
import { serviceUrls } from '../job/service-urls';
import { Variables } from '../job/variables';
import type { JobOptions } from '../options';
import { serviceRuns } from '../plan/conditions';
import { type PipelineJob, parsePipeline } from '../plan/pipeline-file';
import type { Step } from '../plan/pipeline-steps';
import { findTask, type TaskDefinition } from '../plan/task-definition';
import { JobRefused } from '../refusal';
import { type NodeBinary, nodeBinary } from './node-binary';
import { lookupVariable } from './orphans';
import { requireShell } from './script-handler';

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
  /** Whether the conditions of the stage and of the job hold. */
  isToRun: boolean;
  folder: AgentFolder;
  masker: SecretMasker;
  variables: Variables;
  system: Endpoint;
  /** The connections that any step refers to: no others are sent with the job. */
  endpoints: Endpoint[];
  node: NodeBinary;
  /** The worker's own environment. */
  environment: NodeJS.ProcessEnv;
  lookupId: string;
}

/** Checks a whole job and prepares its folders and variables; refuses without having run anything. */
export function planJob(options: JobOptions): JobPlan {
  const job = parsePipeline(options.pipeline, options.parameters);
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
  const node = nodeBinary(options.node);
  const folder = new AgentFolder(options.agentFolder);
  try {
    folder.forgetTasks();
    folder.emptyTemp();
    if (options.repository !== undefined) folder.checkOut(options.repository);
    return completePlan(options, { job, folder, node, environment, lookupId, connections, definitions });
  } catch (error) {
    folder.dispose();
    throw error;
  }
}

interface Draft extends Pick<JobPlan, 'job' | 'folder' | 'node' | 'environment' | 'lookupId'> {
  connections: Endpoint[];
  definitions: (TaskDefinition | Step)[];
}

function completePlan(options: JobOptions, draft: Draft): JobPlan {
  const { job, folder, connections, definitions } = draft;
  const masker = new SecretMasker();
  const urls = serviceUrls(options.organizationUrl ?? 'https://dev.azure.com/fabrikam', options.hostType ?? 'build');
  const system = systemConnection(urls.job, options.jobAccessToken ?? `job-access-token-${randomUUID()}`);
  const { hostType = 'build', debug = false } = options;
  const variables = new Variables(masker);
  setJobVariables(variables, options, {
    predefined: predefinedVariables({ hostType, urls, debug, job, folder }),
    written: job.variables,
    jobAccessToken: system.parameters.AccessToken ?? '',
  });
  for (const name of [...Object.keys(draft.environment), ...variables.all().map((one) => one.name)]) {
    refuseAgentSetting(name);
  }
  const isToRun = serviceRuns(job.conditions, (name) => variables.get(name));
  const steps = job.steps.map((step, index): PlannedStep => {
    const definition = definitions[index];
    const task =
      step.kind === 'task' && definition !== undefined && !('kind' in definition)
        ? {
            definition,
            folder: folder.installTask(definition),
            inputs: resolveInputs(definition, step, { job: job.name, variables, connections }),
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
  const endpoints = [...new Set(steps.flatMap(({ task }) => task?.inputs.endpoints ?? []))];
  for (const endpoint of [system, ...endpoints]) {
    maskConnection(endpoint, masker);
  }
  const { node, environment, lookupId } = draft;
  return { job, steps, isToRun, folder, masker, variables, system, endpoints, node, environment, lookupId };
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
