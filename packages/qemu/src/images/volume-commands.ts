import { ErrorCode, virtError } from "@tsvirt/base";
import { escapeComma } from "@tsvirt/codec/options";
import type { Volume } from "@tsvirt/model/storage";

// How libvirt makes a volume with qemu-img (qemu-img(1); `virStorageBackendCreateQemuImgCmdFromVol` names the order).

/** A volume to be made. */
export interface VolumeRequest {
  /** It has its type and its target's path. */
  readonly volume: Volume;
  /** The volume that it gets its content from. */
  readonly input?: Volume | undefined;
  /** File with the passphrase of an encrypted volume. */
  readonly secretFile?: string | undefined;
  /** See {@link VolumeRequest.secretFile}; of the input. */
  readonly inputSecretFile?: string | undefined;
  /** Write the image's tables when it is made (`VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA`). */
  readonly preallocateMetadata?: boolean | undefined;
}

/** Whether the volume is made by one command, or first made and then filled. */
type Step = "whole" | "create" | "convert";

/**
 * The qemu-img command that makes a volume; two when its content is encrypted on the way: one makes an image of the size,
 * one converts into it. Throws a `VirtError` in libvirt's words for what qemu-img cannot do.
 */
export function volumeCommands(request: VolumeRequest): readonly (readonly string[])[] {
  const { volume, input } = request;
  const encrypts = volume.target?.encryption !== undefined || input?.target?.encryption !== undefined;
  const steps: readonly Step[] = input !== undefined && encrypts ? ["create", "convert"] : ["whole"];
  return steps.map((step) => command(request, step));
}

/** What is decided before the command is written. */
interface ImagePlan {
  readonly format: string;
  /** The format's name for qemu-img, which knows `luks` as one. */
  readonly type: string;
  readonly inputFormat: string;
  readonly inputType: string;
  /** Path of the input, unless this step is without it. */
  readonly inputPath: string | undefined;
  readonly backing: { readonly path: string; readonly format: string } | undefined;
}

function command(request: VolumeRequest, step: Step): readonly string[] {
  const { volume, input } = request;
  const encryption = volume.target?.encryption;
  const inputEncryption = input?.target?.encryption;
  const unsupported = ErrorCode.configUnsupported;
  const given = volume.target?.format;
  if ((encryption?.format === "qcow" || encryption?.format === "default") && (given === "qcow" || given === "qcow2")) {
    throw virtError(unsupported, "creation of qcow2 encrypted image is not supported");
  }
  if (inputEncryption !== undefined && inputEncryption.format !== "luks") {
    throw virtError(unsupported, "encryption format of inputvol must be LUKS");
  }
  const plan = planImage(request, step);
  const words = ["qemu-img"];
  if (plan.inputPath === undefined) words.push("create", "-f", plan.type);
  else if (step === "convert") words.push("convert", "--image-opts", "-n", "--target-image-opts");
  else words.push("convert", "-f", plan.inputFormat, "-O", plan.type);
  const backing = plan.inputPath !== undefined || step === "create" ? undefined : plan.backing;
  if (backing !== undefined) words.push("-b", backing.path);
  if (encryption !== undefined) words.push(...secretObject(volume, request.secretFile, "secret data file"));
  if (input !== undefined && inputEncryption !== undefined && step === "convert") {
    words.push(...secretObject(input, request.inputSecretFile, "inputvol secret data file"));
  }
  if (step === "convert" && input !== undefined) {
    words.push(imageOptions(input, plan.inputType), imageOptions(volume, plan.type));
    return words;
  }
  const options = creationOptions(request, plan, backing);
  if (options.length > 0) words.push("-o", options.join(","));
  if (plan.inputPath !== undefined) words.push(plan.inputPath);
  words.push(pathOf(volume));
  const size = kibibytes(volume.capacity?.value);
  if (plan.inputPath === undefined && (size > 0n || backing === undefined)) words.push(`${size}K`);
  return words;
}

function planImage({ volume, input, preallocateMetadata }: VolumeRequest, step: Step): ImagePlan {
  const { encryption, compat, features } = volume.target ?? {};
  const format = rawIfPlain(volume);
  const unsupported = ErrorCode.configUnsupported;
  if (format !== "qcow2") {
    if (preallocateMetadata) throw virtError(unsupported, "metadata preallocation only available with qcow2");
    if (compat !== undefined) throw virtError(unsupported, "compatibility option only available with qcow2");
    if (features !== undefined) throw virtError(unsupported, "format features only available with qcow2");
  }
  const type = typeOf(format, encryption?.format);
  const inputFormat = input === undefined ? "raw" : rawIfPlain(input);
  const inputType = typeOf(input?.target?.format ?? "raw", input?.target?.encryption?.format);
  const inputPath = step === "create" ? undefined : input?.target?.path;
  if (step !== "create" && input !== undefined && inputPath === undefined) {
    throw virtError(ErrorCode.invalidArg, "missing input volume target path");
  }
  const backing = backingOf({ volume, input, preallocateMetadata }, format);
  if (encryption !== undefined) checkEncryption(volume, format, type);
  return { format, type, inputFormat, inputType, inputPath, backing };
}

/** Block devices and images of discs hold no format of QEMU's. */
function rawIfPlain({ type, target }: Volume): string {
  return type === "block" || target?.format === "iso" ? "raw" : (target?.format ?? "raw");
}

