/** A member of an archive. */
export interface Member {
  /** Path without a leading slash. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** What a regular file holds, where a link points, or undefined for a directory. */
  readonly content?: Uint8Array | { readonly linkTo: string };
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}

function member(path: string, mode: number, inode: number, data: Uint8Array): Uint8Array {
  const name = Buffer.from(`${path}\0`);
  // c_ino, c_mode, c_uid, c_gid, c_nlink, c_mtime, c_filesize, c_devmajor, c_devminor, c_rdevmajor, c_rdevminor, c_namesize, c_check
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(data)]);
}

/** An archive in the "newc" format, which the kernel unpacks as its initial file system; all members belong to root. */
export function cpioArchive(members: readonly Member[]): Uint8Array {
  const parts = members.map(({ path, mode, content }, index) => {
    if (content === undefined) return member(path, S_IFDIR | mode, index + 1, new Uint8Array());
    if ("linkTo" in content) return member(path, S_IFLNK | mode, index + 1, Buffer.from(content.linkTo));
    return member(path, S_IFREG | mode, index + 1, content);
  });
  return Buffer.concat([...parts, member("TRAILER!!!", 0, 0, new Uint8Array())]);
}
