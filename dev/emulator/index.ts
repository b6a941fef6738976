export type { PatRecord, PoolRole, ServicePrincipal } from './model';
export type { Operation, RequestRecord } from './server/exchange';
export type { Fault, FaultAnswer } from './server/faults';
export { Overload, type OverloadOptions } from './server/overload';
export { type Emulator, type EmulatorOptions, type Phase, startEmulator } from './server/server';
export type { State } from './state';
