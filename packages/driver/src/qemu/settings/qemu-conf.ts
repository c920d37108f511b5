import { bool, integer, oneOf, setting, settings, text, textList, uint } from "@tsvirt/codec/conf";

const port = integer(1, 65535);
/** Read and checked, but nothing acts on it yet. */
const later = { effect: "ignored" } as const;

/** `qemu.conf`: the keys of libvirt 9.0 that this version knows. Other keys are answered with a warning in the log. */
export class QemuConf extends settings({
  vnc_listen: setting(text, "127.0.0.1", {
    section: "Displays",
    doc: "Address that guests' VNC servers listen on, unless the guest says otherwise.",
  }),
  vnc_password: setting.optional(
    text,
    "XYZ12345",
    "Password of VNC servers whose guest has none of its own. An empty one locks them.",
  ),
  vnc_allow_host_audio: setting(bool, false, { doc: "Let guests with VNC use the host's sound.", ...later }),
  spice_listen: setting(text, "127.0.0.1", "Address that guests' SPICE servers listen on."),
  spice_password: setting.optional(text, "XYZ12345", "Password of SPICE servers whose guest has none of its own."),
  nographics_allow_host_audio: setting(bool, false, {
    doc: "Let guests without a display use the host's sound.",
    ...later,
  }),
  remote_display_port_min: setting(port, 5900, "First port given to displays."),
  remote_display_port_max: setting(port, 65535, "Last port given to displays."),
  remote_websocket_port_min: setting(port, 5700, "First port given to VNC's WebSockets."),
  remote_websocket_port_max: setting(port, 65535, "Last port given to VNC's WebSockets."),

  user: setting.optional(text, "libvirt-qemu", {
    section: "Guests' processes",
    doc: "User that QEMU runs as: a name, a number, or +NUMBER for a number that is never read as a name.",
  }),
  group: setting.optional(text, "libvirt-qemu", "Group that QEMU runs as."),
  dynamic_ownership: setting(bool, true, "Give disk images to QEMU's user while a guest runs."),
  remember_owner: setting(bool, true, "Give them back to their former owner afterwards."),
  security_driver: setting.optional(text, "selinux", {
    doc: 'Driver that confines guests: "selinux", "apparmor" or "none".',
    ...later,
  }),
  seccomp_sandbox: setting.optional(
    integer(-1, 1),
    1,
    "1 always runs QEMU in its system call sandbox, 0 never, -1 when QEMU can.",
  ),
  set_process_name: setting(bool, false, { doc: "Name QEMU's process after the guest.", ...later }),
  max_processes: setting(uint, 0, { doc: "Most processes of QEMU's user; 0 leaves it alone.", ...later }),
  max_files: setting(uint, 0, { doc: "Most open files of a QEMU; 0 leaves it alone.", ...later }),
  dump_guest_core: setting(bool, false, { doc: "Put the guest's memory in core dumps of QEMU.", ...later }),
  bridge_helper: setting(text, "/usr/lib/qemu/qemu-bridge-helper", {
    doc: "Program that connects a session's guests to bridges.",
  }),

  nvram: setting.optional(textList, ["/usr/share/OVMF/OVMF_CODE.fd:/usr/share/OVMF/OVMF_VARS.fd"], {
    section: "Files",
    doc: "Firmware images and the variable stores that belong to them: CODE:VARS.",
  }),
  auto_dump_path: setting(text, "/var/lib/libvirt/qemu/dump", {
    doc: "Directory for memory dumps of crashed guests.",
    ...later,
  }),
  auto_start_bypass_cache: setting(bool, false, {
    doc: "Start guests' saved images without the page cache.",
    ...later,
  }),
  save_image_format: setting(oneOf("raw", "gzip", "bzip2", "xz", "lzop"), "raw", {
    doc: "Compression of saved images.",
    ...later,
  }),
  stdio_handler: setting(oneOf("file", "logd"), "logd", {
    doc: 'Who keeps guests\' output: "file" the guest\'s log itself, "logd" a process that rotates it.',
    ...later,
  }),
  log_timestamp: setting(bool, true, { doc: "Put times before QEMU's messages in guests' logs." }),
  max_queued: setting(uint, 0, { doc: "Most calls that may wait for a guest; 0 for no limit.", ...later }),
  keepalive_interval: setting(integer(-1, 2_147_483_647), 5, {
    section: "Connections to other daemons",
    doc: "Seconds of silence after which the other daemon is asked whether it is still there.",
    ...later,
  }),
  keepalive_count: setting(uint, 5, { doc: "Unanswered questions after which it is given up.", ...later }),
}) {}
