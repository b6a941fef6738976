import assert from 'node:assert/strict';
import { removeFolders, runSteps, writeExtension } from './extension';

const library = JSON.stringify(require.resolve('azure-pipelines-task-lib/task'));

describe('a task with the task library', () => {
  after(removeFolders);

  const folder = () =>
    writeExtension({
      name: 'Library',
      json: {
        inputs: [
          { name: 'issuer', type: 'connectedService:Issuer', label: 'x' },
          { name: 'flag', type: 'boolean', label: 'x', defaultValue: 'true' },
          { name: 'words', type: 'multiLine', label: 'x' },
        ],
        outputVariables: [{ name: 'made', description: 'x' }],
      },
      main: `const tl = require(${library});
        const id = tl.getInput('issuer', true);
        console.log(JSON.stringify([
          tl.getBoolInput('flag'), tl.getDelimitedInput('words', '\\n'),
          tl.getEndpointUrl(id, false), tl.getEndpointAuthorizationScheme(id, false),
          tl.getEndpointAuthorizationParameter(id, 'refreshToken', false), tl.getEndpointDataParameter(id, 'tenantId', false),
          tl.getEndpointAuthorizationParameter('SYSTEMVSSCONNECTION', 'AccessToken', false),
          tl.getVariable('System.HostType'), tl.getVariable('my.secret'), tl.getTaskVariable('state') === undefined,
        ]));
        tl.setSecret('made%up;token]');
        console.log('in clear: made%up;token]');
        tl.setVariable('MADE_TOKEN', 'made%up;token]', true);
        tl.setVariable('made', 'yes', false, true);
        tl.setTaskVariable('state', 'kept; 100%', true);
        tl.debug('quiet');
        tl.warning('be careful');
        tl.setResult(tl.TaskResult.SucceededWithIssues, 'nearly');`,
      post: `const tl = require(${library});
        console.log(JSON.stringify([tl.getTaskVariable('state'), tl.getVariable('MADE_TOKEN'), tl.getVariable('Library.made')]));
        tl.setResult(tl.TaskResult.Failed, 'not this time');`,
    });

  it('reads inputs, connections and variables, and its commands take effect', async () => {
    const run = await runSteps(folder(), [{ task: 'Library@1', inputs: { issuer: 'One', words: 'a b\nc' } }], {
      connections: [
        {
          name: 'One',
          type: 'Issuer',
          url: 'https://one.test/org',
          data: { tenantId: 'tenant' },
          authorization: { scheme: 'None', parameters: { refreshToken: 'refresh' } },
        },
      ],
      secretVariables: { 'my.secret': 'hidden' },
      jobAccessToken: 'job-token',
    });
    const [main, post] = run.stages;
    const read = main?.rawLines.find((line) => line.startsWith('['));
    assert.deepEqual(JSON.parse(read ?? ''), [
      true,
      ['a b', 'c'],
      'https://one.test/org',
      'None',
      'refresh',
      'tenant',
      'job-token',
      'build',
      'hidden',
      true,
    ]);
    assert.deepEqual([main?.result, main?.message], ['SucceededWithIssues', 'nearly']);
    assert.deepEqual(
      main?.issues.map(({ message }) => message),
      ['be careful', 'nearly'],
    );
    assert.ok(main?.log.includes('in clear: ***'));
    assert.equal(run.secretVariables.MADE_TOKEN, 'made%up;token]');
    assert.deepEqual(run.outputs, { Library: { made: 'yes' } });
    assert.deepEqual(main?.taskVariables, { state: { value: 'kept; 100%', secret: true } });
    const kept = post?.rawLines.find((line) => line.startsWith('['));
    assert.deepEqual(JSON.parse(kept ?? ''), ['kept; 100%', 'made%up;token]', 'yes']);
    assert.deepEqual([post?.result, post?.message, run.result], ['Failed', 'not this time', 'Failed']);
    assert.deepEqual(
      post?.issues.map(({ type, message }) => [type, message]),
      [['error', 'not this time']],
    );
  });

  it('fails over a missing input, in words that the log shows', async () => {
    const { stages } = await runSteps(folder(), [{ task: 'Library@1', condition: 'always()' }]);
    assert.equal(stages[0]?.result, 'Failed');
    assert.match(stages[0]?.message ?? '', /Input required: issuer/);
  });
});
