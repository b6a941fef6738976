import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import { reasons } from '../../src/azure-devops/tokens/pat-refusals';
import { remedies } from '../../src/errors';
import { meanings } from '../../src/sign-in/refusals/meanings';
import { examplePipeline, exampleVariants } from '../support/example';

const root = join(__dirname, '..', '..');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  'examples/README.md',
];

interface TaskJson {
  inputs: { name: string; defaultValue: string }[];
  outputVariables: { name: string }[];
}

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Each task, and the headings of the README under which its inputs and outputs stand. */
const tasks = [
  { name: 'AgentPoolToken', inputs: 'Inputs', outputs: 'Outputs' },
  { name: 'WaitForAgents', inputs: 'Waiting for machines', outputs: 'Waiting for machines' },
  { name: 'RenewAgentPoolTokenIssuer', inputs: 'Keeping the issuer alive', outputs: 'Keeping the issuer alive' },
  { name: 'RevokeAgentPoolTokens', inputs: 'When a machine is lost', outputs: 'When a machine is lost' },
].map((task) => ({ ...task, manifest: JSON.parse(text(`tasks/${task.name}/${task.name}V1/task.json`)) as TaskJson }));

/** Name and meaning, or default, of each row of the tables of a kind under a heading. */
function table(markdown: string, heading: string, kind: 'Input' | 'Output'): string[][] {
  const section = markdown.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const [, rows = ''] = section.split(`\n| ${kind} |`);
  return (rows.split('\n\n')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()))
    .map((cells) => cells.slice(1, 3));
}

