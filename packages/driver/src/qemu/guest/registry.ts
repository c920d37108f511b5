import { ErrorCode, virtError } from "@tsvirt/base";
import type { Guest } from "./guest.ts";

/** All guests of an instance, by UUID, name and id. The maps follow what the guests say of themselves. */
export class GuestRegistry implements Iterable<Guest> {
  readonly #byUuid = new Map<string, Guest>();
  readonly #byName = new Map<string, Guest>();
  readonly #byId = new Map<number, Guest>();
  #lastId = 0;

  get size(): number {
    return this.#byUuid.size;
  }

  /** How many guests have a QEMU. */
  get active(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<Guest> {
    return this.#byUuid.values();
  }

  findByUuid(uuid: string): Guest | undefined {
    return this.#byUuid.get(uuid);
  }
  findByName(name: string): Guest | undefined {
    return this.#byName.get(name);
  }
  findById(id: number): Guest | undefined {
    return this.#byId.get(id);
  }

  /** Takes a guest in whose name and UUID are free (see {@link checkFree}). */
  add(guest: Guest): void {
    guest.isRemoved = false;
    this.#byUuid.set(guest.uuid, guest);
    this.#byName.set(guest.name, guest);
    if (guest.id >= 0) this.setId(guest, guest.id);
  }

  remove(guest: Guest): void {
    guest.isRemoved = true;
    if (this.#byUuid.get(guest.uuid) === guest) this.#byUuid.delete(guest.uuid);
    if (this.#byName.get(guest.name) === guest) this.#byName.delete(guest.name);
    if (this.#byId.get(guest.id) === guest) this.#byId.delete(guest.id);
  }

  /** The guest keeps its UUID; its old name is free at once. */
  rename(guest: Guest, name: string): void {
    this.#byName.delete(guest.name);
    guest.name = name;
    this.#byName.set(name, guest);
  }

  /** A number no guest has had since the daemon's start. */
  takeId(): number {
    do this.#lastId++;
    while (this.#byId.has(this.#lastId));
    return this.#lastId;
  }

  /** Numbers up to this one are not given: something of a former run has it. */
  skipIds(upTo: number): void {
    this.#lastId = Math.max(this.#lastId, upTo);
  }

  /** Gives the guest its number, -1 when it ends. Numbers given later are higher than any seen here. */
  setId(guest: Guest, id: number): void {
    if (this.#byId.get(guest.id) === guest) this.#byId.delete(guest.id);
    guest.id = id;
    if (id < 0) return;
    this.#byId.set(id, guest);
    this.#lastId = Math.max(this.#lastId, id);
  }

  /**
   * The guest that a document with this name and UUID would replace, if there is one. Throws libvirt's refusal when
   * another guest has the name or the UUID, and, for `create`, when the guest is active already.
   */
  checkFree(name: string, uuid: string | undefined, purpose: "define" | "create"): Guest | undefined {
    const same = uuid === undefined ? undefined : this.#byUuid.get(uuid);
    if (same) {
      if (same.name !== name) {
        throw virtError(ErrorCode.operationFailed, `domain '${same.name}' is already defined with uuid ${same.uuid}`);
      }
      if (purpose === "create" && same.isActive) {
        throw virtError(ErrorCode.operationInvalid, `domain '${same.name}' is already active`);
      }
      return same;
    }
    const other = this.#byName.get(name);
    if (other) {
      throw virtError(ErrorCode.operationFailed, `domain '${other.name}' already exists with uuid ${other.uuid}`);
    }
    return undefined;
  }
}
