import { VirtError } from "@tsvirt/client";

/** The result of a call, or `undefined` if the daemon refused it: for facts that are left out then. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof VirtError) return undefined;
    throw error;
  }
}
