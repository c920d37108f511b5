import {
  bool,
  type ConfScalar,
  integer,
  oneOf,
  setting,
  settings,
  text,
  textList,
  textOrList,
  uint,
} from "@tsvirt/codec/conf";

const port = integer(1, 65_535);
const ZERO_UUID = "00000000-0000-0000-0000-000000000000";
/** Compressors that images of memory can be piped through. */
const imageFormat = oneOf("raw", "gzip", "bzip2", "xz", "lzop");
/** Read and checked, but nothing acts on it yet: whoever sets it is told so when the daemon starts. */
const later = { effect: "ignored" } as const;

/** A number of bytes as a number or digits, or `"unlimited"`; as libvirt has it for `max_core`. */
const byteLimit: ConfScalar<bigint | "unlimited"> = {
  expects: 'a number of bytes, or "unlimited",',
  toConf: (value) => value,
  fromConf: (value) => {
    if (value === "unlimited") return value;
    if (typeof value === "string") return /^\d{1,19}$/.test(value) ? BigInt(value) : undefined;
    return typeof value === "bigint" && value >= 0n ? value : undefined;
  },
};

/** Devices that every guest's QEMU may open, unless `cgroup_device_acl` says otherwise. */
export const DEFAULT_DEVICES = [
  "/dev/null",
  "/dev/full",
  "/dev/zero",
  "/dev/random",
  "/dev/urandom",
  "/dev/ptmx",
  "/dev/kvm",
] as const;

/**
 * `qemu.conf`: every key of libvirt 9.0, its default, its check and its documentation. The daemon reads the file by it,
 * command lines depend on some of its keys, and the sample (`tsvirtd --print-sample-config qemu`) is made from it. A key
 * that this version reads but does not act on yet is marked, in the sample and in the log of a daemon that finds it set.
 */
