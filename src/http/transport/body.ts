import type { IncomingMessage } from 'node:http';
import { fieldsOf } from '../../json';
import { BrokenConnection } from './breakage';

/**
 * Reads the body of an answer, decompressed: some middleboxes compress what did not ask for it.
 * @returns undefined if it has more bytes than that, counted while it streams and again while it is decompressed.
 * @throws BrokenConnection for a body that cannot be decompressed.
 */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      message.destroy();
      return undefined;
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const encodings = encodingsOf(message.headers['content-encoding']);
  return encodings.length === 0 || size === 0 ? body.toString('utf8') : decompressed(body, encodings, maxBytes);
}

/** The last that was applied comes first. */
function encodingsOf(header = ''): string[] {
  return header
    .toLowerCase()
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'identity')
    .reverse();
}

async function decompressed(body: Buffer, encodings: string[], maxOutputLength: number): Promise<string | undefined> {
  // Loaded where it is needed: few answers are compressed, and every process would wait for it.
  const zlib = await import('node:zlib');
  const limit = { maxOutputLength };
  const decompress = (bytes: Buffer, encoding: string): Buffer => {
    if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.gunzipSync(bytes, limit);
    if (encoding === 'br') return zlib.brotliDecompressSync(bytes, limit);
    if (encoding !== 'deflate') throw new BrokenConnection({ reason: 'unknown Content-Encoding' });
    // Some servers leave out the header of two bytes that the encoding has.
    const hasHeader = ((bytes[0] ?? 0) & 0x0f) === 8;
    return hasHeader ? zlib.inflateSync(bytes, limit) : zlib.inflateRawSync(bytes, limit);
  };
  try {
    return encodings.reduce(decompress, body).toString('utf8');
  } catch (error) {
    if (fieldsOf(error).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}
