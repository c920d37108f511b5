import type { MonitorSession } from "@tsvirt/qemu";

/**
 * Waits for what QEMU's events are to settle, but not beyond the end of the conversation: throws its reason then. The end may
 * come at any time, also when nobody waits yet.
 */
export async function whileOpen<T>(session: MonitorSession, work: Promise<T>): Promise<T> {
  const gone = session.ended.then((reason) => {
    throw reason;
  });
  return Promise.race([work, gone]);
}
