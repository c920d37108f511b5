/**
 * The only module that calls native code. Everything here returns at once (nothing may block the event loop), every
 * descriptor it makes is close-on-exec, and every result is checked where it is made.
 *
 * koffi is loaded at the first call of {@link libc}, not at import: it costs 9 ms and 4 MB.
 */
import { createRequire } from "node:module";
import { InternalError } from "@tsvirt/base";
import type koffi from "koffi";
import { errnoNumber, hasErrno, SystemError } from "../errors.ts";
import { littleEndian, type NativeBlock, nativeBlock } from "./memory.ts";
import { type SpawnInput, spawn } from "./spawn.ts";

type Ffi = typeof koffi;

const O_RDWR = 2;
const O_CREAT = 0o100;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const F_DUPFD_CLOEXEC = 1030;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_TYPE = 3;
const SO_DOMAIN = 39;
const SO_ACCEPTCONN = 30;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_CTRUNC = 0x08;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const P_PIDFD = 3;
const WNOHANG = 1;
const WEXITED = 4;
const SYS_pidfd_send_signal = 424;
const SYS_pidfd_open = 434;
/** By Node's name of the architecture; this call's number is not the same everywhere. */
const SYS_bpf: Readonly<Record<string, number>> = {
  x64: 321,
  arm64: 280,
  riscv64: 280,
  loong64: 280,
  ppc64: 361,
  s390x: 351,
};
const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
/** Bytes of a CPU mask: as many CPUs as Linux can be built for. */
const CPU_MASK = 1024;

/** The most descriptors that are taken from one message (threat-model W6). */
export const RECEIVED_FDS_MAX = 32;
/** How many bytes one {@link Libc.receive} takes at most. */
export const RECEIVE_SIZE = 65536;

/** Longest value of an extended attribute that is read. */
const ATTRIBUTE_MAX = 1024;
const ENODATA = errnoNumber("ENODATA");
const EOPNOTSUPP = errnoNumber("EOPNOTSUPP");
const EAGAIN = errnoNumber("EAGAIN");
const EACCES = errnoNumber("EACCES");
const EINTR = errnoNumber("EINTR");
const ECHILD = errnoNumber("ECHILD");

/** Peer of a unix socket, as the kernel recorded it at `connect` time. */
export interface Ucred {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What {@link Libc.receive} found: bytes in {@link Libc.received}, and descriptors the caller now owns. */
export interface Received {
  /** Bytes read; 0 is the end of the stream, -1 means that nothing is there now. */
  readonly length: number;
  readonly fds: readonly number[];
  /** More descriptors came than {@link RECEIVED_FDS_MAX}: the surplus is lost, the sender broke the rules. */
  readonly truncated: boolean;
}

/** How a process ended: its exit code, or the signal that killed it. */
export interface WaitStatus {
  readonly code: number | undefined;
  readonly signal: number | undefined;
}

/** Waits for readiness of a descriptor on Node's own event loop. */
export interface ReadinessWatch {
  /** Replaces the events waited for. */
  update(events: { readonly readable?: boolean; readonly writable?: boolean }): void;
  /** Stops for good; idempotent. The descriptor stays open. Call before closing it. */
  close(): void;
  /** A watch that is not referenced does not keep the process alive. */
  unref(): void;
}

/** Typed functions over the C library. Get it with {@link libc}. */
export class Libc {
  readonly #ffi: Ffi;
  readonly #lib: ReturnType<Ffi["load"]>;
  /** The bytes of the last {@link receive}: valid until the next one. */
  readonly received: Uint8Array;
  readonly #control: NativeBlock;
  readonly #message: NativeBlock;
  readonly #sendControl: NativeBlock;
  readonly #sendMessage: NativeBlock;
  readonly #sendVector: NativeBlock;
  readonly #scratch: NativeBlock;

  readonly #fileBuffer = Buffer.allocUnsafeSlow(32_768);

