import { ErrorCode, virtError } from "@tsvirt/base";
import { DomainCapabilities } from "@tsvirt/model/capabilities";
import { domainCapabilities } from "@tsvirt/qemu";
import { convertCommand } from "./command.ts";
import { qemuOptions } from "./inputs.ts";

/** `tsvirt convert domcapabilities`: the document goes to standard output. */
export const domcapabilities = convertCommand({
  help: "the domain capabilities that an emulator gives a host",
  options: {
    "--capabilities": qemuOptions["--capabilities"],
    "--host": qemuOptions["--host"],
    "--virttype": { takes: "TYPE", help: "kvm or qemu" },
    "--machine": { takes: "NAME", help: "machine type; without it, the default" },
    "--arch": { takes: "ARCH", help: "the guest's architecture" },
    "--emulator": { takes: "PATH", help: "the emulator's path in the document" },
  },
  async run(options, { output, inputs }) {
    const host = await inputs.host(options);
    const arch = options.value("--arch");
    const caps = await inputs.capabilities(options, arch ?? host.facts.arch);
    const virtType = options.value("--virttype");
    if (virtType !== "kvm" && virtType !== "qemu") {
      throw virtError(ErrorCode.invalidArg, `unknown virttype '${virtType ?? ""}'`);
    }
    const emulator = options.value("--emulator") ?? host.facts.emulatorFor(arch ?? caps.arch) ?? "";
    const document = domainCapabilities(caps, {
      ...host.capabilities,
      emulator,
      virtType,
      arch,
      machine: options.value("--machine"),
    });
    output.write(DomainCapabilities.format(document));
    return 0;
  },
});
