// A page of things that a site's people set up: list with search, form in a drawer, deactivation that asks first.

import { computed, ref, type Ref } from 'vue'

import { translate } from '@/shared/i18n'
import { useSession } from '@/shared/session/session'

import { confirmed, toastDone } from './feedback'
import { useFormDrawer, type FormDrawer, type Problems } from './formDrawer'
import { matches } from './match'

export interface SetupRow {
  id: string
  name: string
  active: boolean
}

interface ListQuery<Row> {
  data: Ref<{ items: Row[] } | undefined>
  isPending: Ref<boolean>
  error: Ref<unknown>
  refetch(): unknown
}

interface Options<Row extends SetupRow, Form> {
  /** Who holds it may change things; others only look. */
  permission: string
  list(inactive: Ref<boolean>): ListQuery<Row>
  /** What the search looks through. */
  words(row: Row): (string | null | undefined)[]
  blank(): Form
  formOf(row: Row): Form
  check(form: Form, isNew: boolean): Problems
  save(input: { id: string | null; form: Form }): Promise<unknown>
  deactivate(id: string): Promise<unknown>
}

export interface SetupPage<Row extends SetupRow, Form> {
  mayManage: boolean
  inactive: Ref<boolean>
  search: Ref<string>
  list: ListQuery<Row>
  rows: Readonly<Ref<Row[]>>
  drawer: FormDrawer<Form>
  edit(row: Row): void
  deactivate(row: Row): Promise<void>
}

export function useSetupPage<Row extends SetupRow, Form extends object>(
  options: Options<Row, Form>,
): SetupPage<Row, Form> {
  const inactive = ref(false)
  const search = ref('')
  const list = options.list(inactive)
  const rows = computed(() =>
    (list.data.value?.items ?? []).filter((row) => matches(search.value, ...options.words(row))),
  )
  const drawer = useFormDrawer<Form>({
    blank: options.blank,
    check: options.check,
    save: (id, form) => options.save({ id, form }),
  })

  async function deactivate(row: Row): Promise<void> {
    const question = translate('form.confirmDeactivate', { name: row.name })
    if (!(await confirmed(question, translate('action.deactivate')))) return
    await options.deactivate(row.id)
    toastDone(translate('common.deactivated'))
  }

  return {
    mayManage: useSession().may(options.permission),
    inactive,
    search,
    list,
    rows,
    drawer,
    edit: (row) => drawer.startEdit(row.id, options.formOf(row)),
    deactivate,
  }
}