function typeOf(format: string, encryption: string | undefined): string {
  if (format !== "raw" || encryption === undefined) return format;
  if (encryption === "luks") return "luks";
  throw virtError(ErrorCode.internalError, "Only luks encryption is supported for raw files");
}

function backingOf({ volume, input, preallocateMetadata }: VolumeRequest, format: string): ImagePlan["backing"] {
  const path = volume.backingStore?.path;
  if (path === undefined) return undefined;
  const unsupported = ErrorCode.configUnsupported;
  if (format === "raw") throw virtError(unsupported, "cannot set backing store for raw volume");
  if (preallocateMetadata) throw virtError(unsupported, "metadata preallocation conflicts with backing store");
  const other = input?.backingStore?.path;
  if (other !== undefined && other !== path) {
    throw virtError(ErrorCode.internalError, "a different backing store cannot be specified.");
  }
  return { path, format: volume.backingStore?.format ?? "raw" };
}

function checkEncryption({ target }: Volume, format: string, type: string): void {
  const encryption = target?.encryption;
  if (format !== "raw" && format !== "qcow2") {
    throw virtError(ErrorCode.configUnsupported, `volume encryption unsupported with format ${type}`);
  }
  if (encryption?.format !== "luks") {
    throw virtError(ErrorCode.configUnsupported, `unsupported volume encryption format ${encryption?.format ?? ""}`);
  }
  const secrets = encryption.secrets.length;
  if (secrets > 1) throw virtError(ErrorCode.xmlError, "too many secrets for luks encryption");
  if (secrets === 0) throw virtError(ErrorCode.xmlError, "no secret provided for luks encryption");
}

/** Safe in an option: names may have commas. */
function secretAlias({ name }: Volume): string {
  return escapeComma(`${name ?? ""}_encrypt0`);
}

function secretObject(volume: Volume, file: string | undefined, what: string): readonly string[] {
  if (file === undefined) throw virtError(ErrorCode.internalError, `path to ${what} is required`);
  return ["--object", `secret,id=${secretAlias(volume)},file=${escapeComma(file)}`];
}

/** An image as qemu-img opens it when its format is not all that matters. */
function imageOptions(volume: Volume, type: string): string {
  const file = `driver=${type},file.filename=${escapeComma(pathOf(volume))}`;
  if (volume.target?.encryption === undefined) return file;
  return `${file},${volume.target.format === "qcow2" ? "encrypt." : ""}key-secret=${secretAlias(volume)}`;
}

function creationOptions(request: VolumeRequest, { format }: ImagePlan, backing: ImagePlan["backing"]): string[] {
  const { volume } = request;
  const { encryption, compat, clusterSize, features, nocow } = volume.target ?? {};
  const options = backing === undefined ? [] : [`backing_fmt=${backing.format}`];
  if (encryption !== undefined) options.push(...encryptionOptions(volume, format));
  if (request.preallocateMetadata) {
    const sparse = kibibytes(volume.capacity?.value) > kibibytes(volume.allocation?.value);
    options.push(`preallocation=${sparse ? "metadata" : "falloc"}`);
  }
  if (nocow) options.push("nocow=on");
  if (compat !== undefined) options.push(`compat=${compat}`);
  else if (format === "qcow2") options.push("compat=0.10");
  if (clusterSize !== undefined && clusterSize.value > 0n) options.push(`cluster_size=${clusterSize.value}`);
  if (format !== "qcow2" || features === undefined) return options;
  const old = compat === "0.10";
  if (features.lazyRefcounts) {
    if (old) throw virtError(ErrorCode.configUnsupported, `lazy_refcounts not supported with compat level ${compat}`);
    options.push("lazy_refcounts");
  }
  if (features.extendedL2) {
    if (old) throw virtError(ErrorCode.configUnsupported, `'extended_l2' not supported with compat level ${compat}`);
    options.push("extended_l2=on");
  }
  return options;
}

function encryptionOptions(volume: Volume, format: string): readonly string[] {
  const { cipher, ivgen } = volume.target?.encryption ?? {};
  const prefix = format === "qcow2" ? "encrypt." : "";
  const options = [
    ...(format === "qcow2" ? ["encrypt.format=luks"] : []),
    `${prefix}key-secret=${secretAlias(volume)}`,
  ];
  const add = (key: string, value: string | undefined, suffix = ""): void => {
    if (value !== undefined) options.push(`${prefix}${key}=${escapeComma(value)}${suffix}`);
  };
  if (cipher === undefined) return options;
  add("cipher-alg", cipher.name, `-${cipher.size}`);
  add("cipher-mode", cipher.mode);
  add("hash-alg", cipher.hash);
  add("ivgen-alg", ivgen?.name);
  add("ivgen-hash-alg", ivgen?.hash);
  return options;
}

function pathOf({ target, name }: Volume): string {
  if (target?.path === undefined) {
    throw virtError(ErrorCode.internalError, `volume '${name ?? ""}' has no path on the host`);
  }
  return target.path;
}

/** Whole KiB that hold so many bytes. */
function kibibytes(bytes: bigint | undefined): bigint {
  return ((bytes ?? 0n) + 1023n) / 1024n;
}
