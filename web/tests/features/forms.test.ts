import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { blankHotline, checkHotline } from '@/features/hotlines/form'
import { periodText, readPeriods } from '@/features/hours/form'
import { blankQueue, checkQueue } from '@/features/queues/form'
import { blankTrunk, checkTrunk } from '@/features/trunks/form'
import { blankAgent, blankUser, checkUser } from '@/features/users/form'
import { ApiError } from '@/shared/api/client'
import { clockText, minuteOfDay } from '@/shared/format/time'
import { problemsOf, useFormDrawer } from '@/shared/ui/formDrawer'
import { blankLink, blankSurvey } from '@/shared/survey/survey'

describe('periods of a day', () => {
  it.each([
    ['9:00-12:00, 13:30-17:30', '09:00–12:00、13:30–17:30'],
    ['13:30~17:30；9:00—12:00', '09:00–12:00、13:30–17:30'],
    ['0:00-24:00', '00:00–24:00'],
    ['', ''],
  ])('reads %s', (typed, shown) => expect(periodText(readPeriods(typed) ?? [])).toBe(shown))

  it.each(['9-12', '12:00-9:00', '9:00-12:00, 11:00-13:00', '9:60-10:00', '9:00-24:30', 'morning'])(
    'does not take %s',
    (typed) => {
      expect(readPeriods(typed)).toBeNull()
    },
  )

  it('reads back every time it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1440 }), (minute) => minuteOfDay(clockText(minute)) === minute),
    )
  })
})

describe('forms', () => {
  it('ask for what is missing, in Chinese', () => {
    expect(checkQueue(blankQueue())).toEqual({ name: '请填写名称', number: '只能填写 2 到 16 位数字' })
    expect(checkQueue({ ...blankQueue(), name: '社保', number: '8002', overflow_to: 'queue' })).toEqual({
      overflow_queue_id: '请选择目标座席组',
    })
    expect(Object.keys(checkTrunk(blankTrunk()))).toEqual(['name', 'peers'])
    expect(checkUser({ ...blankUser(), username: '1', name: '李婷' }, true)).toMatchObject({
      username: '账号格式不对',
    })
    expect(
      checkUser(
        { ...blankUser(), username: 'li', name: '李婷', agent: { ...blankAgent(), number: '1013' } },
        true,
      ),
    ).toEqual({})
  })

  it.each(['', '请评价', '{link} 或 {link}'])('refuse a survey by SMS whose message is %j', (text) => {
    const survey = { ...blankSurvey(), way: 'link' as const, link: { ...blankLink(), text } }
    const form = { ...blankHotline(), number: '12345', name: '热线', flow_id: 'f', survey }
    expect(checkHotline(form)).toEqual({ survey: '短信内容里须有且只有一处 {link}' })
    expect(checkHotline({ ...form, survey: { ...survey, link: blankLink() } })).toEqual({})
  })
  it('refuse a survey with one key for two grades', () => {
    const survey = blankSurvey()
    survey.grades[1]!.key = '1'
    const form = { ...blankHotline(), number: '12345', name: '热线', flow_id: 'f', survey }
    expect(checkHotline(form)).toEqual({ survey: '每个按键只能对应一个等级' })
  })
})

describe('a form in a drawer', () => {
  const blank = (): { name: string } => ({ name: '' })
  const check = (form: { name: string }): Record<string, string> => (form.name ? {} : { name: '请填写名称' })

  it('does not bother the server with what is plainly wrong', async () => {
    const save = vi.fn()
    const drawer = useFormDrawer({ blank, check, save })
    drawer.startNew()
    await drawer.submit()
    expect(save).not.toHaveBeenCalled()
    expect(drawer.problems.value).toEqual({ name: '请填写名称' })
    expect(drawer.open.value).toBe(true)
  })

  it('shows the server’s problems at their fields and stays open', async () => {
    const refusal = new ApiError(422, 'invalid_request', '提交的内容有误', {
      fields: [{ field: 'agent.number', message: '已被使用' }],
    })
    const drawer = useFormDrawer({ blank, check, save: () => Promise.reject(refusal) })
    drawer.startEdit('q1', { name: '社保' })
    await drawer.submit()
    expect(drawer.problems.value).toEqual({ 'agent.number': '已被使用', agent: '已被使用' })
    expect(drawer.general.value).toBe('提交的内容有误')
    expect(drawer.open.value).toBe(true)
  })

  it('saves once for a double click, and closes', async () => {
    const save = vi.fn(async () => undefined)
    const drawer = useFormDrawer({ blank, check, save })
    drawer.startEdit('q1', { name: '社保' })
    drawer.form.value.name = '社会保障'
    expect(drawer.dirty.value).toBe(true)
    await Promise.all([drawer.submit(), drawer.submit()])
    expect(save).toHaveBeenCalledExactlyOnceWith('q1', { name: '社会保障' })
    expect(drawer.open.value).toBe(false)
  })

  it('keeps the list it edits untouched', () => {
    const row = { name: '社保' }
    const drawer = useFormDrawer({ blank, check, save: vi.fn() })
    drawer.startEdit('q1', row)
    drawer.form.value.name = 'x'
    expect(row.name).toBe('社保')
  })

  it('finds no problems where the server names no fields', () => {
    expect(problemsOf(new ApiError(409, 'in_use', '正在被使用'))).toEqual({})
  })
})
