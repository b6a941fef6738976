/**
 * Passwords of the agent's own proxy and client certificate, and the address of that proxy, which may hold one too. Taken
 * out of the environment when this module loads, which has to be before the task library does: that reads them at once,
 * and writes them to the log as debug lines.
 */
export const agentSecrets = {
  proxyUrl: take('AGENT_PROXYURL'),
  proxyPassword: take('SECRET_AGENT_PROXYPASSWORD'),
  clientCertificatePassword: take('SECRET_AGENT_CLIENTCERTPASSWORD'),
};

function take(name: string): string {
  const value = process.env[name] ?? '';
  delete process.env[name];
  return value;
}
