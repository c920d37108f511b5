import { ErrorCode, ErrorDomain, type VirtError, virtError } from "@tsvirt/base";

/** An error of the network driver, worded as libvirt words it. */
export function networkError(code: ErrorCode, detail: string, options: ErrorOptions = {}): VirtError {
  return virtError(code, detail, { ...options, domain: ErrorDomain.network });
}

/** "no network with matching name 'x'". */
export function noNetworkNamed(name: string): VirtError {
  return networkError(ErrorCode.noNetwork, `no network with matching name '${name}'`);
}

/** "no network with matching uuid 'x'". */
export function noNetworkWithUuid(uuid: string): VirtError {
  return networkError(ErrorCode.noNetwork, `no network with matching uuid '${uuid}'`);
}

/** "network 'x' is not active". */
export function notActive(name: string): VirtError {
  return networkError(ErrorCode.operationInvalid, `network '${name}' is not active`);
}
