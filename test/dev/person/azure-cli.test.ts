import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, type AzureCli, standInForAzureCli } from '../../../dev/person';

describe('the stand-in for Azure CLI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'azure-cli-'));
  let account: Account;
  let azure: AzureCli;
  before(async () => {
    azure = await standInForAzureCli(folder, (resource) => account(resource));
  });
  beforeEach(() => {
    account = (resource) => `token "of" ${resource} $HOME`;
  });
  after(() => {
    azure.close();
    rmSync(folder, { recursive: true });
  });

  function az(words: string): Promise<{ code: number | null; printed: string; errors: string }> {
    // As the library of the command starts it.
    const child = spawn(`az ${words}`, { shell: true, env: { PATH: `${folder}:${process.env.PATH}` } });
    let [printed, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, printed, errors })));
  }

  const forGraph = 'account get-access-token --output json --resource https://graph.microsoft.com --tenant t';

  it('prints a token for a resource as Azure CLI does, and keeps none', async () => {
    const { code, printed, errors } = await az(forGraph);
    assert.deepEqual([code, errors], [0, '']);
    const { accessToken, expires_on: end, tokenType } = JSON.parse(printed);
    assert.deepEqual([accessToken, tokenType], ['token "of" graph $HOME', 'Bearer']);
    assert.ok(end * 1000 > Date.now() + 59 * 60_000);
    const { printed: other } = await az('account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798');
    assert.match(JSON.parse(other).accessToken, /azureDevOps/);
    for (const name of readdirSync(folder)) assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /of" graph/);
  });

  it('asks for a sign-in where no one is signed in', async () => {
    account = () => undefined;
    const { code, printed, errors } = await az(forGraph);
    assert.deepEqual([code, printed], [1, '']);
    assert.match(errors, /^ERROR: Please run 'az login' to setup account\.$/m);
  });

  const refused: [words: string, error: RegExp][] = [
    ['', /misspelled or not recognized/],
    ['account show', /'account show' is misspelled or not recognized/],
    ['--output json account get-access-token', /misspelled or not recognized/],
    [`${forGraph} --query accessToken`, /unrecognized arguments: --query accessToken/],
    [`${forGraph} more`, /unrecognized arguments: more/],
    ['account get-access-token --resource', /argument --resource: expected one argument/],
  ];
  for (const [words, error] of refused) {
    it(`refuses "az ${words}"`, async () => {
      const ended = await az(words);
      assert.deepEqual([ended.code, ended.printed], [2, '']);
      assert.match(ended.errors, error);
    });
  }
});
