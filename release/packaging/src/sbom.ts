/** A part of a package in the words of CycloneDX. */
export interface Component {
  type: 'library' | 'application';
  name: string;
  version: string;
  /** Package URL (https://github.com/package-url/purl-spec). */
  purl: string;
}

/**
 * The bill of materials of an image or archive in CycloneDX 1.6 as JSON text: the same for the same components,
 * without times or random ids.
 */
export function billOfMaterials(
  subject: { type: 'container' | 'application'; name: string; version: string },
  components: readonly Component[],
): string {
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: subject },
    // Two programs may be made of the same part.
    components: [...new Map(components.map((component) => [component.purl, component])).values()]
      .sort((a, b) => (a.purl < b.purl ? -1 : 1))
      .map((component) => ({ 'bom-ref': component.purl, ...component })),
  };
  return `${JSON.stringify(bom, null, 1)}\n`;
}

/** The component of an npm package told as `name@version`. */
export function npmComponent(id: string): Component {
  const at = id.lastIndexOf('@');
  const [name, version] = [id.slice(0, at), id.slice(at + 1)];
  return { type: 'library', name, version, purl: `pkg:npm/${name.replace(/^@/, '%40')}@${version}` };
}

/** The component of a Go module. */
export function goComponent(path: string, version: string): Component {
  return { type: 'library', name: path, version, purl: `pkg:golang/${path}@${encodeURIComponent(version)}` };
}
