// The colours of series, in the order in which every picture of the product takes them.

export const SERIES_COLOURS = [
  '#1f6f78',
  '#1f68ad',
  '#b8660a',
  '#7a54a8',
  '#2b8256',
  '#bb4430',
  '#85714d',
  '#4f7d95',
  '#a05a7c',
  '#5d7a3a',
]
