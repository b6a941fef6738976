import { mkdtempSync, readdirSync, rmdirSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TaskError } from '../errors';

/** The file in its folder that the task library always writes. */
const keyFile = '.taskkey';

/**
 * Where the task library keeps the key of its vault. It writes that file as soon as it loads, readable by everybody, into
 * Agent.TempDirectory, else into the working folder, and dies with a stack trace where it cannot; so this module has to
 * load before it, and gives it a folder that no other user can read and that ends with the process.
 */
function prepare(): void {
  const folder = privateFolder([process.env.AGENT_TEMPDIRECTORY, tmpdir(), process.env.AGENT_WORKFOLDER]);
  if (folder === undefined) {
    fail();
    return;
  }
  process.env.AGENT_TEMPDIRECTORY = folder;
  process.once('exit', () => removeFolder(folder));
}

/**
 * Makes a folder in the first place where a file can be written, and writes the file, so that a full disk shows now.
 * The working folder is none of the places: it is that of the sources, and what a killed process leaves there may be
 * published.
 * @returns undefined where there is no such place.
 */
export function privateFolder(places: (string | undefined)[]): string | undefined {
  for (const place of places) {
    if (!place) continue;
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(place, 'agent-pool-token-'));
      writeFileSync(join(folder, keyFile), 'x'.repeat(36), { mode: 0o600 });
      return folder;
    } catch {
      if (folder !== undefined) removeFolder(folder);
    }
  }
  return undefined;
}

/**
 * Removes the folder and the files in it, as far as they are there: a pass phrase or a password in a variable makes the
 * library write a key for it beside its own. Not by rmSync, for which Node loads another module.
 */
export function removeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // A folder that cannot be removed must not change how the step ends.
  }
}

/** Ends the step without the library, which cannot load. */
function fail(): void {
  const { message } = new TaskError(
    'temp-folder-unusable',
    'Neither the temporary folder of this agent, nor that of the system, nor the work folder takes a file.',
  );
  // Not by the console, whose pipe an exit may cut off on Windows.
  writeSync(1, `##vso[task.logissue type=error;]${message}\n##vso[task.complete result=Failed;]${message}\n`);
  process.exit();
}

prepare();
