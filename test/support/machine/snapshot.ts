import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from '../../../dev/emulator';
import type { Agent } from '../../../dev/emulator/model';
import type { Machine } from './machine';

/** What scripts change on a machine. */
const parts = ['agents', 'etc', 'enabled', 'active', 'services'];

/**
 * Keeps everything of a machine and its pool that a run changes. A process that is killed runs nothing more, so what it
 * leaves is what is there while it waits.
 * @returns what goes back to that state, once.
 */
export function snapshot({ machine, emulator }: { machine: Machine; emulator: Emulator }): () => void {
  const kept = mkdtempSync(join(machine.folder, 'kept-'));
  for (const part of parts.filter((one) => existsSync(join(machine.folder, one)))) {
    cpSync(join(machine.folder, part), join(kept, part), { recursive: true });
  }
  const pool = emulator.state.pool('Default');
  const agents = structuredClone(pool.agents);
  return () => {
    for (const part of parts) {
      rmSync(join(machine.folder, part), { recursive: true, force: true });
      if (existsSync(join(kept, part))) renameSync(join(kept, part), join(machine.folder, part));
    }
    pool.agents.splice(0, pool.agents.length, ...structuredClone<Agent[]>(agents));
  };
}
