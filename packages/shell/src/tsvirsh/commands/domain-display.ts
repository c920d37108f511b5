import { DomainXmlFlags } from "@tsvirt/client";
import { parseXml, type XmlElement } from "@tsvirt/codec/xml";
import { type Command, command, data, flag, int, text } from "../../vsh/command.ts";
import { CommandFailed, ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { saveScreenshot } from "../screenshot.ts";
import { attributeOf, elementsAt } from "../xml-paths.ts";

const schemes = ["vnc", "spice", "rdp", "dbus"] as const;

/** Displays of VNC count from this port. */
const VNC_BASE = 5900;

/** An attribute of the first display of a type that has it. */
function graphicsAttribute(root: XmlElement, type: string, name: string): string | undefined {
  return elementsAt(root, "devices/graphics")
    .find((element) => element.attribute("type") === type && element.attribute(name) !== undefined)
    ?.attribute(name);
}

function listenAttribute(root: XmlElement, type: string, listenType: string, name: string): string | undefined {
  for (const graphics of elementsAt(root, "devices/graphics")) {
    if (graphics.attribute("type") !== type) continue;
    for (const listen of elementsAt(graphics, "listen")) {
      if (listen.attribute("type") === listenType) return listen.attribute(name);
    }
  }
  return undefined;
}

const number = (text: string | undefined): number => (text !== undefined && /^-?\d+$/.test(text) ? Number(text) : 0);

/** The URI of a guest's display of a type; `undefined` when it has none. */
function displayUri(root: XmlElement, scheme: (typeof schemes)[number], connectionHost: string | undefined) {
  const port = number(graphicsAttribute(root, scheme, "port"));
  const tlsPort = number(graphicsAttribute(root, scheme, "tlsPort"));
  const socket = graphicsAttribute(root, scheme, "socket") ?? listenAttribute(root, scheme, "socket", "socket");
  if (port <= 0 && tlsPort <= 0 && socket === undefined) return undefined;
  let host = graphicsAttribute(root, scheme, "listen");
  if (socket === undefined && host === undefined) host = listenAttribute(root, scheme, "address", "address");
  if ((host === "0.0.0.0" || host === "::") && connectionHost !== undefined) host = connectionHost;
  const password = graphicsAttribute(root, scheme, "passwd");
  let uri = socket !== undefined && scheme === "vnc" ? `${scheme}+unix://` : `${scheme}://`;
  if (scheme === "vnc" && password !== undefined) uri += `:${password}@`;
  if (socket !== undefined) return `${uri}${socket}`;
  uri += host === undefined ? "localhost" : host.includes(":") ? `[${host}]` : host;
  if (port > 0) uri += `:${scheme === "vnc" ? port - VNC_BASE : port}`;
  const parameters = [
    ...(tlsPort > 0 ? [`tls-port=${tlsPort}`] : []),
    ...(scheme === "spice" && password !== undefined ? [`password=${password}`] : []),
  ];
  return parameters.length > 0 ? `${uri}?${parameters.join("&")}` : uri;
}

/** The host of a connection's URI. */
function hostOf(uri: string): string | undefined {
  return /^[^:]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?]+)/.exec(uri)?.[1]?.replace(/^\[|\]$/g, "");
}

/** Commands about guests' screens and terminals. */
export const commands: readonly Command[] = [
  command({
    name: "domdisplay",
    help: "domain display connection URI",
    about: "Output the IP address and port number for the graphical display.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      "include-password": flag("includes the password into the connection URI if available"),
      type: text('select particular graphical display (e.g. "vnc", "spice", "rdp", "dbus")'),
      all: flag("show all possible graphical displays"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      if (!(await domain.isActive())) throw new ShellError("Domain is not running");
      const flags = args["include-password"] ? DomainXmlFlags.secure : 0;
      const root = parseXml(await domain.getXmlDesc({ flags }));
      const wanted = args.type;
      const uris = schemes
        .filter((scheme) => wanted === undefined || wanted === "all" || wanted === scheme)
        .map((scheme) => displayUri(root, scheme, hostOf(shell.connection.uri)))
        .filter((uri) => uri !== undefined);
      const [first] = uris;
      if (first === undefined) {
        throw new ShellError(
          wanted === undefined || wanted === "all"
            ? "No graphical display found"
            : `No graphical display with type '${wanted}' found`,
        );
      }
      if (args.all) shell.out.lines("uris", uris);
      else shell.out.document("uri", first);
    },
  }),
  command({
    name: "screenshot",
    help: "take a screenshot of a current domain console and store it into a file",
    about: "screenshot of a current domain console",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      file: text("where to store the screenshot", { complete: "file" }),
      screen: int("ID of a screen to take screenshot of"),
    },
    async run(shell, args) {
      const { file } = args;
      const screen = args.screen ?? 0;
      const domain = await shell.domain(args.domain);
      const { mime, stream } = await attempt(
        domain.screenshot({ screen }),
        `could not take a screenshot of ${args.domain}`,
      );
      const path = await saveScreenshot(shell, domain, mime, stream, file);
      shell.out.extra(`Screenshot saved to ${path}, with type of ${mime}`);
      shell.out.json({ file: path, mime });
    },
  }),
  command({
    name: "ttyconsole",
    help: "tty console",
    about: "Output the device for the TTY console.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const root = parseXml(await domain.getXmlDesc());
      const tty = attributeOf(root, "devices/console", "tty");
      if (tty === undefined) throw new CommandFailed("");
      shell.out.value("tty", tty);
    },
  }),
  command({
    name: "vncdisplay",
    help: "vnc display",
    about: "Output the IP address and port number for the VNC display.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      if (!(await domain.isActive())) throw new ShellError("Domain is not running");
      const root = parseXml(await domain.getXmlDesc());
      const port = graphicsAttribute(root, "vnc", "port");
      if (port === undefined || !/^-?\d+$/.test(port)) {
        throw new ShellError("Failed to get VNC port. Is this domain using VNC?");
      }
      const listen = graphicsAttribute(root, "vnc", "listen");
      const host = listen === undefined || listen === "0.0.0.0" ? "" : listen.includes(":") ? `[${listen}]` : listen;
      shell.out.value("display", `${host}:${Number(port) - VNC_BASE}`);
    },
  }),
];
