import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSweepInputs, type SweepInputs } from '../../../src/revoke-agent-pool-tokens/inputs';
import { InputReader } from '../../../src/step/input-reader';
import { noted } from '../../support/problems';
import { FakePipeline, idOf } from '../../support/world';

describe('inputs: which tokens a sweep revokes', () => {
  function readSweep(inputs: Record<string, string>): { read: SweepInputs; problems: string } {
    const pipeline = new FakePipeline();
    pipeline.inputs = inputs;
    const reader = new InputReader(pipeline);
    const read = readSweepInputs(reader);
    return { read, problems: noted(reader) };
  }

  it('has the documented defaults', () => {
    assert.deepEqual(readSweep({}), { read: { olderThanMinutes: 120, dryRun: false }, problems: '' });
  });

  it('reads every input, trimmed', () => {
    const { read, problems } = readSweep({
      connectionType: ' issuer ',
      revoke: ' leftovers ',
      olderThanMinutes: ' 0 ',
      dryRun: ' TRUE ',
    });
    assert.equal(problems, '');
    assert.deepEqual(read, { olderThanMinutes: 0, dryRun: true });
  });

  for (const [what, tokenIds, numbers] of [
    ['one', idOf(1), [1]],
    ['several, with each separator', ` ,${idOf(1)},, ${idOf(2)}\n\t${idOf(3)}\r\n`, [1, 2, 3]],
    ['each once', [idOf(1), idOf(2), idOf(1)].join(), [1, 2]],
  ] as const) {
    it(`reads ids: ${what}`, () => {
      const { read, problems } = readSweep({ revoke: 'tokenIds', tokenIds });
      assert.equal(problems, '');
      assert.deepEqual(read.tokenIds, numbers.map(idOf));
    });
  }

  it('reads ids in lower case', () => {
    const tokenIds = 'ABCDEFab-0000-4000-8000-00000000000F';
    assert.deepEqual(readSweep({ revoke: 'tokenIds', tokenIds }).read.tokenIds, [tokenIds.toLowerCase()]);
  });

  for (const [what, inputs, says] of [
    ['an unknown way', { revoke: 'all' }, /revoke "all" is none of leftovers, tokenIds/],
    ['another case', { revoke: 'Leftovers' }, /revoke "Leftovers"/],
    ['a macro', { revoke: '$(x)' }, /revoke is still/],
    ['no ids', { revoke: 'tokenIds' }, /tokenIds names no token/],
    ['nothing but commas', { revoke: 'tokenIds', tokenIds: ' , ,' }, /tokenIds names no token/],
    ['half an id', { revoke: 'tokenIds', tokenIds: idOf(1).slice(1) }, /tokenIds names "0000000-/],
    ['more than an id', { revoke: 'tokenIds', tokenIds: `${idOf(1)}0` }, /tokenIds names "00000000-/],
    ['an id in braces', { revoke: 'tokenIds', tokenIds: `{${idOf(1)}}` }, /tokenIds names "{00000000-/],
    ['a name', { revoke: 'tokenIds', tokenIds: 'agent-pool-token' }, /tokenIds names "agent-pool-token"/],
    ['a wildcard', { revoke: 'tokenIds', tokenIds: '*' }, /tokenIds names "\*"/],
    ['a macro among ids', { revoke: 'tokenIds', tokenIds: `${idOf(1)},$(x)` }, /tokenIds is still/],
    ['ids with leftovers', { tokenIds: idOf(1) }, /tokenIds is set but has no effect where revoke is leftovers/],
    [
      'an age with ids',
      { revoke: 'tokenIds', tokenIds: idOf(1), olderThanMinutes: '60' },
      /olderThanMinutes is set but has no effect where revoke is tokenIds/,
    ],
    ['a negative age', { olderThanMinutes: '-1' }, /olderThanMinutes "-1" is not a whole number/],
    ['a fraction', { olderThanMinutes: '1.5' }, /olderThanMinutes "1.5"/],
    ['an exponent', { olderThanMinutes: '1e3' }, /olderThanMinutes "1e3"/],
    ['an endless age', { olderThanMinutes: '1234567' }, /olderThanMinutes "1234567"/],
    ['neither', { dryRun: 'yes' }, /dryRun "yes" is neither true nor false/],
  ] as [string, Record<string, string>, RegExp][]) {
    it(`refuses ${what}`, () => {
      const { problems } = readSweep(inputs);
      assert.match(problems, says);
      assert.match(problems, /\(input-invalid\)$/);
    });
  }

  it('reports every problem at once, safe to print', () => {
    const { problems } = readSweep({
      revoke: 'tokenIds',
      tokenIds: '##vso[task.complete],x',
      olderThanMinutes: '-',
      dryRun: '?',
    });
    assert.match(problems, /There are 5 problems/);
    assert.doesNotMatch(problems, /##/);
  });

  it('names no token that was not written', () => {
    const part = fc.oneof(
      fc.nat({ max: 20 }).map(idOf),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(',', '\n', ' '),
    );
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (tokenIds) => {
        const { read, problems } = readSweep({ revoke: 'tokenIds', tokenIds });
        assert.doesNotMatch(problems, /##\s*(vso)?\[|[\r\n]/i);
        if (problems !== '') return;
        assert.ok(read.tokenIds && read.tokenIds.length > 0, 'no ids would mean every leftover');
        assert.equal(new Set(read.tokenIds).size, read.tokenIds.length);
        for (const id of read.tokenIds) assert.ok(tokenIds.toLowerCase().includes(id), id);
      }),
      { numRuns: 1000 },
    );
  });
});
