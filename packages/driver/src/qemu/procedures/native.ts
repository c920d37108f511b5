import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import { buildCommandLine, prepareStart, type QemuCapabilities, shellLines, standaloneCommandLine } from "@tsvirt/qemu";
import type { Handlers, RemoteProcedures } from "@tsvirt/rpc";
import { parseDefinition } from "../definitions/documents.ts";
import { hostFacts } from "../emulators/host-facts.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { shownContext } from "../start/build-context.ts";
import { checkFlags, type ProcedureContext } from "./context.ts";

/** libvirt's name of the one native format. */
const QEMU_ARGV = "qemu-argv";
/** Ours: a command line that can be run by hand as it is. */
const STANDALONE = "qemu-argv-standalone";

/** Calls about command lines of QEMU as a format of definitions. */
export function nativeProcedures({ driver }: ProcedureContext) {
  return {
    async connectDomainXmlFromNative({ nativeFormat, nativeConfig, flags }) {
      checkFlags(flags, 0, "qemuConnectDomainXMLFromNative");
      checkFormat(nativeFormat);
      // Few ask for it: it is loaded when someone does. No file of the host is read for a client.
      const { formatImportedDomain, importCommandLine } = await import("@tsvirt/qemu/import");
      const { domain } = importCommandLine(nativeConfig, { arch: driver.host.node.architecture });
      return { domainXml: formatImportedDomain(domain) };
    },

    async connectDomainXmlToNative({ nativeFormat, domainXml, flags }) {
      checkFlags(flags, 0, "qemuConnectDomainXMLToNative");
      checkFormat(nativeFormat);
      const domain = await parseDefinition(driver, domainXml, {});
      const caps = await driver.emulators.capabilities(domain.devices?.emulator ?? "");
      // What is only shown does not need the host's devices.
      const { vfio: _vfio, ...facts } = await hostFacts(driver, domain);
      prepareStart(domain, caps, facts);
      takeFirstPorts(domain, driver);
      return { nativeConfig: commandLine(driver, domain, caps, nativeFormat === STANDALONE) };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function checkFormat(format: string): void {
  if (format === QEMU_ARGV || format === STANDALONE) return;
  throw virtError(ErrorCode.invalidArg, `unsupported config type ${format}`);
}

function commandLine(driver: QemuDriver, domain: Domain, caps: QemuCapabilities, byHand: boolean): string {
  const context = shownContext(driver, domain.name);
  if (!byHand) return shellLines(buildCommandLine(domain, caps, context)).join(" ");
  const { now, utcOffset, isHostCdrom, hugePages } = context;
  const { notes, ...line } = standaloneCommandLine(domain, caps, {
    config: driver.settings,
    now,
    utcOffset,
    isHostCdrom,
    hugePages,
  });
  return `${notes.map((note) => `# ${note}\n`).join("")}${shellLines(line).join(" ")}`;
}

/** Ports of displays as if no other guest ran: none is taken. */
function takeFirstPorts(domain: Domain, driver: QemuDriver): void {
  for (const graphics of domain.devices?.graphics ?? []) {
    if (graphics.type !== "vnc" && graphics.type !== "spice") continue;
    const { remote_display_port_min: first } = driver.settings;
    if ((graphics.port ?? -1) < 0) graphics.port = first;
  }
}
