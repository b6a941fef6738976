import { createHash } from 'node:crypto';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import type { Metafile } from 'esbuild';
import { readJson } from '../layout';
import { packageOf } from '../packaging/bundle';

const { FromNodePackageJson, License } = Contrib;
const components = new FromNodePackageJson.Builders.ComponentBuilder(
  new FromNodePackageJson.Factories.ExternalReferenceFactory(),
  new License.Factories.LicenseFactory(refuseExpression),
);

/**
 * The CycloneDX bill of materials of a package, as JSON: every library whose code is in one of its bundles, and which
 * of them needs which. It holds neither a time nor a random number, so that the same package has the same one.
 * @param bytes the package itself, for its hash.
 */
export function billOfMaterials(id: string, version: string, bytes: Buffer, bundles: Metafile[]): string {
  const bom = new Models.Bom();
  const extension = new Models.Component(Enums.ComponentType.Application, id, {
    bomRef: `${id}@${version}`,
    version,
    hashes: new Models.HashDictionary([
      [Enums.HashAlgorithm['SHA-256'], createHash('sha256').update(bytes).digest('hex')],
    ]),
    licenses: new Models.LicenseRepository([new Models.SpdxLicense('MIT')]),
  });
  bom.metadata.component = extension;

  const needs = packagesNeeded(bundles);
  const libraries = new Map([...needs.keys()].filter(isLibrary).map((folder) => [folder, libraryIn(folder)]));
  for (const [folder, needed] of needs) {
    const component = libraries.get(folder) ?? extension;
    for (const other of needed) {
      const library = libraries.get(other);
      if (library) component.dependencies.add(library.bomRef);
    }
  }
  for (const library of libraries.values()) bom.components.add(library);
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** The extension's own code is under no package's folder. */
const own = '';
const isLibrary = (folder: string) => folder !== own;

/** Folders of packages, and of those whose code imports theirs. */
function packagesNeeded(bundles: Metafile[]): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>();
  for (const [file, { imports }] of bundles.flatMap(({ inputs }) => Object.entries(inputs))) {
    const folder = packageOf(file) ?? own;
    const needed = needs.get(folder) ?? new Set();
    needs.set(folder, needed);
    for (const { path } of imports) {
      const other = packageOf(path);
      if (other !== undefined && other !== folder) needed.add(other);
    }
  }
  return needs;
}

/** Every licence so far is one id. What several of them mean together would have to be parsed first. */
function refuseExpression(licence: string): never {
  throw new Error(`${licence} is not the SPDX id of one licence.`);
}

function libraryIn(folder: string): Models.Component {
  const manifest = readJson(`${folder}/package.json`);
  const component = components.makeComponent(manifest);
  if (!component?.version) throw new Error(`${folder} has no name or version.`);
  const { name, version, group, licenses } = component;
  for (const licence of licenses) if (!(licence instanceof Models.SpdxLicense)) refuseExpression(`${name}'s licence`);
  component.purl = `pkg:npm/${group ? `${encodeURIComponent(group)}/` : ''}${name}@${version}`;
  component.bomRef.value = component.purl;
  return component;
}
