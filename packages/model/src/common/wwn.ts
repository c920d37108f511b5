/** Whether a text is a World Wide Name: 16 hexadecimal digits, perhaps after `0x` (`virValidateWWN`). */
export function isWwn(text: string): boolean {
  return /^(?:0x)?[0-9a-fA-F]{16}$/.test(text);
}
