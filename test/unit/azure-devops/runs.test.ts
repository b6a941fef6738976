import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { type JobOfRun, Runs } from '../../../src/azure-devops/runs';
import type { HttpOutcome } from '../../../src/http/runtime';
import {
  broken,
  envelope,
  FakePipeline,
  FakeRuntime,
  jobRecord,
  jobToken,
  json,
  signInPage,
  text,
  timedOut,
  tooLarge,
} from '../../support/world';

const fabrikam = 'https://dev.azure.com/fabrikam';
const project = 'f0f0f0f0-1111-2222-3333-444444444444';
const mine: JobOfRun = { runId: '4711', job: '12f1170f', attempt: '1' };

/** A job of this organization, whose runs are read there. */
function openWith(outcomes: HttpOutcome[], url = `${fabrikam}/`, organization = fabrikam) {
  const runtime = new FakeRuntime().script(...outcomes);
  const pipeline = new FakePipeline(runtime.events);
  pipeline.connections.SYSTEMVSSCONNECTION = { url, secrets: { AccessToken: jobToken } };
  const open = () => Runs.open(runtime.conversation(), pipeline, parseOrganization(organization, 'input-invalid'));
  return { runtime, pipeline, open };
}

async function hasEnded(records: unknown, job: Partial<JobOfRun> = {}): Promise<boolean | undefined> {
  return openWith([json(200, { records })])
    .open()
    ?.hasEnded({ ...mine, ...job });
}

describe('runs: open', () => {
  it('asks nothing yet, and masks the token of this job', () => {
    const { runtime, open } = openWith([]);
    assert.ok(open(), 'it reads nothing');
    assert.deepEqual(runtime.events, [{ kind: 'mask', value: jobToken }]);
  });

  for (const [what, url, organization] of [
    ['the form without a slash', fabrikam, fabrikam],
    ['the old form', 'https://fabrikam.visualstudio.com/', fabrikam],
    ['the old form on the other side', `${fabrikam}/`, 'https://fabrikam.visualstudio.com'],
    ['another case', 'https://dev.azure.com/Fabrikam/', fabrikam],
    ['another case on the other side', `${fabrikam}/`, 'https://dev.azure.com/FABRIKAM'],
    ['a loopback address', 'http://127.0.0.1:8080/org/', 'http://127.0.0.1:8080/org'],
  ] as const) {
    it(`knows its own organization in ${what}`, () =>
      assert.notEqual(openWith([], url, organization).open(), undefined));
  }

  for (const [what, url, organization] of [
    ['another organization', 'https://dev.azure.com/contoso/', fabrikam],
    ['a server', 'https://tfs.contoso.example/tfs/DefaultCollection/', fabrikam],
    ['no URL', 'nonsense', fabrikam],
    ['another port of this machine', 'http://127.0.0.1:8080/org/', 'http://127.0.0.1:8081/org'],
  ] as const) {
    it(`reads nothing from ${what}`, () => assert.equal(openWith([], url, organization).open(), undefined));
  }

  it('reads nothing without a token, a connection or a project', () => {
    const noToken = openWith([]);
    noToken.pipeline.connections.SYSTEMVSSCONNECTION = { url: fabrikam };
    assert.equal(noToken.open(), undefined);
    const noConnection = openWith([]);
    noConnection.pipeline.connections = {};
    assert.equal(noConnection.open(), undefined);
    const noProject = openWith([]);
    noProject.pipeline.variables = {};
    assert.equal(noProject.open(), undefined);
  });
});

