import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Loads the task library, which on its first load writes a key file, and a line of debug output. Imported before
 * anything that loads it otherwise, so that neither ends up where it does not belong.
 */
const folder = mkdtempSync(join(tmpdir(), 'agent-temp-'));
const before = process.env.AGENT_TEMPDIRECTORY;
const write = process.stdout.write;
process.env.AGENT_TEMPDIRECTORY = folder;
process.stdout.write = () => true;
try {
  require('azure-pipelines-task-lib/task');
} finally {
  process.stdout.write = write;
  if (before === undefined) delete process.env.AGENT_TEMPDIRECTORY;
  else process.env.AGENT_TEMPDIRECTORY = before;
}
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
