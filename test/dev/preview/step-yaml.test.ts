import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse, parseDocument } from 'yaml';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import {
  defaultStepName,
  defaultValues,
  type InputValues,
  type TaskManifest,
  visibleInputs,
} from '../../../dev/preview/manifests/task-manifest';
import { missingInputs, stepYaml } from '../../../dev/preview/step-yaml';
import { root } from './open-preview';

const { tasks } = readManifests(root);

const manifest: TaskManifest = {
  name: 'Example',
  friendlyName: 'Example',
  description: 'For tests.',
  version: { Major: 3 },
  instanceNameFormat: 'Do $(what) to $(whom), $(nothing)',
  groups: [{ name: 'more', displayName: 'More', visibleRule: 'what = this' }],
  inputs: [
    { name: 'what', type: 'pickList', label: 'What', defaultValue: 'this', options: { this: 'This', that: 'That' } },
    { name: 'whom', type: 'string', label: 'Whom', required: true },
    { name: 'text', type: 'multiLine', label: 'Text', groupName: 'more' },
    { name: 'flag', type: 'boolean', label: 'Flag', defaultValue: true, groupName: 'more' },
    {
      name: 'mode',
      type: 'string',
      label: 'Mode',
      defaultValue: '$(Mode)',
      required: true,
      visibleRule: 'what != this',
    },
  ],
};

const yamlOf = (values: InputValues, displayName?: string) =>
  stepYaml(manifest, { ...defaultValues(manifest), ...values }, displayName === undefined ? {} : { displayName });

describe('the YAML of a form', () => {
  it('has nothing but the task where nothing differs from the defaults', () => {
    const values = { whom: '' };
    assert.equal(yamlOf(values), '# Still to be filled in: whom\n- task: Example@3\n');
  });

  it('quotes what YAML would read as something else, and nothing more', () => {
    for (const [text, written] of [
      ['word', 'word'],
      ['two words', 'two words'],
      ['$(poolName)', '$(poolName)'],
      ['$(System.CollectionUri)', '$(System.CollectionUri)'],
      ['https://dev.azure.com/fabrikam', 'https://dev.azure.com/fabrikam'],
      ['60', "'60'"],
      ['1.10', "'1.10'"],
      ['true', "'true'"],
      ['null', "'null'"],
      ['*', "'*'"],
      ['# 1', "'# 1'"],
      ['a: b', "'a: b'"],
      ["it's", "it's"],
      [' edge ', "' edge '"],
      ['@mention', "'@mention'"],
    ] as const) {
      assert.equal(yamlOf({ whom: text }), `- task: Example@3\n  inputs:\n    whom: ${written}\n`);
    }
  });

  it('writes several lines as several lines', () => {
    const expected = '- task: Example@3\n  inputs:\n    whom: x\n    text: |-\n      first\n      second\n';
    assert.equal(yamlOf({ whom: 'x', text: 'first\nsecond' }), expected);
  });

  it('writes a boolean as one, unless it is a variable', () => {
    assert.match(yamlOf({ flag: 'false' }), /\n {4}flag: false\n/);
    assert.match(yamlOf({ flag: '$(flag)' }), /\n {4}flag: \$\(flag\)\n/);
  });

  it('leaves out what the form hides, by itself or with its group', () => {
    assert.deepEqual(parse(yamlOf({ whom: 'x', mode: 'fast' })), [{ task: 'Example@3', inputs: { whom: 'x' } }]);
    assert.deepEqual(parse(yamlOf({ whom: 'x', what: 'that', text: 'hidden', flag: 'false' })), [
      { task: 'Example@3', inputs: { what: 'that', whom: 'x' } },
    ]);
  });

  it('writes an input that was emptied, since its default would count', () => {
    const yaml = yamlOf({ whom: 'x', what: 'that', mode: '' });
    assert.equal(parse(yaml)[0].inputs.mode, '');
    assert.match(yaml, /^# Still to be filled in: mode\n- task/);
  });

  it('has the name of the step if the user gave it one', () => {
    assert.deepEqual(parse(yamlOf({ whom: 'x' }, 'Do: it')), [
      { task: 'Example@3', displayName: 'Do: it', inputs: { whom: 'x' } },
    ]);
    assert.equal(defaultStepName(manifest, { what: 'this', whom: 'x' }), 'Do this to x, ');
  });

  it('says the same as the form, for any text that is typed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a\nb\n', '\n', ' x\n y'),
    );
    const someTask = fc.constantFrom(...tasks);
    const filled = someTask.chain((task) =>
      fc.record({
        task: fc.constant(task),
        values: fc.record(Object.fromEntries(task.inputs.map((input) => [input.name, valueFor(input, text)]))),
        displayName: text,
      }),
    );
    fc.assert(
      fc.property(filled, ({ task, values, displayName }) => {
        const document = parseDocument(stepYaml(task, values, { displayName }));
        assert.deepEqual([...document.errors, ...document.warnings], []);
        const [step] = document.toJS() as { task: string; displayName?: string; inputs?: Record<string, unknown> }[];
        const written = Object.fromEntries(
          Object.entries(step?.inputs ?? {}).map(([name, value]) => [name, String(value)]),
        );
        const defaults = defaultValues(task);
        const expected = visibleInputs(task, values).flatMap(({ name }) =>
          values[name] === defaults[name] ? [] : [[name, values[name]]],
        );
        assert.deepEqual(written, Object.fromEntries(expected));
        assert.equal(step?.displayName ?? '', displayName);
      }),
    );
  });

  it('names every required input that is empty or blank, and no other', () => {
    const names = (values: InputValues) => missingInputs(manifest, values).map(({ name }) => name);
    assert.deepEqual(names({ what: 'this', whom: ' ', mode: '' }), ['whom']);
    assert.deepEqual(names({ what: 'that', whom: 'x', mode: '' }), ['mode']);
    assert.deepEqual(names({ what: 'that', whom: 'x', mode: 'y' }), []);
  });
});

function valueFor({ type, options }: TaskManifest['inputs'][number], text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  if (options) return fc.constantFrom(...Object.keys(options));
  return type === 'boolean' ? fc.constantFrom('true', 'false') : text;
}
