import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commitsOf } from '../../scripts/edition/commits';
import { derivedGuid, developmentTexts } from '../../scripts/edition/development';
import { editionOf } from '../../scripts/edition/edition';
import { changesOf } from '../../scripts/release/changelog';

const root = join(__dirname, '..', '..');
const dist = join(root, 'dist');

const source = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const version = String(source('package.json').version);

describe('the quick start of the overview', () => {
  it('is an example that a test runs, word for word', () => {
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, 'overview.md'), 'utf8')) ?? [];
    assert.equal(yaml, readFileSync(join(root, 'examples', 'register-one.yml'), 'utf8'));
  });
});

describe('what a development extension is called', () => {
  it('differs from the real one in every language', () => {
    const texts = { 'loc.friendlyName': 'Agentenpool-Token', 'loc.description': 'Holt eines.' };
    assert.deepEqual(developmentTexts(texts), { ...texts, 'loc.friendlyName': 'Agentenpool-Token (dev)' });
    assert.deepEqual(developmentTexts({ 'loc.description': 'Holt eines.' }), { 'loc.description': 'Holt eines.' });
  });

  it('derives its ids as RFC 9562 says', () => {
    assert.equal(
      derivedGuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });
});

describe('the version of a development package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'history-'));
  const git = (where: string, ...args: string[]) => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
    const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: where, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is the number of commits', () => {
    const whole = join(folder, 'whole');
    mkdirSync(whole);
    git(whole, 'init', '--quiet');
    for (const message of ['one', 'two', 'three'])
      git(whole, 'commit', '--quiet', '--allow-empty', '--message', message);
    assert.equal(commitsOf(whole), 3);
  });

  it('is not guessed where the history is not whole', () => {
    const shallow = join(folder, 'shallow');
    git(folder, 'clone', '--quiet', '--depth', '2', pathToFileURL(join(folder, 'whole')).href, shallow);
    assert.throws(() => commitsOf(shallow), /does not have the whole history\. Fetch it, or .*--patch N/);
    const none = join(folder, 'none');
    mkdirSync(none);
    assert.throws(() => commitsOf(none), /--patch N/);
  });
});

describe('options that cannot be followed', () => {
  const options = { dev: false, output: dist };
  it('are refused with a sentence', () => {
    assert.throws(() => editionOf({ ...options, patch: '7' }), /^Error: --patch goes with --dev/);
    assert.throws(() => editionOf({ ...options, dev: true, patch: '1.5' }), /^Error: --patch is a whole number/);
  });
});

describe('the changelog', () => {
  it('has a heading for the version of package.json', () => {
    assert.ok(changesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version, false).length > 0);
  });

  const text =
    '# Changelog\n\n## [1.2.0] - Unreleased\n\n- Later\n\n## [1.1.0] - 2026-01-31\n\n### Added\n\n- One thing\n';
  it('gives the section of a version', () => {
    assert.equal(changesOf(text, '1.1.0', true), '### Added\n\n- One thing\n');
    assert.equal(changesOf(text, '1.2.0', false), '- Later\n');
  });

  it('releases no version without its changes and its date', () => {
    assert.throws(() => changesOf(text, '1.3.0', false), /no heading "## \[1\.3\.0\]/);
    assert.throws(() => changesOf(text, '1.2.0', true), /has no date/);
  });
});
