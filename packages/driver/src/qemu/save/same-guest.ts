import { ErrorCode, virtError } from "@tsvirt/base";

interface Identity {
  readonly name: string;
  readonly uuid?: string | undefined;
}

/** Refuses a document that is to stand for another guest's. Throws libvirt's "Target domain … does not match source". */
export function checkSameGuest(target: Identity, source: Identity): void {
  if (target.uuid !== source.uuid) {
    throw virtError(
      ErrorCode.configUnsupported,
      `Target domain uuid ${target.uuid ?? "(none)"} does not match source ${source.uuid ?? "(none)"}`,
    );
  }
  if (target.name !== source.name) {
    throw virtError(
      ErrorCode.configUnsupported,
      `Target domain name '${target.name}' does not match source '${source.name}'`,
    );
  }
}
