import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import { FakeClient, FakeMachine } from "../../testing/index.ts";

test("a command line comes back as a document, and the document can be defined once it has a name", async () => {
  const machine = await FakeMachine.create();
  const client = new FakeClient(await machine.openAll());
  const fromNative = async (nativeConfig: string, nativeFormat = "qemu-argv"): Promise<string> => {
    const { domainXml } = await client.call("connectDomainXmlFromNative", { nativeFormat, nativeConfig, flags: 0 });
    return domainXml;
  };
  const refused = (code: number, message: RegExp) => (error: unknown) =>
    error instanceof VirtError && error.code === code && message.test(error.message);
  const nameless = await fromNative("/usr/bin/qemu-system-x86_64 -m 64 -readconfig /etc/shadow");
  assert.match(nameless, /<qemu:arg value='\/etc\/shadow'\/>/);
  await assert.rejects(
    client.call("domainDefineXml", { xml: nameless }),
    refused(ErrorCode.noName, /missing name information/),
  );
  const uuid = "d1d1d1d1-0000-4000-8000-000000000009";
  const xml = await fromNative(`/usr/bin/qemu-system-x86_64 -M pc-i440fx-7.2 -name vm -uuid ${uuid} -m 64`);
  const { dom } = await client.call("domainDefineXml", { xml });
  assert.equal(dom.name, "vm");
  await assert.rejects(fromNative("qemu", "xen-xm"), refused(ErrorCode.invalidArg, /unsupported config type xen-xm/));
  await assert.rejects(fromNative("ls"), refused(ErrorCode.invalidArg, /no command line of QEMU/));
});
