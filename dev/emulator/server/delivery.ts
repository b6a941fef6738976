import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, RequestRecord } from './exchange';

const pieces = 10;

/** How an answer leaves, if not at once and whole. */
export interface Manner {
  slowHeadersMs?: number;
  slowBodyMs?: number;
  truncate?: boolean;
}

/** One answer on its way out. */
export interface Delivery {
  request: IncomingMessage;
  response: ServerResponse;
  /** Aborted when the emulator closes. */
  closing: AbortSignal;
}

/** Sends an answer, and returns when it has been handed over or the client has gone. */
export async function deliver({ request, response, closing }: Delivery, answer: Answer, manner: Manner): Promise<void> {
  const body = bodyOf(answer);
  const headers = headersOf(answer, body);
  if (manner.slowHeadersMs !== undefined) {
    const head = rawHead(answer.status, { ...headers, Connection: 'close' });
    await trickle(Buffer.from(head), manner.slowHeadersMs, (piece) => request.socket.write(piece), closing);
    request.socket.end(body);
    return;
  }
  response.writeHead(answer.status, headers);
  if (manner.truncate) {
    const half = body.subarray(0, Math.floor(body.length / 2));
    await new Promise<void>((resolve) => {
      response.write(half, () => resolve());
    });
    request.socket.destroy();
    return;
  }
  if (manner.slowBodyMs !== undefined) {
    response.flushHeaders();
    await trickle(body, manner.slowBodyMs, (piece) => response.write(piece), closing);
    response.end();
  } else {
    response.end(body);
  }
  await gone(response);
}

/** Sends a JSON text that is at least this long, as fast as the client takes it, and notes how much it took. */
export async function deliverEnormous({ response }: Delivery, bytes: number, record: RequestRecord): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  const piece = Buffer.alloc(64 * 1024, 'a');
  response.write('{"value":"');
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    record.sentBytes = sent;
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }
  if (!response.destroyed) record.sentBytes = bytes;
  response.end('"}');
  await gone(response);
}

/** Resolves when the response has been handed over, or cannot be any more. */
export async function gone(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once('finish', resolve).once('close', resolve);
  });
}

function bodyOf(answer: Answer): Buffer {
  const text = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
  return Buffer.from(answer.bom ? `\uFEFF${text}` : text);
}

function headersOf(answer: Answer, body: Buffer): Record<string, string | string[]> {
  const contentType = answer.contentType ?? (answer.json === undefined ? undefined : 'application/json; charset=utf-8');
  return {
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
    ...(answer.status === 204 ? {} : { 'Content-Length': String(body.length) }),
    ...answer.headers,
  };
}

function rawHead(status: number, headers: Record<string, string | string[]>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return [`HTTP/1.1 ${status} Emulated`, ...lines, '', ''].join('\r\n');
}

async function trickle(bytes: Buffer, ms: number, write: (piece: Buffer) => void, closing: AbortSignal): Promise<void> {
  const size = Math.ceil(bytes.length / pieces) || 1;
  for (let start = 0; start < bytes.length; start += size) {
    await wait(ms / pieces, undefined, { signal: closing });
    write(bytes.subarray(start, start + size));
  }
}
