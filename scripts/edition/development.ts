import { createHash } from 'node:crypto';
import type { ExtensionManifest, TaskManifest } from '../layout';

/**
 * The development extension stands in an organization beside the real one. So everything by which an organization or
 * the Marketplace keeps extensions, tasks and service connection types apart is another: a pipeline could
 * not say which of two tasks of one name it means.
 */
export const developmentName = (name: string): string => `${name}Dev`;
export const developmentId = (id: string): string => `${id}-dev`;
const developmentTitle = (title: string): string => `${title} (dev)`;

const connectionType = 'ms.vss-endpoint.service-endpoint-type';

/** The manifest of the extension for development. It is never public. */
export function developmentExtension(manifest: ExtensionManifest): ExtensionManifest {
  return {
    ...manifest,
    id: developmentId(manifest.id),
    name: developmentTitle(manifest.name),
    public: false,
    contributions: manifest.contributions.map((contribution) => {
      const { type, properties } = contribution;
      const { displayName } = properties;
      return {
        ...contribution,
        properties: {
          ...properties,
          name: developmentName(properties.name),
          ...(type === connectionType && { displayName: developmentTitle(String(displayName)) }),
        },
      };
    }),
  };
}

/** The manifest of a task for development. It asks for the development extension's own service connections. */
export function developmentTask(manifest: TaskManifest, extension: ExtensionManifest): TaskManifest {
  const ours = extension.contributions
    .filter(({ type }) => type === connectionType)
    .map(({ properties }) => properties.name);
  return {
    ...manifest,
    id: derivedGuid(manifest.id, 'dev'),
    name: developmentName(manifest.name),
    friendlyName: developmentTitle(manifest.friendlyName),
    inputs: manifest.inputs.map((input) => {
      const [kind, type = '', ...schemes] = input.type.split(':');
      return ours.includes(type) ? { ...input, type: [kind, developmentName(type), ...schemes].join(':') } : input;
    }),
  };
}

/** Texts of a task in another language: its name has to be as distinct in all of them. */
export function developmentTexts(texts: Record<string, string>): Record<string, string> {
  const name = 'loc.friendlyName';
  return texts[name] === undefined ? texts : { ...texts, [name]: developmentTitle(texts[name]) };
}

/** A GUID of version 5 (RFC 9562): always the same for the same name in the same namespace, which is a GUID too. */
export function derivedGuid(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
