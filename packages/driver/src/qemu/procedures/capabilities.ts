import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { escapeXml } from "@tsvirt/codec/xml";
import type { SmbiosInformation } from "@tsvirt/host";
import { DomainCapabilities } from "@tsvirt/model/capabilities";
import { cpuModelNames, domainCapabilities, findArchitecture } from "@tsvirt/qemu";
import type { Handlers, RemoteProcedures } from "@tsvirt/rpc";
import { findEmulator } from "../capabilities/emulator-request.ts";
import { hostCapabilities } from "../capabilities/host-capabilities.ts";
import { firmwareDescriptors, hasVfio, pairedLoaders, tpmVersions } from "../emulators/host-facts.ts";
import { checkFlags, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";

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

    async connectGetCapabilities() {
      return { capabilities: await hostCapabilities(driver) };
    },

    async connectGetDomainCapabilities({ emulatorbin, arch, machine, virttype, flags }) {
      checkFlags(flags, 0, "qemuConnectGetDomainCapabilities");
      const found = await findEmulator(driver, { emulator: emulatorbin, arch, virttype });
      const [firmware, otherLoaders, vfio, tpm] = await Promise.all([
        firmwareDescriptors(driver),
        pairedLoaders(driver),
        hasVfio(driver),
        tpmVersions(driver),
      ]);
      const document = domainCapabilities(found.capabilities, {
        emulator: found.path,
        virtType: found.virtType,
        hostArch: node.architecture,
        arch,
        machine,
        firmware,
        otherLoaders,
        kvmMaxVcpus: found.capabilities.accelerator("kvm") ? node.kvmMaxVcpus() : 0,
        hasVfio: vfio,
        tpmVersions: tpm,
      });
      return { capabilities: DomainCapabilities.format(document) };
    },

    connectGetCpuModelNames({ arch, needResults, flags }) {
      checkFlags(flags, 0, "virConnectGetCPUModelNames");
      if (!findArchitecture(arch)) {
        throw virtError(ErrorCode.invalidArg, `cannot find architecture ${arch}`, { domain: ErrorDomain.none });
      }
      const names = cpuModelNames(arch);
      if (!names) {
        throw virtError(ErrorCode.noSupport, `'${arch}' architecture is not supported by CPU driver`, {
          domain: ErrorDomain.cpu,
        });
      }
      return { models: needResults ? names : [], ret: names.length };
    },

    async connectGetSysinfo({ flags }) {
      checkFlags(flags, 0, "qemuConnectGetSysinfo");
      const smbios = await node.smbios();
      if (!smbios) throw virtError(ErrorCode.configUnsupported, "Host SMBIOS information is not available");
      return { sysinfo: formatSysinfo(smbios) };
    },

    nodeGetSevInfo({ flags }) {
      checkFlags(flags, TYPED_PARAM_STRING_OKAY, "qemuNodeGetSEVInfo");
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
