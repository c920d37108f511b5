import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommandLine, usage } from "./command-line.ts";

const standard = { verbose: false, daemon: false, listen: false, timeout: 0 };
const options = (...argv: string[]): unknown => {
  const parsed = parseCommandLine(argv, "tsvirtd");
  return parsed.kind === "run" ? parsed.options : parsed;
};

test("libvirtd's flags in every form getopt knows", () => {
  assert.deepEqual(options(), standard);
  assert.deepEqual(options("-dvl"), { ...standard, daemon: true, verbose: true, listen: true });
  assert.deepEqual(options("--daemon", "--listen", "--verbose"), {
    ...standard,
    daemon: true,
    verbose: true,
    listen: true,
  });
  assert.deepEqual(options("-vt120", "-f", "x.conf", "--pid-file=/p"), {
    ...standard,
    verbose: true,
    timeout: 120,
    config: "x.conf",
    pidFile: "/p",
  });
  assert.deepEqual(options("--timeout", "5", "--conf", "a", "-f", "b", "--"), { ...standard, timeout: 5, config: "b" });
  assert.deepEqual(parseCommandLine(["-v", "--help", "--nonsense"], "x"), { kind: "help" });
  assert.deepEqual(parseCommandLine(["-V"], "x"), { kind: "version" });
  for (const name of ["qemu", "qemu.conf"]) {
    assert.deepEqual(parseCommandLine(["--print-sample-config", name], "x"), { kind: "sample", file: "qemu" });
  }
});

for (const [argv, message, withUsage] of [
  [["--foo"], "unrecognized option '--foo'", true],
  [["--ve"], "option '--ve' is ambiguous; possibilities: '--verbose' '--version'", true],
  [["-x"], "invalid option -- 'x'", true],
  [["-f"], "option requires an argument -- 'f'", true],
  [["--config"], "option '--config' requires an argument", true],
  [["--daemon=1"], "option '--daemon' doesn't allow an argument", true],
  [["foo"], "unexpected, non-option, command line arguments", false],
  [["--", "-v"], "unexpected, non-option, command line arguments", false],
  [["--print-sample-config=x"], "there is no sample of 'x': one of libvirtd, qemu", false],
  [["-t", "abc"], "Invalid value for timeout", false],
  [["-t", "-1"], "Invalid value for timeout", false],
  [["-t", "2147484"], "Invalid value for timeout", false],
] as const) {
  test(`refuses ${argv.join(" ")}`, () => {
    assert.deepEqual(parseCommandLine(argv, "tsvirtd"), {
      kind: "mistake",
      message: `tsvirtd: ${message}`,
      usage: withUsage,
    });
  });
}

test("the usage text names every flag and the instance's paths", () => {
  assert.match(usage("tsvirtd", true), /\n {2}-t \| --timeout <secs> {2}Exit after timeout period\n/);
  assert.match(usage("tsvirtd", true), /\n {6}\/run\/libvirt\/libvirt-sock-ro\n/);
  assert.doesNotMatch(usage("tsvirtd", false), /sock-ro/);
});
