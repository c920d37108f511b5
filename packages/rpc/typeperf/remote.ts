// instantiations <= 150000
// What all 392 calls of the remote program cost the compiler, used from both ends.
import { bindPartial, type Caller, type Handlers, type RemoteProcedures, remote } from "@tsvirt/rpc";

export async function client(call: Caller<RemoteProcedures>): Promise<string> {
  const { dom } = await call.domainLookupByName({ name: "vm" });
  const { stream } = await call.domainOpenConsole({ dom, flags: 0 });
  await stream.finish();
  return (await call.domainGetXmlDesc({ dom, flags: 0 })).xml;
}

export const some: Partial<Handlers<RemoteProcedures>> = {
  connectGetHostname: () => ({ hostname: "here" }),
  domainLookupByName: async ({ name }) => ({ dom: { name, uuid: new Uint8Array(16), id: -1 } }),
};
export const bound = bindPartial(remote, some);
