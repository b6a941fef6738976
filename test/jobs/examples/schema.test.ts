import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { examplePipeline, examplesFolder, exampleVariants } from '../../support/example';
import { pipelineProblems } from '../../support/pipeline-schema';

const root = join(__dirname, '..', '..', '..');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
];

/** The blocks of YAML in a document, with the line before which each begins. */
function yamlBlocks(document: string): { line: number; yaml: string }[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    yaml: String(match[1]),
  }));
}

describe('the schema of Azure Pipelines', () => {
  for (const file of readdirSync(examplesFolder).filter((name) => name.endsWith('.yml'))) {
    it(`finds nothing in ${file}, with any parameters`, async () => {
      for (const parameters of exampleVariants(file)) {
        assert.deepEqual(await pipelineProblems(stringify(examplePipeline(file, parameters))), []);
      }
    });
  }

  for (const document of documents) {
    for (const { line, yaml } of yamlBlocks(document)) {
      it(`finds nothing in the pipeline in ${document}, line ${line}`, async () => {
        assert.ok('steps' in parse(yaml), 'a block of YAML is a pipeline, so that a reader can try it');
        assert.deepEqual(await pipelineProblems(yaml), []);
      });
    }
  }

  const own = join(root, 'azure-pipelines.yml');
  if (existsSync(own)) {
    it('finds nothing in the pipeline of this repository', async () => {
      assert.deepEqual(await pipelineProblems(readFileSync(own, 'utf8')), []);
    });
  }

  describe('refuses', () => {
    const good = stringify(examplePipeline('register-fleet.yml'));
    const task = ['issuer: agent-pool-issuer', 'pool: Default', 'lifetimeMinutes: 30'] as const;
    const cases: { what: string; replace: [string, string]; problem: RegExp }[] = [
      { what: 'a key that pipelines do not have', replace: ['trigger: none', 'triger: none'], problem: /^1: .*triger/ },
      { what: 'a trigger that is none of its forms', replace: ['trigger: none', 'trigger: never'], problem: /^1: / },
      { what: 'a key that jobs do not have', replace: ['maxParallel', 'maxParalel'], problem: /maxParalel$/ },
      { what: 'a key that pools do not have', replace: ['vmImage', 'vmimage'], problem: /^7: / },
      { what: 'a key that steps do not have', replace: ['displayName: Mint', 'title: Mint'], problem: /title$/ },
      { what: 'a job without steps', replace: ['steps:', 'stepps:'], problem: /"steps"|stepps/ },
      { what: 'a task that does not exist', replace: ['AgentPoolToken@1', 'AgentPoolTokens@1'], problem: /^24: / },
      {
        what: 'a version that our task does not have',
        replace: ['AgentPoolToken@1', 'AgentPoolToken@2'],
        problem: /^24: /,
      },
      { what: 'an input that our task does not have', replace: [task[1], 'pol: Default'], problem: /pol$/ },
      {
        what: 'a value that is not among the options',
        replace: [task[1], 'scope: everything'],
        problem: /"agentPool"/,
      },
      { what: 'a value of an option in other letters', replace: [task[1], 'scope: AgentPool'], problem: /"agentPool"/ },
      {
        what: 'a flag that is neither true nor false',
        replace: [task[2], 'revokeAfterJob: never'],
        problem: /boolean/,
      },
      { what: 'a missing issuer, which is the default', replace: [task[0], 'variable: TOKEN'], problem: /"issuer"/ },
      {
        what: 'a missing connection of another kind',
        replace: [task[0], 'connectionType: azureRM'],
        problem: /"azureSubscription"/,
      },
      { what: 'a list where a text belongs', replace: [task[1], 'pool: [a, b]'], problem: /"string"/ },
      {
        what: "an input that a task of Microsoft's does not have",
        replace: ['knownHostsEntry', 'knownHosts'],
        problem: /knownHosts/,
      },
      {
        what: "a missing input of a task of Microsoft's",
        replace: ['sshKeySecureFile: fleet-key', ''],
        problem: /sshKeySecureFile/,
      },
      { what: 'a second document', replace: ['jobs:', '---\njobs:'], problem: /single-document/ },
    ];
    for (const { what, replace, problem } of cases) {
      it(what, async () => {
        const bad = good.replace(...replace);
        assert.notEqual(bad, good);
        const problems = await pipelineProblems(bad);
        assert.ok(
          problems.some((found) => problem.test(found)),
          problems.join('\n') || 'nothing was found',
        );
      });
    }

    it('a task without any input that needs one, even one whose inputs are all shown under a condition', async () => {
      for (const name of ['AgentPoolToken', 'RevokeAgentPoolTokens', 'WaitForAgents']) {
        const problems = await pipelineProblems(`steps:\n  - task: ${name}@1\n`);
        assert.deepEqual(problems, ['2: Missing property "inputs".'], name);
      }
    });
  });

  it('lets inputs depend on one another', async () => {
    const revoke = (inputs: string) => `steps:\n  - task: RevokeAgentPoolTokens@1\n    inputs:\n      ${inputs}\n`;
    assert.deepEqual(await pipelineProblems(revoke('issuer: one')), []);
    assert.deepEqual(await pipelineProblems(revoke('connectionType: accessToken\n      accessToken: $(TOKEN)')), []);
    assert.deepEqual(await pipelineProblems(revoke('issuer: one\n      revoke: tokenIds')), [
      '3: Missing property "tokenIds".',
    ]);
  });
});
