import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { escapeXml } from "@tsvirt/codec/xml";
import type { SmbiosInformation } from "@tsvirt/host";
import type { Handlers, RemoteProcedures } from "@tsvirt/rpc";
import { checkFlags, type ProcedureContext } from "./context.ts";

/** What `virConnectGetMaxVcpus` has always said of emulated guests; domain capabilities have the machine's own figure. */
const EMULATED_MAX_VCPUS = 16;

/** Calls about what the host offers to guests. */
export function capabilityProcedures({ driver }: ProcedureContext) {
  const { node } = driver.host;
  return {
    connectGetMaxVcpus({ type }) {
      switch (type?.toLowerCase()) {
        case undefined:
        case "qemu":
          return { maxVcpus: EMULATED_MAX_VCPUS };
        case "kvm":
          return { maxVcpus: node.kvmMaxVcpus() };
        default:
          throw virtError(ErrorCode.invalidArg, `unknown type '${type}'`);
      }
    },

    async connectGetSysinfo({ flags }) {
      checkFlags(flags, 0, "qemuConnectGetSysinfo");
      const smbios = await node.smbios();
      if (!smbios) throw virtError(ErrorCode.configUnsupported, "Host SMBIOS information is not available");
      return { sysinfo: formatSysinfo(smbios) };
    },

    nodeGetSevInfo({ flags }) {
      checkFlags(flags, 0, "qemuNodeGetSEVInfo");
      throw virtError(ErrorCode.operationUnsupported, "QEMU does not support SEV guest", { domain: ErrorDomain.qemu });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** The host's `<sysinfo>` document, in libvirt's order. */
function formatSysinfo(smbios: SmbiosInformation): string {
  const section = (name: string, entries: Readonly<Record<string, string>>): string => {
    const lines = Object.entries(entries).map(
      ([key, value]) => `    <entry name='${escapeXml(key)}'>${escapeXml(value)}</entry>\n`,
    );
    return lines.length === 0 ? "" : `  <${name}>\n${lines.join("")}  </${name}>\n`;
  };
  const body = [
    section("bios", smbios.bios),
    section("system", smbios.system),
    ...smbios.baseBoards.map((board) => section("baseBoard", board)),
    section("chassis", smbios.chassis),
    ...smbios.processors.map((processor) => section("processor", processor)),
    ...smbios.memoryDevices.map((device) => section("memory_device", device)),
  ];
  return `<sysinfo type='smbios'>\n${body.join("")}</sysinfo>\n`;
}
