export { type AgentPackageServer, serveAgentPackages } from './package-server';