  readonly #open: (path: string, flags: number, ...rest: readonly (string | number)[]) => number;
  readonly #close: (fd: number) => number;
  readonly #read: (fd: number, into: Uint8Array, size: number) => number;
  readonly #readlink: (path: string, into: Uint8Array, size: number) => number;
  readonly #fcntl: (fd: number, command: number, ...rest: readonly (string | number | Uint8Array)[]) => number;
  readonly #socket: (domain: number, type: number, protocol: number) => number;
  readonly #bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly #listen: (fd: number, backlog: number) => number;
  readonly #accept4: (fd: number, address: null, length: null, flags: number) => number;
  readonly #connect: (fd: number, address: Uint8Array, length: number) => number;
  readonly #socketpair: (domain: number, type: number, protocol: number, pair: Uint8Array) => number;
  readonly #shutdown: (fd: number, how: number) => number;
  readonly #getsockopt: (fd: number, level: number, name: number, value: bigint, length: bigint) => number;
  readonly #recvmsg: (fd: number, message: bigint, flags: number) => number;
  readonly #sendmsg: (fd: number, message: bigint, flags: number) => number;
  readonly #send: (fd: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly #flock: (fd: number, operation: number) => number;
  readonly #ioctl: (fd: number, request: number, ...rest: readonly (string | number | Uint8Array)[]) => number;
  readonly #waitid: (kind: number, id: number, info: bigint, options: number) => number;
  readonly #syscall: (number: number, ...rest: readonly (string | number | bigint)[]) => number;
  readonly #fgetxattr: (fd: number, name: string, into: Uint8Array, size: number) => number;
  readonly #getxattr: (path: string, name: string, into: Uint8Array, size: number) => number;
  readonly #setxattr: (path: string, name: string, value: Uint8Array, size: number, flags: number) => number;
  readonly #removexattr: (path: string, name: string) => number;
  readonly #fsetxattr: (fd: number, name: string, value: Uint8Array, size: number, flags: number) => number;
  readonly #fremovexattr: (fd: number, name: string) => number;
  readonly #getaffinity: (tid: number, size: number, mask: Uint8Array) => number;
  readonly #setaffinity: (tid: number, size: number, mask: Uint8Array) => number;
  readonly #setscheduler: (tid: number, policy: number, parameters: Uint8Array) => number;
  readonly #prlimit: (pid: number, resource: number, fresh: Uint8Array | null, old: Uint8Array | null) => number;

  constructor(ffi: Ffi) {
    this.#ffi = ffi;
    this.#lib = ffi.load(null);
    const lib = this.#lib;
    this.#open = lib.func("int open(const char *path, int flags, ...)");
    this.#close = lib.func("int close(int fd)");
    this.#read = lib.func("long read(int fd, void *into, size_t size)");
    this.#readlink = lib.func("long readlink(const char *path, void *into, size_t size)");
    this.#fgetxattr = lib.func("long fgetxattr(int fd, const char *name, void *into, size_t size)");
    this.#getxattr = lib.func("long getxattr(const char *path, const char *name, void *into, size_t size)");
    this.#setxattr = lib.func(
      "int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)",
    );
    this.#removexattr = lib.func("int removexattr(const char *path, const char *name)");
    this.#fsetxattr = lib.func("int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)");
    this.#fremovexattr = lib.func("int fremovexattr(int fd, const char *name)");
    this.#fcntl = lib.func("int fcntl(int fd, int command, ...)");
    this.#socket = lib.func("int socket(int domain, int type, int protocol)");
    this.#bind = lib.func("int bind(int fd, const void *address, uint32_t length)");
    this.#listen = lib.func("int listen(int fd, int backlog)");
    this.#accept4 = lib.func("int accept4(int fd, void *address, void *length, int flags)");
    this.#connect = lib.func("int connect(int fd, const void *address, uint32_t length)");
    this.#socketpair = lib.func("int socketpair(int domain, int type, int protocol, void *pair)");
    this.#shutdown = lib.func("int shutdown(int fd, int how)");
    this.#getsockopt = lib.func("int getsockopt(int fd, int level, int name, void *value, void *length)");
    this.#recvmsg = lib.func("long recvmsg(int fd, void *message, int flags)");
    this.#sendmsg = lib.func("long sendmsg(int fd, const void *message, int flags)");
    this.#send = lib.func("long send(int fd, const void *bytes, size_t length, int flags)");
    this.#flock = lib.func("int flock(int fd, int operation)");
    this.#ioctl = lib.func("int ioctl(int fd, unsigned long request, ...)");
    this.#waitid = lib.func("int waitid(int kind, uint32_t id, void *info, int options)");
    this.#syscall = lib.func("long syscall(long number, ...)");
    this.#getaffinity = lib.func("int sched_getaffinity(int tid, size_t size, void *mask)");
    this.#setaffinity = lib.func("int sched_setaffinity(int tid, size_t size, const void *mask)");
    this.#setscheduler = lib.func("int sched_setscheduler(int tid, int policy, const void *parameters)");
    this.#prlimit = lib.func("int prlimit(int pid, int resource, const void *fresh, void *old)");

