// The first field of a form that opened: where typing begins.

const FIELD = 'textarea:not([disabled]), input:not([type="submit"]):not([type="file"]):not([disabled])'

/** Put the cursor there. `form`: what a template ref gave, a component or an element. */
export function focusFirst(form: unknown): void {
  const root = form instanceof HTMLElement ? form : (form as { $el?: HTMLElement } | null)?.$el
  root?.querySelector<HTMLElement>(FIELD)?.focus()
}
