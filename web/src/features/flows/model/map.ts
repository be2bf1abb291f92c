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

/** The smallest box around all of these; without any, an empty one. */
export function bounds(boxes: readonly Box[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  if (right < left) return { x: 0, y: 0, width: 0, height: 0 }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** The largest scale at which all boxes lie on the sheet, a few pixels from its edge, in its middle. */
export function around(boxes: readonly Box[], sheet: { width: number; height: number }): Frame {
  const { x, y, width, height } = bounds(boxes)
  if (!(width > 0 && height > 0)) return { x: 0, y: 0, scale: 1 }
  const scale = Math.min((sheet.width - 2 * EDGE) / width, (sheet.height - 2 * EDGE) / height)
  return {
    x: x + (width - sheet.width / scale) / 2,
    y: y + (height - sheet.height / scale) / 2,
    scale,
  }
}