/** As the renderers of Markdown make it. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

describe('the documents', () => {
  for (const { name: title, manifest, inputs, outputs } of tasks) {
    it(`list the inputs of ${title} and their defaults in the README`, () => {
      const rows = table(text('README.md'), inputs, 'Input');
      assert.deepEqual(rows.map(([name]) => name).sort(), manifest.inputs.map(({ name }) => name).sort());
      for (const { name, defaultValue } of manifest.inputs) {
        const documented = rows.find(([row]) => row === name)?.[1];
        assert.equal(documented, name === 'organizationUrl' ? 'this organization' : defaultValue, name);
      }
    });

    it(`list the outputs of ${title} in the README`, () => {
      const rows = table(text('README.md'), outputs, 'Output').map(([name]) => name);
      assert.deepEqual(
        rows,
        manifest.outputVariables.map(({ name }) => name),
      );
    });
  }

  it('have one heading for every error code in the troubleshooting page, and for no other', () => {
    const headings = [...text('docs/troubleshooting.md').matchAll(/^## `([a-z-]+)`$/gm)].map((match) =>
      String(match[1]),
    );
    assert.deepEqual(headings.sort(), Object.keys(remedies).sort());
    const [, overview = ''] = text('docs/troubleshooting.md').split('\n| Before anything is created');
    const listed = [...(overview.split('\n\n')[0] ?? '').matchAll(/\(#([a-z-]+)\)/g)].map(([, code]) => code);
    assert.deepEqual(listed.sort(), headings, 'the table at the top leads to each');
  });

  it('say of each number and error of Entra that the code knows which code it has', () => {
    const [, section = ''] = text('docs/troubleshooting.md').split('\n## AADSTS numbers\n');
    const rows = (section.split('\n## ')[0] ?? '')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()));
    for (const { signs, code = 'sign-in-app-misconfigured' } of meanings) {
      for (const sign of signs) {
        const [, , , documented] = rows.find(([, known = '']) => known.match(/\w+/g)?.includes(String(sign))) ?? [];
        assert.equal(documented, `\`${code}\``, String(sign));
      }
    }
  });

  it('say of each reason of the PAT API that the code knows which code it has, and name no other', () => {
    const [, section = ''] = text('docs/troubleshooting.md').split('\n## Reasons of the PAT API\n');
    const rows = (section.split('\n## ')[0] ?? '')
      .split('\n')
      .filter(
        (line) => line.startsWith('| `') && !line.startsWith('| `patTokenError` |') && !line.startsWith('| `none` |'),
      )
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const documented = rows.flatMap(([, names = '', , code = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name.toLowerCase(), code.replaceAll('`', '')]),
    );
    const known = Object.entries(reasons).map(([name, { code = 'pat-refused' }]) => [name, code]);
    assert.deepEqual(documented.sort(), known.sort());
  });

  it('say for each input of a task what to do where it is refused', () => {
    const [, section = ''] = text('docs/troubleshooting.md').split('\n## `input-invalid`\n');
    const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
    const named = new Set(rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name)));
    const inputs = tasks.flatMap(({ manifest }) => manifest.inputs.map(({ name }) => name));
    assert.deepEqual(
      [...new Set(inputs)].filter((name) => !named.has(name)),
      [],
    );
  });

  it('have a row in the architecture for each room', () => {
    const [, section = ''] = text('docs/architecture.md').split('\n## Rooms\n');
    const rows = (section.split('\n## ')[0] ?? '').split('\n').map((line) => line.split('|')[1] ?? '');
    const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+?)\/?`/g)].map(([, path = '']) => path));
    const kept = ['src', 'dev', 'test'].flatMap((top) => foldersIn(top).map((name) => `${top}/${name}`));
    const rooms = [...kept, ...foldersIn('.').filter((name) => !['src', 'dev', 'test', 'docs'].includes(name))];
    assert.deepEqual(
      rooms.filter((room) => !named.some((path) => path === room || path.startsWith(`${room}/`))),
      [],
    );
  });

  it('only show inputs that exist in their YAML', () => {
    let steps = 0;
    for (const file of documents) {
      for (const [, block] of text(file).matchAll(/```ya?ml\n([\s\S]*?)```/g)) steps += checkSteps(file, String(block));
    }
    const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.yml'));
    for (const file of examples) {
      for (const parameters of exampleVariants(file)) {
        steps += checkSteps(file, stringify(examplePipeline(file, parameters)));
      }
    }
    assert.ok(steps >= 4);
  });

  it('link to files and headings that exist', () => {
    for (const file of documents) {
      for (const [, target] of text(file).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
        const [path, fragment] = String(target).split('#');
        const linked = path === '' ? join(root, file) : join(dirname(join(root, file)), String(path));
        assert.ok(existsSync(linked), `${file} links to ${target}`);
        if (fragment === undefined) continue;
        const headings = [...readFileSync(linked, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
          anchor(String(match[1])),
        );
        assert.ok(headings.includes(fragment), `${file} links to ${relative(root, linked)}#${fragment}`);
      }
    }
  });

  it('only name npm scripts that exist', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    for (const file of documents) {
      for (const [, name] of text(file).matchAll(/\bnpm run ([a-z-]+)/g)) {
        assert.ok(Object.hasOwn(scripts, String(name)), `${file} names npm run ${name}`);
      }
    }
  });
});

/** The folders of the project in a folder: what git ignores and what programs hide there are none of them. */
function foldersIn(folder: string): string[] {
  const ignored = text('.gitignore')
    .split('\n')
    .map((line) => line.replace(/^\/|\/$/g, ''));
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !ignored.includes(entry.name))
    .map(({ name }) => name);
}

/** Checks the steps of our tasks, and returns how many there are. */
function checkSteps(file: string, yaml: string): number {
  const ours = stepsOf(parse(yaml)).flatMap((step) => {
    const task = tasks.find(({ name }) => String(step.task).startsWith(`${name}@`));
    return task ? [{ step, names: task.manifest.inputs.map(({ name }) => name) }] : [];
  });
  for (const { step, names } of ours) {
    for (const name of Object.keys(step.inputs ?? {})) assert.ok(names.includes(name), `${file}: ${name}`);
  }
  return ours.length;
}

interface Step {
  task?: string;
  inputs?: Record<string, string>;
}

/** All steps, wherever they stand in a pipeline. */
function stepsOf(node: unknown): Step[] {
  if (Array.isArray(node)) return node.flatMap(stepsOf);
  if (typeof node !== 'object' || node === null) return [];
  return [...('task' in node ? [node as Step] : []), ...Object.values(node).flatMap(stepsOf)];
}
