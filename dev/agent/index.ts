export type { AgentOs } from './capabilities';
export { type RegisteredAgent, type RegisterOptions, registerAgent } from './register';
export { type RemoveOptions, removeAgent } from './remove';
