/** Something that answers on a port. */
interface Server {
  close: () => Promise<void>;
}

/**
 * Starts a server, introduces it, and keeps it until Ctrl+C or SIGTERM.
 * @throws where its port is taken, with what to do.
 */
export async function untilStopped<Started extends Server>(
  start: () => Promise<Started>,
  introduce: (server: Started) => void | Promise<void>,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const server = await start().catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') throw new Error(`${error.message}\nChoose another port with --port.`);
    throw error;
  });
  try {
    await introduce(server);
    await stopped;
  } finally {
    await server.close();
  }
}
