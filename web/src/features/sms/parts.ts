// How many short messages a text is: the same rule as the server's (70 characters, 67 in a long one; 160 and 153 in plain letters).

const ALIKE = /^[A-Za-z0-9 \n\r!"#%&'()*+,\-./:;<=>?]*$/

export function partsOf(text: string): number {
  const [whole, piece] = ALIKE.test(text) ? [160, 153] : [70, 67]
  return text.length <= whole ? 1 : Math.ceil(text.length / piece)
}
