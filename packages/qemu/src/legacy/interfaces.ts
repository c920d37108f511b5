import { ErrorCode, virtError } from "@tsvirt/base";
import type { Interface } from "@tsvirt/model/domain";
import type { CommandWriter } from "../argv/command.ts";
import { NetNic, NetSocket, NetTap, NetUser } from "./options.ts";

/** Writes the guest's network cards, each with the host's end on a virtual network of its own. */
export function writeLegacyInterfaces(line: CommandWriter, interfaces: readonly Interface[]): void {
  if (interfaces.length === 0) line.add("-net", "none");
  let next = 0;
  line.each(interfaces, (card) => {
    const vlan = next++;
    const named = line.caps.hasLegacy("net.name") && card.alias !== undefined ? card.alias : undefined;
    line.option(NetNic, { type: "nic", macaddr: card.mac?.address, vlan, model: modelOf(card), name: named });
    writeHostEnd(line, card, { vlan, name: named === undefined ? undefined : `host${named}` });
  });
}

function modelOf({ model }: Interface): string | undefined {
  // What was later called transitional was all there was.
  return model === "virtio-transitional" ? "virtio" : model;
}

type OnNetwork = Pick<NetTap, "vlan" | "name">;

function writeHostEnd(line: CommandWriter, card: Interface, place: OnNetwork): void {
  const { source } = card;
  const address = `${source?.address ?? ""}:${source?.port ?? ""}`;
  switch (card.type) {
    case "user":
      return line.option(NetUser, { type: "user", ...place });
    case "client":
      return line.option(NetSocket, { type: "socket", connect: address, ...place });
    case "server":
      return line.option(NetSocket, { type: "socket", listen: address, ...place });
    case "mcast":
      return line.option(NetSocket, { type: "socket", mcast: address, ...place });
    case "network":
    case "bridge":
    case "direct":
    case "ethernet": {
      const fd = line.context.tap(card.alias ?? "")?.fds[0];
      if (fd !== undefined) return line.option(NetTap, { type: "tap", fd: line.fd(fd), ...place });
      const { byHand } = line.context;
      if (byHand && card.type !== "ethernet") {
        byHand.note(
          `${card.alias ?? "net"}: user networking instead of '${card.type}', which needs a tap made by a daemon`,
        );
        return line.option(NetUser, { type: "user", ...place });
      }
      return line.option(NetTap, {
        type: "tap",
        ifname: card.target?.dev,
        script: card.script ?? (card.type === "ethernet" ? undefined : "no"),
        ...place,
      });
    }
    default:
      throw virtError(
        ErrorCode.configUnsupported,
        `network device type '${card.type}' is not supported by this hypervisor`,
      );
  }
}
