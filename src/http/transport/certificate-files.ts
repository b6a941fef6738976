import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { CertificateFiles } from '../../agent-network';
import { quotable, quoted, TaskError } from '../../errors';
import { fieldsOf } from '../../json';

/** How people name each file: in a variable of the agent, and when they set the agent up. */
const settings = {
  caFile: { variable: 'Agent.CAInfo', option: '--sslcacert' },
  certFile: { variable: 'Agent.ClientCert', option: '--sslclientcert' },
  keyFile: { variable: 'Agent.ClientCertKey', option: '--sslclientcertkey' },
  archiveFile: { variable: 'Agent.ClientCertArchive', option: '--sslclientcertarchive' },
} as const;

type Setting = keyof typeof settings;

/**
 * Reads the certificate files that the agent was set up with. Node itself passes over what it cannot read in them: then
 * it would be as if the file had not been named, and no message could say why a connection fails.
 * @returns what Node needs for connections over TLS; undefined where no file is named.
 * @throws TaskError `network` for a file that cannot be read or used. Repeats no pass phrase.
 */
export function secureContext(named: CertificateFiles): SecureContext | undefined {
  const options: SecureContextOptions = { ...authorities(named), ...clientCertificate(named) };
  if (Object.keys(options).length === 0) return undefined;
  try {
    return createSecureContext(options);
  } catch (error) {
    if (options.pfx) throw unusableArchive(named, error);
    // What only shows now, such as a key that is too short to be allowed.
    throw unusable(named, 'certFile', `cannot be used (${codeOf(error)})`);
  }
}

/** Those of Node count on: a proxy that inspects connections often leaves those to Entra alone. */
function authorities(named: CertificateFiles): SecureContextOptions {
  if (!named.caFile) return {};
  return { ca: [...rootCertificates, ...certificatesIn(named, 'caFile'), ...extraAuthorities(named)] };
}

/** As Node reads NODE_EXTRA_CA_CERTS, which it leaves out where there are authorities of the agent: what it cannot read counts not. */
function extraAuthorities({ extraCaFile }: CertificateFiles): string[] {
  if (!extraCaFile) return [];
  try {
    return pemCertificates(readFileSync(extraCaFile).toString('latin1')).filter((one) => faultIn(one) === undefined);
  } catch {
    return [];
  }
}

/** Why a certificate cannot be read; undefined where it can. */
function faultIn(certificate: string): string | undefined {
  try {
    new X509Certificate(certificate);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function clientCertificate(named: CertificateFiles): SecureContextOptions {
  if (!named.certFile) return {};
  const cert = certificatesIn(named, 'certFile');
  const { passphrase } = named;
  // The archive holds the same once more; it counts where there is no key beside it.
  if (named.keyFile) {
    const text = contentOf(named, 'keyFile');
    const key = privateKey(named, text);
    if (!new X509Certificate(cert[0] as string).checkPrivateKey(key)) {
      throw unusable(named, 'keyFile', `does not hold the key of the certificate in ${settings.certFile.variable}`);
    }
    return { cert: cert.join('\n'), key: text, passphrase };
  }
  if (!named.archiveFile) {
    const what = `${settings.keyFile.variable} nor ${settings.archiveFile.variable}`;
    throw unusable(named, 'certFile', `is of no use alone: neither ${what} names its key`);
  }
  return { pfx: contentOf(named, 'archiveFile'), passphrase };
}

function pemCertificates(text: string): string[] {
  return text.match(/-----BEGIN ([A-Z0-9 ]*CERTIFICATE)-----[\s\S]*?-----END \1-----/g) ?? [];
}

/** The certificates of a PEM file, each of which can be read. */
function certificatesIn(named: CertificateFiles, setting: 'caFile' | 'certFile'): string[] {
  const text = contentOf(named, setting).toString('latin1');
  const found = pemCertificates(text);
  if (found.length === 0) throw unusable(named, setting, 'holds no certificate in the PEM format');
  for (const [index, certificate] of found.entries()) {
    const fault = faultIn(certificate);
    if (fault === undefined) continue;
    throw unusable(named, setting, `cannot be read: its certificate ${index + 1} is broken (${fault})`);
  }
  return found;
}

function privateKey(named: CertificateFiles, text: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: text, passphrase: named.passphrase });
  } catch (error) {
    // With a wrong pass phrase now and then only the content looks wrong, so that the error does not show it.
    if (text.includes('ENCRYPTED')) throw lockedOut(named, 'keyFile', error);
    throw unusable(named, 'keyFile', `holds no private key in the PEM format (${codeOf(error)})`);
  }
}

function unusableArchive(named: CertificateFiles, error: unknown): TaskError {
  // Node gives no code for it.
  if (/mac verify failure/i.test(String(error))) return lockedOut(named, 'archiveFile', error);
  const why = /unsupported/i.test(String(error))
    ? 'is encrypted in a way that Node.js no longer supports; export it anew with AES-256'
    : 'cannot be used as a PKCS#12 archive';
  return unusable(named, 'archiveFile', `${why} (${codeOf(error)})`);
}

function contentOf(named: CertificateFiles, setting: Setting): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(named[setting] as string);
  } catch (error) {
    const there = '. It has to be readable for this user, and in a container to be there under the same path';
    throw unusable(named, setting, [`cannot be read (${codeOf(error)})`, there]);
  }
  if (content.toString('latin1').trim() === '') throw unusable(named, setting, 'is empty');
  return content;
}

function lockedOut(named: CertificateFiles, setting: Setting, error: unknown): TaskError {
  const how = named.passphrase
    ? 'with the pass phrase of this agent'
    : 'without a pass phrase, and this agent has none';
  return unusable(named, setting, [`cannot be opened ${how} (${codeOf(error)})`, ' and --sslclientcertpassword']);
}

/** @param reason the end of a sentence about the file, or that and an end of the remedy. */
function unusable(named: CertificateFiles, setting: Setting, reason: string | [why: string, more: string]): TaskError {
  const { variable, option } = settings[setting];
  const [why, more] = typeof reason === 'string' ? [reason, ''] : reason;
  return new TaskError('network', `The file ${quoted(named[setting] as string)}, named by ${variable}, ${why}.`, {
    remedy: `Set the agent up anew with the right ${option}${more}; nothing was sent.`,
  });
}

/** A code, or the words of OpenSSL where it gives none; these never repeat what stands in a file. */
function codeOf(error: unknown): string {
  const { code, message } = fieldsOf(error);
  return quotable(String(code ?? message), 60);
}
