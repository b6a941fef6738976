import type { Runtime } from '../src/http/runtime';
import type { SignIns } from './administrator';
import type { Interruption } from './interruption';
import type { Options } from './options';
import type { Terminal } from './terminal';

/** What a command is started with. */
export interface World {
  options: Options;
  terminal: Terminal;
  interruption: Interruption;
  runtime: Runtime;
  /** How the administrator of a tenant signs in. */
  signIns: (tenantId: string) => SignIns;
}