    // Buffers of recvmsg and sendmsg are laid out once; a call only touches the two length words.
    const data = nativeBlock(ffi, RECEIVE_SIZE);
    this.received = data.bytes;
    this.#control = nativeBlock(ffi, controlSpace(RECEIVED_FDS_MAX));
    const vector = nativeBlock(ffi, 16);
    vector.view.setBigUint64(0, data.address, littleEndian);
    vector.view.setBigUint64(8, BigInt(RECEIVE_SIZE), littleEndian);
    this.#message = nativeBlock(ffi, 56);
    layMessage(this.#message, vector, this.#control);
    this.#sendControl = nativeBlock(ffi, controlSpace(RECEIVED_FDS_MAX));
    this.#sendVector = nativeBlock(ffi, 16);
    this.#sendMessage = nativeBlock(ffi, 56);
    layMessage(this.#sendMessage, this.#sendVector, this.#sendControl);
    this.#scratch = nativeBlock(ffi, 256);
  }

  #errno(): number {
    return this.#ffi.errno();
  }

  #check(result: number, what: string): number {
    if (result < 0) throw new SystemError(this.#errno(), what);
    return result;
  }

  // ---- descriptors ----

  /** Opens a file close-on-exec. `flags` are `O_*` of `node:fs`'s constants. Only for paths that cannot hang. */
  open(path: string, flags: number, mode = 0o600): number {
    return this.#check(this.#open(path, flags | O_CLOEXEC, "int", mode), `Unable to open '${path}'`);
  }

