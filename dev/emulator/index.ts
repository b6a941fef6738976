export type { Operation, RequestRecord } from './exchange';
export type { Fault, FaultAnswer } from './faults';
export type { PatRecord, PoolRole, ServicePrincipal } from './model';
export { Overload, type OverloadOptions } from './overload';
export { type Emulator, type EmulatorOptions, type Phase, startEmulator } from './server';
export type { State } from './state';
