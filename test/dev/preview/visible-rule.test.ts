import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import { defaultValues, visibleInputs } from '../../../dev/preview/manifests/task-manifest';
import { holds, inputsOf, parseVisibleRule } from '../../../dev/preview/manifests/visible-rule';
import { root } from './open-preview';

const shows = (rule: string, values: Record<string, string>) => holds(parseVisibleRule(rule), values);

describe('the rule that shows a field', () => {
  for (const [rule, values, expected] of [
    ['a = x', { a: 'x' }, true],
    ['a = x', { a: 'y' }, false],
    ['a == x', { a: 'x' }, true],
    ['a=x', { a: 'x' }, true],
    ['a != x', { a: 'y' }, true],
    ['a != x', { a: 'x' }, false],
    ['a != x', {}, true],
    ['a = ""', {}, true],
    ['a = ""', { a: ' ' }, false],
    ['a = "two words"', { a: 'two words' }, true],
    ['a = x || b = y', { a: '', b: 'y' }, true],
    ['a = x || b = y', { a: '', b: '' }, false],
    ['a = x && b = y', { a: 'x', b: 'y' }, true],
    ['a = x && b = y', { a: 'x', b: '' }, false],
    ['a = x && b = y || c = z', { a: '', b: '', c: 'z' }, true],
    ['c = z || a = x && b = y', { a: 'x', b: '', c: '' }, false],
    ['a = X', { a: 'x' }, false],
  ] as [string, Record<string, string>, boolean][]) {
    it(`${rule} is ${expected} with ${JSON.stringify(values)}`, () => assert.equal(shows(rule, values), expected));
  }

  for (const rule of [
    '',
    'a',
    'a =',
    '= x',
    'a = x ||',
    '&& a = x',
    'a = x & b = y',
    'a = x and b = y',
    '(a = x)',
    'a NotContains x',
    'a startsWith x',
    'a === x',
    'a < 3',
    'a = x y',
    'a = "x',
    'a != x, b = y',
    'a.b = x',
  ]) {
    it(`is refused loudly: ${JSON.stringify(rule)}`, () => {
      assert.throws(() => parseVisibleRule(rule), /^Error: The visibleRule /);
    });
  }

  it('is either understood as a whole or refused, for any text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab xy=!&|"()]{0,20}$/), (text) => {
        try {
          const rule = parseVisibleRule(text);
          assert.ok(rule.every((conditions) => conditions.length > 0));
          assert.ok(inputsOf(rule).every((name) => /^[A-Za-z][A-Za-z0-9]*$/.test(name)));
        } catch (error) {
          assert.match((error as Error).message, /^The visibleRule /);
        }
      }),
    );
  });

  it('names the inputs that it asks about, each once', () => {
    assert.deepEqual(inputsOf(parseVisibleRule('a = x || b != y && a = z')), ['a', 'b']);
  });

  it('asks about inputs of its own task alone', () => {
    const [task = assert.fail()] = readManifests(root).tasks;
    const stranger = { name: 'new', type: 'string', label: 'New', visibleRule: 'pond = x' };
    assert.throws(
      () => visibleInputs({ ...task, inputs: [...task.inputs, stranger] }, defaultValues(task)),
      new RegExp(
        `^Error: The visibleRule "pond = x" of ${task.name} asks about pond, which is no input of this task\\.$`,
      ),
    );
  });
});
