// Numbers as people type and paste them.

/** "010-8400 0000" → "01084000000"; "" when what is left is no number that can be dialled. */
export function cleanNumber(text: string): string {
  const bare = text.replaceAll(/[\s()（）\-—.·]/g, '')
  return /^\+?[0-9*#]{2,24}$/.test(bare) ? bare : ''
}
