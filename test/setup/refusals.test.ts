import assert from 'node:assert/strict';
import { Scene } from './issuer-command';

interface Refused {
  what: string;
  /** What is wrong before the command starts. */
  set?: (scene: Scene) => void;
  /** It is run as a person runs it. */
  asPerson?: boolean;
  words?: (words: string[]) => string[];
  says: RegExp[];
}

const replaced = (option: string, value: string) => (words: string[]) =>
  words.map((word, index) => (words[index - 1] === option ? value : word));

const table: Refused[] = [
  {
    what: 'az is signed out',
    asPerson: true,
    set: (scene) => scene.signIn(undefined),
    says: [/Neither Azure CLI nor Azure PowerShell gave a token .*'az login'/, /az login --tenant/],
  },
  {
    what: 'az is signed in to another tenant than the organization',
    set: ({ emulator }) => {
      emulator.state.organizationTenantId = '11111111-2222-4333-8444-555555555555';
    },
    says: [/belongs to the tenant 11111111/, /az login --tenant 11111111/],
  },
  {
    what: 'the extension is not installed, and the project, the pool and the user do not exist',
    asPerson: true,
    set: ({ emulator }) => {
      for (const extension of [...emulator.state.collection.extensions]) emulator.uninstallExtension(extension);
    },
    words: (words) =>
      replaced(
        '--user',
        'pool-usre@fabrikam.onmicrosoft.com',
      )(replaced('--pool', 'Buld-Linux')(replaced('--project', 'Fabricam')(words))),
    says: [
      /extension Agent Pool Token is not installed/,
      /no project "Fabricam".*"Fabrikam"/,
      /no agent pool "Buld-Linux".*"Build-Linux"/,
      /no user "pool-usre@fabrikam\.onmicrosoft\.com".*"pool-user@fabrikam\.onmicrosoft\.com"/,
    ],
  },
  {
    what: 'the pool is hosted, and the pipeline, the approver and the writer do not exist',
    words: (words) => [
      ...replaced('--pool', 'Azure Pipelines')(words),
      ...['--pipeline', 'nihgtly', '--approver', 'Nemo', '--writer', 'Nautilus'],
    ],
    says: [/takes no agents of your own/, /no pipeline "nihgtly".*"nightly"/, /"Nemo"/, /"Nautilus"/],
  },
  {
    what: 'the pool and the pipeline do not exist among thousands',
    set: ({ emulator }) => {
      const { pools } = emulator.state;
      const [pool] = pools;
      for (let id = 1_000; pool && id < 5_000; id++) pools.push({ ...pool, id, name: `Shared ${id}` });
      for (let number = 0; number < 4_000; number++) emulator.addPipeline(`nightly of part ${number}`);
    },
    words: (words) => [...replaced('--pool', 'Shared 7000')(words), '--pipeline', 'nightly of part 7000'],
    says: [
      /no agent pool "Shared 7000".*"Shared \d000"/,
      /no pipeline "nightly of part 7000".*"nightly of part \d000"/,
    ],
  },
  {
    what: 'the user is a guest',
    set: (scene) => {
      scene.user.guest = true;
    },
    says: [/is a guest/],
  },
  {
    what: 'the administrator has no role in Entra, and none on the pool',
    set: (scene) =>
      scene.signIn(scene.emulator.addAdministrator({ alias: 'junior', directoryRoles: [], poolRole: 'view' })),
    says: [/none of the directory roles/, /no administrator of the agent pool "Build-Linux"/],
  },
  {
    what: 'the organization restricts who may mint tokens, and the command cannot ask about its allow list',
    set: ({ emulator }) => {
      emulator.state.policies.restrictPatCreation = true;
    },
    says: [/Restrict personal access token creation/, /without --yes/],
  },
  {
    what: 'the administrator may neither add users nor create connections',
    set: (scene) =>
      scene.signIn(
        scene.emulator.addAdministrator({
          alias: 'guest',
          collectionAdministrator: false,
          projectAdministrator: false,
        }),
      ),
    says: [/may not add users/, /may not create service connections/],
  },
  {
    what: 'a policy forbids client secrets',
    set: ({ emulator }) => {
      emulator.state.directory.secretsForbidden = true;
    },
    says: [/forbids client secrets/],
  },
];

describe('issuer create refuses before anything changes, where', function () {
  this.timeout(120_000);
  for (const { what, set, asPerson = false, words = (same: string[]) => same, says } of table) {
    it(what, async () => {
      const scene = await Scene.open();
      try {
        set?.(scene);
        const line = ['create', ...words(scene.arguments('create')), '--yes'];
        const { code, output } = await (asPerson ? scene.run(line) : scene.runInProcess(line));
        assert.equal(code, 1, output);
        for (const text of says) assert.match(output, text);
        assert.deepEqual(scene.changes(), []);
      } finally {
        await scene.close();
      }
    });
  }

  it('the installed extension has no connection without a client secret', async () => {
    const scene = await Scene.open('nothing');
    try {
      const { code, output } = await scene.runInProcess(['create', ...scene.arguments('create'), '--yes']);
      assert.equal(code, 1, output);
      assert.match(output, /Update the extension, or store a client secret/);
      assert.deepEqual(scene.changes(), []);
    } finally {
      await scene.close();
    }
  });

  it('the command cannot ask and --yes is missing, or the plan alone was wanted', async () => {
    const scene = await Scene.open();
    try {
      const asked = await scene.run(['create', ...scene.arguments('create')]);
      assert.equal(asked.code, 1);
      assert.match(asked.output, /needs --yes/);
      const planned = await scene.run(['create', ...scene.arguments('create'), '--dry-run', '--yes']);
      assert.equal(planned.code, 0, planned.output);
      assert.match(planned.output, /\+ service connection "agent-pool-issuer"/);
      assert.deepEqual(scene.changes(), []);
    } finally {
      await scene.close();
    }
  });
});
