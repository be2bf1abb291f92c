import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { defineComponent } from 'vue'

import { useVerbKeys } from '@/features/live/keys'
import type { Verb } from '@/features/live/verbs'

const overlay = (classes: string, style = ''): void => {
  document.body.insertAdjacentHTML('beforeend', `<div class="el-overlay ${classes}" style="${style}"></div>`)
}

function pressed(code: string): Verb[] {
  const verbs: Verb[] = []
  const page = mount(
    defineComponent({
      setup: () =>
        useVerbKeys(
          (verb) => verbs.push(verb),
          () => {},
        ),
      render: () => null,
    }),
  )
  window.dispatchEvent(new KeyboardEvent('keydown', { code }))
  page.unmount()
  return verbs
}

describe("the leader's keys", () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })

  it('order what they name', () => {
    expect(pressed('KeyR')).toEqual(['ready'])
  })

  it('belong to a question that lies over the page', () => {
    overlay('is-message-box')
    expect(pressed('KeyR')).toEqual([])
  })

  it('belong to the page again while the question fades away, or is only hidden', () => {
    overlay('is-message-box fade-in-linear-leave-active')
    overlay('', 'display: none')
    expect(pressed('KeyR')).toEqual(['ready'])
  })
})
