/** Whether a URL stays on this machine, where plain HTTP is accepted and no proxy is ever asked. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(url.hostname);
}
