// instantiations <= 190000
// The whole domain document as its users see it: one import, a few members deep.
import { type Domain, formatDomain, parseDomain } from "../src/domain/index.ts";

/** Uses the types, so that they are computed. */
export function describe(xml: string): string {
  const domain: Domain = parseDomain(xml);
  const disk = domain.devices?.disks[0];
  const address = disk?.address;
  const slot = address?.type === "pci" ? address.slot : undefined;
  const graphics = domain.devices?.graphics[0];
  const port = graphics?.type === "vnc" ? graphics.port : undefined;
  return `${slot} ${port} ${disk?.backingStore?.backingStore?.source?.file} ${formatDomain(domain)}`;
}
