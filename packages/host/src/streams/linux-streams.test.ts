import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { SystemError } from "../errors.ts";
import { LinuxStreams } from "./linux-streams.ts";

const streams = new LinuxStreams();

/** Holds the master of a raw pty, prints the slave's path, and sends back in capitals what arrives. */
const master = `
import os, pty, tty
m, s = pty.openpty(); tty.setraw(s); print(os.ttyname(s), flush=True)
while True:
    data = os.read(m, 4096)
    if b"\\x04" in data: break
    os.write(m, data.upper())
`;

test("a terminal carries bytes both ways and ends when its other end does", async () => {
  const child = spawn("python3", ["-c", master], { stdio: ["ignore", "pipe", "inherit"] });
  const [path] = (await once(createInterface(child.stdout), "line")) as [string];
  const channel = await streams.openTerminal(path);
  await channel.write(Buffer.from("hello"));
  let seen = "";
  for await (const chunk of channel.chunks) {
    seen += Buffer.from(chunk).toString();
    if (seen === "HELLO") await channel.write(Buffer.from([4]));
  }
  assert.equal(seen, "HELLO");
  await assert.rejects(channel.write(Buffer.from("late")), (error) => error instanceof SystemError);
});

test("what is no terminal is refused by name", async () => {
  await assert.rejects(streams.openTerminal("/dev/null"), /Unable to open stream for '\/dev\/null'/);
  await assert.rejects(streams.openTerminal("/nowhere"), /'\/nowhere': No such file or directory/);
});

test("a socket carries bytes both ways; breaking out of the loop closes it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "streams-"));
  const path = join(directory, "s");
  const server = createServer((socket) => socket.pipe(socket)).listen(path);
  await once(server, "listening");
  try {
    const channel = await streams.connectSocket(path);
    await channel.write(Buffer.from("echo"));
    for await (const chunk of channel.chunks) {
      assert.equal(Buffer.from(chunk).toString(), "echo");
      break;
    }
    await assert.rejects(channel.write(Buffer.from("late")), /Broken pipe/);
    await assert.rejects(streams.connectSocket(`${path}.none`), /No such file or directory/);
  } finally {
    server.close();
    await rm(directory, { recursive: true });
  }
});
