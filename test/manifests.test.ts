import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type AnySchema } from 'ajv';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';

const root = join(__dirname, '..');

interface TaskJson {
  id: string;
  name: string;
  friendlyName: string;
  minimumAgentVersion: string;
  visibility: string[];
  version: { Major: number };
  groups: { name: string }[];
  inputs: Input[];
  outputVariables: { name: string }[];
  restrictions: { commands: { mode: string } };
  execution: Record<string, { target: string }>;
  postjobexecution?: Record<string, { target: string }>;
}

interface Input {
  name: string;
  type: string;
  label: string;
  defaultValue?: string;
  groupName?: string;
  visibleRule?: string;
  helpMarkDown?: string;
  options?: Record<string, string>;
}

interface Descriptor {
  id: string;
  isConfidential: boolean;
  validation: { isRequired: boolean };
}

interface Extension {
  contributions: {
    type: string;
    properties: {
      name: string;
      inputDescriptors?: Descriptor[];
      authenticationSchemes?: { type: string; inputDescriptors: Descriptor[] }[];
    };
  }[];
  version: string;
  description: string;
  targets: { id: string }[];
  scopes: string[];
}

function read<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8')) as T;
}

function source(file: string): string {
  return readFileSync(join(root, 'src', file), 'utf8');
}

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => String(match[1])))].sort();
}

const extension = read<Extension>('vss-extension.json');
const folder = ['tasks', 'AgentPoolToken', 'AgentPoolTokenV1'];
const task = read<TaskJson>(...folder, 'task.json');
const sweep = read<TaskJson>('tasks', 'RevokeAgentPoolTokens', 'RevokeAgentPoolTokensV1', 'task.json');
const waiting = read<TaskJson>('tasks', 'WaitForAgents', 'WaitForAgentsV1', 'task.json');
const names = task.inputs.map(({ name }) => name).sort();

describe('the manifests', () => {
  it('fit the schemas of the field', () => {
    const extensionSchema = read<AnySchema>('test', 'schemas', 'vss-extension.schema.json');
    const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
    const validExtension = ajv.compile(extensionSchema);
    assert.ok(validExtension(extension), JSON.stringify(validExtension.errors, null, 2));

    // One of the schema's patterns escapes a colon, which is an error in Unicode mode.
    const ajv04 = new Ajv04({ strict: false, allErrors: true, unicodeRegExp: false });
    const validTask = ajv04.compile(read<AnySchema>('test', 'schemas', 'tasks.schema.json'));
    for (const file of taskManifests()) {
      assert.ok(validTask(read(file)), `${file}: ${JSON.stringify(validTask.errors, null, 2)}`);
    }
  });

  it('name each task folder once, and nothing that does not exist', () => {
    const contributed = extension.contributions
      .filter(({ type }) => type === 'ms.vss-distributed-task.task')
      .map(({ properties }) => properties.name);
    const folders = readdirSync(join(root, 'tasks')).map((name) => `tasks/${name}`);
    assert.deepEqual(contributed.sort(), folders.sort());
  });

  it('target Azure DevOps Services alone, ask for no scope, and describe themselves in 200 characters', () => {
    assert.deepEqual(extension.targets, [{ id: 'Microsoft.VisualStudio.Services' }]);
    assert.deepEqual(extension.scopes, []);
    assert.ok(extension.description.length <= 200);
  });
});

