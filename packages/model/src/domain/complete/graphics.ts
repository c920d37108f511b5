import { ErrorCode } from "@tsvirt/base";
import type { Graphics, GraphicsListen, RdpGraphics, SpiceGraphics, VncGraphics } from "../graphics.ts";
import type { Report } from "./report.ts";

/** A display that listens on the network. */
export type ListeningGraphics = VncGraphics | SpiceGraphics | RdpGraphics;

/** Whether a display listens on the network. */
export function isListening(graphics: Graphics): graphics is ListeningGraphics {
  return graphics.type === "vnc" || graphics.type === "spice" || graphics.type === "rdp";
}

/** Brings ports and listeners into the form libvirt keeps. `inactive` forgets ports that were chosen at a start. */
export function completeGraphics(graphics: Graphics, inactive: boolean, report: Report): void {
  if (!isListening(graphics)) return;
  completeListens(graphics, inactive, report);
  if (graphics.type === "vnc") completeVncPorts(graphics, inactive);
  else if (graphics.type === "spice") completeSpicePorts(graphics, inactive);
}

function completeVncPorts(vnc: VncGraphics, inactive: boolean): void {
  const auto = vnc.autoport ?? (vnc.port === undefined || vnc.port === -1);
  if (vnc.listens[0]?.type === "socket" || vnc.listens[0]?.type === "none") {
    delete vnc.port;
    delete vnc.autoport;
    delete vnc.listen;
    return;
  }
  vnc.autoport = auto;
  if (auto && (inactive || vnc.port === undefined || vnc.port === 0)) vnc.port = -1;
  if (!auto && (vnc.port === 0 || vnc.port === -1)) delete vnc.port;
  if (vnc.websocket === 0) delete vnc.websocket;
}

function completeSpicePorts(spice: SpiceGraphics, inactive: boolean): void {
  const auto = spice.autoport === true;
  spice.autoport = auto;
  if (auto && inactive) {
    delete spice.port;
    delete spice.tlsPort;
  }
  if (spice.port === 0) delete spice.port;
  if (spice.tlsPort === 0) delete spice.tlsPort;
  if (spice.defaultMode === "any") delete spice.defaultMode;
  spice.channels = spiceChannels.flatMap((name) => {
    const channel = spice.channels.findLast((c) => c.name === name);
    return channel === undefined || channel.mode === "any" ? [] : [channel];
  });
  const [listen] = spice.listens;
  if (listen?.type === "address" && spice.port === undefined && spice.tlsPort === undefined && !auto) {
    delete listen.address;
    listen.type = "none";
  }
  if (spice.listens[0]?.type === "none" || spice.listens[0]?.type === "socket") {
    delete spice.port;
    delete spice.tlsPort;
    delete spice.autoport;
    delete spice.listen;
  }
}

const spiceChannels = ["main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir"] as const;

function completeListens(graphics: ListeningGraphics, inactive: boolean, report: Report): void {
  const legacy = graphics.listen;
  const socket = graphics.type === "vnc" ? graphics.socket : undefined;
  for (const listen of graphics.listens) {
    if (listen.address === "") delete listen.address;
    if (inactive && listen.type === "network") delete listen.address;
    if (listen.address !== undefined && listen.type === "none") delete listen.address;
    if (listen.network !== undefined && listen.type !== "network") delete listen.network;
    if (listen.network === "") delete listen.network;
  }
  const [first] = graphics.listens;
  if (socket !== undefined && graphics.type === "vnc") {
    if (first === undefined || first.type === "address") graphics.listens = [{ type: "socket", socket }];
  } else if (first === undefined) {
    const listen: GraphicsListen = { type: "address" };
    if (legacy !== undefined && legacy !== "") listen.address = legacy;
    graphics.listens = [listen];
  } else if (first.type === "address" && legacy !== undefined && legacy !== "") {
    if (first.address === undefined) first.address = legacy;
    else if (first.address !== legacy) {
      report(
        graphics,
        `graphics 'listen' attribute '${legacy}' must match 'address' attribute of first listen element (found '${first.address}')`,
        ErrorCode.configUnsupported,
      );
    }
  }
  syncListen(graphics);
}

/** Keeps the old `listen` and `socket` attributes equal to the first `<listen>`, as libvirt writes them. */
export function syncListen(graphics: ListeningGraphics): void {
  const [first] = graphics.listens;
  if (first?.address === undefined) delete graphics.listen;
  else graphics.listen = first.address;
  if (graphics.type !== "vnc") return;
  if (first?.type === "socket" && first.socket !== undefined) graphics.socket = first.socket;
  else delete graphics.socket;
}

/** A display as the persistent form shows it: without what the start chose. */
export function inactiveGraphics(graphics: Graphics): Graphics {
  if (!isListening(graphics)) return graphics;
  const copy: ListeningGraphics = { ...graphics, listens: graphics.listens.map((listen) => ({ ...listen })) };
  for (const listen of copy.listens) if (listen.type === "network") delete listen.address;
  syncListen(copy);
  if (copy.type === "vnc" && copy.autoport === true) copy.port = -1;
  if (copy.type === "vnc" && copy.websocketGenerated === true) copy.websocket = -1;
  if (copy.type === "spice" && copy.autoport === true) {
    delete copy.port;
    delete copy.tlsPort;
  }
  return copy;
}
