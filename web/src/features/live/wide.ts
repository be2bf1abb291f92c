// Whether the window has room for a third column.

import { onScopeDispose, ref, type Ref } from 'vue'

const QUERY = '(min-width: 1640px)'

export function useWide(): Ref<boolean> {
  const query = window.matchMedia(QUERY)
  const wide = ref(query.matches)
  const onChange = (): void => {
    wide.value = query.matches
  }
  query.addEventListener('change', onChange)
  onScopeDispose(() => query.removeEventListener('change', onChange))
  return wide
}
