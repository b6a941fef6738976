import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  originOf,
  pipelineNameOf,
  readTokenName,
  type TokenOrigin,
  tokenName,
} from '../../../../src/azure-devops/tokens/token-name';
import { FakePipeline } from '../../../support/world';

const pattern = /^agent-pool-token [br]\d+ j[0-9a-f]{8} a\d+k? [a-z2-7]{10} [A-Za-z0-9 ._-]{0,40}$/;

const digits = fc.integer({ min: 0, max: 999_999_999_999 }).map(String);
const origin: fc.Arbitrary<TokenOrigin> = fc.record(
  {
    runKind: fc.constantFrom('b', 'r'),
    runId: digits,
    job: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 8 }),
    attempt: digits,
    kept: fc.boolean(),
  },
  { noNullPrototype: true },
);
const random = fc.uint8Array({ minLength: 10, maxLength: 16 });
const pipelineName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', ' ', `${'a'.repeat(39)}  b`, '##vso[task.complete]', 'Bau Ü 1', '\r\n'),
);

function jobWith(variables: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  Object.assign(pipeline.variables, variables);
  return pipeline;
}

describe('naming: tokenName', () => {
  it('writes only names of the published pattern, which read back to the same origin', () => {
    fc.assert(
      fc.property(origin, random, pipelineName, (written, bytes, pipeline) => {
        const name = tokenName(written, bytes, pipeline);
        assert.match(name, pattern);
        assert.deepEqual(readTokenName(name), written);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes the name of a known job', () => {
    const known: TokenOrigin = { runKind: 'b', runId: '4711', job: '12f1170f', attempt: '2', kept: true };
    const bytes = Uint8Array.of(0, 1, 25, 26, 31, 32, 255, 64, 7, 100);
    assert.equal(tokenName(known, bytes, 'Nightly'), 'agent-pool-token b4711 j12f1170f a2k abz27a7ahe Nightly');
  });

  it('cuts the name of the pipeline to 40 characters, replaces what is not plain, and ends with no space of it', () => {
    const of = (name: string) =>
      tokenName(
        { runKind: 'b', runId: '1', job: '00000000', attempt: '1', kept: false },
        new Uint8Array(10),
        name,
      ).slice('agent-pool-token b1 j00000000 a1 aaaaaaaaaa '.length);
    assert.equal(of('x'.repeat(41)), 'x'.repeat(40));
    assert.equal(of('Bäcker & Söhne (CI)'), 'B-cker - S-hne -CI-');
    assert.equal(of('trailing   '), 'trailing');
    // First cut, then replaced, then trimmed: the space at the cut goes, what is behind it does not come back.
    assert.equal(of(`${'y'.repeat(39)} z`), 'y'.repeat(39));
    assert.equal(of(''), '');
  });

  it('differs for every draw of 50 random bits', () => {
    fc.assert(
      fc.property(
        origin,
        random,
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 31 }),
        (job, bytes, at, by) => {
          const other = bytes.slice();
          other[at] = (bytes[at] ?? 0) ^ by;
          assert.notEqual(tokenName(job, bytes, 'x'), tokenName(job, other, 'x'));
        },
      ),
    );
  });
});

describe('naming: readTokenName', () => {
  const name = 'agent-pool-token b4711 j12f1170f a1 abcdefghij Nightly';
  const near = [
    ` ${name}`,
    `${name}\n`,
    `${name}\u00a0`,
    name.toUpperCase(),
    'agent-pool-token b4711 j12f1170f a1 abcdefghij',
    'agent-pool-token b j12f1170f a1 abcdefghij Nightly',
    'agent-pool-token c4711 j12f1170f a1 abcdefghij Nightly',
    'agent-pool-token b-4711 j12f1170f a1 abcdefghij Nightly',
    'agent-pool-token b٤٧ j12f1170f a1 abcdefghij Nightly',
    'agent-pool-token b4711 j12F1170f a1 abcdefghij Nightly',
    'agent-pool-token b4711 j12f1170 a1 abcdefghij Nightly',
    'agent-pool-token b4711 j12f1170f0 a1 abcdefghij Nightly',
    'agent-pool-token b4711 j12f1170f a abcdefghij Nightly',
    'agent-pool-token b4711 j12f1170f a1x abcdefghij Nightly',
    'agent-pool-token b4711 j12f1170f a1kk abcdefghij Nightly',
    'agent-pool-token b4711 j12f1170f a1 abcdefghi Nightly',
    'agent-pool-token b4711 j12f1170f a1 abcdefghijk Nightly',
    'agent-pool-token b4711 j12f1170f a1 abcdefghi0 Nightly',
    'agent-pool-token b4711 j12f1170f a1 abcdefghij Nightly/2',
    `agent-pool-token b4711 j12f1170f a1 abcdefghij ${'x'.repeat(41)}`,
    'agent-pool-token  b4711 j12f1170f a1 abcdefghij Nightly',
    'my agent-pool-token b4711 j12f1170f a1 abcdefghij Nightly',
    '',
  ];
  for (const text of near) {
    it(`does not take for ours: ${JSON.stringify(text)}`, () => assert.equal(readTokenName(text), undefined));
  }

  it('reads nothing from a text that differs from the pattern anywhere', () => {
    fc.assert(
      fc.property(
        origin,
        random,
        fc.nat({ max: 60 }),
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.nat({ max: 2 }),
        (written, bytes, at, inserted, removed) => {
          const whole = tokenName(written, bytes, 'Nightly');
          const changed = whole.slice(0, at) + inserted + whole.slice(at + removed);
          assert.equal(readTokenName(changed) !== undefined, pattern.test(changed), changed);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('naming: originOf', () => {
  it('names build, job and attempt', () => {
    assert.deepEqual(originOf(new FakePipeline(), false), {
      runKind: 'b',
      runId: '4711',
      job: '12f1170f',
      attempt: '1',
      kept: false,
    });
    assert.equal(originOf(jobWith({ 'System.JobAttempt': '3' }), true).attempt, '3');
    assert.equal(originOf(new FakePipeline(), true).kept, true);
  });

  it('names a classic release by its own id, although it has a build id too', () => {
    const pipeline = jobWith({
      'System.HostType': 'release',
      'Release.ReleaseId': '99',
      'Release.DefinitionName': 'Rollout',
    });
    const origin = originOf(pipeline, false);
    assert.equal(origin.runKind, 'r');
    assert.equal(origin.runId, '99');
    assert.equal(pipelineNameOf(pipeline, origin), 'Rollout');
  });

  it('takes a deployment job of a pipeline for the build that it is', () => {
    const pipeline = jobWith({ 'System.HostType': 'build', 'Release.ReleaseId': '99' });
    const origin = originOf(pipeline, false);
    assert.equal(origin.runKind, 'b');
    assert.equal(pipelineNameOf(pipeline, origin), 'Nightly');
  });

  it('writes zeros, and the first attempt, where the agent gives none', () => {
    const pipeline = new FakePipeline();
    pipeline.variables = {};
    assert.deepEqual(originOf(pipeline, false), {
      runKind: 'b',
      runId: '0',
      job: '00000000',
      attempt: '1',
      kept: false,
    });
  });

  it('makes a well-formed name of any variables', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), digits);
    const names = [
      'System.HostType',
      'System.JobId',
      'System.JobAttempt',
      'Build.BuildId',
      'Build.DefinitionName',
      'Release.ReleaseId',
      'Release.DefinitionName',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), anything, { noNullPrototype: true }),
        fc.boolean(),
        (variables, kept) => {
          const pipeline = new FakePipeline();
          pipeline.variables = variables;
          const origin = originOf(pipeline, kept);
          const name = tokenName(origin, new Uint8Array(10), pipelineNameOf(pipeline, origin));
          assert.match(name, pattern);
          assert.deepEqual(readTokenName(name), origin);
        },
      ),
    );
  });
});
