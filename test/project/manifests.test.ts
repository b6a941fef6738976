import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type AnySchema } from 'ajv';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { defaultValues, type TaskManifest, visibleInputs } from '../../dev/preview/manifests/task-manifest';
import { inputsOf, parseVisibleRule } from '../../dev/preview/manifests/visible-rule';
import { dialogFields, everyPick, expectedFields, visibleFields } from '../dev/preview/visible-fields';

const root = join(__dirname, '..', '..');

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
  name: string;
  description?: string;
  inputMode: string;
  validation: {
    isRequired: boolean;
    dataType: string;
    maxLength?: number;
    pattern?: string;
    patternMismatchErrorMessage?: string;
  };
}

interface Extension {
  contributions: {
    type: string;
    properties: {
      name: string;
      helpMarkDown?: string;
      url?: { displayName: string; helpText: string; required: boolean; isVisible: string };
      dataSources?: unknown;
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

/** All code in a folder of src. */
function source(...folders: string[]): string {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, 'src', folder, name), 'utf8')),
  );
  return files.join('\n');
}

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => String(match[1])))].sort();
}

const taskFolders = readdirSync(join(root, 'src')).filter((name) => /^(agent-pool|revoke-|wait-|renew-)/.test(name));
/** Fields of other types of service connection. */
const foreign = ['environmentAuthorityUrl', 'servicePrincipalKey'];
const extension = read<Extension>('vss-extension.json');
const folder = ['tasks', 'AgentPoolToken', 'AgentPoolTokenV1'];
const task = read<TaskJson>(...folder, 'task.json');
const sweep = read<TaskJson>('tasks', 'RevokeAgentPoolTokens', 'RevokeAgentPoolTokensV1', 'task.json');
const renewal = read<TaskJson>('tasks', 'RenewAgentPoolTokenIssuer', 'RenewAgentPoolTokenIssuerV1', 'task.json');
const waiting = read<TaskJson>('tasks', 'WaitForAgents', 'WaitForAgentsV1', 'task.json');

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
    const code = source(...taskFolders, 'sign-in');
    const readers = /reader\s*\.(?:text|oneOf|boolean|minutes|list|secret|name)(?:<[^>]*>)?\(\s*'(\w+)'/g;
    const table = /const inputs = \{([^}]*)\}/.exec(source('sign-in'))?.[1] ?? '';
    const readNames = new Set([...matches(code, readers), ...matches(table, /: '(\w+)'/g)]);
    const declared = new Set(taskManifests().flatMap((file) => read<TaskJson>(file).inputs.map(({ name }) => name)));
    assert.deepEqual([...readNames].sort(), [...declared].sort());
  });

  it('is read through the reader of inputs alone', () => {
    for (const folder of [...taskFolders, 'sign-in', 'azure-devops', 'http']) {
      assert.doesNotMatch(source(folder), /pipeline\.(input|secretInput)\(/, folder);
    }
  });

  it('declares exactly the outputs that the code sets', () => {
    const set = matches(source('agent-pool-token'), /setOutput\('(\w+)'/g);
    assert.deepEqual(task.outputVariables.map(({ name }) => name).sort(), set);
    const reserved = /const outputs = \[([^\]]*)\]/.exec(source('agent-pool-token'))?.[1] ?? '';
    assert.deepEqual(matches(reserved, /'(\w+)'/g), set);
  });

  it('offers the choices that the code knows, and defaults that are among them', () => {
    const choices = (name: string) => Object.keys(task.inputs.find((input) => input.name === name)?.options ?? {});
    assert.deepEqual(choices('scope').sort(), matches(source('azure-devops/tokens'), /^ {2}(\w+): \{ vso/gm));
    const types = /const inputs = \{([^}]*)\}/.exec(source('sign-in'))?.[1] ?? '';
    assert.deepEqual(choices('connectionType').sort(), matches(types, /^ {2}(\w+):/gm));
    assert.deepEqual(choices('onRevokeFailure').sort(), ['fail', 'warn']);
    for (const { name, options, defaultValue } of task.inputs) {
      if (options) assert.ok(Object.hasOwn(options, defaultValue ?? ''), name);
    }
  });

  it('has the defaults of the code', () => {
    const code = source(...taskFolders, 'sign-in');
    const word = /reader\.oneOf\('(\w+)', [^)]*?, '(\w+)'\)|reader\.text\('(\w+)'\) \|\| '([^']*)'/g;
    const other = /reader\.(?:minutes\('(\w+)', \{ byDefault: (\d+)|boolean\('(\w+)', (true|false)\))/g;
    const found = [...code.matchAll(word), ...code.matchAll(other)].map((match) => match.slice(1).filter(Boolean));
    assert.ok(found.length >= 9, `${found.length} defaults`);
    const inputs = taskManifests().flatMap((file) => read<TaskJson>(file).inputs);
    for (const [name = '', value] of found) {
      assert.ok(
        inputs.some((input) => input.name === name && input.defaultValue === value),
        `${name} ${value}`,
      );
    }
  });
});

