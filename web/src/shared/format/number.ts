// Figures as the screens say them: ratios with two decimals half up, missing ones as a dash.

import { NOTHING } from './time'

/** 0.77777 → 77.78 %. */
export function percent(share: number | null | undefined, decimals = 2): string {
  if (share === null || share === undefined || Number.isNaN(share)) return NOTHING
  const scale = 10 ** decimals
  // The tiny addition keeps 0.70005 from falling below its half through binary representation.
  return `${(Math.floor(share * 100 * scale + 0.5 + 1e-9) / scale).toFixed(decimals)}%`
}

/** part ÷ whole, or null when there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** 12345 → 12,345. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : value.toLocaleString('en-US')
}

/** 13800138000 → 138 0013 8000; other numbers stay as they are. */
export function phoneNumber(number: string | null | undefined): string {
  if (!number) return NOTHING
  return /^1\d{10}$/.test(number) ? `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}` : number
}

const KIB = 1024

/** 1536000 → 1.5 MB. */
export function sizeText(bytes: number): string {
  if (bytes < KIB * KIB) return `${Math.max(1, Math.round(bytes / KIB))} KB`
  return `${(bytes / KIB / KIB).toFixed(1)} MB`
}
