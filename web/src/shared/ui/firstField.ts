// The first field of a form that opened: where typing begins; and the first that is wrong: where it goes on.

import { nextTick } from 'vue'

const FIELD = 'textarea:not([disabled]), input:not([type="submit"]):not([type="file"]):not([disabled])'

const rootOf = (form: unknown): HTMLElement | undefined =>
  form instanceof HTMLElement ? form : (form as { $el?: HTMLElement } | null)?.$el

/** Put the cursor there. `form`: what a template ref gave, a component or an element. */
export function focusFirst(form: unknown): void {
  rootOf(form)?.querySelector<HTMLElement>(FIELD)?.focus()
}

/** Bring the first field with a problem into sight, with the cursor in it: on a long form it may be far from the button. */
export async function focusProblem(form: unknown): Promise<void> {
  await nextTick()
  const item = rootOf(form)?.querySelector<HTMLElement>('.el-form-item.is-error')
  item?.scrollIntoView({ block: 'center' })
  item?.querySelector<HTMLElement>(FIELD)?.focus({ preventScroll: true })
}
