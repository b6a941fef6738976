import { writeKey } from '../../dev/agent/files';
import { createKey } from '../../dev/agent/key';

let key: ReturnType<typeof createKey> | undefined;

/**
 * Puts a key into a folder, which an agent that is configured there takes. To make one costs 0.2 s of processor; all
 * agents of a test process can have the same, because servers know an agent by its client id.
 */
export async function giveKey(folder: string): Promise<void> {
  key ??= createKey();
  await writeKey(folder, await key);
}
