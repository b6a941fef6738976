/**
 * A JSON schema, with the words that azure-pipelines-language-service adds to it: `firstProperty` names the keys one of
 * which has to come first, `ignoreCase` says whether letters of a key or a value may be large or small, and `aliases`
 * are other names of a key.
 */
export interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  not?: Schema;
  enum?: string[];
  pattern?: string;
  minItems?: number;
  firstProperty?: string[];
  ignoreCase?: 'key' | 'value' | 'all';
  aliases?: string[];
  definitions?: Record<string, Schema>;
}

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const texts: Schema = { type: 'object', additionalProperties: text };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const textOrList: Schema = { anyOf: [text, listOf(text)] };

/** A mapping with these keys and no others. */
export function mapping(properties: Record<string, Schema>, rest: Partial<Schema> = {}): Schema {
  return { type: 'object', properties, additionalProperties: false, ...rest };
}

const selection = mapping({ include: listOf(text), exclude: listOf(text) });
const triggering = { branches: selection, paths: selection };

const trigger: Schema = {
  anyOf: [
    { type: 'string', pattern: '^none$' },
    listOf(text),
    mapping({ ...triggering, batch: flag, tags: selection, stages: listOf(text), enabled: flag }),
  ],
};

const pr: Schema = {
  anyOf: [
    { type: 'string', pattern: '^none$' },
    listOf(text),
    mapping({ ...triggering, autoCancel: flag, drafts: flag }),
  ],
};

const schedule = mapping(
  { cron: text, displayName: text, branches: selection, batch: flag, always: flag },
  { firstProperty: ['cron'], required: ['cron'] },
);

const pool: Schema = { anyOf: [text, mapping({ name: text, vmImage: text, demands: textOrList })] };

const variables: Schema = {
  anyOf: [
    texts,
    listOf({
      anyOf: [
        mapping({ name: text, value: text, readonly: flag }, { firstProperty: ['name'], required: ['name'] }),
        mapping({ group: text }, { firstProperty: ['group'], required: ['group'] }),
      ],
    }),
  ],
};

const target: Schema = {
  anyOf: [text, mapping({ container: text, commands: { enum: ['any', 'restricted'] }, settableVariables: textOrList })],
};

/** What every step may say besides what it does. */
export const ofEveryStep: Record<string, Schema> = {
  condition: text,
  continueOnError: flag,
  displayName: text,
  enabled: flag,
  env: texts,
  name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  retryCountOnTaskFailure: { type: 'string', pattern: '^(\\d+|\\$.*)$' },
  target,
  timeoutInMinutes: { type: 'string', pattern: '^(\\d+|\\$.*)$' },
};

/** A step whose first key says what it does. */
export function step(kind: string, properties: Record<string, Schema> = {}, first: Schema = text): Schema {
  return mapping({ [kind]: first, ...properties, ...ofEveryStep }, { firstProperty: [kind], required: [kind] });
}

const script = { workingDirectory: text, failOnStderr: flag };
const preference: Schema = { enum: ['default', 'stop', 'continue', 'silentlyContinue'], ignoreCase: 'value' };
const powershell = {
  ...script,
  errorActionPreference: preference,
  warningPreference: preference,
  informationPreference: preference,
  verbosePreference: preference,
  debugPreference: preference,
  ignoreLASTEXITCODE: flag,
};

/** The steps that are no tasks. Templates, deployments and resources are not in this grammar: no pipeline here has any. */
const stepsWithoutTask: Schema[] = [
  step('script', script),
  step('bash', script),
  step('powershell', powershell),
  step('pwsh', powershell),
  step('checkout', {
    clean: flag,
    fetchDepth: text,
    fetchTags: flag,
    lfs: flag,
    path: text,
    persistCredentials: flag,
    submodules: text,
  }),
  step('publish', { artifact: text }),
];

const matrix: Schema = { anyOf: [text, { type: 'object', additionalProperties: texts }] };

const ofEveryJob: Record<string, Schema> = {
  continueOnError: flag,
  container: text,
  pool,
  steps: { $ref: '#/definitions/steps' },
  strategy: {
    anyOf: [
      mapping({ matrix, maxParallel: text }, { required: ['matrix'] }),
      mapping({ parallel: text }, { required: ['parallel'] }),
    ],
  },
  variables,
  workspace: mapping({ clean: { enum: ['outputs', 'resources', 'all'] } }),
};

const job = mapping(
  {
    job: text,
    cancelTimeoutInMinutes: text,
    condition: text,
    dependsOn: textOrList,
    displayName: text,
    timeoutInMinutes: text,
    ...ofEveryJob,
  },
  { firstProperty: ['job'], required: ['job', 'steps'] },
);

const stage = mapping(
  {
    stage: text,
    condition: text,
    dependsOn: textOrList,
    displayName: text,
    jobs: { $ref: '#/definitions/jobs' },
    pool,
    variables,
  },
  { firstProperty: ['stage'], required: ['stage', 'jobs'] },
);

const ofEveryPipeline: Record<string, Schema> = {
  name: text,
  pool,
  pr,
  schedules: listOf(schedule),
  trigger,
  variables,
};

/**
 * The grammar of a pipeline, after Microsoft's reference of the YAML schema. It is no copy of the schema that every
 * organization gives out at `_apis/distributedtask/yamlschema`: that one holds all tasks of Microsoft's, and templates,
 * which accept nearly everything. This one knows what pipelines here may use and refuses the rest.
 * @param tasks the steps that are tasks; no other task may be used.
 */
export function pipelineGrammar(tasks: readonly Schema[]): Schema {
  return {
    anyOf: [
      mapping({ ...ofEveryPipeline, stages: { $ref: '#/definitions/stages' } }, { required: ['stages'] }),
      mapping({ ...ofEveryPipeline, jobs: { $ref: '#/definitions/jobs' } }, { required: ['jobs'] }),
      mapping({ ...ofEveryPipeline, ...ofEveryJob }, { required: ['steps'] }),
    ],
    definitions: {
      stages: { ...listOf(stage), minItems: 1 },
      jobs: { ...listOf(job), minItems: 1 },
      steps: { ...listOf({ anyOf: [...stepsWithoutTask, ...tasks] }), minItems: 1 },
    },
  };
}