export class QemuConf extends settings({
  default_tls_x509_cert_dir: setting(text, "/etc/pki/qemu", {
    section: "Certificates",
    doc: "Directory of the certificates and keys that QEMU uses for TLS, where a purpose has no directory of its own: ca-cert.pem, server-cert.pem, server-key.pem, and for clients client-cert.pem and client-key.pem. It must exist when it is set.",
  }),
  default_tls_x509_verify: setting.optional(
    bool,
    true,
    "Whether clients must show a certificate of the directory's authority, where a purpose does not say.",
  ),
  default_tls_x509_secret_uuid: setting.optional(
    text,
    ZERO_UUID,
    "UUID of the libvirt secret that decrypts the server's key, where a purpose names none.",
  ),

  vnc_listen: setting(text, "127.0.0.1", {
    section: "Displays",
    doc: "Address that guests' VNC servers listen on, unless the guest says otherwise.",
  }),
  vnc_auto_unix_socket: setting(bool, false, {
    doc: "Guests' VNC servers that are given no address listen on a UNIX socket in the guest's directory.",
  }),
  vnc_tls: setting(bool, false, "Whether VNC servers speak TLS."),
  vnc_tls_x509_cert_dir: setting.optional(
    text,
    "/etc/pki/libvirt-vnc",
    "Directory of VNC's certificates. Unless set: the one shown if it exists, or else default_tls_x509_cert_dir.",
  ),
  vnc_tls_x509_secret_uuid: setting.optional(text, ZERO_UUID, "Secret that decrypts the key of VNC servers."),
  vnc_tls_x509_verify: setting.optional(bool, true, "Whether VNC clients must show a certificate."),
  vnc_password: setting.optional(
    text,
    "XYZ12345",
    "Password of VNC servers whose guest has none of its own. An empty one locks them.",
  ),
  vnc_sasl: setting(bool, false, "Whether VNC clients authenticate by SASL."),
  vnc_sasl_dir: setting.optional(text, "/etc/sasl2", "Directory of the SASL configuration that QEMU's VNC uses."),
  vnc_allow_host_audio: setting(bool, false, "Let guests with VNC use the host's sound."),

  spice_listen: setting(text, "127.0.0.1", "Address that guests' SPICE servers listen on."),
  spice_tls: setting(bool, false, "Whether SPICE servers speak TLS."),
  spice_tls_x509_cert_dir: setting.optional(
    text,
    "/etc/pki/libvirt-spice",
    "Directory of SPICE's certificates. Unless set: the one shown if it exists, or else default_tls_x509_cert_dir.",
  ),
  spice_auto_unix_socket: setting(bool, false, {
    doc: "Guests' SPICE servers that are given no address listen on a UNIX socket in the guest's directory.",
  }),
  spice_password: setting.optional(text, "XYZ12345", "Password of SPICE servers whose guest has none of its own."),
  spice_sasl: setting(bool, false, "Whether SPICE clients authenticate by SASL."),
  spice_sasl_dir: setting.optional(text, "/etc/sasl2", {
    doc: "Directory of the SASL configuration that QEMU's SPICE uses.",
  }),

  chardev_tls: setting(bool, false, {
    section: "TLS of other connections",
    doc: "Whether character devices over TCP speak TLS.",
  }),
  chardev_tls_x509_cert_dir: setting.optional(
    text,
    "/etc/pki/libvirt-chardev",
    "Directory of their certificates. Unless set: the one shown if it exists, or else default_tls_x509_cert_dir.",
  ),
  chardev_tls_x509_verify: setting.optional(bool, true, "Whether their clients must show a certificate."),
  chardev_tls_x509_secret_uuid: setting.optional(text, ZERO_UUID, "Secret that decrypts their key."),
  vxhs_tls: setting(bool, false, "Whether connections to VxHS disks speak TLS."),
  vxhs_tls_x509_cert_dir: setting.optional(
    text,
    "/etc/pki/libvirt-vxhs",
    "Directory of their certificates. Unless set: the one shown if it exists, or else default_tls_x509_cert_dir.",
  ),
  vxhs_tls_x509_secret_uuid: setting.optional(text, ZERO_UUID, "Secret that decrypts their key."),
  nbd_tls: setting(bool, false, "Whether connections to NBD disks speak TLS."),
  nbd_tls_x509_cert_dir: setting.optional(
    text,
    "/etc/pki/libvirt-nbd",
    "Directory of their certificates. Unless set: the one shown if it exists, or else default_tls_x509_cert_dir.",
  ),
  nbd_tls_x509_secret_uuid: setting.optional(text, ZERO_UUID, "Secret that decrypts their key."),
  migrate_tls_x509_cert_dir: setting.optional(text, "/etc/pki/libvirt-migrate", {
    doc: "Directory of migrations' certificates.",
    ...later,
  }),
  migrate_tls_x509_verify: setting.optional(bool, true, {
    doc: "Whether the other side of a migration must show a certificate.",
    ...later,
  }),
  migrate_tls_x509_secret_uuid: setting.optional(text, ZERO_UUID, {
    doc: "Secret that decrypts migrations' key.",
    ...later,
  }),
  migrate_tls_force: setting(bool, false, { doc: "Whether migrations without TLS are refused.", ...later }),
  backup_tls_x509_cert_dir: setting.optional(text, "/etc/pki/libvirt-backup", {
    doc: "Directory of the certificates of backups' NBD servers.",
    ...later,
  }),
  backup_tls_x509_verify: setting.optional(bool, true, {
    doc: "Whether clients of backups' NBD servers must show a certificate.",
    ...later,
  }),
  backup_tls_x509_secret_uuid: setting.optional(text, ZERO_UUID, {
    doc: "Secret that decrypts the key of backups' NBD servers.",
    ...later,
  }),

  nographics_allow_host_audio: setting(bool, false, {
    section: "Sound and ports",
    doc: "Let guests without a display use the host's sound.",
  }),
  remote_display_port_min: setting(port, 5900, "First port given to displays; not below 5900."),
  remote_display_port_max: setting(port, 65_535, "Last port given to displays."),
  remote_websocket_port_min: setting(port, 5700, "First port given to VNC's WebSockets; not below 5700."),
  remote_websocket_port_max: setting(port, 65_535, "Last port given to VNC's WebSockets."),

  security_driver: setting.optional(textOrList, ["selinux", "dac"], {
    section: "Confinement",
    doc: 'Drivers that confine guests, one or a list: "selinux", "apparmor", "none", and "dac", which is always on in the system instance.',
  }),
  security_default_confined: setting(
    bool,
    true,
    "Whether guests whose document has no label of their own get one at their start.",
  ),
  security_require_confined: setting(
    bool,
    false,
    "Whether guests that ask for no confinement (<seclabel type='none'>) are refused.",
  ),
  user: setting.optional(
    text,
    "libvirt-qemu",
    "User that QEMU runs as in the system instance: a name, a number, or +NUMBER for a number that is never read as a name. Unless set: root, without any capability. Change the owner of the daemon's directories with it: `tsvirt doctor` says which.",
  ),
  group: setting.optional(text, "libvirt-qemu", "Group that QEMU runs as; unless set, the user's own."),
  dynamic_ownership: setting(bool, true, "Give images and other files of a guest to QEMU's user while it runs."),
  remember_owner: setting(
    bool,
    true,
    "Note the former owner in extended attributes (trusted.libvirt.security.*) and restore it afterwards. Without notes, a file goes to root.",
  ),
  clear_emulator_capabilities: setting(
    bool,
    true,
    "Take all capabilities from QEMU, also when it runs as root. With 0, QEMU that runs as root keeps them, as in libvirt since 6.0, and its guests are marked as tainted.",
  ),
  cgroup_controllers: setting.optional(textList, ["cpu", "devices", "memory", "blkio", "cpuset", "cpuacct"], {
    doc: "Controllers of control groups that guests are put into; an empty list turns them off.",
    ...later,
  }),
  cgroup_device_acl: setting.optional(textList, DEFAULT_DEVICES, {
    doc: "Devices that every guest may open, instead of the list shown.",
    ...later,
  }),
  namespaces: setting.optional(textList, ["mount"], {
    doc: 'Namespaces of its own that a guest\'s QEMU runs in: "mount" gives it a /dev with the devices of the guest only.',
    ...later,
  }),
  seccomp_sandbox: setting.optional(
    integer(-1, 1),
    1,
    "1 always runs QEMU in its system call sandbox, 0 never, -1 when QEMU can.",
  ),

  save_image_format: setting(imageFormat, "raw", {
    section: "Images of memory",
    doc: "Compression of saved images.",
    ...later,
  }),
  dump_image_format: setting(imageFormat, "raw", { doc: "Compression of dumps.", ...later }),
  snapshot_image_format: setting(imageFormat, "raw", { doc: "Compression of snapshots' memory.", ...later }),
  auto_dump_path: setting.optional(text, "/var/lib/libvirt/qemu/dump", {
    doc: "Directory for memory dumps of crashed guests.",
    ...later,
  }),
  auto_dump_bypass_cache: setting(bool, false, { doc: "Write such dumps past the page cache.", ...later }),
  auto_start_bypass_cache: setting(bool, false, {
    doc: "Read the saved images of guests that are started with the host past the page cache.",
    ...later,
  }),

  hugetlbfs_mount: setting.optional(textOrList, ["/dev/hugepages"], {
    section: "Guests' processes",
    doc: "Mounts of huge pages for guests, one or a list; unless set, those that the host has. An empty string turns huge pages off.",
    ...later,
  }),
  memory_backing_dir: setting.optional(
    text,
    "/var/lib/libvirt/qemu/ram",
    "Directory for the memory of guests whose document asks for <source type='file'/>.",
  ),
  bridge_helper: setting(text, "/usr/lib/qemu/qemu-bridge-helper", {
    doc: "Program that connects a session's guests to bridges.",
    ...later,
  }),
  pr_helper: setting(text, "/usr/bin/qemu-pr-helper", {
    doc: "Program that makes persistent reservations of SCSI disks.",
    ...later,
  }),
  slirp_helper: setting(text, "/usr/bin/slirp-helper", { doc: "Program that runs user networking.", ...later }),
  dbus_daemon: setting(text, "/usr/bin/dbus-daemon", {
    doc: "Program that runs the bus of a guest's helpers.",
    ...later,
  }),
  set_process_name: setting(bool, false, "Name QEMU's process after the guest."),
  max_processes: setting(uint, 0, "Most processes of QEMU's user; 0 leaves it alone."),
  max_files: setting(uint, 0, "Most open files of a QEMU; 0 leaves it alone."),
  max_threads_per_process: setting(uint, 0, {
    doc: "Most threads of a QEMU, set through systemd; 0 leaves it alone.",
    ...later,
  }),
  max_core: setting(
    byteLimit,
    0n,
    'Largest core dump of a QEMU in bytes, or "unlimited"; 0 for none. With the guest\'s memory in it, it takes that and 1 GiB more.',
  ),
  dump_guest_core: setting(bool, false, "Put the guest's memory in core dumps of QEMU."),
  stdio_handler: setting(oneOf("file", "logd"), "logd", {
    doc: 'Who keeps guests\' output: "file" the guest\'s log itself, "logd" a process that rotates it.',
    ...later,
  }),
  sched_core: setting(oneOf("none", "vcpus", "emulator", "full"), "none", {
    doc: "Threads that share a core's hyper-threads with nobody else.",
    ...later,
  }),

  mac_filter: setting(bool, false, {
    section: "Devices",
    doc: "Filter the frames of guests by their hardware address.",
    ...later,
  }),
  relaxed_acs_check: setting(bool, false, {
    doc: "Assign PCI devices behind switches that do not isolate them.",
    ...later,
  }),
  lock_manager: setting.optional(
    text,
    "lockd",
    "Lock manager for disks. This version has none, and refuses to start when one is set: guests would run without the locks that they are meant to have.",
  ),

  max_queued: setting(uint, 0, {
    section: "Calls and connections",
    doc: "Most calls that may wait for a guest; 0 for no limit.",
    ...later,
  }),
  keepalive_interval: setting(integer(-1, 2_147_483_647), 5, {
    doc: "Seconds of silence after which the other daemon of a migration is asked whether it is still there.",
    ...later,
  }),
  keepalive_count: setting(uint, 5, { doc: "Unanswered questions after which it is given up.", ...later }),
  migration_address: setting.optional(text, "0.0.0.0", {
    doc: "Address that incoming migrations listen on; not one of this host's own loopback.",
    ...later,
  }),
  migration_host: setting.optional(text, "host.example.com", {
    doc: "Name that incoming migrations are told to come to; not localhost.",
    ...later,
  }),
  migration_port_min: setting(port, 49_152, { doc: "First port given to incoming migrations.", ...later }),
  migration_port_max: setting(port, 49_215, { doc: "Last port given to incoming migrations.", ...later }),

  log_timestamp: setting(bool, true, {
    section: "Logs and firmware",
    doc: "Put times before QEMU's messages in guests' logs.",
  }),
  gluster_debug_level: setting(integer(0, 9), 4, {
    doc: "How much the Gluster library writes to guests' logs.",
    ...later,
  }),
  virtiofsd_debug: setting(bool, false, { doc: "Run virtiofsd with its debug output.", ...later }),
  nvram: setting.optional(
    textList,
    ["/usr/share/OVMF/OVMF_CODE.fd:/usr/share/OVMF/OVMF_VARS.fd"],
    "Firmware images and the variable stores that belong to them: CODE:VARS.",
  ),
  swtpm_user: setting.optional(text, "tss", { doc: "User that swtpm runs as.", ...later }),
  swtpm_group: setting.optional(text, "tss", { doc: "Group that swtpm runs as.", ...later }),
  capability_filters: setting.optional(
    textList,
    ["capname"],
    "Features of emulators that are to be taken for missing, by libvirt's names for them.",
  ),
  deprecation_behavior: setting.optional(
    oneOf("none", "omit", "reject", "crash"),
    "none",
    "What QEMU does about deprecated arguments and commands, for testing.",
  ),
}) {}
