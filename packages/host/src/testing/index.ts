export { FakeControlFiles } from "./fake-control-files.ts";
export { FakeDescriptor } from "./fake-descriptor.ts";
export { FakeFiles, type FileStep } from "./fake-files.ts";
export { FakeHost, FakeNode, FakeUsers } from "./fake-host.ts";
export { FakeFirewall, FakeNetwork } from "./fake-network.ts";
export { FakeChild, type FakeHelper, FakeProcesses } from "./fake-processes.ts";
export { FakeConnection, FakeSockets } from "./fake-sockets.ts";
export { FakeChannel, FakeStreams } from "./fake-streams.ts";
