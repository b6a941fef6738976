import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TaskError } from '../../../src/errors';
import { holdsExpression, InputReader } from '../../../src/step/input-reader';
import { noted } from '../../support/problems';
import { FakePipeline } from '../../support/world';

/** Reads the input `x` in this way. */
function reading<T>(x: string, read: (reader: InputReader) => T) {
  const pipeline = new FakePipeline();
  pipeline.inputs = { x };
  const reader = new InputReader(pipeline);
  const value = read(reader);
  return { value, message: noted(reader) };
}

const plain = (x: string) => reading(x, (reader) => reader.text('x'));
const boolean = (x: string, byDefault = false) => reading(x, (reader) => reader.boolean('x', byDefault));

describe('input-reader: a text', () => {
  it('is trimmed, and empty where it is not set', () => {
    assert.deepEqual(plain(' a b\n'), { value: 'a b', message: '' });
    assert.deepEqual(plain('  '), { value: '', message: '' });
    assert.deepEqual(
      reading('a', (reader) => reader.text('y')),
      { value: '', message: '' },
    );
  });

  for (const macro of [
    '$(x)',
    'a$(x)b',
    '$()',
    '$(a b)',
    '$($(x))',
    '$(a\nb)',
    '$[x]',
    '$[ variables.pool ]',
    '${{ x }}',
    'a${{x}}b',
  ]) {
    it(`is no expression: ${JSON.stringify(macro)}`, () => {
      const { value, message } = plain(macro);
      assert.equal(value, '');
      assert.match(
        message,
        /^x is still ".*": a variable or expression that has no value in this job\. .*\(input-invalid\)$/,
      );
      assert.equal(holdsExpression(macro), true);
    });
  }

  for (const text of ['$x', '$[x', '$ (x)', '(x)', '$(x', '$', '%x%', '$)x(', '${x}', '${{x}', '[x]']) {
    it(`may look like one: ${text}`, () => {
      assert.deepEqual(plain(text), { value: text, message: '' });
      assert.equal(holdsExpression(text), false);
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

describe('input-reader: a truth value', () => {
  for (const [text, value] of [
    ['true', true],
    ['True', true],
    ['TRUE', true],
    [' true ', true],
    ['false', false],
    ['False', false],
  ] as const) {
    it(`is ${value} as ${JSON.stringify(text)}, for each default`, () => {
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

describe('input-reader: one of several words', () => {
  const word = (x: string) => reading(x, (reader) => reader.oneOf('x', ['agentPool', 'environment'], 'agentPool'));

  it('is the default where it is not set', () => assert.deepEqual(word(' '), { value: 'agentPool', message: '' }));

  it('is any that is offered', () => assert.deepEqual(word(' environment '), { value: 'environment', message: '' }));

  for (const text of ['pool', 'toString', '__proto__', 'agentPool,environment']) {
    it(`is never ${text}`, () => {
      const { value, message } = word(text);
      assert.equal(value, undefined);
      assert.match(message, /^x .*\(input-invalid\)$/);
      assert.doesNotMatch(message, /capitals/);
    });
  }

  it('in other capitals is refused with the one that was meant', () => {
    const { value, message } = word('agentpool');
    assert.equal(value, undefined);
    assert.match(message, /^x "agentpool" is none of agentPool, environment\. Write agentPool: capitals count\./);
  });
});

describe('input-reader: problems', () => {
  const read = () => new InputReader(new FakePipeline());

  it('are none, and the values are handed over', () => {
    assert.deepEqual(read().complete<{ a: number }>({ a: 7 }), { a: 7 });
  });

  it('are thrown as they are where there is one', () => {
    const reader = read();
    reader.problem('input-invalid', 'pool is odd.', 'Correct the pool.');
    assert.throws(() => reader.complete({}), { message: 'pool is odd. Correct the pool. (input-invalid)' });
  });

  it('are thrown at once where there are several, each with its code, under the code of the first', () => {
    const reader = read();
    reader.problem('connection-invalid', 'clientId is odd.');
    reader.problem('limit-exceeded', 'scope is too much.');
    assert.throws(() => reader.complete({}), {
      code: 'connection-invalid',
      message:
        'There are 2 problems: 1) clientId is odd. [connection-invalid] 2) scope is too much. [limit-exceeded] Correct them all and run the pipeline again; nothing was sent. (connection-invalid)',
    });
  });

  it('are noted once, however often what is wrong is read', () => {
    const reader = read();
    for (let reads = 1; reads <= 2; reads++) reader.problem('input-invalid', 'pool is odd.', 'Correct the pool.');
    assert.throws(() => reader.complete({}), { message: 'pool is odd. Correct the pool. (input-invalid)' });
  });

  it('are noted from what is attempted; any other fault passes', () => {
    const reader = read();
    assert.equal(
      reader.attempt(() => 7),
      7,
    );
    assert.equal(noted(reader), '');
    const wrong = () => {
      throw new TaskError('input-invalid', 'It is odd.');
    };
    assert.equal(reader.attempt(wrong), undefined);
    assert.throws(() => reader.complete({}), { code: 'input-invalid', what: 'It is odd.' });
    const fault = () => {
      throw new RangeError('ours');
    };
    assert.throws(() => reader.attempt(fault), RangeError);
  });

  it('say what to do about an input without effect', () => {
    const reader = read();
    reader.refuse('pool', 'scope is environment');
    assert.throws(() => reader.complete({}), {
      code: 'input-invalid',
      message:
        'pool is set but has no effect where scope is environment. Leave pool empty, or change the other input; nothing was sent. (input-invalid)',
    });
  });
});
