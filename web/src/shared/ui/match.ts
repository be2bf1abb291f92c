// Searching in lists that are already here.

/** True when every word is somewhere in the texts; case does not matter. */
export function matches(search: string, ...texts: (string | null | undefined)[]): boolean {
  const haystack = texts.filter(Boolean).join(' ').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word))
}
