import type { Examined } from '../doctor/examined';
import type { Tools } from '../tools';

export async function tryLive(tools: Tools, _examined: Examined): Promise<number> {
  tools.terminal.say('not yet');
  return 1;
}
