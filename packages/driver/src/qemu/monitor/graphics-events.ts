import type { QmpEvent } from "@tsvirt/qemu";
import type { GraphicsAddress } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";

type GraphicsEvent = Extract<
  QmpEvent,
  {
    name:
      | "VNC_CONNECTED"
      | "VNC_INITIALIZED"
      | "VNC_DISCONNECTED"
      | "SPICE_CONNECTED"
      | "SPICE_INITIALIZED"
      | "SPICE_DISCONNECTED";
  }
>;

/** A display's client came, proved who it is, or left. */
export function graphicsEvent(driver: QemuDriver, guest: Guest, event: GraphicsEvent): void {
  const { server, client } = event.data;
  const phase = event.name.endsWith("_CONNECTED")
    ? ("connect" as const)
    : event.name.endsWith("_INITIALIZED")
      ? ("initialize" as const)
      : ("disconnect" as const);
  const subject: { type: string; name: string }[] = [];
  const named = (type: string, name: unknown): void => {
    if (typeof name === "string") subject.push({ type, name });
  };
  const rest = client.rest ?? {};
  named("x509dname", rest.x509_dname);
  named("saslUsername", rest.sasl_username);
  const auth = server.rest?.auth;
  driver.events.emit(guest.ref, {
    kind: "graphics",
    phase,
    local: addressOf(server),
    remote: addressOf(client),
    authScheme: typeof auth === "string" ? auth : "",
    subject,
  });
}

function addressOf(peer: GraphicsEvent["data"]["server"]): GraphicsAddress {
  const family = peer.family === "ipv6" || peer.family === "unix" ? peer.family : "ipv4";
  return { family, node: peer.host ?? "", service: peer.service ?? "" };
}