for (const [title, rows] of Object.entries(visibleFields)) {
  const manifest = read<TaskManifest & TaskJson>('tasks', title, `${title}V1`, 'task.json');
  const inputNames = manifest.inputs.map(({ name }) => name);

  describe(`the form of ${title}`, () => {
    it('shows for every pick of every list exactly the fields of the interface', () => {
      const picks = everyPick(manifest.inputs);
      for (const pick of picks) {
        const values = { ...defaultValues(manifest), ...pick };
        const shown = visibleInputs(manifest, values).map(({ name }) => name);
        assert.deepEqual(shown.sort(), expectedFields(title, pick), JSON.stringify(pick));
      }
      assert.ok(picks.length >= rows.length);
    });

    it('shows every input for some pick', () => {
      const shown = new Set(rows.flatMap(({ fields }) => fields));
      assert.deepEqual([...shown].sort(), [...inputNames].sort());
    });

    it('has rules that ask about lists of this form, and about options that they have', () => {
      for (const { visibleRule } of [...manifest.inputs, ...manifest.groups]) {
        if (visibleRule === undefined) continue;
        // The platform does not say which of the two binds closer.
        assert.ok(!(visibleRule.includes('&&') && visibleRule.includes('||')), visibleRule);
        const rule = parseVisibleRule(visibleRule);
        for (const name of inputsOf(rule)) assert.ok(inputNames.includes(name), `${visibleRule}: ${name}`);
        for (const { input, value } of rule.flat()) {
          const { options } = manifest.inputs.find(({ name }) => name === input) ?? {};
          assert.ok(options && Object.hasOwn(options, value), `${visibleRule}: ${value}`);
        }
      }
    });

    it('labels and explains every input in sentences, in groups that exist and are used', () => {
      const groups = manifest.groups.map(({ name }) => name);
      for (const { name, label, helpMarkDown, groupName } of manifest.inputs) {
        assert.match(label, /^[A-Z].{1,70}[^.:]$/, name);
        assert.match(helpMarkDown ?? '', /^[A-Z*][\s\S]{40,}\.$/, name);
        if (groupName !== undefined) assert.ok(groups.includes(groupName), name);
      }
      const used = manifest.inputs.flatMap(({ groupName }) => groupName ?? []);
      assert.deepEqual([...new Set(used)].sort(), groups.sort());
    });

    it('says what a personal access token is before it speaks of one by its abbreviation', () => {
      for (const text of [
        manifest.description,
        manifest.helpMarkDown,
        ...manifest.inputs.map((input) => input.helpMarkDown),
      ]) {
        const abbreviation = (text ?? '').search(/\bPATs?\b/);
        if (abbreviation >= 0) assert.match((text ?? '').slice(0, abbreviation), /personal access tokens? \($/);
      }
    });

    it('names the step after inputs that it has, and is there for builds and releases', () => {
      const named = matches(manifest.instanceNameFormat, /\$\((\w+)\)/g);
      assert.ok(named.length > 0);
      for (const name of named) assert.ok(inputNames.includes(name), name);
      assert.deepEqual(manifest.visibility, ['Build', 'Release']);
    });

    it('lists self-hosted pools of the organization, page by page, and still takes a variable', () => {
      const lists = manifest.inputs.filter(({ type, options }) => type === 'pickList' && !options);
      const bindings = manifest.dataSourceBindings ?? [];
      assert.deepEqual(
        bindings.map(({ target }) => target),
        lists.map(({ name }) => name),
      );
      for (const list of lists) {
        assert.equal(list.properties?.EditableOptions, 'True');
        assert.match(list.helpMarkDown ?? '', /self-hosted pools of the organization that this pipeline is in/);
      }
      for (const binding of bindings) {
        const { endpointUrl, ...rest } = binding;
        const { pathname, searchParams } = new URL(
          endpointUrl.replace('{{endpoint.url}}', 'https://dev.azure.com/fabrikam'),
        );
        assert.equal(pathname, '/fabrikam/_apis/distributedtask/pools');
        assert.deepEqual(Object.fromEntries(searchParams), {
          poolType: 'automation',
          continuationToken: '{{{continuationToken}}}',
          'api-version': '7.1',
        });
        assert.deepEqual(rest, {
          target: 'pool',
          endpointId: 'tfs:teamfoundation',
          resultSelector: 'jsonpath:$.value[?(@.isHosted==false)]',
          resultTemplate: '{ "Value" : "{{{name}}}", "DisplayValue" : "{{{name}}}" }',
          callbackContextTemplate: '{ "continuationToken" : "{{{headers.x-ms-continuationtoken}}}" }',
          callbackRequiredTemplate: '{{{#headers.x-ms-continuationtoken}}}true{{{/headers.x-ms-continuationtoken}}}',
          initialContextTemplate: '{ "continuationToken" : "" }',
        });
      }
    });
  });
}

describe('task.json of WaitForAgents', () => {
  it('runs the same file on both handlers, has no post-job, and restricts its own commands', () => {
    assert.deepEqual(waiting.execution, { Node20_1: { target: 'main.js' }, Node24: { target: 'main.js' } });
    assert.equal(waiting.postjobexecution, undefined);
    assert.equal(waiting.restrictions.commands.mode, 'restricted');
    assert.equal(waiting.minimumAgentVersion, '4.248.0');
  });

  it('declares exactly the outputs that the code sets', () => {
    const set = matches(source('wait-for-agents'), /setOutput\('(\w+)'/g);
    assert.deepEqual(waiting.outputVariables.map(({ name }) => name).sort(), set);
  });
});

describe('task.json of RenewAgentPoolTokenIssuer', () => {
  it('runs the same file on both handlers, has no post-job, and restricts its own commands', () => {
    assert.deepEqual(renewal.execution, { Node20_1: { target: 'main.js' }, Node24: { target: 'main.js' } });
    assert.equal(renewal.postjobexecution, undefined);
    assert.equal(renewal.restrictions.commands.mode, 'restricted');
    assert.equal(renewal.minimumAgentVersion, '4.248.0');
    const ids = [task, sweep, renewal, waiting].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('declares exactly the outputs that the code sets', () => {
    const set = matches(source('renew-agent-pool-token-issuer'), /setOutput\('(\w+)'/g);
    assert.deepEqual(renewal.outputVariables.map(({ name }) => name).sort(), set.sort());
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
    const set = matches(source('revoke-agent-pool-tokens'), /setOutput\('(\w+)'/g);
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
  const [scheme, federation, ...others] = properties.authenticationSchemes ?? [];

  it('is what the task asks for', () => {
    assert.equal(task.inputs.find(({ name }) => name === 'issuer')?.type, `connectedService:${properties.name}`);
    assert.equal(scheme?.type, 'ms.vss-endpoint.endpoint-auth-scheme-none');
    assert.equal(federation?.type, 'ms.vss-endpoint.endpoint-auth-scheme-workload-identity-federation');
    assert.deepEqual(others, []);
  });

  it('has exactly the fields that the code reads, the secret ones in the scheme and no other', () => {
    const code = source('sign-in');
    const open = properties.inputDescriptors ?? [];
    const secret = scheme?.inputDescriptors ?? [];
    assert.deepEqual(
      open.map(({ id }) => id).sort(),
      matches(code, /(?:fieldOf\(connection, |connection\.data\()'(\w+)'\)/g).filter((name) => !foreign.includes(name)),
    );
    assert.deepEqual(
      secret.map(({ id }) => id).sort(),
      matches(code, /connection\.secret\('(\w+)'\)/g).filter((name) => !foreign.includes(name)),
    );
    assert.ok(open.every(({ isConfidential }) => !isConfidential));
    assert.ok(secret.every(({ isConfidential }) => isConfidential));
    const required = [...open, ...secret].filter(({ validation }) => validation.isRequired).map(({ id }) => id);
    assert.deepEqual(required.sort(), ['clientId', 'refreshToken', 'tenantId']);
  });

  it('wants no client secret where the identity token of the job takes its place', () => {
    const fields = federation?.inputDescriptors ?? [];
    assert.deepEqual(
      fields.map(({ id, isConfidential, validation }) => [id, isConfidential, validation.isRequired]),
      [['refreshToken', true, false]],
    );
  });

  it('asks for its fields in this order', () => {
    const scheme = properties.authenticationSchemes?.[0]?.inputDescriptors ?? [];
    const ids = [...(properties.inputDescriptors ?? []), ...scheme].map(({ id }) => id);
    assert.deepEqual(['url', ...ids], dialogFields);
  });

  it('labels and explains every field, and says where the guide is', () => {
    const scheme = properties.authenticationSchemes?.[0]?.inputDescriptors ?? [];
    for (const { id, name, description } of [...(properties.inputDescriptors ?? []), ...scheme]) {
      assert.match(name, /^[A-Z].{1,40}[^.:]$/, id);
      assert.match(description ?? '', /^[A-Z].{60,}\.$/, id);
    }
    assert.match(properties.url?.helpText ?? '', /^[A-Z].{60,}\.$/);
    assert.match(properties.helpMarkDown ?? '', /\[setup guide\]\(https:\/\/\S+\)/);
  });

  it('names steps of the guide that exist', () => {
    const guide = readFileSync(join(root, 'docs', 'setup.md'), 'utf8');
    const steps = matches(JSON.stringify(properties), /\(step (\d)\)/g);
    const headings = matches(guide, /^## (\d)\. /gm);
    assert.ok(steps.length > 1);
    for (const step of steps) assert.ok(headings.includes(step), step);
  });

  const takes: [id: string, good: string[], bad: string[]][] = [
    [
      'tenantId',
      ['72f988bf-86f1-41af-91ab-2d7cd011db47', 'fabrikam.onmicrosoft.com', ' fabrikam.com '],
      ['common', 'organizations', '72f988bf', 'https://fabrikam.com', 'a b.com'],
    ],
    [
      'clientId',
      ['499B84AC-1321-427f-aa17-267ca6975798'],
      ['499b84ac13214 27faa17267ca6975798', 'agent-pool-token', '{499b84ac-1321-427f-aa17-267ca6975798}'],
    ],
    [
      'maxLifetimeMinutes',
      ['', '5', '9', '10', '60', '999', '1000', '1399', '1439', '1440'],
      ['0', '4', '1441', '1500', '14400', '5.5', '-5', '1e2', 'x'],
    ],
    [
      'allowedScopes',
      ['', 'agentPool', 'agentPool,environment', 'deploymentGroup , agentPool'],
      ['agentpool', 'agentPool,', 'agentPool environment', 'vso.agentpools_manage'],
    ],
  ];
  for (const [id, good, bad] of takes) {
    it(`checks ${id} while it is typed, and says what to enter`, () => {
      const {
        pattern = '',
        patternMismatchErrorMessage,
        maxLength = 0,
        dataType,
      } = properties.inputDescriptors?.find((field) => field.id === id)?.validation ?? {};
      assert.equal(dataType, 'string');
      for (const value of good) assert.ok(new RegExp(pattern).test(value) && value.length <= maxLength, value);
      for (const value of bad) assert.ok(!new RegExp(pattern).test(value), value);
      assert.match(patternMismatchErrorMessage ?? '', /^Enter .+\.$/);
    });
  }

  it('has no check on a secret, since the platform repeats a value that fails one in its message', () => {
    const fields = properties.authenticationSchemes?.[0]?.inputDescriptors ?? [];
    for (const { id, inputMode, validation } of fields) {
      assert.equal(inputMode, 'passwordbox', id);
      assert.deepEqual(Object.keys(validation).sort(), ['dataType', 'isRequired'], id);
    }
  });

  it('has no button that verifies: nothing that the platform could ask would prove the sign-in', () => {
    assert.equal(properties.dataSources, undefined);
  });
});

function taskManifests(): string[] {
  return readdirSync(join(root, 'tasks')).flatMap((name) =>
    readdirSync(join(root, 'tasks', name)).map((version) => `tasks/${name}/${version}/task.json`),
  );
}