describe('runs: the request', () => {
  async function urlFor(variables: Record<string, string>): Promise<string> {
    const { runtime, pipeline, open } = openWith([json(200, { records: [] })]);
    pipeline.variables = variables;
    await open()?.hasEnded(mine);
    return runtime.requests[0]?.url ?? '';
  }
  const tail = '_apis/build/builds/4711/timeline?api-version=7.1';

  it('goes to the project of this job, with its token', async () => {
    const { runtime, open } = openWith([json(200, { records: [] })]);
    await open()?.hasEnded(mine);
    const [request] = runtime.requests;
    assert.equal(request?.method, 'GET');
    assert.equal(request?.url, `${fabrikam}/${project}/${tail}`);
    assert.deepEqual(request?.headers, {
      Authorization: `Bearer ${jobToken}`,
      Accept: 'application/json',
      'X-TFS-FedAuthRedirect': 'Suppress',
    });
    assert.equal('body' in (request ?? {}), false);
  });

  it('takes the name of the project where its id is missing', async () => {
    assert.equal(await urlFor({ 'System.TeamProject': 'My Project/ü' }), `${fabrikam}/My%20Project%2F%C3%BC/${tail}`);
  });

  for (const name of ['..', '.', '../contoso', '..\\contoso', '?x=', '#x', '%2e%2e', '@evil.example']) {
    it(`stays within the organization where the project is ${name}`, async () => {
      for (const variable of ['System.TeamProjectId', 'System.TeamProject']) {
        const url = await urlFor({ [variable]: name });
        if (url === '') continue;
        assert.match(new URL(url).href, /^https:\/\/dev\.azure\.com\/fabrikam\/(.+\/)?_apis\/build\/builds\/4711\//);
      }
    });
  }

  it('is made once a run, also by those who ask at the same time, and also where it fails', async () => {
    for (const outcome of [json(200, { records: [jobRecord('12f1170f', 'completed')] }), envelope(404, 'x')]) {
      const { runtime, open } = openWith([outcome, envelope(404, 'x')]);
      runtime.latency = 10;
      const timelines = open();
      const answers = await Promise.all([mine, { ...mine, attempt: '2' }, mine].map((job) => timelines?.hasEnded(job)));
      assert.equal(runtime.requests.length, 1);
      answers.push(await timelines?.hasEnded(mine));
      assert.equal(runtime.requests.length, 1);
      assert.equal(answers[0], answers.at(-1));
      await timelines?.hasEnded({ ...mine, runId: '4712' });
      assert.equal(runtime.requests.length, 2);
    }
  });
});

describe('runs: whether a job has ended', () => {
  const other = (state: string) => jobRecord('aaaaaaaa', state);
  for (const [what, records, job, expected] of [
    ['it is completed', [jobRecord('12f1170f', 'completed'), other('inProgress')], {}, true],
    ['it is in progress', [jobRecord('12f1170f', 'inProgress'), other('completed')], {}, false],
    ['it is pending', [jobRecord('12f1170f', 'pending')], {}, false],
    ['it has no state', [{ type: 'Job', id: '12f1170f-54f2' }], {}, false],
    ['its id is in capitals', [jobRecord('12F1170F', 'completed')], {}, true],
    ['a later attempt runs', [jobRecord('12f1170f', 'inProgress', 2)], {}, true],
    ['a later attempt waits', [jobRecord('12f1170f', 'pending', 3)], { attempt: '2' }, true],
    ['this attempt runs', [jobRecord('12f1170f', 'inProgress', 2)], { attempt: '2' }, false],
    [
      'only an earlier attempt is listed, which runs',
      [jobRecord('12f1170f', 'inProgress', 1)],
      { attempt: '2' },
      false,
    ],
    ['the attempt is no number', [{ ...jobRecord('12f1170f', 'inProgress'), attempt: '9' }], {}, false],
    ['two jobs begin alike, and one runs', [jobRecord('12f1170f', 'completed'), jobRecord('12f1170f', 'x')], {}, false],
    ['two jobs begin alike, and none runs', [1, 2].map(() => jobRecord('12f1170f', 'completed')), {}, true],
    ['it is not listed, and another job runs', [other('inProgress')], {}, undefined],
    ['it is not listed, and nothing runs', [other('completed'), other('completed')], {}, true],
    ['there is no job', [{ type: 'Stage', id: '12f1170f', state: 'completed' }], {}, undefined],
    ['there is nothing', [], {}, undefined],
    [
      'a stage of the same id runs',
      [{ ...jobRecord('12f1170f', 'inProgress'), type: 'Stage' }, jobRecord('12f1170f', 'completed')],
      {},
      true,
    ],
    ['entries are odd', [null, 7, 'Job', {}, { type: 'Job', id: 7 }, jobRecord('12f1170f', 'completed')], {}, true],
  ] as [string, unknown[], Partial<JobOfRun>, boolean | undefined][]) {
    it(`is ${expected ?? 'unknown'} where ${what}`, async () => assert.equal(await hasEnded(records, job), expected));
  }

  const four = (outcome: HttpOutcome) => [outcome, outcome, outcome, outcome];
  for (const [what, outcomes] of [
    ['a 404', [envelope(404, 'x')]],
    ['a 401', [text(401, '')]],
    ['a 403', [envelope(403, 'x')]],
    ['a 5xx', four(text(503, ''))],
    ['a 501', [text(501, '')]],
    ['throttling', [text(429, '', { 'retry-after': '90' })]],
    ['a sign-in page', [signInPage]],
    ['HTML', [text(200, '<html>', { 'content-type': 'text/html' })]],
    ['an enormous answer', [tooLarge]],
    ['a broken connection', four(broken)],
    ['silence', four(timedOut)],
    ['a list of another name', [json(200, { value: [] })]],
    ['no list', [json(200, { records: 'x' })]],
    ['a list with another status', [json(203, { records: [jobRecord('12f1170f', 'completed')] })]],
    ['nothing', [text(204, '')]],
  ] as [string, HttpOutcome[]][]) {
    it(`is unknown after ${what}`, async () => {
      assert.equal(await openWith(outcomes).open()?.hasEnded(mine), undefined);
    });
  }

  it('is unknown where the answer does not show it, and never an exception', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('Job', 'completed', 'inProgress', '12f1170f-54f2', 1, 2));
    const record = fc.dictionary(fc.constantFrom('type', 'id', 'state', 'attempt', '__proto__'), value);
    const body = fc.oneof(fc.jsonValue(), fc.record({ records: fc.array(fc.oneof(record, value)) }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(200, 200, 200, 400, 404), body, async (status, content) => {
        const ended = await openWith([json(status, content)])
          .open()
          ?.hasEnded(mine);
        if (ended !== undefined)
          assert.ok(status === 200 && JSON.stringify(content).includes('Job'), 'there is no job');
        // Only a timeline that knows this job says that it runs.
        if (ended === false) assert.ok(JSON.stringify(content).includes('12f1170f'), 'it is not listed');
      }),
      { numRuns: 1000 },
    );
  });
});
