// How a plane is made small so that all of it can be seen.

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** Where the sheet's upper left corner lies in the plane, and how many of its pixels a unit of the plane gets. */
export interface Frame {
  x: number
  y: number
  scale: number
}

const EDGE = 4

/** The largest scale at which all boxes lie on the sheet, a few pixels from its edge, in its middle. */
export function around(boxes: readonly Box[], sheet: { width: number; height: number }): Frame {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  if (!(right > left && bottom > top)) return { x: 0, y: 0, scale: 1 }
  const scale = Math.min(
    (sheet.width - 2 * EDGE) / (right - left),
    (sheet.height - 2 * EDGE) / (bottom - top),
  )
  return {
    x: (left + right - sheet.width / scale) / 2,
    y: (top + bottom - sheet.height / scale) / 2,
    scale,
  }
}
