export { type RegisterOptions, registerAgent } from './register';
export { removeAgent } from './remove';
