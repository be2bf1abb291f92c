// Desktop notifications of a ringing call, for an agent who looks at another window. No number is shown outside the page.

import { translate } from '@/shared/i18n'

import type { DeskCall } from '@/shared/api/types'

export function askForNotifications(): void {
  if ('Notification' in window && Notification.permission === 'default') void Notification.requestPermission()
}

export function announceCall(call: DeskCall): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return
  const note = new Notification(translate('desk.notification.title'), {
    body: [call.hotline_name, call.queue_name].filter(Boolean).join(' · '),
    tag: `call-${call.call_id}`,
    requireInteraction: true,
  })
  note.addEventListener('click', () => {
    window.focus()
    note.close()
  })
}
