// Whether the page is being put on paper: what only paper needs is drawn only then.

import { onBeforeUnmount, ref, type Ref } from 'vue'

/** What fits between the margins of A4 across (`@page` of theme.css). */
export const PAPER_PX = 1040

/** True from the moment the browser asks for the page until it has it. */
export function usePrinting(): Ref<boolean> {
  const printing = ref(false)
  const begin = (): void => void (printing.value = true)
  const end = (): void => void (printing.value = false)
  window.addEventListener('beforeprint', begin)
  window.addEventListener('afterprint', end)
  onBeforeUnmount(() => {
    window.removeEventListener('beforeprint', begin)
    window.removeEventListener('afterprint', end)
  })
  return printing
}
