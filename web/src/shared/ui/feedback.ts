// Says on screen what went well or wrong, in the user's language, never twice at once.

import { ElMessage, ElMessageBox } from 'element-plus'
import { h } from 'vue'

import { ApiError } from '@/shared/api/client'
import { translate, translateOr } from '@/shared/i18n'

/** The text for a failure: the server's words, else the catalogue's for its code. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return translate('error.unknown', { code: String(error) })
  return (
    error.message ||
    translateOr(
      `error.${error.code}`,
      translateOr(`error.http_${error.status}`, translate('error.unknown', { code: error.code })),
    )
  )
}

/** The same with what is wrong with single fields, where no form shows it at them. */
export function fullErrorText(error: unknown): string {
  const fields = error instanceof ApiError ? Object.values(error.fields) : []
  return fields.length > 0 ? [...new Set(fields)].join('；') : errorText(error)
}

export function toastError(error: unknown): void {
  ElMessage({ type: 'error', message: fullErrorText(error), grouping: true, duration: 5000, showClose: true })
}

export function toastDone(message: string): void {
  ElMessage({ type: 'success', message, grouping: true, duration: 2500 })
}

/** Something the person must know but did not do. */
export function toastNote(message: string): void {
  ElMessage({ type: 'warning', message, grouping: true, duration: 6000, showClose: true })
}

/** Ask before something that cannot be taken back. */
export async function confirmed(message: string, title: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(message, title, {
      type: 'warning',
      confirmButtonText: translate('action.confirm'),
      cancelButtonText: translate('action.cancel'),
    })
    return true
  } catch {
    return false
  }
}

/** Ask before typed text is lost. Escape, Enter and the cross all go on writing: only the button that says so gives it up. */
export async function discarded(): Promise<boolean> {
  return ElMessageBox.confirm(translate('form.discard'), translate('form.unsaved'), {
    type: 'warning',
    confirmButtonText: translate('form.goOn'),
    cancelButtonText: translate('form.giveUp'),
    distinguishCancelAndClose: true,
  }).then(
    () => false,
    (how: unknown) => how === 'cancel',
  )
}

/** Say that something was done, and let it be undone for a moment. */
export function offerUndo(message: string, undo: () => void): void {
  const shown = ElMessage({
    type: 'success',
    duration: 8000,
    showClose: true,
    message: h('span', [
      message,
      h(
        'button',
        {
          class: 'undo-button',
          onClick: () => {
            shown.close()
            undo()
          },
        },
        translate('action.undo'),
      ),
    ]),
  })
}
