import { ErrorCode, virtError } from "@tsvirt/base";
import { DocumentError, formatRaw, isRawElement, parseXml, type RawElement, rawOf } from "@tsvirt/codec/xml";
import type { Domain } from "@tsvirt/model/domain";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainMetadataType as Kind,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { writeDefinition } from "../definitions/define.ts";
import { currentDomain, definitionOf, formatDefinition } from "../definitions/documents.ts";
import { saveStatus } from "../status/save.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { readScopeOf, scopeOf } from "./scope.ts";

const impacts = Impact.live | Impact.config;

/** What a call changes or asks for. */
interface MetadataRequest {
  readonly type: number;
  readonly metadata?: string | undefined;
  readonly key?: string | undefined;
  readonly uri?: string | undefined;
}

/** Title, description and applications' own elements. */
export function metadataProcedures({ driver }: ProcedureContext) {
  return {
    async domainSetMetadata({ dom, flags, ...request }) {
      checkFlags(flags, impacts, "qemuDomainSetMetadata");
      check(request);
      const guest = guestOf(driver, dom);
      await guest.change("set metadata", async () => {
        const scope = scopeOf(guest, flags);
        if (scope.live) {
          const live = guest.requireLive();
          live.domain = changed(live.domain, request);
          await saveStatus(driver, guest);
        }
        if (scope.config) {
          const definition = definitionOf(guest);
          if (definition) await writeDefinition(driver, guest, formatDefinition(changed(definition, request)));
        }
      });
      driver.events.emit(guest.ref, {
        kind: "metadataChange",
        type: request.type === Kind.element ? "element" : request.type === Kind.title ? "title" : "description",
        uri: request.uri,
      });
    },

    domainGetMetadata({ dom, type, uri, flags }) {
      checkFlags(flags, impacts, "qemuDomainGetMetadata");
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const domain = (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
      const found =
        type === Kind.description ? domain.description : type === Kind.title ? domain.title : elementText(domain, uri);
      if (found === undefined) {
        throw virtError(ErrorCode.noDomainMetadata, "Requested metadata element is not present");
      }
      return { metadata: found };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function check({ type, metadata, key, uri }: MetadataRequest): void {
  if (type === Kind.title && metadata?.includes("\n") === true) {
    throw virtError(ErrorCode.invalidArg, "metadata title can't contain newlines");
  }
  if (type === Kind.element && (uri === undefined || uri === "")) {
    throw virtError(ErrorCode.invalidArg, "uri in virDomainSetMetadata must not be NULL");
  }
  if (type === Kind.element && metadata !== undefined && (key === undefined || key === "")) {
    throw virtError(ErrorCode.invalidArg, "key in virDomainSetMetadata must not be NULL");
  }
}

function changed(domain: Domain, request: MetadataRequest): Domain {
  const { metadata: text } = request;
  // As libvirt: an empty title or description removes it.
  const value = text === undefined || text === "" ? undefined : text;
  switch (request.type) {
    case Kind.description: {
      const { description: _, ...rest } = domain;
      return value === undefined ? rest : { ...rest, description: value };
    }
    case Kind.title: {
      const { title: _, ...rest } = domain;
      return value === undefined ? rest : { ...rest, title: value };
    }
    case Kind.element: {
      const { metadata } = domain;
      const others = (metadata?.children ?? []).filter(
        (child) => !isRawElement(child) || namespaceOf(child) !== request.uri,
      );
      const added = text === undefined ? [] : [applicationElement(text, request.key ?? "", request.uri ?? "")];
      const children = [...others.filter(isRawElement), ...added];
      return { ...domain, metadata: { name: "metadata", attributes: metadata?.attributes ?? [], children } };
    }
    default:
      throw virtError(ErrorCode.invalidArg, `unknown metadata type ${request.type}`);
  }
}

/** The element a client gave, bound to its namespace under the prefix it asked for. */
function applicationElement(text: string, key: string, uri: string): RawElement {
  let element: RawElement;
  try {
    element = rawOf(parseXml(text, { label: "(metadata_xml)" }));
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw virtError(ErrorCode.xmlError, "failed to parse metadata XML", { cause: error });
  }
  const prefixed = (node: RawElement): RawElement => ({
    ...node,
    name: node.name.includes(":") ? node.name : `${key}:${node.name}`,
    children: node.children.map((child) => (isRawElement(child) ? prefixed(child) : child)),
  });
  const { attributes, ...rest } = prefixed(element);
  const declared = attributes.filter(([name]) => name !== `xmlns:${key}`);
  return { ...rest, attributes: [[`xmlns:${key}`, uri], ...declared] };
}

function namespaceOf(element: RawElement): string | undefined {
  const colon = element.name.indexOf(":");
  const declaration = colon < 0 ? "xmlns" : `xmlns:${element.name.slice(0, colon)}`;
  return element.attributes.find(([name]) => name === declaration)?.[1];
}

/** The application's element as it was given: without our prefix. */
function elementText(domain: Domain, uri: string | undefined): string | undefined {
  const found = domain.metadata?.children.find((child) => isRawElement(child) && namespaceOf(child) === uri);
  if (found === undefined || !isRawElement(found)) return undefined;
  const colon = found.name.indexOf(":");
  const prefix = colon < 0 ? "" : found.name.slice(0, colon + 1);
  const bare = (node: RawElement): RawElement => ({
    name: prefix !== "" && node.name.startsWith(prefix) ? node.name.slice(prefix.length) : node.name,
    attributes: node.attributes.filter(([name]) => name !== `xmlns:${prefix.slice(0, -1)}`),
    children: node.children.map((child) => (isRawElement(child) ? bare(child) : child)),
  });
  return formatRaw(bare(found)).trimEnd();
}
