import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import fc from "fast-check";
import { parseUri } from "./uri.ts";

test("the parts of a URI", () => {
  const uri = parseUri("qemu+unix:///system?socket=/x%20y&mode=direct&keep=1");
  assert.equal(uri.driver, "qemu");
  assert.equal(uri.transport, "unix");
  assert.equal(uri.path, "/system");
  assert.equal(uri.mode, "direct");
  assert.equal(uri.parameters.get("socket"), "/x y");
  assert.equal(uri.remote, "qemu:///system?keep=1");
});

test("a host alone means TLS, no host means UNIX", () => {
  const tls = parseUri("qemu://user@[::1]:99/system");
  assert.deepEqual([tls.transport, tls.user, tls.host, tls.port], ["tls", "user", "::1", 99]);
  assert.equal(tls.remote, "qemu:///system");
  assert.equal(parseUri("qemu:///session").transport, "unix");
  assert.equal(parseUri("qemu+TCP:///system").transport, "tcp");
  assert.equal(parseUri("lxc:///").remote, "lxc:///");
});

test("the name parameter is what the daemon opens", () => {
  assert.equal(parseUri("remote+unix:///x?name=qemu:///system").remote, "qemu:///system");
});

// What virsh 9.0.0 of Debian 12 says to the same URIs.
const refused: readonly (readonly [uri: string, code: ErrorCode, message: string])[] = [
  ["foo", ErrorCode.noConnect, "no connection driver available for URI 'foo' does not include a driver name"],
  ["foo bar", ErrorCode.internalError, "internal error: Unable to parse URI foo bar"],
  ["qemu:///%zz", ErrorCode.internalError, "internal error: Unable to parse URI qemu:///%zz"],
  ["://x", ErrorCode.internalError, "internal error: Unable to parse URI ://x"],
  ["+unix:///system", ErrorCode.internalError, "internal error: Unable to parse URI +unix:///system"],
  ["qemu://[::1/system", ErrorCode.internalError, "internal error: Unable to parse URI qemu://[::1/system"],
  ["qemu:///system?mode=foo", ErrorCode.invalidArg, "invalid argument: Unknown remote mode 'foo'"],
  [
    "qemu+foo:///system",
    ErrorCode.invalidArg,
    "invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)",
  ],
  [
    "qemu+unix://host/system",
    ErrorCode.invalidArg,
    "invalid argument: using unix socket and remote server 'host' is not supported.",
  ],
];
for (const [uri, code, message] of refused) {
  test(`${uri} is refused as libvirt refuses it`, () => {
    assert.throws(
      () => parseUri(uri),
      (error) => error instanceof VirtError && error.code === code && error.message === message,
    );
  });
}

test("any text ends in a URI or a VirtError", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl().map((url) => `qemu+${url}`),
      ),
      (text) => {
        try {
          parseUri(text);
        } catch (error) {
          assert.ok(error instanceof VirtError);
        }
      },
    ),
  );
});
