// Constants of secrets: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectListAllSecretsFlags`. */
export const ConnectListAllSecretsFlags = {
  ephemeral: 1,
  noEphemeral: 2,
  private: 4,
  noPrivate: 8,
} as const;
/** A value of {@link ConnectListAllSecretsFlags}. */
export type ConnectListAllSecretsFlags = (typeof ConnectListAllSecretsFlags)[keyof typeof ConnectListAllSecretsFlags];

/** The bits of libvirt's `virSecretDefineFlags`. */
export const SecretDefineFlags = {
  validate: 1,
} as const;
/** A value of {@link SecretDefineFlags}. */
export type SecretDefineFlags = (typeof SecretDefineFlags)[keyof typeof SecretDefineFlags];

/** The values of libvirt's `virSecretEventID`. */
export const SecretEventId = {
  lifecycle: 0,
  valueChanged: 1,
} as const;
/** A value of {@link SecretEventId}. */
export type SecretEventId = (typeof SecretEventId)[keyof typeof SecretEventId];

/** The values of libvirt's `virSecretEventLifecycleType`. */
export const SecretEventLifecycleType = {
  defined: 0,
  undefined: 1,
} as const;
/** A value of {@link SecretEventLifecycleType}. */
export type SecretEventLifecycleType = (typeof SecretEventLifecycleType)[keyof typeof SecretEventLifecycleType];

/** The values of libvirt's `virSecretUsageType`. */
export const SecretUsageType = {
  none: 0,
  volume: 1,
  ceph: 2,
  iscsi: 3,
  tls: 4,
  vtpm: 5,
} as const;
/** A value of {@link SecretUsageType}. */
export type SecretUsageType = (typeof SecretUsageType)[keyof typeof SecretUsageType];
