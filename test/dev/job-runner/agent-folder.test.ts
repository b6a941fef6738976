import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFolder } from '../../../dev/job-runner/job/agent-folder';
import { removeFolders, temporaryFolder } from './extension';

describe('the sources of a job', () => {
  after(removeFolders);

  /** A folder with these files, and the sources that a job gets of it. */
  function sourcesOf(files: string[], { git }: { git: boolean }): string[] {
    const repository = temporaryFolder();
    if (git) execFileSync('git', ['init', '--quiet', repository]);
    for (const file of files) {
      mkdirSync(join(repository, file, '..'), { recursive: true });
      writeFileSync(join(repository, file), file.endsWith('.gitignore') ? 'build/\n*.secret\n' : '');
    }
    const folder = new AgentFolder(temporaryFolder());
    folder.checkOut(repository);
    return readdirSync(folder.sources, { recursive: true, encoding: 'utf8' }).sort();
  }

  it('are those of a git repository, without what git ignores', () => {
    const files = ['.gitignore', 'a ä.yml', 'scripts/b.sh', 'scripts/c.secret', 'build/connections.json'];
    assert.deepEqual(sourcesOf(files, { git: true }), ['.gitignore', 'a ä.yml', 'scripts', 'scripts/b.sh']);
  });

  it('are all files of another folder', () => {
    assert.deepEqual(sourcesOf(['a.yml', 'build/b'], { git: false }), ['a.yml', 'build', 'build/b']);
  });
});