describe('task.json of AgentPoolToken', () => {
  it('runs the same files on both handlers, in execution and post-job', () => {
    assert.deepEqual(task.execution, { Node20_1: { target: 'main.js' }, Node24: { target: 'main.js' } });
    assert.deepEqual(task.postjobexecution, { Node20_1: { target: 'post.js' }, Node24: { target: 'post.js' } });
    for (const entry of ['main.ts', 'post.ts']) assert.ok(existsSync(join(root, ...folder, entry)), entry);
  });

  it('restricts its own commands, and wants an agent that has Node 20', () => {
    assert.equal(task.restrictions.commands.mode, 'restricted');
    assert.equal(task.minimumAgentVersion, '4.248.0');
    assert.deepEqual(task.visibility, ['Build', 'Release']);
    assert.ok(task.friendlyName.length <= 40);
    assert.equal(task.version.Major, 1);
  });

  it('declares, with the other tasks, exactly the inputs that the code reads', () => {
    const readers =
      /(?:plainInput|readBoolean|readMinutes|readList)\(\s*'(\w+)'|pipeline\.(?:input|secretInput)\('(\w+)'\)/g;
    const code = source('inputs.ts') + source('credential-inputs.ts');
    const written = [...code.matchAll(readers)].map((match) => match[1] ?? match[2]);
    const table = /const credentials = \{([^}]*)\}/.exec(code)?.[1] ?? '';
    const readNames = new Set([...written, ...matches(table, /: '(\w+)'/g)]);
    const declared = new Set([task, sweep, waiting].flatMap(({ inputs }) => inputs.map(({ name }) => name)));
    assert.deepEqual([...readNames].sort(), [...declared].sort());
  });

  it('has its input names in two files of the code and nowhere else', () => {
    const known = ['inputs.ts', 'credential-inputs.ts', 'input-values.ts', 'pipeline.ts'];
    for (const file of readdirSync(join(root, 'src')).filter((name) => !known.includes(name))) {
      assert.doesNotMatch(source(file), /\.(input|secretInput)\(/, file);
    }
  });

  it('declares exactly the outputs that the code sets', () => {
    const set = matches(source('mint.ts'), /setOutput\('(\w+)'/g);
    assert.deepEqual(set, matches(source('minting.ts'), /setOutput\('(\w+)'/g));
    assert.deepEqual(task.outputVariables.map(({ name }) => name).sort(), set);
    const reserved = /const outputs = \[([^\]]*)\]/.exec(source('inputs.ts'))?.[1] ?? '';
    assert.deepEqual(matches(reserved, /'(\w+)'/g), set);
  });

  it('offers the choices that the code knows, and defaults that are among them', () => {
    const choices = (name: string) => Object.keys(task.inputs.find((input) => input.name === name)?.options ?? {});
    assert.deepEqual(choices('scope').sort(), matches(source('scopes.ts'), /^ {2}(\w+): \{ vso/gm));
    const types = /const credentials = \{([^}]*)\}/.exec(source('credential-inputs.ts'))?.[1] ?? '';
    assert.deepEqual(choices('connectionType').sort(), matches(types, /^ {2}(\w+):/gm));
    assert.deepEqual(choices('onRevokeFailure').sort(), ['fail', 'warn']);
    for (const { name, options, defaultValue } of task.inputs) {
      if (options) assert.ok(Object.hasOwn(options, defaultValue ?? ''), name);
    }
  });

  it('has the defaults of the code', () => {
    const fallbacks = Object.fromEntries(
      [...source('inputs.ts').matchAll(/plainInput\('(\w+)', pipeline, problems\) \|\| '([^']*)'/g)].map((match) => [
        match[1],
        match[2],
      ]),
    );
    for (const [, name, value] of source('inputs.ts').matchAll(/readMinutes\('(\w+)', \{ byDefault: '(\d+)'/g)) {
      fallbacks[String(name)] = value;
    }
    assert.equal(Object.keys(fallbacks).length, 7);
    const inputs = [...task.inputs, ...sweep.inputs, ...waiting.inputs];
    for (const [name, value] of Object.entries(fallbacks)) {
      assert.equal(inputs.find((input) => input.name === name)?.defaultValue, value, name);
    }
  });

  it('labels and explains every input, and shows it by rules and groups that exist', () => {
    const groups = task.groups.map(({ name }) => name);
    for (const { name, label, helpMarkDown, groupName, visibleRule } of task.inputs) {
      assert.ok(label && helpMarkDown, name);
      if (groupName) assert.ok(groups.includes(groupName), name);
      if (visibleRule) assert.ok(names.includes(visibleRule.split(' ')[0] ?? ''), name);
    }
  });
});

describe('task.json of WaitForAgents', () => {
  it('runs the same file on both handlers, has no post-job, and restricts its own commands', () => {
    assert.deepEqual(waiting.execution, { Node20_1: { target: 'main.js' }, Node24: { target: 'main.js' } });
    assert.equal(waiting.postjobexecution, undefined);
    assert.equal(waiting.restrictions.commands.mode, 'restricted');
    assert.equal(waiting.minimumAgentVersion, '4.248.0');
  });

  it('declares exactly the outputs that the code sets', () => {
    const set = matches(source('wait.ts'), /setOutput\('(\w+)'/g);
    assert.deepEqual(waiting.outputVariables.map(({ name }) => name).sort(), set);
  });
});

describe('task.json of RevokeAgentPoolTokens', () => {
  it('runs the same file on both handlers, has no post-job, and restricts its own commands', () => {
    assert.deepEqual(sweep.execution, { Node20_1: { target: 'main.js' }, Node24: { target: 'main.js' } });
    assert.equal(sweep.postjobexecution, undefined);
    assert.equal(sweep.restrictions.commands.mode, 'restricted');
    assert.equal(sweep.minimumAgentVersion, '4.248.0');
  });

  it('declares exactly the outputs that the code sets', () => {
    const set = matches(source('sweep.ts'), /setOutput\('(\w+)'/g);
    assert.deepEqual(sweep.outputVariables.map(({ name }) => name).sort(), set);
  });

  it('has a name and an id of its own', () => {
    assert.notEqual(sweep.id, task.id);
    assert.equal(sweep.name, 'RevokeAgentPoolTokens');
    assert.equal(task.name, 'AgentPoolToken');
  });
});

describe('the service connection type', () => {
  const found = extension.contributions.find(({ type }) => type === 'ms.vss-endpoint.service-endpoint-type');
  const properties: Extension['contributions'][number]['properties'] = found?.properties ?? { name: '' };
  const [scheme, ...others] = properties.authenticationSchemes ?? [];

  it('is what the task asks for', () => {
    assert.equal(task.inputs.find(({ name }) => name === 'issuer')?.type, `connectedService:${properties.name}`);
    assert.equal(scheme?.type, 'ms.vss-endpoint.endpoint-auth-scheme-none');
    assert.deepEqual(others, []);
  });

  it('has exactly the fields that the code reads, the secret ones in the scheme and no other', () => {
    const code = source('issuer.ts');
    const open = properties.inputDescriptors ?? [];
    const secret = scheme?.inputDescriptors ?? [];
    assert.deepEqual(open.map(({ id }) => id).sort(), matches(code, /\.data\('(\w+)'\)/g));
    assert.deepEqual(secret.map(({ id }) => id).sort(), matches(code, /\.secret\('(\w+)'\)/g));
    assert.ok(open.every(({ isConfidential }) => !isConfidential));
    assert.ok(secret.every(({ isConfidential }) => isConfidential));
    const required = [...open, ...secret].filter(({ validation }) => validation.isRequired).map(({ id }) => id);
    assert.deepEqual(required.sort(), ['clientId', 'refreshToken', 'tenantId']);
  });
});

function taskManifests(): string[] {
  return readdirSync(join(root, 'tasks')).flatMap((name) =>
    readdirSync(join(root, 'tasks', name)).map((version) => `tasks/${name}/${version}/task.json`),
  );
}
