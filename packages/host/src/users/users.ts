/** A user or group of the machine. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** A group of the machine. */
export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** Users and groups, by the system's name services. */
export interface Users {
  /** Our own effective ids. */
  readonly self: { readonly uid: number; readonly gid: number };
  /** By name, or by number (`"+64055"`, `"64055"`) as libvirt's configuration allows. */
  findUser(nameOrId: string): Promise<User | undefined>;
  findGroup(nameOrId: string): Promise<Group | undefined>;
  /** Every group the user is in, primary first. */
  groupsOf(user: User): Promise<readonly number[]>;
}
