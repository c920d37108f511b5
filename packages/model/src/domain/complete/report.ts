import type { ErrorCode } from "@tsvirt/base";

/**
 * Takes what is wrong with a value: `place` is the object (a device, an element's value) it was found in, `message` is
 * libvirt's text. Checking goes on afterwards, so that all errors of a document are found at once.
 */
export type Report = (place: object, message: string, code?: ErrorCode) => void;
