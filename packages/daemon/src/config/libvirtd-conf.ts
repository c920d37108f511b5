import { bool, fileMode, int, oneOf, setting, settings, text, textList, uint } from "@tsvirt/codec/conf";

const auth = oneOf("none", "sasl", "polkit");
const networkAuth = oneOf("none", "sasl");
/** Belongs to the network listeners, which this version does not have. */
const network = { effect: "ignored" } as const;

/**
 * `libvirtd.conf`: every key of libvirt 9.0. A key that is read but does not act yet is marked `ignored`; setting it is
 * answered with a warning in the log.
 */
export class LibvirtdConf extends settings({
  listen_tls: setting(bool, true, {
    section: "Network connectivity",
    doc: "Listen for TLS connections, when the daemon is started with --listen.",
    ...network,
  }),
  listen_tcp: setting(bool, false, {
    doc: "Listen for unencrypted TCP connections, when the daemon is started with --listen.",
    ...network,
  }),
  tls_port: setting(text, "16514", { doc: "Port of TLS connections: a number or the name of a service.", ...network }),
  tcp_port: setting(text, "16509", { doc: "Port of TCP connections: a number or the name of a service.", ...network }),
  listen_addr: setting.optional(text, "192.168.0.1", {
    doc: "Address or host name that the network listeners bind to. All interfaces when not set.",
    ...network,
  }),

  unix_sock_group: setting.optional(text, "libvirt", {
    section: "Access to the UNIX sockets (all of this is systemd's business under socket activation)",
    doc: "Group of the sockets: a name or a number. root's when not set.",
  }),
  unix_sock_ro_perms: setting(fileMode, 0o777, "Permissions of the read-only socket."),
  unix_sock_rw_perms: setting.optional(
    fileMode,
    0o770,
    'Permissions of the read-write socket. When not set, "0777" if clients are authenticated and "0700" if not. The daemon \
does not start if everybody could write to the socket and auth_unix_rw were "none".',
  ),
  unix_sock_admin_perms: setting(
    fileMode,
    0o700,
    "Permissions of the admin socket. The daemon itself lets in nobody but root and its own user.",
  ),
  unix_sock_dir: setting.optional(text, "/run/libvirt", "Directory in which the sockets are made."),

  auth_unix_ro: setting.optional(auth, "polkit", {
    section: "Authentication",
    doc: 'How clients of the read-only socket are authenticated: "none", "sasl" or "polkit". "polkit" for the system \
daemon and "none" for a session daemon when not set. "sasl" is not available in this version: such a socket lets nobody in.',
  }),
  auth_unix_rw: setting.optional(
    auth,
    "polkit",
    "How clients of the read-write socket are authenticated; choices and default as for auth_unix_ro.",
  ),
  auth_tcp: setting(networkAuth, "sasl", { doc: "How TCP clients are authenticated.", ...network }),
  auth_tls: setting(networkAuth, "none", { doc: "How TLS clients are authenticated beyond certificates.", ...network }),
  tcp_min_ssf: setting(uint, 56, { doc: "Least strength in bits of SASL's encryption on plain TCP.", ...network }),
  access_drivers: setting.optional(
    textList,
    ["polkit"],
    'Drivers that decide about each single call. This version has none but "none": the daemon does not start with another.',
  ),

  key_file: setting.optional(text, "/etc/pki/libvirt/private/serverkey.pem", {
    section: "TLS certificates",
    doc: "The server's private key.",
    ...network,
  }),
  cert_file: setting.optional(text, "/etc/pki/libvirt/servercert.pem", {
    doc: "The server's certificate.",
    ...network,
  }),
  ca_file: setting.optional(text, "/etc/pki/CA/cacert.pem", { doc: "The certificate of the authority.", ...network }),
  crl_file: setting.optional(text, "/etc/pki/CA/crl.pem", { doc: "The list of revoked certificates.", ...network }),
  tls_no_sanity_certificate: setting(bool, false, {
    section: "Authorisation",
    doc: "Do not check the server's own certificates at start.",
    ...network,
  }),
  tls_no_verify_certificate: setting(bool, false, { doc: "Do not check clients' certificates.", ...network }),
  tls_allowed_dn_list: setting.optional(textList, ["DN1", "DN2"], {
    doc: "Distinguished names of the clients that are let in; * stands for any text. With an empty list nobody is.",
    ...network,
  }),
  tls_priority: setting.optional(text, "NORMAL", { doc: "Overrides the TLS priority string.", ...network }),
  sasl_allowed_username_list: setting.optional(textList, ["joe@EXAMPLE.COM", "fred@EXAMPLE.COM"], {
    doc: "SASL user names that are let in; * stands for any text. With an empty list nobody is.",
    ...network,
  }),

  max_clients: setting(uint, 5000, { section: "Limits", doc: "Most clients at a time over all sockets." }),
  max_queued_clients: setting(uint, 1000, "Length of the queue of connections that wait to be accepted."),
  max_anonymous_clients: setting(
    uint,
    20,
    "Most clients that have not yet authenticated; 0 for no limit. One more closes the oldest of the user who holds most.",
  ),
  min_workers: setting(uint, 5, { doc: "Workers at start. tsvirtd has no pool of threads for calls.", ...network }),
  max_workers: setting(uint, 20, { doc: "Most workers. tsvirtd has no pool of threads for calls.", ...network }),
  prio_workers: setting(uint, 5, {
    doc: "Workers for urgent calls only. Urgent calls never wait in tsvirtd.",
    ...network,
  }),
  max_client_requests: setting(
    uint,
    5,
    "Most calls of one client under way at a time; the next ones wait in its socket.",
  ),
  admin_min_workers: setting(uint, 5, { doc: "As min_workers, for the admin socket.", ...network }),
  admin_max_workers: setting(uint, 20, { doc: "As max_workers, for the admin socket.", ...network }),
  admin_max_clients: setting(uint, 5000, "As max_clients, for the admin socket."),
  admin_max_queued_clients: setting(uint, 20, "As max_queued_clients, for the admin socket."),
  admin_max_client_requests: setting(uint, 5, "As max_client_requests, for the admin socket."),

  log_level: setting.optional(uint, 3, {
    section: "Logging",
    doc: "4 errors, 3 warnings, 2 information, 1 debugging. log_filters is the better choice for the lower two.",
  }),
  log_filters: setting.optional(
    text,
    "1:qemu 3:rpc",
    'Levels of single sources: "LEVEL:MATCH", separated by spaces. MATCH is found anywhere in a source\'s name and may \
contain * and ?; the first that matches counts.',
  ),
  log_outputs: setting.optional(
    text,
    "3:syslog:libvirtd",
    'Where records go: "LEVEL:stderr", "LEVEL:journald", "LEVEL:syslog:NAME" or "LEVEL:file:PATH", separated by spaces.',
  ),

  audit_level: setting(uint, 1, {
    section: "Auditing",
    doc: "0 off, 1 if the host has it on, 2 required.",
    ...network,
  }),
  audit_logging: setting(bool, false, { doc: "Copy audit messages to the log.", ...network }),

  host_uuid: setting.optional(text, "00000000-0000-0000-0000-000000000000", {
    section: "Identity of the host",
    doc: "UUID of the host. Not all of its digits may be the same.",
  }),
  host_uuid_source: setting(
    oneOf("smbios", "machine-id"),
    "smbios",
    'Where the host\'s UUID comes from when host_uuid is not set: the firmware ("smbios") or /etc/machine-id ("machine-id").',
  ),

  keepalive_interval: setting(int, 5, {
    section: "Broken connections",
    doc: "Seconds of silence after which a client is asked whether it is still there; -1 for never.",
  }),
  keepalive_count: setting(uint, 5, "Unanswered questions after which a client's connection is closed."),
  keepalive_required: setting(bool, false, { doc: "libvirt does not use this any more.", ...network }),
  admin_keepalive_required: setting(bool, false, { doc: "libvirt does not use this any more.", ...network }),
  admin_keepalive_interval: setting(int, 5, "As keepalive_interval, for the admin socket."),
  admin_keepalive_count: setting(uint, 5, "As keepalive_count, for the admin socket."),

  ovs_timeout: setting(uint, 5, { section: "Open vSwitch", doc: "Seconds that ovs-vsctl may take.", ...network }),
}) {}

/** How clients of a socket are authenticated. */
export type AuthScheme = NonNullable<LibvirtdConf["auth_unix_rw"]>;
