// The life of a form in a drawer: blank or filled, checked here, saved there, its problems at the right fields.

import { computed, ref, type Ref } from 'vue'

import { ApiError } from '@/shared/api/client'
import { translate } from '@/shared/i18n'

import { discarded, errorText, toastDone, toastError } from './feedback'

export type Problems = Record<string, string>

export interface FormDrawer<Form> {
  open: Ref<boolean>
  /** Id of what is edited; null for something new. */
  id: Ref<string | null>
  form: Ref<Form>
  problems: Ref<Problems>
  general: Ref<string>
  busy: Ref<boolean>
  dirty: Readonly<Ref<boolean>>
  startNew(): void
  startEdit(id: string, form: Form): void
  close(): Promise<void>
  submit(): Promise<void>
}

interface Options<Form> {
  blank(): Form
  /** Problems by field name, in the user's language; empty when all is well. */
  check(form: Form, isNew: boolean): Problems
  save(id: string | null, form: Form): Promise<unknown>
}

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Server problems name nested fields with dots; a form shows them at the field's root as well. */
export function problemsOf(error: ApiError): Problems {
  const problems: Problems = {}
  for (const [field, message] of Object.entries(error.fields)) {
    problems[field] = message
    const root = field.split('.')[0] ?? field
    problems[root] ??= message
  }
  return problems
}

export function useFormDrawer<Form extends object>(options: Options<Form>): FormDrawer<Form> {
  const open = ref(false)
  const id = ref<string | null>(null)
  const form = ref(options.blank()) as Ref<Form>
  const problems = ref<Problems>({})
  const general = ref('')
  const busy = ref(false)
  const baseline = ref('')
  const dirty = computed(() => open.value && JSON.stringify(form.value) !== baseline.value)

  function show(which: string | null, content: Form): void {
    id.value = which
    form.value = copyOf(content)
    baseline.value = JSON.stringify(form.value)
    problems.value = {}
    general.value = ''
    open.value = true
  }

  async function close(): Promise<void> {
    if (dirty.value && !(await discarded())) return
    open.value = false
  }

  async function submit(): Promise<void> {
    if (busy.value) return
    general.value = ''
    problems.value = options.check(form.value, id.value === null)
    if (Object.keys(problems.value).length > 0) return
    busy.value = true
    try {
      await options.save(id.value, copyOf(form.value))
      open.value = false
      toastDone(translate('common.saved'))
    } catch (error) {
      if (!(error instanceof ApiError)) return toastError(error)
      problems.value = problemsOf(error)
      general.value = errorText(error)
    } finally {
      busy.value = false
    }
  }

  return {
    open,
    id,
    form,
    problems,
    general,
    busy,
    dirty,
    close,
    submit,
    startNew: () => show(null, options.blank()),
    startEdit: show,
  }
}