  /** Closes a descriptor. An interrupted or failed close still frees it on Linux, so there is nothing to retry. */
  close(fd: number): void {
    if (this.#close(fd) < 0 && this.#errno() !== EINTR)
      throw new SystemError(this.#errno(), `Unable to close descriptor ${fd}`);
  }

  /** A close-on-exec duplicate, numbered `atLeast` or higher. */
  duplicate(fd: number, atLeast = 0): number {
    return this.#check(this.#fcntl(fd, F_DUPFD_CLOEXEC, "int", atLeast), `Unable to duplicate descriptor ${fd}`);
  }

  /** Reads at most `into.length` bytes of a file that cannot block (procfs, sysfs); 0 at the end. */
  read(fd: number, into: Uint8Array): number {
    return this.#check(this.#read(fd, into, into.length), "Unable to read");
  }

  /** A small file of procfs or sysfs as text; `undefined` when it is not there (any more). */
  readProc(path: string): string | undefined {
    try {
      return this.readWhole(path);
    } catch (error) {
      // A process that ended between open and read is ESRCH.
      if (hasErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return undefined;
      throw error;
    }
  }

  /** A whole small file as text. Only for local files: it does not return before the disk does. */
  readWhole(path: string): string {
    const fd = this.open(path, 0);
    try {
      const parts: Buffer[] = [];
      for (;;) {
        const length = this.read(fd, this.#fileBuffer);
        if (length === 0) break;
        parts.push(Buffer.from(this.#fileBuffer.subarray(0, length)));
      }
      return (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString("utf8");
    } finally {
      this.close(fd);
    }
  }

  /** Where a link of procfs points; `undefined` without permission or when it is not there. */
  readLink(path: string): string | undefined {
    const into = Buffer.allocUnsafe(4096);
    const length = this.#readlink(path, into, into.length);
    return length < 0 ? undefined : into.toString("utf8", 0, length);
  }

  // ---- unix sockets ----

  /** A non-blocking close-on-exec unix stream socket. */
  unixSocket(): number {
    return this.#check(this.#socket(AF_UNIX, SOCK_STREAM | O_CLOEXEC | O_NONBLOCK, 0), "Unable to create socket");
  }

  /** Binds to a path of at most 107 bytes. */
  bindUnix(fd: number, path: string): void {
    const address = unixAddress(path);
    this.#check(this.#bind(fd, address, address.length), `Failed to bind socket to '${path}'`);
  }

  /** Starts listening. */
  listen(fd: number, backlog: number): void {
    this.#check(this.#listen(fd, backlog), "Unable to listen on socket");
  }

  /** The next waiting connection as a non-blocking descriptor, or the positive errno negated. */
  accept(fd: number): number {
    const accepted = this.#accept4(fd, null, null, O_CLOEXEC | O_NONBLOCK);
    return accepted >= 0 ? accepted : -this.#errno();
  }

  /** Connects to a listening unix socket; on one machine that is done at once or not at all. */
  connectUnix(fd: number, path: string): void {
    const address = unixAddress(path);
    this.#check(this.#connect(fd, address, address.length), `Failed to connect socket to '${path}'`);
  }

  /** Two connected stream sockets, blocking: whoever uses one here makes it non-blocking with {@link adopt}. */
  socketPair(): readonly [number, number] {
    const pair = new Int32Array(2);
    const failed = this.#socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, new Uint8Array(pair.buffer));
    this.#check(failed, "Unable to create socket pair");
    return [pair[0]!, pair[1]!];
  }

  /** Ends the sending half. A peer that is gone already is no error. */
  shutdownWrites(fd: number): void {
    this.#shutdown(fd, 1);
  }

  #option(fd: number, name: number, size: number): DataView {
    const { address, view } = this.#scratch;
    view.setUint32(128, size, littleEndian);
    this.#check(this.#getsockopt(fd, SOL_SOCKET, name, address, address + 128n), "Unable to query socket");
    return view;
  }

  /** An extended attribute of an open file; `undefined` when it, or the file system's support, is not there. */
  getAttribute(fd: number, name: string): Uint8Array | undefined {
    const into = Buffer.alloc(ATTRIBUTE_MAX);
    const length = this.#fgetxattr(fd, name, into, into.length);
    if (length >= 0) return into.subarray(0, length);
    return this.#orUnsupported(name, undefined);
  }

  /** False when the file system has no such attributes. */
  setAttribute(fd: number, name: string, value: Uint8Array): boolean {
    return this.#fsetxattr(fd, name, value, value.length, 0) === 0 || this.#orUnsupported(name, false);
  }

  removeAttribute(fd: number, name: string): void {
    if (this.#fremovexattr(fd, name) < 0) this.#orUnsupported(name, undefined);
  }

  /** {@link getAttribute} of a file that is held with O_PATH, which the calls on descriptors do not take. */
  getHeldAttribute(fd: number, name: string): Uint8Array | undefined {
    const into = Buffer.alloc(ATTRIBUTE_MAX);
    const length = this.#getxattr(`/proc/self/fd/${fd}`, name, into, into.length);
    if (length >= 0) return into.subarray(0, length);
    return this.#orUnsupported(name, undefined);
  }

  /** {@link setAttribute} of a file that is held with O_PATH. */
  setHeldAttribute(fd: number, name: string, value: Uint8Array): boolean {
    return (
      this.#setxattr(`/proc/self/fd/${fd}`, name, value, value.length, 0) === 0 || this.#orUnsupported(name, false)
    );
  }

  /** {@link removeAttribute} of a file that is held with O_PATH. */
  removeHeldAttribute(fd: number, name: string): void {
    if (this.#removexattr(`/proc/self/fd/${fd}`, name) < 0) this.#orUnsupported(name, undefined);
  }

  #orUnsupported<T>(name: string, otherwise: T): T {
    const errno = this.#errno();
    if (errno === ENODATA || errno === EOPNOTSUPP) return otherwise;
    throw new SystemError(errno, `cannot use extended attribute '${name}'`);
  }

  /** Sends a datagram to a unix socket (`@NAME`: abstract) from a fresh one; false when nobody takes it. */
  sendDatagram(path: string, bytes: Uint8Array): boolean {
    const fd = this.#check(this.#socket(AF_UNIX, SOCK_DGRAM | O_CLOEXEC | O_NONBLOCK, 0), "Unable to create socket");
    try {
      const address = unixAddress(path);
      // An abstract name begins with NUL instead and has none at its end.
      const abstract = path.startsWith("@");
      if (abstract) address[2] = 0;
      const length = abstract ? address.length - 1 : address.length;
      if (this.#connect(fd, address, length) < 0) return false;
      return this.#send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) === bytes.length;
    } finally {
      this.close(fd);
    }
  }

  /** Who is at the other end of a unix socket (`SO_PEERCRED`). */
  peerCredentials(fd: number): Ucred {
    const view = this.#option(fd, SO_PEERCRED, 12);
    return {
      pid: view.getInt32(0, littleEndian),
      uid: view.getUint32(4, littleEndian),
      gid: view.getUint32(8, littleEndian),
    };
  }

  /** Is this a unix stream socket that listens? For descriptors handed over by a service manager. */
  isListeningUnixStream(fd: number): boolean {
    const is = (name: number, wanted: number): boolean =>
      this.#option(fd, name, 4).getInt32(0, littleEndian) === wanted;
    return is(SO_DOMAIN, AF_UNIX) && is(SO_TYPE, SOCK_STREAM) && is(SO_ACCEPTCONN, 1);
  }

  /** Makes a descriptor that came from elsewhere non-blocking and close-on-exec. */
  adopt(fd: number): void {
    const flags = this.#check(this.#fcntl(fd, 3), "Unable to query descriptor");
    this.#check(this.#fcntl(fd, 4, "int", flags | O_NONBLOCK), "Unable to change descriptor");
    this.#check(this.#fcntl(fd, 2, "int", 1), "Unable to change descriptor");
  }

  /** Reads what is there, with descriptors. Never blocks; throws on anything but "nothing there". */
  receive(fd: number): Received {
    const { view } = this.#message;
    view.setBigUint64(40, BigInt(this.#control.bytes.length), littleEndian);
    for (;;) {
      const length = this.#recvmsg(fd, this.#message.address, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      if (length >= 0) {
        const used = Number(view.getBigUint64(40, littleEndian));
        if (used === 0) return { length, fds: noFds, truncated: false };
        const truncated = (view.getInt32(48, littleEndian) & MSG_CTRUNC) !== 0;
        return { length, fds: readControl(this.#control.view, used), truncated };
      }
      const errno = this.#errno();
      if (errno === EAGAIN) return nothingThere;
      if (errno !== EINTR) throw new SystemError(errno, "Cannot recv data");
    }
  }

  /** Sends from `bytes`; how many were taken, or -1 when the socket's buffer is full. Descriptors go with byte one. */
  send(fd: number, bytes: Uint8Array, fds: readonly number[] = noFds): number {
    for (;;) {
      const sent =
        fds.length === 0
          ? this.#send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL)
          : this.#sendWithFds(fd, bytes, fds);
      if (sent >= 0) return sent;
      const errno = this.#errno();
      if (errno === EAGAIN) return -1;
      if (errno !== EINTR) throw new SystemError(errno, "Cannot write data");
    }
  }

  #sendWithFds(fd: number, bytes: Uint8Array, fds: readonly number[]): number {
    if (fds.length > RECEIVED_FDS_MAX) throw new InternalError(`Cannot send ${fds.length} descriptors at once`);
    const control = this.#sendControl.view;
    control.setBigUint64(0, BigInt(16 + 4 * fds.length), littleEndian);
    control.setInt32(8, SOL_SOCKET, littleEndian);
    control.setInt32(12, SCM_RIGHTS, littleEndian);
    for (const [index, each] of fds.entries()) control.setInt32(16 + 4 * index, each, littleEndian);
    this.#sendMessage.view.setBigUint64(40, BigInt(controlSpace(fds.length)), littleEndian);
    // The bytes need an address that holds during the call: copy, such messages are tiny.
    const copy = nativeBlock(this.#ffi, Math.max(bytes.length, 1));
    try {
      copy.bytes.set(bytes);
      this.#sendVector.view.setBigUint64(0, copy.address, littleEndian);
      this.#sendVector.view.setBigUint64(8, BigInt(bytes.length), littleEndian);
      return this.#sendmsg(fd, this.#sendMessage.address, MSG_DONTWAIT | MSG_NOSIGNAL);
    } finally {
      const errno = this.#errno();
      copy.free();
      this.#ffi.errno(errno);
    }
  }

  // ---- locks, ioctl ----

  /** Opens (creating it 0644) the file of a lock. */
  openLock(path: string): number {
    return this.open(path, O_RDWR | O_CREAT, 0o644);
  }

  /** Takes `flock(2)` without waiting; false when another holds it. */
  lock(fd: number, kind: "shared" | "exclusive"): boolean {
    if (this.#flock(fd, (kind === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return true;
    const errno = this.#errno();
    if (errno === EAGAIN) return false;
    throw new SystemError(errno, "Failed to acquire lock");
  }

  /**
   * Takes the first byte of a file without waiting, as libvirt locks pid files: our lock and its POSIX lock exclude each
   * other, but ours belongs to the open file, so that closing another descriptor of it does no harm. False when taken.
   */
  lockRecord(fd: number): boolean {
    const lock = Buffer.alloc(32);
    // `struct flock` on 64-bit Linux: type, whence (0: from the start), start at 8, length at 16, pid at 24.
    if (littleEndian) {
      lock.writeInt16LE(F_WRLCK, 0);
      lock.writeBigInt64LE(1n, 16);
    } else {
      lock.writeInt16BE(F_WRLCK, 0);
      lock.writeBigInt64BE(1n, 16);
    }
    if (this.#fcntl(fd, F_OFD_SETLK, "void *", lock) === 0) return true;
    const errno = this.#errno();
    if (errno === EAGAIN || errno === EACCES) return false;
    throw new SystemError(errno, "Failed to acquire lock");
  }

  /** Gives the lock back without closing the file. */
  unlock(fd: number): void {
    this.#check(this.#flock(fd, LOCK_UN), "Failed to release lock");
  }

  /** `ioctl` with an integer argument; its result. */
  ioctlInteger(fd: number, request: number, argument: number, what: string): number {
    return this.#check(this.#ioctl(fd, request, "long", argument), what);
  }

  /** `ioctl` on a structure, changed in place; its result. */
  ioctlStruct(fd: number, request: number, argument: Uint8Array, what: string): number {
    return this.#check(this.#ioctl(fd, request, "void *", argument), what);
  }

  /** An unconnected datagram socket, for interface ioctls. */
  controlSocket(): number {
    return this.#check(this.#socket(2, 2 | O_CLOEXEC, 0), "Cannot open network interface control socket");
  }

  // ---- processes ----

  /** A pidfd (close-on-exec by nature), or `undefined` when there is no such process. */
  pidfdOpen(pid: number): number | undefined {
    const fd = this.#syscall(SYS_pidfd_open, "int", pid, "uint", 0);
    if (fd >= 0) return fd;
    const errno = this.#errno();
    if (errno === errnoNumber("ESRCH") || errno === errnoNumber("EINVAL")) return undefined;
    throw new SystemError(errno, `Unable to watch process ${pid}`);
  }

  /** Signals exactly the process behind the pidfd; false when it has ended. */
  pidfdSignal(pidfd: number, signal: number): boolean {
    if (this.#syscall(SYS_pidfd_send_signal, "int", pidfd, "int", signal, "void *", 0n, "uint", 0) === 0) return true;
    const errno = this.#errno();
    if (errno === errnoNumber("ESRCH")) return false;
    throw new SystemError(errno, "Failed to signal process");
  }

  /**
   * Reaps the child behind a pidfd: how it ended, or `undefined` when it still runs, or "foreign" when it is not
   * our child (or was reaped by somebody else).
   */
  reap(pidfd: number): WaitStatus | "foreign" | undefined {
    const { address, view } = this.#scratch;
    view.setInt32(16, 0, littleEndian);
    if (this.#waitid(P_PIDFD, pidfd, address, WEXITED | WNOHANG) < 0) {
      const errno = this.#errno();
      if (errno === ECHILD) return "foreign";
      throw new SystemError(errno, "Unable to wait for process");
    }
    // siginfo_t on 64-bit Linux: si_code at 8, si_pid at 16 (0: nothing to reap), si_status at 24.
    if (view.getInt32(16, littleEndian) === 0) return undefined;
    const status = view.getInt32(24, littleEndian);
    return view.getInt32(8, littleEndian) === 1
      ? { code: status, signal: undefined }
      : { code: undefined, signal: status };
  }

  /** Sets a resource limit (soft and hard) of a process; see `RLIMIT_*`. */
  setLimit(pid: number, resource: number, limit: bigint): void {
    const value = new BigUint64Array([limit, limit]);
    this.#check(
      this.#prlimit(pid, resource, new Uint8Array(value.buffer), null),
      `Cannot limit resources of process ${pid}`,
    );
  }

  /** The CPUs that a thread may run on. */
  affinity(tid: number): readonly number[] {
    const mask = new Uint8Array(CPU_MASK);
    this.#check(this.#getaffinity(tid, mask.length, mask), "cannot get CPU affinity of process");
    return maskBits(mask);
  }

  /** Lets a thread run on these CPUs only. */
  setAffinity(tid: number, cpus: readonly number[]): void {
    const mask = new Uint8Array(CPU_MASK);
    for (const cpu of cpus) {
      const at = maskByte(cpu);
      if (at < mask.length) mask[at] = (mask[at] ?? 0) | (1 << (cpu & 7));
    }
    this.#check(this.#setaffinity(tid, mask.length, mask), `cannot set CPU affinity on process ${tid}`);
  }

  /** Sets how a thread is scheduled: one of the kernel's `SCHED_*` numbers, and the priority of the real-time ones. */
  setScheduler(tid: number, policy: number, priority: number): void {
    const parameters = new Uint8Array(new Int32Array([priority]).buffer);
    this.#check(this.#setscheduler(tid, policy, parameters), `Cannot set scheduler parameters for pid ${tid}`);
  }

  /** Has a program decide which devices the processes of a version 2 control group may use, in place of a former one. */
  attachDeviceProgram(path: string, program: Uint8Array): void {
    const number = SYS_bpf[process.arch];
    if (number === undefined) throw new SystemError(errnoNumber("ENOSYS"), "Cannot load device program");
    const code = nativeBlock(this.#ffi, program.length + 8);
    const request = nativeBlock(this.#ffi, 128);
    const call = (command: number, what: string): number =>
      this.#check(this.#syscall(number, "int", command, "void *", request.address, "uint", request.bytes.length), what);
    try {
      code.bytes.set(program);
      const license = new TextEncoder().encode("GPL\0");
      code.bytes.set(license, program.length);
      const { view } = request;
      view.setUint32(0, BPF_PROG_TYPE_CGROUP_DEVICE, littleEndian);
      view.setUint32(4, program.length / 8, littleEndian);
      view.setBigUint64(8, code.address, littleEndian);
      view.setBigUint64(16, code.address + BigInt(program.length), littleEndian);
      const loaded = call(BPF_PROG_LOAD, "Cannot load device program");
      const group = this.open(path, 0);
      try {
        request.bytes.fill(0);
        view.setUint32(0, group, littleEndian);
        view.setUint32(4, loaded, littleEndian);
        view.setUint32(8, BPF_CGROUP_DEVICE, littleEndian);
        call(BPF_PROG_ATTACH, `Cannot attach device program to '${path}'`);
      } finally {
        this.close(group);
        this.close(loaded);
      }
    } finally {
      const errno = this.#errno();
      code.free();
      request.free();
      this.#ffi.errno(errno);
    }
  }

  /**
   * `posix_spawn(3)`: a child with the given descriptors and no others, default signal dispositions and no blocked
   * signal. Its cost does not grow with our memory, since nothing is copied. Returns the pid; the errno of a failed
   * exec is thrown.
   */
  posixSpawn(input: SpawnInput): number {
    return spawn(this.#ffi, this.#lib, input, {
      duplicate: (fd, atLeast) => this.duplicate(fd, atLeast),
      close: (fd) => this.close(fd),
    });
  }

  /** Calls `ready` in a fresh turn of the event loop whenever the descriptor is ready; it must then use it up. */
  watch(
    fd: number,
    events: { readonly readable?: boolean; readonly writable?: boolean },
    ready: () => void,
  ): ReadinessWatch {
    // koffi calls back outside of any callback scope, in which promises and ticks would not run: hop to an
    // immediate, which runs right after the poll phase of the same turn.
    let scheduled = false;
    let closed = false;
    const deliver = (): void => {
      scheduled = false;
      if (!closed) ready();
    };
    const onReady = (): void => {
      if (scheduled || closed) return;
      scheduled = true;
      setImmediate(deliver);
    };
    const handle = this.#ffi.node.poll(fd, events, onReady);
    watches.add(handle);
    return {
      update: (fresh) => {
        if (closed) return;
        if (fresh.readable || fresh.writable) handle.start(fresh, onReady);
        else handle.stop();
      },
      close: () => {
        if (closed) return;
        closed = true;
        watches.delete(handle);
        handle.close();
      },
      unref: () => handle.unref(),
    };
  }
}

/** Live poll handles: one that is collected as garbage would silently stop. */
const watches = new Set<object>();
const noFds: readonly number[] = [];
const nothingThere: Received = { length: -1, fds: noFds, truncated: false };

/** The byte of a CPU mask that has a CPU's bit: the kernel's masks are made of machine words. */
function maskByte(cpu: number): number {
  return littleEndian ? cpu >> 3 : ((cpu >> 6) << 3) | (7 - ((cpu >> 3) & 7));
}

function maskBits(mask: Uint8Array): number[] {
  return Array.from({ length: mask.length * 8 }, (_, cpu) => cpu).filter(
    (cpu) => (((mask[maskByte(cpu)] ?? 0) >> (cpu & 7)) & 1) === 1,
  );
}

/** `CMSG_SPACE` of so many descriptors on a 64-bit machine. */
function controlSpace(fds: number): number {
  return 16 + Math.ceil((4 * fds) / 8) * 8;
}

function layMessage(message: NativeBlock, vector: NativeBlock, control: NativeBlock): void {
  message.view.setBigUint64(16, vector.address, littleEndian);
  message.view.setBigUint64(24, 1n, littleEndian);
  message.view.setBigUint64(32, control.address, littleEndian);
}

/** Every descriptor of every `SCM_RIGHTS` header in a control buffer. */
function readControl(view: DataView, used: number): readonly number[] {
  const fds: number[] = [];
  for (let at = 0; at + 16 <= used; ) {
    const length = Number(view.getBigUint64(at, littleEndian));
    if (length < 16) break;
    if (view.getInt32(at + 8, littleEndian) === SOL_SOCKET && view.getInt32(at + 12, littleEndian) === SCM_RIGHTS) {
      for (let each = at + 16; each + 4 <= at + length; each += 4) fds.push(view.getInt32(each, littleEndian));
    }
    at += Math.ceil(length / 8) * 8;
  }
  return fds;
}

/** `sockaddr_un`; the caller has checked that the path fits. */
function unixAddress(path: string): Uint8Array {
  const bytes = Buffer.from(path, "utf8");
  const address = Buffer.alloc(2 + bytes.length + 1);
  if (littleEndian) address.writeUInt16LE(AF_UNIX, 0);
  else address.writeUInt16BE(AF_UNIX, 0);
  address.set(bytes, 2);
  return address;
}

let loaded: Libc | undefined;

/** The C library; loaded at the first call. Throws when the native part of koffi is missing for this machine. */
export function libc(): Libc {
  if (loaded) return loaded;
  const ffi: Ffi = createRequire(import.meta.url)("koffi");
  loaded = new Libc(ffi);
  return loaded;
}
