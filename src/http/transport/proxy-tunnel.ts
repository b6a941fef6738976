import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import type { NetworkProxy } from '../../agent-network';
import { addressOf } from '../../url';
import { BrokenConnection, breakageOf, watched } from './breakage';
import { attemptTimeout, type TlsSettings } from './tls-settings';

/** Bytes that a proxy may answer before it connects. */
const maxHead = 64 * 1024;

/**
 * Asks a proxy for a connection to a host and port. Not by Node's own client: it takes a `100 Continue` that comes before
 * the answer for the answer.
 * @throws BrokenConnection that says what the proxy answered, or how the connection to it failed.
 */
export async function openTunnel(
  proxy: NetworkProxy,
  tls: TlsSettings,
  { host, port, signal }: { host: string; port: number; signal?: AbortSignal | undefined },
): Promise<Socket> {
  const socket = connectTo(new URL(proxy.url), tls);
  const abort = () => socket.destroy(Object.assign(new Error('aborted'), { code: 'ABORT_ERR' }));
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort);
  try {
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization(proxy)}\r\n`);
    const { status, offers } = await readAnswer(socket);
    if (status >= 200 && status < 300) return socket;
    const proxyOffers = offers === '' ? {} : { proxyOffers: offers };
    throw new BrokenConnection({ reason: String(status), proxyStatus: status, ...proxyOffers });
  } catch (error) {
    socket.destroy();
    throw new BrokenConnection({ ...breakageOf(error), atProxy: true });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function connectTo(url: URL, tls: TlsSettings): Socket {
  const address = { ...addressOf(url), autoSelectFamilyAttemptTimeout: attemptTimeout };
  if (url.protocol === 'http:') return connect(address);
  const socket: TLSSocket = connectSecurely({ ...address, ...tls, servername: isIP(address.host) ? '' : address.host });
  return watched(socket);
}

/** The first final answer; those of 100 to 199 only announce it. */
function readAnswer(socket: Socket): Promise<{ status: number; offers: string }> {
  return new Promise((resolve, reject) => {
    let received = '';
    const settle = (end: () => void) => {
      socket.off('data', read).off('error', reject).off('close', closed);
      // A listener stays, because an error that comes later must not end the process.
      socket.on('error', () => {});
      end();
    };
    const fail = (reason: string) => settle(() => reject(new BrokenConnection({ reason })));
    const closed = () => fail('ECONNRESET');
    const read = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      for (let head = headOf(received); head !== undefined; head = headOf(received)) {
        received = received.slice(head.length);
        const status = Number(/^HTTP\/1\.\d (\d{3})\b/.exec(head)?.[1]);
        if (!status) return fail('HPE_INVALID_CONSTANT');
        if (status >= 100 && status < 200 && status !== 101) continue;
        const offers = [...head.matchAll(/^proxy-authenticate:[ \t]*(.*?)[ \t]*\r?$/gim)].map(([, value]) => value);
        return settle(() => {
          socket.pause();
          if (received !== '') socket.unshift(Buffer.from(received, 'latin1'));
          resolve({ status, offers: offers.join(', ') });
        });
      }
      if (received.length > maxHead) fail('HPE_HEADER_OVERFLOW');
    };
    socket.on('data', read).on('error', reject).on('close', closed);
  });
}

function headOf(text: string): string | undefined {
  return /^[\s\S]*?\r?\n\r?\n/.exec(text)?.[0];
}

function authorization({ username, password = '' }: NetworkProxy): string {
  if (!username) return '';
  return `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}\r\n`;
}
