export { QemuConf } from "@tsvirt/qemu";
export {
  type Driver,
  type DriverConnection,
  type DriverOptions,
  type EventProgram,
  type InstanceKind,
  openDriver,
  type Session,
} from "./driver.ts";
