import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Problems } from '../../../src/errors';
import { isMacro, plainInput, readBoolean, refuse } from '../../../src/step/input-values';
import { noted } from '../../support/problems';
import { FakePipeline } from '../../support/world';

/** Reads the input `x` in this way. */
function reading<T>(x: string, read: (pipeline: FakePipeline, problems: Problems) => T) {
  const pipeline = new FakePipeline();
  pipeline.inputs = { x };
  const problems = new Problems();
  const value = read(pipeline, problems);
  return { value, message: noted(problems) };
}

const plain = (x: string) => reading(x, (pipeline, problems) => plainInput('x', pipeline, problems));
const boolean = (x: string, byDefault = false) =>
  reading(x, (pipeline, problems) => readBoolean('x', byDefault, pipeline, problems));

describe('input-values: a text', () => {
  it('is trimmed, and empty where it is not set', () => {
    assert.deepEqual(plain(' a b\n'), { value: 'a b', message: '' });
    assert.deepEqual(plain('  '), { value: '', message: '' });
    const problems = new Problems();
    assert.equal(plainInput('y', new FakePipeline(), problems), '');
    assert.equal(problems.none, true);
  });

  for (const macro of ['$(x)', 'a$(x)b', '$()', '$(a b)', '$($(x))', '$(a\nb)']) {
    it(`is no macro: ${JSON.stringify(macro)}`, () => {
      const { value, message } = plain(macro);
      assert.equal(value, '');
      assert.match(message, /^x is still ".*": a variable that does not exist in this job\. .*\(input-invalid\)$/);
      assert.equal(isMacro(macro), true);
    });
  }

  for (const text of ['$x', '$[x]', '$ (x)', '(x)', '$(x', '$', '%x%', '$)x(']) {
    it(`may look like one: ${text}`, () => {
      assert.deepEqual(plain(text), { value: text, message: '' });
      assert.equal(isMacro(text), false);
    });
  }

  it('is safe to print where it is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        assert.doesNotMatch(plain(`${before}$(x)##vso[a]\n${after}`).message, /##\s*(vso)?\[|[\r\n]/i);
      }),
    );
  });
});

describe('input-values: a truth value', () => {
  for (const [text, value] of [
    ['true', true],
    ['True', true],
    ['TRUE', true],
    [' true ', true],
    ['false', false],
    ['False', false],
  ] as const) {
    it(`is ${value} as ${JSON.stringify(text)}, whatever the default`, () => {
      for (const byDefault of [true, false]) assert.deepEqual(boolean(text, byDefault), { value, message: '' });
    });
  }

  it('is the default where it is not set', () => {
    for (const byDefault of [true, false]) assert.deepEqual(boolean(' ', byDefault), { value: byDefault, message: '' });
  });

  for (const text of ['yes', '1', '0', 'no', 'truе', 'true false', 'on', '$(x)', 'null']) {
    it(`is never ${text}`, () => assert.match(boolean(text).message, /^x .*\(input-invalid\)$/));
  }
});

describe('input-values: an input without effect', () => {
  it('is refused, with what to do', () => {
    const problems = new Problems();
    refuse('pool', 'scope is environment', problems);
    assert.throws(() => problems.throwIfAny(), {
      code: 'input-invalid',
      message:
        'pool is set but has no effect where scope is environment. Leave pool empty, or change the other input; nothing was sent. (input-invalid)',
    });
  });
});
