// Changes to the site's set-up: after each, the lists that show it are asked again.

import { useMutation, useQueryClient } from '@tanstack/vue-query'

/** A change made from a form or a row. `lists` are the query keys that show it; `options` are always among them. */
export function useChange<Input, Result>(
  lists: string[],
  change: (input: Input) => Promise<Result>,
  quiet = false,
) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    meta: { quiet },
    onSuccess: () =>
      Promise.all([...lists, 'options'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  })
}
