// What was typed is not lost by Escape: one is asked, and only when something would be lost.

import { beforeEach, expect, it, vi } from 'vitest'
import { reactive } from 'vue'

import { useTyped } from '@/shared/ui/keepTyped'

const discarded = vi.hoisted(() => vi.fn<() => Promise<boolean>>())
vi.mock('@/shared/ui/feedback', () => ({ discarded }))

beforeEach(() => discarded.mockReset())

it('a form in which nothing was typed closes at once', async () => {
  const form = reactive({ text: '' })
  const { begin, leave } = useTyped(() => form)
  form.text = 'filled in by the program'
  begin()
  const close = vi.fn()
  await leave(close)
  expect(close).toHaveBeenCalledOnce()
  expect(discarded).not.toHaveBeenCalled()
})

it('what was typed is lost only if the person says so', async () => {
  const form = reactive({ text: '' })
  const { leave } = useTyped(() => form)
  form.text = '您的申请已经办结'
  const close = vi.fn()
  discarded.mockResolvedValueOnce(false)
  await leave(close)
  expect(close).not.toHaveBeenCalled()
  discarded.mockResolvedValueOnce(true)
  await leave(close)
  expect(close).toHaveBeenCalledOnce()
})
