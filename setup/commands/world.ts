import type { Runtime } from '../../src/http/runtime';
import type { Interruption } from '../interruption';
import type { Options } from '../options';
import type { Terminal } from '../terminal';

/** What a command is started with. */
export interface World {
  options: Options;
  terminal: Terminal;
  interruption: Interruption;
  runtime: Runtime;
}
